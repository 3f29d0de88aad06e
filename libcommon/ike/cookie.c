#include "ike/cookie.h"

#include <string.h>

#include "base/wr.h"
#include "crypto/prf.h"

enum { SECRET = 32, VERSION = 4, PRF_HMAC_SHA2_256 = 5 };

static const int64_t life = INT64_C(60) * 1000000000;

int cookies_init(struct cookies *c, struct rng *rng, int64_t now, struct err *e)
{
	*c = (struct cookies){ .since = now };
	for (int i = 0; i < 2; i++) {
		if (secret_new(&c->arena, &c->secret[i], SECRET, e) < 0)
			return -1;
		rng_bytes(rng, c->secret[i].p, SECRET);
	}
	return 0;
}

void cookies_clear(struct cookies *c)
{
	arena_clear(&c->arena);
	*c = (struct cookies){ 0 };
}

void cookies_age(struct cookies *c, struct rng *rng, int64_t now)
{
	bool both = now - c->since >= 2 * life;

	if (now - c->since < life)
		return;
	c->since = now;
	c->version += 1 + both;			/* nobody asked meanwhile: that one is old, too */
	if (both)
		rng_bytes(rng, c->secret[1].p, SECRET);
	else
		memcpy(c->secret[1].p, c->secret[0].p, SECRET);
	rng_bytes(rng, c->secret[0].p, SECRET);
}

static int make(const struct secret *secret, uint32_t version, const struct cookie_of *of, uint8_t out[COOKIE_LEN],
    struct err *e)
{
	uint8_t spi[8], hash[PRF_MAX];
	const struct span parts[] = { of->nonce, { of->addr->b, addr_len(of->addr) }, { spi, sizeof spi } };

	store_be64(spi, of->spi_i);
	if (prf_make(alg_prf_by_id(PRF_HMAC_SHA2_256), (struct span){ secret->p, secret->n }, parts, 3, hash, e) < 0)
		return -1;
	store_be32(out, version);
	memcpy(out + VERSION, hash, COOKIE_LEN - VERSION);
	return 0;
}

int cookie_make(const struct cookies *c, const struct cookie_of *of, uint8_t out[COOKIE_LEN], struct err *e)
{
	return make(&c->secret[0], c->version, of, out, e);
}

bool cookie_ok(const struct cookies *c, const struct cookie_of *of, struct span cookie)
{
	uint8_t want[COOKIE_LEN];
	uint32_t version;
	struct err e;

	if (cookie.n != COOKIE_LEN)
		return false;
	version = load_be32(cookie.p);
	if (version != c->version && version + 1 != c->version)
		return false;
	return make(&c->secret[version != c->version], version, of, want, &e) == 0 && bytes_eq(want, cookie.p, COOKIE_LEN);
}
