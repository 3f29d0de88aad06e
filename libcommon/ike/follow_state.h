/*
 * follow_state.h - what the files of the follower share.
 *
 * follow.c finds the IKE SA of a message and hands it out, follow_table.c holds them, follow_open.c opens messages
 * and puts fragments together, follow_parts.c counts those, follow_keys.c finds the keys, follow_v2.c takes what a message says, follow_child.c
 * makes descriptors of child SAs, follow_auth.c checks who the ends are.  IKEv1 has its own follow_v1_open.c (keys
 * too), follow_v1.c and follow_v1_child.c.
 */
#ifndef IKE_FOLLOW_STATE_H
#define IKE_FOLLOW_STATE_H

#include "ike/auth.h"
#include "ike/follow.h"
#include "ike/protect.h"
#include "sa/sa.h"

struct blob { uint8_t *p; size_t n; };		/* owned, heap */

enum {
	FOLLOW_RECENT = 32,			/* messages remembered to know repetitions */
	FOLLOW_CONTEXTS = 512,			/* IKE SAs whose ciphers stay keyed */
	FOLLOW_FRAG_SETS = 4,			/* of an IKE SA */
	FOLLOW_TRIES = 4096,			/* sets without SPIs tried for one IKE SA */
	FOLLOW_IVS = 16,			/* IKEv1: exchanges of phase 2 */
	FOLLOW_HEIRS = 4,
	FOLLOW_GUESSES = 64, FOLLOW_GUESSED = 16,	/* IKE SAs, and SPIs of each, see follow_guess.c */
};

struct recent { uint64_t hash, frame; uint8_t iv[IKE_V1_IV]; };	/* iv: with which an IKEv1 message was opened */

/* Fragments of one message (RFC 7383; IKEv1: Cisco's). */
struct frag_set {
	bool by_initiator;
	uint32_t id;
	uint8_t exchange;
	unsigned total, have;			/* total 0: not known yet */
	uint8_t first;				/* type of the first payload */
	struct blob part[FOLLOW_FRAGMENTS];
	uint64_t frame[DATAGRAM_FRAMES];
	unsigned nframes;
};

/* Which fragments of a message came, opened or not. */
struct parts {
	unsigned sends, total, came;		/* sends 0: free; total 0: not known yet */
	uint32_t id;
	uint8_t exchange;
	int64_t since;				/* when it was sent last */
	uint64_t have[FOLLOW_FRAGMENTS / 64];
};

/* Payloads in clear, kept: a request that waits for its answer. */
struct pending {
	struct pending *next;
	bool by_initiator;
	uint8_t exchange, first;
	uint32_t id;
	struct blob plain;
};

/* A child SA: what goes from the initiator of the IKE SA to the responder, and back. */
struct child {
	struct child *next;
	bool deleted[2];
	struct sa sa[2];			/* 0: sent by the initiator of the IKE SA */
};

/* IKEv1: the chain of IVs of one exchange of phase 2, and quick mode's messages until it is done. */
struct chain {
	uint32_t id;
	uint64_t used;				/* 0: free */
	uint8_t iv[IKE_V1_IV];
	bool by_initiator;			/* who began it */
	bool given;
	struct blob ni, nr;			/* bodies */
	struct blob plain;			/* its first message */
	uint8_t first;
};

struct v1_state {
	uint16_t auth;				/* method, phase 1 attribute 3 */
	struct ike_v1_cipher *cipher;
	bool iv_known;
	uint8_t iv[IKE_V1_IV];			/* of phase 1: the next message's, and the last block seen */
	struct blob sa_i;			/* body of the initiator's SA payload */
	struct chain chain[FOLLOW_IVS];
	uint64_t stamp;
};

/* An IKE SA that may take over the child SAs of another (RFC 7296 2.18); turned: its initiator is the other's
 * responder. */
struct heir { uint64_t spi_i, spi_r; bool turned; };

struct followed {
	struct follow_sa sa;
	struct heir heir[FOLLOW_HEIRS];		/* the newest last */
	unsigned nheirs;
	struct followed *next;			/* of the same hash */
	struct followed *newer, *older;		/* by use */
	struct recent recent[FOLLOW_RECENT];
	unsigned recent_at, recent_hit;		/* the next one; the one of the message being looked at */
	struct ike_protect *protect[2];		/* 0: of the initiator */
	unsigned context;			/* slot, from 1 */
	unsigned tries;
	bool eap, no_key_said;
	bool proven[2];				/* something sent by the initiator, the responder was opened */
	bool ppk;				/* the responder mixed a PPK into the keys */
	struct blob init_i, init_r;		/* IKE_SA_INIT, whole messages */
	struct blob ni, nr, ke_i, ke_r;		/* bodies; ke without group */
	struct blob id_i, id_r;
	struct pending *pending;
	unsigned npending;
	struct pending *auth;			/* the first IKE_AUTH request, until a child SA is up */
	struct secret parent_sk_d;		/* of the IKE SA that this one rekeyed */
	const struct alg_prf *parent_prf;
	struct auth_int int_auth;		/* IKE_INTERMEDIATE so far */
	uint32_t auth_id;			/* message id of the first IKE_AUTH */
	struct frag_set *frags[FOLLOW_FRAG_SETS];
	unsigned frags_at;
	struct parts parts[2][2];		/* of the initiator, the responder: the last request, the last answer */
	struct child *children;
	unsigned nchildren;
	struct v1_state *v1;
	bool guess;
	uint32_t guessed[FOLLOW_GUESSED];	/* SPIs */
	unsigned nguessed;
};

struct follow {
	struct follow_options o;
	struct arena arena;			/* keys that were derived */
	struct followed **table;
	size_t slots;
	struct followed *newest, *oldest;
	unsigned live;
	uint64_t count, dropped;
	struct followed *context[FOLLOW_CONTEXTS];
	unsigned context_at;
	struct followed *guess[FOLLOW_GUESSES];
	unsigned nguess;
	struct ike_message m;			/* the one being looked at */
	struct ike_message request;		/* and the one it answers, its payloads as `inner` */
	uint8_t *plain, *trial;			/* what was decrypted */
	size_t plain_cap, trial_cap;
	uint64_t frames[DATAGRAM_FRAMES];	/* of the message that fragments made */
	char why[FOLLOW_WHY], auth_why[FOLLOW_WHY];
};

static inline struct span blob_span(const struct blob *b)
{
	return (struct span){ b->p, b->n };
}

static inline struct secret blob_secret(const struct blob *b)
{
	return (struct secret){ b->p, b->n };
}

/* A copy of s, in place of what was there. */
int blob_set(struct blob *b, struct span s, struct err *e);
void blob_clear(struct blob *b);
/* Room for n octets; what was there is lost. */
int follow_room(uint8_t **p, size_t *cap, size_t n, struct err *e);

/* follow_table.c */
struct followed *follow_find(struct follow *f, int version, uint64_t spi_i, uint64_t spi_r);
struct followed *follow_add(struct follow *f, int version, uint64_t spi_i, uint64_t spi_r,
    struct err *e);
/* The one used last. */
void follow_touch(struct follow *f, struct followed *s);
void follow_drop(struct follow *f, struct followed *s);
void follow_drop_context(struct follow *f, struct followed *s);
void follow_take_context(struct follow *f, struct followed *s);
void pending_free(struct pending *p);
/* Keeps the payloads of a request. */
struct pending *pending_new(const struct follow_message *out, uint8_t first, struct span plain, struct err *e);

/* follow.c */
int follow_give(struct follow *f, struct followed *s, struct follow_message *out, struct err *e);
void follow_say(struct follow *f, const char *text);

/* follow_open.c: IKEv2.  Sets verdict and why, opens f->m; with fragments, once all are there. */
int follow_open(struct follow *f, struct followed *s, struct follow_message *out, struct err *e);
struct frag_set *follow_frags(struct followed *s, bool by_initiator, uint32_t id, uint8_t exchange, struct err *e);
/* Takes one; 1 when all are there (joined in f->plain, *n octets), 0 if not, -1. */
int follow_frag_add(struct follow *f, struct frag_set *set, unsigned number, struct span part, uint64_t frame,
    size_t *n, struct err *e);
void follow_frag_free(struct followed *s, struct frag_set *set);

/* follow_parts.c: one more fragment of the message id; total 0: not known.  Sets what `out` says of its message. */
void follow_parts(struct followed *s, struct follow_message *out, uint32_t id, unsigned total);

/* follow_keys.c: opens with the keys of s, or finds those of the ring that do.  plain is in f->plain. */
enum verdict follow_unseal(struct follow *f, struct followed *s, bool by_initiator, const struct ike_payload *sk,
    struct span *plain, struct err *e);
/* True if lengths and types make a chain (RFC 7296 3.2). */
bool follow_plausible(uint8_t first, struct span plain);
/* What the ring says of these SPIs without any message to try it on. */
void follow_adopt(struct follow *f, struct followed *s);

/* follow_v2.c and follow_v1.c */
int follow_v2(struct follow *f, struct followed *s, struct follow_message *out, struct err *e);
int follow_v1(struct follow *f, struct followed *s, struct follow_message *out, struct err *e);
void v1_free(struct v1_state *v);
/* follow_v1_open.c.  c: the chain of IVs of its exchange of phase 2, or NULL.  Sets verdict and why, opens f->m. */
int v1_open_sealed(struct follow *f, struct followed *s, struct follow_message *out, struct chain *c, struct err *e);
/* A message that came before, with the IV it had then. */
int v1_open_again(struct follow *f, struct followed *s, struct follow_message *out, struct err *e);
/* The secret that some set of the ring has for exactly these nonces; or empty. */
struct span follow_shared(struct follow *f, struct span ni, struct span nr);
/* The rows that a proposal of IKEv2 names. */
void follow_algs(struct ike_keys *k, const struct ike_proposal *p);

/* follow_v1_child.c: the SAs of quick mode, whose first message c keeps and f->m answers. */
int follow_v1_child(struct follow *f, struct followed *s, const struct chain *c, const struct follow_message *out,
    struct err *e);

/* follow_child.c */
struct child_make {
	const struct ike_payloads *request, *response;
	bool by_initiator;		/* the exchange was begun by the initiator of the IKE SA */
	struct span ni, nr;
	struct span shared;		/* PFS; empty: none, or not known */
	bool pfs;
	const struct datagram *d;	/* the message that brought it up, sent by the exchange's responder */
	const char *exchange;
};
int follow_child(struct follow *f, struct followed *s, const struct child_make *c, struct err *e);
/* Gives a child's SAs (again). */
int follow_child_give(struct follow *f, struct followed *s, struct child *c, int which, enum follow_news news,
    struct err *e);
void child_free(struct child *c);
/* The child that has this SPI in the given direction (0: sent by the initiator), or NULL. */
struct child *follow_child_find(struct followed *s, uint32_t spi, int *which);
/* Puts the keys of others' notes (o.sad) into a descriptor that has none. */
void follow_child_lend(struct follow *f, struct sa *sa);
int follow_child_keep(struct follow *f, struct followed *s, struct sa pair[2], struct err *e);
/* src, dst, ports, times, ike and id of a descriptor sent by the initiator (which 0) or the responder. */
int follow_child_ends(struct followed *s, struct sa *sa, int which, const struct datagram *d, struct err *e);

/* follow_delete.c: what IKEv2's D payloads end. */
int follow_deletes(struct follow *f, struct followed *s, const struct follow_message *out, struct err *e);
/* s was rekeyed by its initiator, or else by its responder: new is in its place, unless another is too. */
void follow_heir(struct follow *f, struct followed *s, struct followed *new, bool by_initiator);

/* follow_guess.c: IKE SAs of which SK_d alone is known. */
void follow_guess_add(struct follow *f, struct followed *s);
void follow_guess_drop(struct follow *f, struct followed *s);

/* follow_auth.c */
void follow_auth(struct follow *f, struct followed *s, struct follow_message *out);
void follow_auth_v1(struct follow *f, struct followed *s, struct follow_message *out);

#endif
