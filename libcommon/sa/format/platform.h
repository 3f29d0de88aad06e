/*
 * platform.h - what the readers of gateways' status dumps share: the names these
 * platforms give algorithms, and selectors.
 */
#ifndef SA_FORMAT_PLATFORM_H
#define SA_FORMAT_PLATFORM_H

#include "sa/format.h"

/* By any name of the registry or of a platform, whatever its case; *bits: the key size that the name
 * says, or 0.  NULL: unknown. */
const struct alg_encr *platform_encr(const struct word *name, unsigned *bits);
const struct alg_integ *platform_integ(const struct word *name);
/* The algorithms; a name that is not known is said, and the SA's stays unknown. */
void platform_set_encr(struct format_source *s, struct sa *sa, const struct word *name, uint64_t line);
void platform_set_integ(struct format_source *s, struct sa *sa, const struct word *name, uint64_t line);
/* What follows once all of a record is read: an integrity algorithm that was not named is none only
 * beside an AEAD. */
void platform_settle(struct sa *sa);
/* "10.0.1.0/255.255.255.0", "10.0.1.0/24", "10.0.1.1-10.0.1.9" or an address. */
bool platform_range(struct addr_range *r, struct word w);
/* "192.0.2.1:4500", "[2001:db8::1]:4500" or "2001:db8::1:4500": the port is what follows the last colon. */
bool platform_endpoint(struct word w, struct addr *a, uint16_t *port);
/* A copy of a text as the SA's own; 0 or -1. */
int platform_text(char **to, const struct word *w, struct err *e);
/* Hands over an SA that is whole, or says why not; sa is left empty.  again: as format_give(). */
int platform_give(struct format_source *s, const struct format *f, struct sa *sa, uint64_t line,
    bool again, struct err *e);

#endif
