/* refusal_priv.h - what is remembered, and the parts that explain. */
#ifndef IKE_REFUSAL_PRIV_H
#define IKE_REFUSAL_PRIV_H

#include "ike/choose.h"
#include "ike/refusal.h"

enum { REFUSAL_WORDS = 300, REFUSAL_MEMORY = 1 << 20, REFUSAL_CAS = 32, REFUSAL_OFFERS = 16 };

/* A request as far as its refusal may be about it. */
struct refusal_request {
	bool waits;
	uint32_t message_id;
	uint8_t exchange;
	unsigned sends;
	uint64_t frame;
	size_t size;
	uint16_t dport;
	bool opened, rekeys, wants_address, ppk, sealed;	/* sealed: it is encrypted */
	uint16_t ke;			/* group of its KE payload; 0: none */
	struct offers offers;		/* in mem */
	struct mem mem;
	char ts[REFUSAL_WORDS];		/* "10.1.0.0/24 = 10.2.0.0/24"; "": none seen */
};

/* A message in fragments of which not all came. */
struct refusal_parts {
	uint32_t message_id;
	uint8_t exchange;
	unsigned total, came, missing, sends;	/* as follow.h has them; sends 0: no message */
	uint64_t frame;			/* the first one */
};

/* An end's proof of who it is. */
struct refusal_who {
	char id[REFUSAL_WORDS], method[64], cert[REFUSAL_WORDS];
	enum follow_check check;
	bool cert_late, cert_early, cert_names;	/* out of its validity, names the identity */
	bool has_cert;
	unsigned ncas;			/* authorities it asked for, by the SHA-1 of their keys */
	uint8_t ca[REFUSAL_CAS][20];
};

struct refusal_seen {
	uint64_t number;		/* of the IKE SA; 0: free */
	int version;
	struct follow_end i, r;
	struct refusal_request request[2];	/* of the initiator, of the responder */
	struct refusal_parts request_parts[2], answer_parts[2];	/* requests of the initiator, the responder; answers to these */
	struct refusal_who who[2];
	bool fragments[2], answered, up, broken;
	unsigned cookies;
	uint16_t ke_wanted;		/* of INVALID_KE_PAYLOAD, until a request with it follows */
	unsigned eap_type;
	bool aggressive_proved;		/* IKEv1: the responder's HASH of aggressive mode was seen */
	uint16_t told;			/* the notify explained last, and of which request */
	uint64_t told_frame;
};

/* What a responder agreed to. */
struct refusal_peer {
	struct addr addr;
	struct offers chosen;
	struct mem mem;
	char ts[REFUSAL_WORDS];
};

struct refusals {
	struct refusal_seen *seen;	/* REFUSAL_SAS, by number */
	struct refusal_peer peer[REFUSAL_PEERS];
	unsigned npeer;
	uint64_t most;			/* the highest number seen */
	bool live;
};

/* A refusal being explained. */
struct refusing {
	struct refusals *all;
	struct refusal_seen *seen;
	const struct follow_message *m;
	const struct ike_payloads *ps;
	const struct pl_notify *n;
	const struct refusal_request *q;	/* what was refused; NULL: not seen */
	int side;			/* who refused: 0 the initiator, 1 the responder */
	const struct refusal_peer *peer;	/* the refusing end elsewhere; or NULL */
	char from[ADDR_TEXT], to[ADDR_TEXT];	/* who refused whom */
	struct reasons *out;
};

/* Of a negotiation of this end's own, which has no capture and all keys. */
static inline bool refusing_live(const struct refusing *x)
{
	return x->all == NULL || x->all->live;
}

void refusal_explain(struct refusing *x);
void refusal_proposal(struct refusing *x);
void refusal_auth(struct refusing *x, const char *notify);
void refusal_silence(const struct refusal_seen *s, struct reasons *out);

/* refusal_parts.c: what a message means for those of which not all came, and for what waits for it, opened or not. */
void refusal_parts(struct refusal_seen *s, const struct follow_message *m);
/* A message that did not become whole though it was sent again, or NULL; *what: whose. */
const struct refusal_parts *refusal_lost(const struct refusal_seen *s, const char **whose);
/* "i.lab.example", "192.0.2.1", a DN. */
void refusal_id_format(char out[REFUSAL_WORDS], const struct pl_id *id);
/* "10.1.0.0/24[6/80-80], ..." of a TS payload, at the end of out. */
void refusal_ts_append(char out[REFUSAL_WORDS], const struct pl_ts *ts);
/* An ID payload of quick mode is a selector (RFC 2407 4.6.2). */
void refusal_v1_id_append(char out[REFUSAL_WORDS], const struct pl_id *id);
void refusal_take_cert(struct refusal_who *w, const struct pl_cert *cert, const struct pl_id *id, int64_t ns);

#endif
