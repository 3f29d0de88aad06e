/*
 * make.h - new SAs: what a proposal names, with fresh keys and SPI.
 *
 * Keys go into the caller's arena.  Every draw has a stream of its own (see
 * rng_fork()), so that with a seed one SA does not change when another is made
 * beside it, or when another cipher is chosen.
 */
#ifndef SA_MAKE_H
#define SA_MAKE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "crypto/rng.h"
#include "sa/proposal.h"
#include "sa/sa.h"

enum { MAKE_SPI_MIN = 256 };	/* RFC 4303 2.1: 1 to 255 are IANA's, 0 is nobody's */
enum { MAKE_SPIS = 1 << 20 };

/* n different SPIs, at most MAKE_SPIS. */
int make_spis(uint32_t *spi, size_t n, struct rng *rng, struct err *e);

/* What make_sa() and make_pair() are to do; sa is the template. */
struct make {
	const struct proposal *proposal;	/* has passed proposal_check() */
	const struct rng *rng;
	struct arena *arena;			/* for keys */
	const char *id;				/* NULL: no id, in a pair one made of the SPI */
};

/*
 * Adds to sa, whose other fields stay as they are: the algorithms, keys for them, the SPI, the id,
 * ESN as the proposal says (no where it says nothing, as strongSwan takes it).
 */
int make_sa(struct sa *sa, const struct make *m, struct err *e);
/*
 * The same, and the other direction into the empty SA back: ends, ports and selectors exchanged, keys
 * and SPI of its own; dir out and in; ids "ID-out" and "ID-in", each the other's peer.
 */
int make_pair(struct sa *sa, struct sa *back, const struct make *m, struct err *e);
/* Keys alone.  number: which ones of this rng they are. */
int make_keys(struct sa *sa, const struct make *m, uint64_t number, struct err *e);

#endif
