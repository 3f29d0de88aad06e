/*
 * ends.h - the SAs of two ends of tunnels: which of A's is which of B's.
 *
 * One SA has the same protocol and SPI at both ends.  Of several such those whose
 * addresses fit best go together: both, else the destination, else the source, else
 * none of them, as behind a NAT.  Of candidates (alternatives for one SA) those
 * speak for it whose keys are the same at both ends, else the first ones.
 */
#ifndef SA_ENDS_H
#define SA_ENDS_H

#include <stddef.h>

#include "base/err.h"
#include "sa/sad.h"

struct ends_pair { const struct sa *a, *b; };	/* NULL: that end does not have it */
/* A's in their order, then what B alone has in its order. */
struct ends { struct ends_pair *pair; size_t n; };

/* The pairs point into both databases. */
int ends_match(struct ends *ends, const struct sad *a, const struct sad *b, struct err *e);
void ends_clear(struct ends *ends);

#endif
