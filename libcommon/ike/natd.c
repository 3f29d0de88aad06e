#include "ike/natd.h"

#include <string.h>

#include "base/wr.h"

int natd_hash(const struct alg_prf *hash, const struct natd_end *end, uint8_t out[PRF_MAX], size_t *n,
    struct err *e)
{
	uint8_t bytes[8 + 8 + 16 + 2];
	struct wr w = wr_of(bytes, sizeof bytes);

	wr_u64(&w, end->spi_i);
	wr_u64(&w, end->spi_r);
	wr_span(&w, (struct span){ end->addr->b, addr_len(end->addr) });
	wr_u16(&w, end->port);
	*n = hash->out;
	return prf_hash(hash, &(struct span){ bytes, w.n }, 1, out, e);
}

bool natd_matches(const struct alg_prf *hash, const struct natd_end *end, struct span value)
{
	uint8_t want[PRF_MAX];
	struct err e;
	size_t n;

	return natd_hash(hash, end, want, &n, &e) == 0 && value.n == n && memcmp(value.p, want, n) == 0;
}
