/*
 * strongswan.h - what the files of charon's log reader share.
 *
 * A child SA is set up by one thread while it processes one IKE message: which
 * message, the negotiated proposal, the algorithms, the keys by role, the two
 * SPIs, the result.  strongswan.c reads along, strongswan_job.c what the messages
 * say about the exchange, strongswan_sa.c makes SAs.
 */
#ifndef SA_FORMAT_STRONGSWAN_H
#define SA_FORMAT_STRONGSWAN_H

#include "sa/format.h"
#include "sa/format/strongswan_log.h"

enum { CHARON_KEY = 72, CHARON_NAME = 64, CHARON_RING = 64 };

enum charon_role { CHARON_UNSETTLED, CHARON_INITIATOR, CHARON_RESPONDER, CHARON_CONFLICT };

struct charon_key {
	bool have;
	uint8_t b[CHARON_KEY];
	size_t n;
	const char *damage;
	uint64_t line;
	size_t column;
};

/* The child SA that a thread sets up.  [0]: inbound or the initiator's, [1]: outbound or the responder's. */
struct charon_child {
	const struct alg_encr *encr;
	const struct alg_integ *integ;
	bool encr_said, integ_said;	/* also if the name is not known */
	struct charon_key encr_key[2], integ_key[2];
	enum sa_proto proto;
	bool have[2];			/* an SPI */
	uint32_t spi[2];
	struct addr src[2], dst[2];
	uint64_t line;			/* of the first SPI */
	bool mixed;			/* dumps of several children run into each other */
	bool noted, given;
	enum charon_role role;
	enum sa_mode mode;
	enum sa_tri esn;
	struct sa_encap encap;		/* as seen when sending */
	struct selector ts;		/* as seen when sending */
	bool ts_known;
	char label[CHARON_NAME], ike[40];
	uint64_t name;			/* the label, in its daemon */
};

/* What a thread is at: the IKE message it processes. */
struct charon_job {
	enum charon_role role;		/* of the exchange, by its message */
	unsigned open;			/* messages that may still set up a child; more than 1: nobody knows whose */
	bool quick;			/* IKEv1 quick mode */
	uint64_t message_id;
	enum charon_role hash;		/* by the hashes of quick mode */
	enum charon_role task;		/* by the task that began it */
	enum sa_mode mode;
	enum sa_tri esn;
	bool net;
	struct addr local, remote;
	uint16_t lport, rport;
	int awaits;			/* 1 + the direction whose SPI comes next; 0: none */
	enum sa_proto proto;
	unsigned installing;		/* children, where threads cannot be told apart */
	char ike[40];
	char name[CHARON_NAME];		/* "net{1}" */
};

struct charon_thread { struct charon_job job; struct charon_child child; };

struct charon {				/* all zero: empty */
	struct strongswan_log log;
	struct charon_thread threads[STRONGSWAN_SLOTS];
	struct { uint64_t name; } begun[CHARON_RING];		/* children whose set-up we began */
	struct { struct addr a, b; } nat[CHARON_RING];		/* ends with a NAT between them */
	struct { uint64_t id; enum sa_tri esn; } quick[CHARON_RING];	/* proposals of quick modes */
	struct {
		uint64_t name;
		enum sa_proto proto;
		uint32_t spi[2];
		struct addr src[2], dst[2];
	} live[CHARON_RING * 4];	/* children whose addresses may change */
	unsigned nbegun, nnat, nquick, nlive;
	bool done;			/* of the flush that goes on */
};

extern const struct format format_strongswan;

/* One message being read. */
struct charon_in {
	struct format_source *s;
	struct charon *c;
	const struct strongswan_record *r;
	struct charon_thread *t;
};

/* The job's end: its child is handed over and forgotten. */
int charon_close(struct charon_in *in, struct err *e);
/* Hands over the thread's child if it has SPIs. */
int charon_give(struct charon_in *in, struct err *e);
/* The live child called name has other addresses now. */
int charon_move(struct charon_in *in, uint64_t name, struct err *e);
/* A child's name, in this daemon. */
uint64_t charon_name(const struct charon_in *in, const struct word *name);

/* strongswan_job.c; rest: what follows the words of the row. */
int charon_received(struct charon_in *in, struct word rest, struct err *e);
int charon_sending(struct charon_in *in, struct word rest, struct err *e);
int charon_parsed(struct charon_in *in, struct word rest, struct err *e);
int charon_generating(struct charon_in *in, struct word rest, struct err *e);
int charon_checkout(struct charon_in *in, struct word rest, struct err *e);
int charon_proposal(struct charon_in *in, struct word rest, struct err *e);
int charon_natted(struct charon_in *in, struct word rest, struct err *e);
int charon_establishing(struct charon_in *in, struct word rest, struct err *e);
/* The role by all that was said; CHARON_CONFLICT if it disagrees. */
enum charon_role charon_role(const struct charon_job *job);
/* What the job knows of the encapsulation and the negotiation goes into the child. */
void charon_settle(struct charon_in *in);
/* "10.1.0.0/24 === 10.2.0.0/24", ours first. */
bool charon_ts(struct selector *ts, struct word rest);

#endif
