/*
 * strongswan.h - what the files of charon's key reader share.
 *
 * charon derives the keys of an IKE SA in one go and dumps them one after the other; nothing stands
 * between them.  Whose they are is said around them, if at all: by the name in front of each line,
 * by the job that the thread is at (a message of which IKE SA), by hashes that hold SPIs, by what
 * is checked in afterwards. strongswan.c reads along, strongswan_set.c makes sets, strongswan_sa.c
 * knows the IKE SAs, strongswan_auth.c takes what authentication tells of a set: SPIs, nonces, the
 * PSK.
 */
#ifndef IKE_KEYFILE_STRONGSWAN_H
#define IKE_KEYFILE_STRONGSWAN_H

#include "ike/keyfile.h"
#include "sa/format/strongswan_log.h"

enum { SWAN_SAS = 256, SWAN_RECENT = 64, SWAN_NONCE = 32 };

enum swan_exchange { SWAN_OTHER, SWAN_INIT, SWAN_AUTH, SWAN_CREATE_CHILD, SWAN_INTERMEDIATE };

struct swan_algs {
	bool said;
	const struct alg_encr *encr;
	unsigned encr_bits;
	const struct alg_integ *integ;
	const struct alg_prf *prf;
	const struct alg_ke *ke[IKE_KE_MAX];
	unsigned nke;
};

struct swan_spis { uint64_t i, r; };	/* 0: not known */

/* An IKE_SA of a daemon, by its number. */
struct swan_sa {
	uint64_t daemon, used;
	uint64_t id;			/* 0: none */
	char label[KEYSET_LABEL];
	struct swan_spis spis;
	struct swan_algs algs;
	enum keyset_role role;
	struct addr local, remote;
	struct keyset *set;		/* its last keys */
};

/* What a thread is at. */
struct swan_thread {
	uint64_t sa;			/* the number of the one whose message it processes */
	uint64_t created;		/* and of the one it made meanwhile */
	unsigned jobs;			/* begun and not ended: several where threads are not told apart */
	struct swan_spis spis;		/* of the message */
	struct swan_spis natd;		/* in the last NAT detection hash */
	enum swan_exchange exchange;
	bool request;			/* of the exchange: we respond */
	bool known;			/* the exchange */
	struct swan_algs algs;
	enum keyset_role role;
	struct addr local, remote;
	struct keyset *set;		/* derived in this job, or the one that SK_p is of */
	bool open;			/* its dumps may go on */
	int last;			/* the one taken last */
	bool ppk;			/* the dumps that follow come after a PPK was mixed in */
	bool auth;			/* an AUTH payload of set was made or checked now */
	bool auth_i;			/* the last one was the initiator's */
	bool established;		/* and the IKE SA was, the first child SA follows */
	struct secret psk;		/* dumped, not yet known to be a PSK */
	bool psk_next;			/* the next one is */
};

struct swan {				/* all zero: empty */
	struct strongswan_log log;
	struct swan_thread threads[STRONGSWAN_SLOTS];
	struct swan_sa sas[SWAN_SAS];
	struct keyset *recent[SWAN_RECENT];
	unsigned nrecent;
	uint64_t clock;
};

struct swan_in {
	struct format_source *s;
	struct swan *w;
	const struct strongswan_record *r;
	struct swan_thread *t;
};

extern const struct format keyfile_strongswan;

/* strongswan_sa.c: the IKE SA of that number in this daemon; made if it is new. */
struct swan_sa *swan_sa(struct swan_in *in, uint64_t id);
/* "lab[1]": its SA, whose label it becomes; NULL: it is no name. */
struct swan_sa *swan_named(struct swan_in *in, const struct word *name);
/* The number begins anew, as it does when the daemon was restarted. */
void swan_begin(struct swan_sa *sa);
/* What sa and t know goes into their set, if it does not contradict it. */
void swan_fill(struct swan_in *in, struct swan_sa *sa, struct keyset *set);
void swan_set_spis(struct swan_in *in, struct keyset *set, struct swan_spis spis);
/* "AES_CBC_128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048" */
void swan_proposal(struct swan_in *in, struct word rest);
/* "0102030405060708_i* 1112131415161718_r" */
bool swan_spis(struct word rest, struct swan_spis *spis);
void swan_job(struct swan_in *in);
/* What is known of the job is of the thread that wrote this record. */
bool swan_is_sure(const struct swan_in *in);
/* Two lines of a status: SPIs of an IKE SA by its number. */
void swan_status(struct swan_in *in, const struct format_line *l);
bool swan_is_status(const char *p, size_t n);

/* strongswan_set.c: a dump that is a key; false: it is none. */
bool swan_is_key(const struct word *label);
int swan_key(struct swan_in *in, const struct word *label, struct err *e);
/* A new set, of the IKE SA that the thread derives keys of now. */
int swan_open(struct swan_in *in, struct err *e);
/* Nothing more of the open set follows. */
void swan_close(struct swan_in *in);
/* The IKE SA whose message the thread processes, by what is said so far; 0: not said. */
uint64_t swan_job_sa(struct swan_in *in);

/* strongswan_auth.c: the dump is Ni | Nr of this set. */
int swan_nonces(struct swan_in *in, struct keyset *set, struct err *e);
/* Other dumps. */
int swan_dump(struct swan_in *in, const struct word *label, struct err *e);
/* "'id' (myself) with pre-shared key", "'id' with pre-shared key successful" */
int swan_authenticated(struct swan_in *in, struct word rest, struct err *e);

#endif
