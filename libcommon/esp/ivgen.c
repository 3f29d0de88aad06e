#include "esp/ivgen.h"

#include <string.h>

#include "base/wr.h"

static bool count(struct ivgen *g, uint8_t *iv)
{
	size_t skip = g->n > IVGEN_COUNT ? g->n - (size_t)IVGEN_COUNT : 0;
	uint8_t number[IVGEN_COUNT];

	if (g->n < IVGEN_COUNT && g->next >> 8 * g->n != 0)
		return false;
	store_be64(number, g->next);
	memset(iv, 0, skip);
	memcpy(iv + skip, number + (g->n < IVGEN_COUNT ? IVGEN_COUNT - g->n : 0), g->n - skip);
	g->spent = g->next == UINT64_MAX;
	g->next++;
	return true;
}

bool ivgen_next(struct ivgen *g, struct rng *r, uint8_t *iv)
{
	if (g->n == 0)
		return true;
	if (g->spent)
		return false;
	if (g->kind == IVGEN_FIXED) {
		memcpy(iv, g->mask, g->n);
		g->spent = true;
		return true;
	}
	if (g->kind == IVGEN_RANDOM && !g->nonce) {
		rng_bytes(r, iv, g->n);
		return true;
	}
	if (!count(g, iv))
		return false;
	for (size_t i = 0; g->kind == IVGEN_RANDOM && i < g->n; i++)
		iv[i] ^= g->mask[i];
	return true;
}
