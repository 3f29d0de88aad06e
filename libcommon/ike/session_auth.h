/*
 * session_auth.h - inside ike/session_auth*.c and session_cp.c: what IKE_AUTH keeps between its messages.
 *
 * session_auth.c		who the ends are, AUTH made and checked, what is said when it is refused
 * session_auth_cert.c	CERT and CERTREQ
 * session_auth_trust.c	certificates and keys believed
 * session_auth_eap.c	EAP, both roles
 * session_auth_i.c, _r.c	the exchange as initiator, as responder
 * session_cp.c		configuration payload, addresses of the pool
 *
 * Whatever judges the peer gives 1: believed, 0: refused, and run->child.why says why, -1: memory and the like.
 */
#ifndef IKE_SESSION_AUTH_H
#define IKE_SESSION_AUTH_H

#include "ike/auth.h"
#include "ike/session_priv.h"

/* Hashes that are announced (RFC 7427 4) and believed: all but SHA-1. */
enum { AUTH_HASHES = 1 << HASH_SHA2_256 | 1 << HASH_SHA2_384 | 1 << HASH_SHA2_512 | 1 << HASH_IDENTITY };

enum { AUTH_CAS = 256, AUTH_CERTS = 32, AUTH_CERT_BYTES = 1 << 18, AUTH_NAME = 200 };

enum auth_step {
	AUTH_FIRST,			/* identities, certificates, AUTH */
	AUTH_EAP,			/* EAP goes to and fro */
	AUTH_LAST,			/* AUTH of EAP's key */
};

struct auth_run {
	enum auth_step step;
	struct mem mem;			/* of the spans below */
	struct span id_mine, id_peer;	/* RestOfIDPayload: what AUTH covers */

	struct cert_set certs;		/* of the peer's CERT payloads */
	bool cert_came, raw_came, url_came;	/* what the first of them held */
	bool asked;			/* CERTREQ came */
	unsigned nca;			/* authorities that it names, SHA-1 of their keys */
	uint8_t (*ca)[PKEY_ID];		/* in mem */

	struct eap *eap;
	struct eap_conf eap_conf;	/* creds->eap with the time of now */
	struct cert_policy policy;
	struct arena arena;		/* EAP's keys */
	uint8_t *packet;		/* the next one to be sent, n_packet of EAP_OUT_MAX octets; heap */
	size_t n_packet;
	bool eap_only;			/* RFC 5998: announced; initiator: and the responder took it */

	bool initial_contact;		/* responder: the peer has no other IKE SA */
	uint8_t first;			/* responder: payloads of the first request, for after EAP */
	struct span request;
	struct child_try child;		/* child.why: also why the peer is not believed */
};

/* The one of this IKE SA, made if there is none. */
struct auth_run *auth_run(struct sess_ike *ike, struct err *e);
static inline struct span auth_bytes(const struct secret *s)
{
	return (struct span){ s->p, s->n };
}
static inline int64_t auth_seconds(const struct sess_ike *ike)
{
	return ike->s->now / 1000000000;
}
/* "gw.example", cut; gives out. */
char *auth_name(char out[AUTH_NAME], const struct identity *id);
/* "EAP-MSCHAPv2", "certificate". */
const char *auth_how_text(const struct sess_ike *ike, enum creds_how how);

/* Who this end is.  asked: the IDr that an initiator wants, or NULL. */
int auth_id_mine(struct sess_ike *ike, const struct pl_id *asked, struct err *e);
/* Who the peer says it is: kept, and held against what is expected (later: when it is known). */
int auth_id_peer(struct sess_ike *ike, const struct ike_payload *id, bool later, struct err *e);
/* Expected: conf->remote_id. */
int auth_id_expected(struct sess_ike *ike, const struct identity *is);

/* AUTH of this end, by creds->how; secret: EAP's key, or NULL. */
int auth_prove(struct sess_ike *ike, const struct secret *msk, struct build *b, struct err *e);
/* The peer's AUTH, by whatever creds->remote allows; EAP's. */
int auth_believe(struct sess_ike *ike, const struct pl_auth *auth, unsigned allowed, struct err *e);
int auth_believe_eap(struct sess_ike *ike, const struct pl_auth *auth, struct err *e);

/* Both ends are who they should be: the IKE SA is up. */
void auth_done(struct sess_ike *ike);
/* SESSION_FAILED with all of why. */
void auth_failed(struct sess_ike *ike);

/* session_auth_cert.c */
int auth_certs_look(struct sess_ike *ike, const struct ike_payloads *p, struct err *e);
void auth_certs_add(const struct sess_ike *ike, struct build *b);
/* What this end signs with; cert NULL: a raw key.  NULL: e says what is missing. */
const struct pkey *auth_key_mine(const struct sess_ike *ike, const struct cert **cert, struct err *e);
/* What a peer may find wrong with this end's certificate: a row, or none. */
void auth_own_faults(const struct sess_ike *ike, struct reasons *why);

/* session_auth_trust.c */
int auth_believe_signature(struct sess_ike *ike, const struct auth_side *side, const struct pl_auth *auth, unsigned allowed,
    struct err *e);

/* session_auth_eap.c */
int auth_eap_begin(struct sess_ike *ike, bool server, struct err *e);
/* One packet in (NULL: the server begins).  enum eap_state, what is to be sent is in run->packet; -1. */
int auth_eap_step(struct sess_ike *ike, const struct ike_payload *in, struct err *e);
void auth_eap_add(struct sess_ike *ike, struct build *b);
const char *auth_eap_advice(const struct sess_ike *ike);	/* when it failed */
/* What it makes AUTH of: the MSK, or NULL. */
const struct secret *auth_eap_key(const struct sess_ike *ike);
/* Server: EAP went well; the peer is who EAP says. */
int auth_eap_identity(struct sess_ike *ike);

/* session_cp.c */
void cp_ask(struct sess_ike *ike, struct build *b);
/* Client: what came.  1: all that is needed, 0: not, why has it. */
int cp_take(struct sess_ike *ike, const struct ike_payloads *p, struct reasons *why);
/* Server.  1: go on with the child, 0: no child, an error was built, why has it; -1. */
int cp_answer(struct sess_ike *ike, const struct ike_payloads *p, struct build *b, struct reasons *why, struct err *e);

#endif
