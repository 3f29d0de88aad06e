/*
 * shard.h - work shared out by SAs: which of N shares has an SA, the same on every machine.
 */
#ifndef SA_SHARD_H
#define SA_SHARD_H

#include "base/err.h"
#include "base/text.h"

enum { SHARDS_MAX = 1 << 16 };

struct shard { unsigned k, n; };	/* share k of n, from 1; n 0: all */

/* "2/4" */
int shard_parse(struct shard *s, const char *text, struct err *e);

/* FNV-1a over the SPI, big-endian, and the destination address. */
static inline bool shard_has(const struct shard *s, uint32_t spi, const struct addr *dst)
{
	uint32_t h = UINT32_C(2166136261);

	if (s->n == 0)
		return true;
	for (int i = 24; i >= 0; i -= 8)
		h = (h ^ (spi >> i & 0xff)) * UINT32_C(16777619);
	for (size_t i = 0; i < addr_len(dst); i++)
		h = (h ^ dst->b[i]) * UINT32_C(16777619);
	return h % s->n + 1 == s->k;
}

#endif
