#include "report/cipher.h"

#include <criterion/criterion.h>
#include <string.h>

/* n packets of random octets, lengths from..from+spread in steps, IVs that count or not. */
static enum cipher_kind guess(size_t icv, size_t iv, size_t block, bool counts, unsigned n, unsigned *percent, unsigned *icv_out)
{
	static const struct addr a = { 4, { 192, 0, 2, 1 } }, b = { 4, { 192, 0, 2, 2 } };
	uint8_t p[400];
	struct cipher c = { 0 };
	char text[CIPHER_TEXT];
	uint64_t x = 88172645463325252u;

	for (unsigned i = 0; i < n; i++) {
		size_t len = 8 + iv + block * (4 + i % 7) + icv;

		for (size_t k = 0; k < len; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			p[k] = (uint8_t)(x >> 32);
		}
		if (counts)
			for (unsigned k = 0; k < 8; k++)
				p[8 + k] = k < 7 ? 0 : (uint8_t)(i + 1);
		cipher_see(&c, p, len, &a, &b);
	}
	return cipher_guess(&c, text, percent, icv_out);
}

Test(cipher, by_lengths_and_ivs)
{
	unsigned percent, icv;

	cr_expect_eq(guess(12, 16, 16, false, 20, &percent, &icv), CIPHER_BLOCK16);
	cr_expect_eq(icv, 12);
	cr_expect_gt(percent, 90);
	cr_expect_eq(guess(24, 16, 16, false, 20, &percent, &icv), CIPHER_BLOCK16);
	cr_expect_eq(icv, 24);
	cr_expect_eq(guess(16, 16, 16, false, 20, &percent, &icv), CIPHER_BLOCK16);
	cr_expect_eq(icv, 0, "16 and 32 leave the same remainder");
	cr_expect_eq(guess(16, 8, 4, true, 20, &percent, &icv), CIPHER_STREAM);
	cr_expect_eq(guess(16, 8, 4, false, 20, &percent, &icv), CIPHER_STREAM);
	cr_expect_eq(guess(12, 8, 8, false, 20, &percent, &icv), CIPHER_BLOCK8);
	cr_expect_eq(guess(12, 16, 16, false, 1, &percent, &icv), CIPHER_UNKNOWN, "one packet tells nothing");
}

/* Headers in clear begin with ports that stay, and checksums or lengths that do not; an IV is another throughout. */
Test(cipher, tells_an_iv_from_a_header)
{
	static const struct addr a = { 4, { 192, 0, 2, 1 } }, b = { 4, { 192, 0, 2, 2 } };
	struct cipher iv = { 0 }, header = { 0 }, again = { 0 };
	uint8_t p[64] = { 0 };

	for (unsigned i = 0; i < 40; i++) {
		uint32_t x = i * UINT32_C(2654435761);

		memcpy(p + 8, &x, sizeof x);
		cipher_see(&iv, p, sizeof p, &a, &b);
		cipher_see(&again, p, sizeof p, &a, &b);
		cipher_see(&again, p, sizeof p, &a, &b);
		memset(p + 8, 17, sizeof x);
		memcpy(p + 12, &x, sizeof x);
		cipher_see(&header, p, sizeof p, &a, &b);
	}
	cr_expect(cipher_has_iv(&iv));
	cr_expect(cipher_has_iv(&again), "the same one twice is one still");
	cr_expect_not(cipher_has_iv(&header));
}
