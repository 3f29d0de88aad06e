/* Ciphers that take any key size in a range, and implicit IVs (RFC 8750). */
#include <criterion/criterion.h>
#include <string.h>

#include "each.h"

static struct suite *suite_of(const char *encr, const uint8_t *key, size_t n)
{
	struct suite_keys k = { .encr = alg_encr_by_name(encr, NULL),
		.encr_key = { (uint8_t *)(uintptr_t)key, n } };
	struct err e = { 0 };
	struct suite *s = suite_new(&k, &e);

	cr_assert_not_null(s, "%s, %zu bytes: %s", encr, n, e.text);
	return s;
}

/* Each key length seals and opens, and means another cipher: its last byte counts, and so does its length. */
static void every_length(const char *encr, size_t from, size_t to)
{
	uint8_t key[56], out[64], before[64] = { 0 };
	struct packet k;

	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)(i * 7);
	for (size_t n = from; n <= to; n++)
		for (int flip = 0; flip < 2; flip++) {
			struct suite *s;
			struct suite_job j;

			key[n - 1] ^= (uint8_t)flip;
			s = suite_of(encr, key, n);
			k = packet_new(s, sizeof out);
			memset(k.p, 0x33, k.n);
			packet_seal(s, &k, false);
			cr_expect_neq(memcmp(k.p + k.body, before, sizeof before), 0, "%s: %zu", encr, n);
			memcpy(before, k.p + k.body, sizeof before);
			j = packet_job(&k, out, false);
			suite_open_many(s, &j, 1);
			cr_expect(j.result == SUITE_OK && out[0] == 0x33 && memcmp(out, out + 1, 63) == 0,
			    "%s: %zu", encr, n);
			packet_free(&k);
			suite_free(s);
		}
}

Test(range, every_key_length)
{
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	every_length("blowfish", 5, 56);
	every_length("cast", 5, 16);
}

/* The same octets as with an explicit IV that is the 64-bit sequence number, less the IV. */
static void like_explicit(const char *explicit, const char *implicit, size_t key_len, bool esn)
{
	uint8_t key[36];
	struct suite *with, *without;
	struct packet a, b;
	struct suite_job j;

	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)(i + 1);
	with = suite_of(explicit, key, key_len);
	without = suite_of(implicit, key, key_len);
	a = packet_new(with, 40);
	b = packet_new(without, 40);
	cr_expect_eq(a.n, b.n + 8);
	j = packet_job(&a, NULL, esn);
	for (int i = 0; i < 4; i++) {
		a.p[8 + i] = esn ? (uint8_t)(j.esn_high >> (24 - 8 * i)) : 0;
		a.p[12 + i] = a.p[4 + i];
	}
	memcpy(b.p, a.p, 8);
	memcpy(b.p + 8, a.p + 16, 40);
	packet_seal(with, &a, esn);
	packet_seal(without, &b, esn);
	cr_expect_arr_eq(b.p + 8, a.p + 16, b.n - 8, "%s, esn %d", implicit, esn);
	packet_free(&a);
	packet_free(&b);
	suite_free(with);
	suite_free(without);
}

Test(range, implicit_iv)
{
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	for (int esn = 0; esn < 2; esn++) {
		like_explicit("aes-ccm-8", "aes-ccm-8-iiv", 19, esn);
		like_explicit("aes-gcm-16", "aes-gcm-16-iiv", 28, esn);
		like_explicit("chacha20-poly1305", "chacha20-poly1305-iiv", 36, esn);
	}
}

/* Without a sequence number in the head there is no nonce. */
Test(range, implicit_iv_needs_a_head)
{
	uint8_t key[36] = { 0 }, p[40] = { 0 };
	struct suite *s = suite_of("chacha20-poly1305-iiv", key, sizeof key);

	for (uint16_t head = 0; head < 16; head++) {
		struct suite_job j = { .p = p, .n = sizeof p, .head = head };

		suite_seal_many(s, &j, 1);
		cr_expect_eq(j.result, head == 8 ? SUITE_OK : SUITE_BAD_LENGTH, "%u", head);
	}
	suite_free(s);
}
