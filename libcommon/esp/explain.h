/*
 * explain.h - why a packet stayed closed (ipsec-decap --explain).
 *
 * Variants of the SA and of the packet are tried in the order of how often they are the reason; one that
 * makes the ICV right is proof, as far as the ICV's length goes.  Where none does, what the key makes of
 * the packet without its ICV is judged (esp/plausible.h), and what other packets of the SA did.  Nothing
 * is guessed: WHY_UNKNOWN says what was tried.  An SA without integrity proves nothing, and is told so.
 *
 * Work is bounded for each SA, the more SAs there are the tighter; when it is used up, what was found before is tried first and
 * nothing else.  Settle's thread only.
 */
#ifndef ESP_EXPLAIN_H
#define ESP_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

enum explain_why {
	WHY_NONE,			/* there is nothing to explain */
	WHY_WRONG_ENCR_KEY, WHY_WRONG_INTEG_KEY, WHY_WRONG_ICV_LENGTH, WHY_WRONG_INTEG, WHY_WRONG_ENCR,
	WHY_ESN, WHY_SWAPPED, WHY_SALT, WHY_ALTERED, WHY_CUT, WHY_NAT, WHY_PADDING, WHY_UNKNOWN,
	WHY_COUNT
};

/* "wrong-encr-key"; never NULL. */
const char *explain_name(enum explain_why why);

enum { EXPLAIN_TEXT = 256 };

struct explained {
	enum explain_why why;
	bool first;			/* the first packet of its SA (or of its SPI, without one) with this why */
	char text[EXPLAIN_TEXT];	/* the evidence, and how likely it is by chance */
};

struct decap;
struct decap_item;
struct explainer;

struct explainer *explainer_new(struct err *e);
void explainer_free(struct explainer *x);
/* Keeps the addresses of a packet: a NAT may have put others in their place. */
void explainer_see(struct explainer *x, const struct decap_item *it);
void explainer_see_addrs(struct explainer *x, const struct addr *src, const struct addr *dst);

/* Of an item that was settled and did not come out; NULL: its verdict says all.  Valid until the next call. */
const struct explained *explain(struct explainer *x, struct decap *d, const struct decap_item *it);

#endif
