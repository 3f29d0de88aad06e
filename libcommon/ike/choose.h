/*
 * choose.h - which proposal two ends agree on, and where they agree on none the nearest: the pair
 * that differs in the fewest transform types (RFC 7296 2.7, 3.3.6).
 *
 * A proposal is taken as a whole: one algorithm of each type from both; key lengths have to be equal;
 * AEADs go without integrity (RFC 5282 8).  A type that an offer leaves out is NONE, and sequence
 * numbers of 32 bits.  The chooser takes the first of its own offers that fits, and of that its first
 * algorithms: what strongSwan does; other responders may go by the initiator's order.
 */
#ifndef IKE_CHOOSE_H
#define IKE_CHOOSE_H

#include "ike/offer.h"

/* The first child SA of an IKE SA, in IKE_AUTH, has no key exchange of its own (RFC 7296 1.2). */
enum { CHOOSE_WITHOUT_KE = 1 };
enum { CHOOSE_TEXT = 400 };

struct choice {
	unsigned mine, theirs;		/* of which offers */
	struct offer suite;		/* one algorithm of a type */
};

/* Where the best pair still differs; type 0 is IKEv1's authentication method. */
struct choice_gap {
	unsigned a, b;
	unsigned n;
	uint8_t type[OFFER_TYPES];
	struct offer suite;		/* of the other types: what is agreed on */
};

/* Of a list the algorithm to recommend: the best by RFC 8247 and 8221, of equal ones the first; zero of an empty one. */
struct offer_alg offer_list_best(uint8_t protocol, const struct offer_list *l, unsigned type);

bool offers_choose(struct choice *c, const struct offers *mine, const struct offers *theirs, unsigned flags);
/* A responder's answer: one proposal, one algorithm of each type, and that is of ours.  NULL, or what is wrong with it. */
const char *offers_answered(struct choice *c, const struct offers *mine, const struct ike_payload *sa, unsigned flags);
/* false: one side offers nothing of the protocol that the other has. */
bool offers_nearest(struct choice_gap *g, const struct offers *a, const struct offers *b, unsigned flags);
/* "key exchange: A has modp2048, B has ecp384"; names: what to call the ends.  Gives out. */
char *choice_gap_format(char out[CHOOSE_TEXT], const struct choice_gap *g, const struct offers *a,
    const struct offers *b, const char *const names[2]);
/* "add ecp384 to B, or add modp2048 to A": what is recommended (RFC 8247, 8221) first, and alone where the
 * other should not be used.  Gives out. */
char *choice_gap_advice(char out[CHOOSE_TEXT], const struct choice_gap *g, const struct offers *a,
    const struct offers *b, const char *const names[2]);
/* Each of the offers has a type with nothing that may be used (SHOULD NOT, MUST NOT): the first such algorithm. */
bool offers_all_weak(const struct offers *os, unsigned *type, struct offer_alg *weak);

#endif
