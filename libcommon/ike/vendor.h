/*
 * vendor.h - vendor ids: who sends which bytes (RFC 7296 3.12, RFC 2408 3.16).
 *
 * Most are the MD5 of a text, or begin so; text is that text, where it is known, and the tests
 * compute each such row from it.  What follows the bytes of a row is a version, or belongs to the
 * product.
 */
#ifndef IKE_VENDOR_H
#define IKE_VENDOR_H

#include <stddef.h>

#include "base/rd.h"

struct ike_vendor {
	const char *name;		/* "strongSwan", "Dead Peer Detection" */
	const char *text;		/* id is its hash, or itself; NULL: not known */
	const char *hash;		/* "MD5"; NULL with a text: the text itself */
	const char *id;			/* hex, lower case, as long as it is compared */
};

/* The row with the longest id that data begins with, or NULL. */
const struct ike_vendor *ike_vendor_find(struct span data);
const struct ike_vendor *ike_vendor_row(size_t i);	/* NULL past the last */

#endif
