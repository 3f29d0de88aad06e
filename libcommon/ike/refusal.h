/*
 * refusal.h - why a negotiation was refused or came to nothing, told from its messages, and what to do.
 *
 * Fed with what follow.h gives, in its order.  It keeps of each IKE SA the request that waits for its
 * answer, and of each responder what it agreed to elsewhere in the capture; memory is bounded:
 * REFUSAL_SAS negotiations (older ones are forgotten), REFUSAL_PEERS responders.  Pure over messages:
 * no clock, nothing printed.  What is encrypted counts where it was opened.
 *
 * Notify types: RFC 7296 3.10.1, RFC 2408 3.14.1.
 */
#ifndef IKE_REFUSAL_H
#define IKE_REFUSAL_H

#include "ike/follow.h"
#include "ike/reason.h"

enum { REFUSAL_SAS = 1024, REFUSAL_PEERS = 64 };

struct refusals;

/* live: of this end's own negotiations, as they go, not of a capture. */
struct refusals *refusals_new(bool live, struct err *e);
void refusals_free(struct refusals *r);
/* What this message means beyond what it says: rows into out, which is emptied first; often none. */
int refusals_message(struct refusals *r, const struct follow_message *m, struct reasons *out, struct err *e);
/* The capture is over: negotiations without an answer and the like, in their order.  sa is of the call. */
struct refusal_end { uint64_t ike_sa, frame; struct follow_end i, r; };
int refusals_end(struct refusals *r, int (*give)(void *arg, const struct refusal_end *of, const struct reasons *rows,
    struct err *e), void *arg, struct err *e);

#endif
