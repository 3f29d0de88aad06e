/*
 * ivgen.h - where the IVs of one key come from; never the same one twice.
 *
 * Nonces (AEADs, counter modes, GMAC) must not repeat and may be guessed: COUNTER
 * gives 64-bit numbers that count up, RANDOM the same under a secret mask, so that
 * they still cannot repeat (RFC 4106 3.1).  CBC wants IVs that nobody can foresee
 * (RFC 3602 3): RANDOM gives random bytes, COUNTER is for tests.  FIXED is one IV
 * for one packet.
 *
 * A plain value; next and mask are what a later run under the same key needs.
 */
#ifndef ESP_IVGEN_H
#define ESP_IVGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wr.h"
#include "crypto/rng.h"

enum { IVGEN_MAX = 16, IVGEN_COUNT = 8 };

enum ivgen_kind { IVGEN_COUNTER, IVGEN_RANDOM, IVGEN_FIXED };

struct ivgen {
	enum ivgen_kind kind;
	uint8_t n;			/* bytes of an IV; 0: none travels */
	bool nonce;
	bool spent;			/* the last one there is was given */
	uint64_t next;			/* the number of the next IV */
	uint8_t mask[IVGEN_MAX];	/* of nonces; FIXED: the IV */
};

/* True if ivgen_next() will give one. */
static inline bool ivgen_left(const struct ivgen *g)
{
	return g->n == 0 || (!g->spent && (g->n >= IVGEN_COUNT || g->next >> 8 * g->n == 0 ||
	    g->kind == IVGEN_FIXED || (g->kind == IVGEN_RANDOM && !g->nonce)));
}
/* The next IV, g->n bytes; false: it would have been given before. */
bool ivgen_next(struct ivgen *g, struct rng *r, uint8_t *iv);
/* The same, at once for what most nonces are: eight bytes that count. */
static inline bool ivgen_take(struct ivgen *g, struct rng *r, uint8_t *iv)
{
	if (g->n != IVGEN_COUNT || !g->nonce || g->kind == IVGEN_FIXED || g->spent)
		return ivgen_next(g, r, iv);
	store_be64(iv, g->next ^ (g->kind == IVGEN_RANDOM ? load_be64(g->mask) : 0));
	g->spent = g->next == UINT64_MAX;
	g->next++;
	return true;
}

#endif
