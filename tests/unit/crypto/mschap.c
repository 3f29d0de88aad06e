#include "crypto/mschap.h"

#include <string.h>

#include <criterion/criterion.h>

#include "base/secret.h"
#include "base/text.h"

/* RFC 2759 9.2, RFC 3079 3.5.3 */
static const struct mschap rfc = {
	.server = { 0x5b, 0x5d, 0x7c, 0x7d, 0x7b, 0x3f, 0x2f, 0x3e, 0x3c, 0x2c, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28 },
	.peer = { 0x21, 0x40, 0x23, 0x24, 0x25, 0x5e, 0x26, 0x2a, 0x28, 0x29, 0x5f, 0x2b, 0x3a, 0x33, 0x7c, 0x7e },
	.name = { (const uint8_t *)"User", 4 },
};

static void expect_hex(const uint8_t *p, size_t n, const char *want)
{
	char text[129];

	cr_expect_str_eq(hex_format(text, (struct span){ p, n }), want);
}

static struct span text_span(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

Test(mschap, rfc2759_9_2)
{
	uint8_t hash[MSCHAP_HASH], response[MSCHAP_RESPONSE], proof[MSCHAP_PROOF];
	struct mschap domain = rfc;
	struct err e;

	cr_assert_eq(mschap_hash(text_span("clientPass"), hash, &e), 0, "%s", e.text);
	expect_hex(hash, sizeof hash, "44ebba8d5312b8d611474411f56989ae");
	cr_assert_eq(mschap_response(&rfc, hash, response, &e), 0);
	expect_hex(response, sizeof response, "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df");
	cr_assert_eq(mschap_proof(&rfc, hash, response, proof, &e), 0);
	expect_hex(proof, sizeof proof, "407a5589115fd0d6209f510fe9c04566932cda56");
	/* RFC 2759 4: the name without its domain */
	domain.name = text_span("SOME\\User");
	cr_assert_eq(mschap_response(&domain, hash, response, &e), 0);
	expect_hex(response, sizeof response, "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df");
}

/* SendStartKey128 is the server's; the other one as FreeRADIUS and hostapd have it. */
Test(mschap, rfc3079_3_5_3)
{
	uint8_t hash[MSCHAP_HASH], response[MSCHAP_RESPONSE], keys[MSCHAP_KEYS];
	struct err e;

	cr_assert_eq(mschap_hash(text_span("clientPass"), hash, &e), 0);
	cr_assert_eq(mschap_response(&rfc, hash, response, &e), 0);
	cr_assert_eq(mschap_keys(hash, response, keys, &e), 0);
	expect_hex(keys, 16, "d5f0e9521e3ea9589645e86051c82226");
	expect_hex(keys + 16, 16, "8b7cdc149b993a1ba118cb153f56dccb");
}

/* iconv -t utf-16le and openssl dgst -md4 */
Test(mschap, passwords)
{
	static const struct { const char *text, *hash; } rows[] = {
		{ "", "31d6cfe0d16ae931b73c59d7e0c089c0" },
		{ "p\xc3\xa4ss\xe2\x82\xac", "452468b2e855e49f1169698e4c086623" },
		{ "\xf0\x9f\x94\x91", "5f7b3ff474e4237afd6a078f3c4d8632" },
		{ "p\xe4ss", NULL }, { "\xc0\x80", NULL }, { "\xed\xa0\x80", NULL }, { "\xf4\x90\x80\x80", NULL },
		{ "\xe2\x82", NULL }, { "\xff", NULL }, { "\xf0\x80\x80\x80", NULL },
	};
	char longest[MSCHAP_PASSWORD_MAX + 2];
	uint8_t hash[MSCHAP_HASH];
	struct err e;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int rc = mschap_hash(text_span(rows[i].text), hash, &e);

		cr_expect_eq(rc, rows[i].hash != NULL ? 0 : -1, "row %zu", i);
		if (rc == 0)
			expect_hex(hash, sizeof hash, rows[i].hash);
	}
	memset(longest, 'x', sizeof longest);
	cr_expect_eq(mschap_hash((struct span){ (uint8_t *)longest, MSCHAP_PASSWORD_MAX }, hash, &e), 0);
	cr_expect_eq(mschap_hash((struct span){ (uint8_t *)longest, MSCHAP_PASSWORD_MAX + 1 }, hash, &e), -1);
	cr_expect_str_eq(e.text, "found a password of 257 octets, wanted up to 256");
}
