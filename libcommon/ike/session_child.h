/*
 * session_child.h - what the files of session_child*.c and session_create*.c share.
 *
 * session_child.c	what the initiator of an exchange asks, and takes of the answer
 * session_child_answer.c	what the responder takes and answers
 * session_child_ts.c	selectors, of both
 * session_child_make.c	the child SA that follows
 */
#ifndef IKE_SESSION_CHILD_H
#define IKE_SESSION_CHILD_H

#include "ike/keymat.h"
#include "ike/session_priv.h"
#include "ike/ts.h"

enum { SESS_GROUPS = 4 };		/* INVALID_KE_PAYLOAD is followed so often */

/* What both ends agreed on. */
struct child_deal {
	bool initiator;			/* this end began the exchange */
	struct offer suite;
	uint32_t peer_spi;
	enum sa_mode mode;
	struct ts_list mine, theirs;	/* selectors of the two sides */
	struct addr oa_mine, oa_theirs;	/* transport mode through a NAT: the addresses in the TS payloads */
};

/* For offers_choose() and build_sa(): with key exchange or without. */
unsigned child_flags(const struct child_try *t);
unsigned child_skip(const struct child_try *t);
struct span child_spi(const struct child_try *t, uint8_t room[4]);
bool child_nonce_ok(const struct ike_payload *p);
int child_nonce(struct session *s, struct arena *arena, struct secret *nonce, struct err *e);
/* A new private value of the group, and the KE payload. */
int child_ke_add(struct session *s, struct arena *arena, uint16_t group, struct secret *private_key, struct build *b,
    struct err *e);
/* INVALID_KE_PAYLOAD names another group that was offered. */
bool child_other_group(const struct ike_payloads *p, const struct offers *os, uint16_t *group);
/* The first error notify, or NULL. */
const struct pl_notify *child_error(const struct ike_payloads *p);

/* It is to replace this one. */
int child_rekeys(struct child_try *t, const struct sess_child *old, struct err *e);
/* What the configuration has for a side. */
void child_selectors(struct ts_list *out, const struct sess_ike *ike, const struct session_child_conf *conf, bool mine);
/* The same, or what the SA has that is rekeyed. */
void child_propose_ts(struct ts_list *out, const struct sess_ike *ike, const struct child_try *t, bool mine);
int child_ts_add(struct build *b, uint8_t type, const struct ts_list *l, struct err *e);
bool child_ts_copy(struct ts_list *out, const struct ike_payload *p);
/* Behind a NAT the ends of transport mode know each other by other addresses: those of the TS payloads are kept, and
 * this end's own view put in their place (RFC 7296 2.23.1; false: they are not one address each); and back, for the answer. */
bool child_see_hosts(const struct sess_ike *ike, struct child_deal *d);
/* Transport mode carries what the two hosts say themselves, and nothing else. */
void child_limit_hosts(const struct sess_ike *ike, struct ts_list *mine, struct ts_list *theirs);
void child_show_hosts(struct child_deal *d);

/* Octet by octet, as collisions of rekeyings want them compared (RFC 7296 2.8.1). */
int child_nonce_cmp(const struct secret *a, const struct secret *b);
/* The SA, with keys; t->spi moves into it.  No event. */
int child_make(struct sess_ike *ike, struct child_try *t, const struct child_deal *d, struct sess_child **out,
    struct err *e);
/* Addresses, ports and IKE SA of its descriptors anew. */
int child_ends(struct sess_child *c, struct err *e);

/* session_create.c: the request cannot be granted now; again later, a few times.  false: too often. */
bool create_later(struct sess_ike *ike, const struct job *job);
/* The peer deletes a child by an SPI that is not known: it may be of an answer that was lost. */
void create_deleted(struct sess_ike *ike, uint32_t spi);
/* session_create_ike.c: a request to rekey the IKE SA. */
int create_ike_request(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e);
/* The peer deletes the IKE SA: the one that it made to replace it takes over, or NULL. */
struct sess_ike *create_heir(struct sess_ike *ike);
/* The peer goes on in this IKE SA: if the rekeyings of both ends collided and it was not settled who wins, it is now. */
void create_used(struct sess_ike *ike);

/* session_info.c: asks the peer to delete a child that this end never had, by the SPI that it gave it. */
int sess_delete_spi(struct sess_ike *ike, uint8_t protocol, uint32_t spi, struct err *e);

#endif
