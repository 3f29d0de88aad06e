/*
 * impair.h - faults on purpose in live IKE, for tests of peers: rows, as esp/impair.h has for packets.
 *
 * A list "NAME[:ARG][@EXCHANGE[-request|-response][:N]],..." names faults and the messages of this end that they hit: those
 * of one exchange (IKE_SA_INIT, IKE_AUTH, CREATE_CHILD_SA, INFORMATIONAL, or any), only the Nth of them.  Faults of payloads
 * and of lengths are made before a message is sealed, so that it verifies; this end signs what it really sends.  Faults
 * of datagrams happen as if on the way: each datagram counts, also one of fragments, also when it is sent again.
 * Faults of conduct are asked for by those who would do otherwise: ike_impair_has().
 *
 * It counts, and keeps datagrams: one for all sessions of a process.  All functions but new and add take NULL for "none".
 */
#ifndef IKE_IMPAIR_H
#define IKE_IMPAIR_H

#include "base/err.h"
#include "crypto/rng.h"
#include "ike/build.h"
#include "ike/hdr.h"

enum { IKE_IMPAIRS = 16, IKE_IMPAIR_OUT = 4 };

struct ike_impair;

enum ike_impair_phase { IKE_IMPAIR_PAYLOADS, IKE_IMPAIR_CHAIN, IKE_IMPAIR_DATAGRAM, IKE_IMPAIR_CONDUCT };

struct ike_impair_row {
	const char *name;
	const char *arg;		/* what ARG is, or NULL: it has none; "[N]": may be left out */
	const char *what;		/* one line for people */
	enum ike_impair_phase phase;
};
/* Row i, or NULL past the last. */
const struct ike_impair_row *ike_impair_row(unsigned i);

/* What is random comes from a fork of rng. */
struct ike_impair *ike_impair_new(const struct rng *rng, struct err *e);
void ike_impair_free(struct ike_impair *im);
int ike_impair_add(struct ike_impair *im, const char *list, struct err *e);

/* A message with a complete header (next and length aside), before it is encoded: payloads may be added, left out, changed;
 * version, exchange, flags, message id and SPIs, too. */
void ike_impair_payloads(struct ike_impair *im, struct ike_hdr *h, struct build *b);
/* Its payloads as encoded, the first of type h->next, before they are sealed or, in IKE_SA_INIT, sent; in place. */
void ike_impair_chain(struct ike_impair *im, const struct ike_hdr *h, uint8_t *chain, size_t n);
/* A datagram (without marker) that is about to go, also again: what goes instead, in this order; borrowed from im and of
 * `datagram` until the next call.  Gives how many, 0 to IKE_IMPAIR_OUT. */
unsigned ike_impair_send(struct ike_impair *im, struct span datagram, struct span out[IKE_IMPAIR_OUT]);

/* Conduct:
 *   "force-cookie"	a responder asks everyone for a cookie
 *   "early-delete"	the IKE SA is deleted as soon as it is established
 *   "no-rekey-answer"	requests to rekey (either SA) are not answered
 *   "no-delete"	a session ends without telling the peer
 *   "no-retransmit"	requests are sent once */
bool ike_impair_has(const struct ike_impair *im, const char *name);

#endif
