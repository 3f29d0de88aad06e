/*
 * session_init.h - what both roles of IKE_SA_INIT share; for session_init*.c.
 */
#ifndef IKE_SESSION_INIT_H
#define IKE_SESSION_INIT_H

#include "ike/session_priv.h"

/* A copy on the heap, in place of what was there. */
int init_keep(struct span *to, struct span from, struct err *e);
int init_nonce(struct sess_ike *ike, struct secret *to, struct err *e);
/* Notifies of what this end can do, and what the other one said. */
void init_extensions(struct sess_ike *ike, struct build *b);
void init_look(struct sess_ike *ike, const struct ike_payloads *p);
/* We have the algorithms. */
bool init_can_do(const struct offer *o);
/* Keys of what was chosen, both nonces and g^ir, which is wiped. */
int init_keys(struct sess_ike *ike, struct secret shared, struct err *e);

#endif
