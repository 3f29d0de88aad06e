/*
 * diff.h - the two ends of tunnels as each sees them: what differs, as facts; a
 * row of report/advice.h puts each in words, with what it breaks.
 *
 * SAs are paired by ends.h.  Nothing is changed; hits point into both databases.
 */
#ifndef SA_DIFF_H
#define SA_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sa/sad.h"

enum diff_id {
	/* one end only has it: a or b of the hit is NULL */
	DIFF_MISSING,
	DIFF_MISSING_RECEIVER,	/* the one that sends */
	DIFF_MISSING_SENDER,
	DIFF_ENCR,
	DIFF_ENCR_BITS,
	DIFF_ENCR_KEY,
	DIFF_ENCR_KEY_MAC,	/* the ICV is another algorithm's, and good */
	DIFF_SALT,
	DIFF_INTEG,
	DIFF_INTEG_KEY,
	DIFF_ICV,
	DIFF_SHA256_96,		/* the ICV of HMAC-SHA-256: 96 bits and 128 */
	DIFF_ESN,
	DIFF_MODE,
	DIFF_ENCAP,
	DIFF_TS,
	DIFF_EXPIRED,		/* one end's is past its hard limit */
	DIFF_NAT,		/* their addresses differ */
	DIFF_LIFE,
	DIFF_LOST,		/* more were sent than received */
	DIFF_UNKNOWN_KEY,	/* one end does not tell its keys */
	DIFF_COUNT,
};

/* Who sends on an SA. */
enum diff_end { DIFF_NOBODY_KNOWS, DIFF_A, DIFF_B };

struct diff_hit {
	enum diff_id id;
	const struct sa *a, *b;
	enum diff_end sender;
	uint64_t found;		/* DIFF_LOST: packets */
};

struct diff {				/* all zero: empty */
	struct diff_hit *hit;
	size_t n, room;
	size_t pairs;			/* SAs that both ends have */
};

int diff_all(struct diff *d, const struct sad *a, const struct sad *b, int64_t now, struct err *e);
void diff_clear(struct diff *d);

#endif
