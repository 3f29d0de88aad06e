#include "report/cipher.h"

#include <criterion/criterion.h>
#include <string.h>

static char text[CIPHER_TEXT];

/* n packets of random octets, lengths from..from+spread in steps, IVs that count (behind a mask, as Linux has it) or not. */
static enum cipher_kind guess(size_t icv, size_t iv, size_t block, bool counts, unsigned n, unsigned *percent, unsigned *icv_out)
{
	static const struct addr a = { 4, { 192, 0, 2, 1 } }, b = { 4, { 192, 0, 2, 2 } };
	uint8_t p[400];
	struct cipher c = { 0 };
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
				p[8 + k] = k < 7 ? (uint8_t)(k * 37) : (uint8_t)(i + 1) ^ 0x5a;
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
	cr_expect_str_eq(text, "16-octet blocks (AES-CBC), ICV 16, 32 or none");
	cr_expect_lt(percent, 95, "what is inside may have that grain");
	cr_expect_eq(guess(0, 16, 16, false, 20, &percent, &icv), CIPHER_BLOCK16);
	cr_expect_str_eq(text, "16-octet blocks (AES-CBC), ICV 16, 32 or none", "no integrity fits, too");
	cr_expect_eq(guess(16, 8, 8, true, 20, &percent, &icv), CIPHER_STREAM, "ESP inside has a grain, but no CBC counts");
	cr_expect_eq(guess(16, 8, 16, true, 2, &percent, &icv), CIPHER_STREAM, "two IVs tell it");
	cr_expect(strstr(text, "AES-CTR") != NULL && strstr(text, "AES-CCM") != NULL, "%s", text);
	cr_expect_eq(guess(16, 8, 8, false, 20, &percent, &icv), CIPHER_BLOCK8);
	cr_expect(percent < 80 && strstr(text, "AES-GCM") != NULL, "%u: %s", percent, text);
	cr_expect_eq(guess(16, 8, 4, true, 20, &percent, &icv), CIPHER_STREAM);
	cr_expect_eq(guess(16, 8, 4, false, 20, &percent, &icv), CIPHER_STREAM);
	cr_expect_eq(guess(12, 8, 8, false, 20, &percent, &icv), CIPHER_BLOCK8);
	cr_expect_eq(guess(12, 16, 16, false, 1, &percent, &icv), CIPHER_UNKNOWN, "one packet tells nothing");
}

/* Packets that were cut do not hide what the others are. */
Test(cipher, strays)
{
	static const struct addr a = { 4, { 192, 0, 2, 1 } }, b = { 4, { 192, 0, 2, 2 } };
	uint8_t p[400];
	struct cipher c = { 0 };
	unsigned percent, icv;

	for (unsigned i = 0; i < 60; i++) {
		for (unsigned k = 0; k < sizeof p; k++)
			p[k] = (uint8_t)((i + 1) * 2654435761u >> (k * 7 % 24));
		cipher_see(&c, p, i % 12 == 7 ? 61 : 8 + 16 + 16 * (3 + i % 5) + 12, &a, &b);
	}
	cr_expect_eq(cipher_guess(&c, text, &percent, &icv), CIPHER_BLOCK16, "%s", text);
	cr_expect(icv == 12 && percent <= 80, "%u, %u", icv, percent);
}

/* BEET: what is inside has a checksum over other addresses, and only its trailer tells that it is in clear. */
Test(cipher, null_by_trailers)
{
	static const struct addr a = { 4, { 192, 0, 2, 1 } }, b = { 4, { 192, 0, 2, 2 } };
	struct cipher c = { 0 };
	uint8_t p[8 + 40 + 16] = { 0 };
	unsigned percent, icv;

	for (unsigned i = 0; i < 10; i++) {
		for (unsigned k = 8; k < sizeof p; k++)
			p[k] = (uint8_t)(i * 89 + k * 57 + (k ^ i) * 31);
		memcpy(p + 8 + 36, (uint8_t[]){ 1, 2, 2, 6 }, 4);
		cipher_see(&c, p, sizeof p, &a, &b);
		cr_expect_eq(cipher_guess(&c, text, &percent, &icv) == CIPHER_NULL, i >= 2, "%u: %s", i, text);
	}
	cr_expect_eq(icv, 16);
}
