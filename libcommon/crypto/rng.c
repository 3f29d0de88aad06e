#include "crypto/rng.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "base/wr.h"

enum { BLOCK = 64 };		/* of ChaCha20 */

_Static_assert(RNG_POOL % BLOCK == 0, "a pool is whole blocks");
_Static_assert(RNG_KEY == crypto_stream_chacha20_KEYBYTES, "ChaCha20's key");

void rng_init_system(struct rng *r)
{
	*r = (struct rng){ 0 };
}

/* Each part with its length in front, so that no two lists of parts are the same bytes. */
static void hash_part(crypto_generichash_state *h, const void *p, size_t n)
{
	uint8_t len[8];

	store_be64(len, n);
	crypto_generichash_update(h, len, sizeof len);
	if (n > 0)
		crypto_generichash_update(h, p, n);
}

void rng_init_seed(struct rng *r, struct span seed, const char *domain)
{
	crypto_generichash_state h;

	*r = (struct rng){ .seeded = true };
	crypto_generichash_init(&h, NULL, 0, RNG_KEY);
	hash_part(&h, domain, strlen(domain));
	hash_part(&h, seed.p, seed.n);
	crypto_generichash_final(&h, r->key, RNG_KEY);
	sodium_memzero(&h, sizeof h);
}

int rng_init_hex(struct rng *r, const char *hex, const char *domain, struct err *e)
{
	uint8_t seed[RNG_SEED_MAX];
	size_t n, digits = strlen(hex);

	if (digits == 0 || digits > sizeof seed * 2)
		return err_set(e, "found a seed of %zu hex digits, wanted 2 to %zu", digits,
		    sizeof seed * 2);
	if (hex_parse(seed, sizeof seed, &n, hex, digits, e) < 0)
		return -1;
	rng_init_seed(r, (struct span){ seed, n }, domain);
	return 0;
}

void rng_fork(struct rng *child, const struct rng *r, const char *domain, uint64_t number)
{
	crypto_generichash_state h;
	uint8_t be[8];

	*child = (struct rng){ .seeded = r->seeded };
	if (!r->seeded)
		return;
	store_be64(be, number);
	crypto_generichash_init(&h, r->key, RNG_KEY, RNG_KEY);
	hash_part(&h, domain, strlen(domain));
	hash_part(&h, be, sizeof be);
	crypto_generichash_final(&h, child->key, RNG_KEY);
	sodium_memzero(&h, sizeof h);
}

void rng_clear(struct rng *r)
{
	if (r != NULL)
		sodium_memzero(r, sizeof *r);
}

void rng_expand(struct rng *r)
{
	if (r->seeded || r->expands)
		return;
	r->expands = true;
	randombytes_buf(r->key, RNG_KEY);
}

static void refill(struct rng *r)
{
	static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];

	if (r->expands) {
		crypto_stream_chacha20(r->pool, sizeof r->pool, nonce, r->key);
		memcpy(r->key, r->pool, RNG_KEY);
		sodium_memzero(r->pool, RNG_KEY);
		r->left = sizeof r->pool - RNG_KEY;
		return;
	}
	if (r->seeded) {
		memset(r->pool, 0, sizeof r->pool);
		crypto_stream_chacha20_xor_ic(r->pool, r->pool, sizeof r->pool, nonce, r->block,
		    r->key);
		r->block += sizeof r->pool / BLOCK;
	} else {
		randombytes_buf(r->pool, sizeof r->pool);
	}
	r->left = sizeof r->pool;
}

void rng_bytes(struct rng *r, void *out, size_t n)
{
	uint8_t *to = out;

	while (n > 0) {
		uint8_t *from;
		size_t take;

		if (r->left == 0)
			refill(r);
		take = n < r->left ? n : r->left;
		from = r->pool + sizeof r->pool - r->left;
		memcpy(to, from, take);
		sodium_memzero(from, take);
		r->left -= take;
		to += take;
		n -= take;
	}
}

uint32_t rng_u32(struct rng *r)
{
	uint8_t b[4];

	rng_bytes(r, b, sizeof b);
	return load_be32(b);
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
	uint32_t v, excess;

	if (n < 2)
		return 0;
	/* 2^32 mod n values at the low end would make some remainders likelier: draw again */
	excess = (0u - n) % n;
	do
		v = rng_u32(r);
	while (v < excess);
	return v % n;
}
