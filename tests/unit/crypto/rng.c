#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "crypto/rng.h"

static void is_hex(struct rng *r, const char *want)
{
	uint8_t b[16];
	char text[33];

	rng_bytes(r, b, sizeof b);
	cr_expect_str_eq(hex_format(text, (struct span){ b, sizeof b }), want);
}

/* What Python's hashlib.blake2b and the "cryptography" package's ChaCha20 make of the construction
 * in rng.h. */
Test(rng, seeded_bytes_are_these)
{
	static const char digest[] = "69d8fdb546e47cbd6cc9cf57aa550841793998095da5b07b032c091a07881949";
	uint8_t s[2000], sum[32], seed[RNG_SEED_MAX];
	char text[65];
	struct rng r, child;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	cr_assert_eq(rng_init_hex(&r, "00", "test", &e), 0);
	rng_bytes(&r, s, sizeof s);
	EVP_Digest(s, sizeof s, sum, NULL, EVP_sha256(), NULL);
	cr_expect_str_eq(hex_format(text, (struct span){ sum, 32 }), digest);
	rng_fork(&child, &r, "iv", 7);
	is_hex(&child, "ffdbf2804543c7c4cce0f83abda8b7bf");
	rng_init_hex(&r, "00", "test", &e);
	rng_fork(&child, &r, "iv", 8);
	is_hex(&child, "ba512fdc1243a1d0f44f272cbbc3eca1");
	is_hex(&r, "6359686134d40825d8fabdc270711311");
	for (size_t i = 0; i < sizeof seed; i++)
		seed[i] = (uint8_t)i;
	rng_init_seed(&r, (struct span){ seed, sizeof seed }, "");
	is_hex(&r, "ecc3408fe9f73355148f4a127327c036");
}

/* However the bytes are asked for, they are the same; and integers are read from them. */
Test(rng, any_pieces)
{
	uint8_t whole[3000], parts[3000];
	struct rng r, again;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	rng_init_hex(&r, "c0ffee", "pieces", &e);
	again = r;
	rng_bytes(&r, whole, sizeof whole);
	for (size_t at = 0, n = 0; at < sizeof parts; at += n, n = (n * 7 + 3) % 701) {
		if (n > sizeof parts - at)
			n = sizeof parts - at;
		rng_bytes(&again, parts + at, n);
	}
	cr_expect_arr_eq(whole, parts, sizeof whole);
	rng_init_hex(&r, "c0ffee", "pieces", &e);
	cr_expect_eq(rng_u32(&r), load_be32(whole));
	cr_expect_eq(rng_u32(&r), load_be32(whole + 4));
}

/* Bytes that were given are gone from the value. */
Test(rng, given_bytes_are_wiped)
{
	static const uint8_t zero[32];
	uint8_t b[32];
	struct rng r;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	rng_init_system(&r);
	rng_bytes(&r, b, sizeof b);
	cr_expect_arr_eq(r.pool, zero, sizeof zero);
	cr_expect_neq(memcmp(b, zero, sizeof b), 0);
	rng_clear(&r);
	for (size_t i = 0; i < sizeof r; i++)
		cr_assert_eq(((const uint8_t *)&r)[i], 0);
}

Test(rng, system_differs)
{
	uint8_t a[32], b[32];
	struct rng r, s, child;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	rng_init_system(&r);
	rng_init_system(&s);
	rng_bytes(&r, a, sizeof a);
	rng_bytes(&s, b, sizeof b);
	cr_expect_arr_neq(a, b, sizeof a);
	rng_fork(&child, &r, "iv", 0);
	rng_bytes(&child, b, sizeof b);
	rng_fork(&child, &r, "iv", 0);
	rng_bytes(&child, a, sizeof a);
	cr_expect_arr_neq(a, b, sizeof a);
}

/* Pearson's chi-square over n values: for n - 1 degrees of freedom it stays near n - 1; the seed is
 * fixed, so that the test always says the same. */
static double chi_square(struct rng *r, uint32_t n, unsigned draws)
{
	unsigned seen[256] = { 0 };
	double want = (double)draws / n, sum = 0;

	for (unsigned i = 0; i < draws; i++) {
		uint32_t v = rng_below(r, n);

		cr_assert_lt(v, n);
		seen[v]++;
	}
	for (uint32_t i = 0; i < n; i++)
		sum += (seen[i] - want) * (seen[i] - want) / want;
	return sum;
}

Test(rng, below_is_even)
{
	/* 0.1 % points of the distribution for 1, 2, 6, 9, 99, 254 and 255 degrees */
	static const struct { uint32_t n; double most; } rows[] = {
		{ 2, 10.8 }, { 3, 13.8 }, { 7, 22.5 }, { 10, 27.9 }, { 100, 148.2 }, { 255, 329.4 },
		{ 256, 330.5 },
	};
	struct rng r;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	rng_init_hex(&r, "51", "below", &e);
	cr_expect_eq(rng_below(&r, 0), 0);
	cr_expect_eq(rng_below(&r, 1), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		double x = chi_square(&r, rows[i].n, rows[i].n * 1000);

		cr_expect_leq(x, rows[i].most, "%u: %f", rows[i].n, x);
	}
}

/* Of 3 * 2^30 values a plain remainder would give the lowest third half of all draws. */
Test(rng, below_does_not_favour_low_values)
{
	unsigned low = 0;
	struct rng r;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	rng_init_hex(&r, "52", "below", &e);
	for (unsigned i = 0; i < 30000; i++)
		low += rng_below(&r, 3u << 30) < 1u << 30;
	cr_expect(low > 9700 && low < 10300, "%u of 30000", low);
}

Test(rng, bad_seeds)
{
	static const struct { const char *hex, *why; } rows[] = {
		{ "", "found a seed of 0 hex digits, wanted 2 to 128" },
		{ "123", "found 3 hex digits, wanted an even number" },
		{ "0g", "found \"g\" at digit 2 of a hex string" },
	};
	char longest[RNG_SEED_MAX * 2 + 3];
	struct rng r;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect_eq(rng_init_hex(&r, rows[i].hex, "x", &e), -1);
		cr_expect_str_eq(e.text, rows[i].why);
	}
	memset(longest, 'a', sizeof longest);
	longest[RNG_SEED_MAX * 2 + 2] = '\0';
	cr_expect_eq(rng_init_hex(&r, longest, "x", &e), -1);
	longest[RNG_SEED_MAX * 2] = '\0';
	cr_expect_eq(rng_init_hex(&r, longest, "x", &e), 0);
}

/* A stream of its own, other than anybody else's and than what was there before; a seed stays what it was. */
Test(rng, expanded)
{
	uint8_t one[3000], two[3000], key[RNG_KEY];
	struct rng a, b, seeded, same;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	rng_init_system(&a);
	rng_init_system(&b);
	rng_expand(&a);
	rng_expand(&b);
	memcpy(key, a.key, RNG_KEY);
	rng_bytes(&a, one, sizeof one);
	rng_bytes(&b, two, sizeof two);
	cr_expect_neq(memcmp(a.key, key, RNG_KEY), 0);
	for (size_t i = 0; i + 16 <= sizeof one; i += 16) {
		for (size_t k = 0; k + 16 <= sizeof one; k += 16)
			cr_assert((i == k || memcmp(one + i, one + k, 16) != 0) && memcmp(one + i, two + k, 16) != 0);
		cr_assert_neq(memcmp(one + i, key, 16), 0);
		cr_assert_neq(memcmp(one + i, a.key, 16), 0);
	}
	rng_expand(&a);			/* once */
	cr_expect(a.expands && !a.seeded);
	rng_init_hex(&seeded, "00", "test", &e);
	same = seeded;
	rng_expand(&seeded);
	rng_bytes(&seeded, one, sizeof one);
	rng_bytes(&same, two, sizeof two);
	cr_expect_eq(memcmp(one, two, sizeof one), 0);
}
