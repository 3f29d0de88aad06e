/*
 * eap_method.h - what ike/eap.c and the methods of ike/eap/ share: a conversation's state, and the row of a method.
 *
 * A method reads and writes type-data alone (what is behind the octet of the type); code, identifier and length are
 * eap.c's.  Secrets it makes are x->msk; the rest of struct eap is wiped when the conversation ends.
 */
#ifndef IKE_EAP_METHOD_H
#define IKE_EAP_METHOD_H

#include "crypto/mschap.h"
#include "ike/eap.h"

enum { EAP_HEAD = 5, EAP_CHALLENGE = 16 };

enum eap_turn {			/* what a method makes of a packet */
	EAP_TURN_ON,		/* it wrote, and waits for more */
	EAP_TURN_READY,		/* client: it wrote, and is content: EAP-Success may come, or more */
	EAP_TURN_DONE,		/* server: EAP-Success is due, nothing was written */
	EAP_TURN_FAILED,	/* no use to go on, eap_because() told why; what a client wrote is sent nevertheless */
};

struct eap_method {
	struct name name;		/* type, "mschapv2" */
	const char *label;		/* "EAP-MSCHAPv2" */
	bool mutual;			/* RFC 5998 4 */
	bool (*can)(const struct eap_conf *conf, bool server);
	int (*client)(struct eap *x, struct rd r, struct wr *w, struct err *e);		/* enum eap_turn, -1 */
	int (*begin)(struct eap *x, struct wr *w, struct err *e);			/* server: the first request */
	int (*server)(struct eap *x, struct rd r, struct wr *w, struct err *e);
	void (*end)(struct eap *x);	/* frees what it holds; may be NULL */
};

struct eap_tls;

struct eap {
	const struct eap_conf *conf;
	struct rng *rng;
	struct arena *arena;
	bool server, begun, asked;	/* asked: server: EAP-Identity is out */
	bool agreed, ready, doomed;	/* both ends use the method; client: it is content; it failed, and said so */
	const struct eap_method *method;
	unsigned usable;		/* 1 << type; server: that it did not offer yet */
	uint8_t id;			/* of the request that waits, or is answered */
	unsigned rounds;
	enum eap_state state;
	char identity[EAP_NAME_MAX + 1];
	size_t n_identity;
	struct secret msk;
	char why[EAP_WHY], notice[EAP_WHY / 2];
	uint8_t challenge[EAP_CHALLENGE];	/* MD5, MSCHAPv2: server's */
	uint8_t step;				/* MSCHAPv2 */
	uint8_t proof[MSCHAP_PROOF];		/* MSCHAPv2: what the server has to show */
	struct eap_tls *tls;
};

/* tls.c: whose chain was believed; NULL: nobody's. */
const struct cert *eap_tls_cert(const struct eap *x);

extern const struct eap_method eap_md5, eap_gtc, eap_mschapv2, eap_tls_method;

/* Says why, in raw text; the first reason stays.  Gives EAP_TURN_FAILED. */
__attribute__((format(printf, 2, 3))) int eap_because(struct eap *x, const char *fmt, ...);
struct span eap_own_name(const struct eap_conf *conf);
struct span eap_name(const struct eap *x);	/* the peer's */
/* Who the peer is from now on; too long, or with a NUL: EAP_TURN_FAILED. */
int eap_take_name(struct eap *x, struct span name);
/* The password of a user; where nobody has that name, without a domain before it, which is left off *name then. */
bool eap_password(const struct eap *x, struct span *name, struct span *password);
/* Why a password was not taken. */
int eap_because_password(struct eap *x, bool known, struct span name);
/* Methods of passwords. */
bool eap_can_password(const struct eap_conf *conf, bool server);

/* identity.c: the requests that are no methods (RFC 3748 5.1, 5.2, 5.3). */
int eap_answer_identity(struct eap *x, struct wr *w);
int eap_answer_notification(struct eap *x, struct rd r);
void eap_answer_nak(const struct eap *x, struct wr *w);
/* Server: the types a NAK wants, as 1 << type. */
unsigned eap_read_nak(struct rd r);

#endif
