/* What is damaged is refused and leaves nothing behind; keys of the wrong length are named. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "each.h"

enum { BODY = 48 };

static bool checks(const struct suite_keys *k)
{
	return k->integ == NULL || k->integ->icv > 0;
}

/* Flips byte i.  A separate out is untouched or zero; in place no plain text appears. */
static void flip(struct suite *s, const struct each *c, const struct packet *k, size_t i,
    const uint8_t *plain)
{
	uint8_t out[BODY];
	struct suite_job j = packet_job(k, out, i & 1);
	enum encr_kind kind = c->keys.encr->kind;

	memset(out, 0, sizeof out);
	packet_seal(s, k, i & 1);
	k->p[i] ^= (uint8_t)(1 << i % 8);
	suite_open_many(s, &j, 1);
	cr_expect_eq(j.result, SUITE_BAD_ICV, "%s: byte %zu", c->name, i);
	for (size_t b = 0; b < BODY; b++)
		cr_expect_eq(out[b], 0, "%s: byte %zu left", c->name, i);
	j.out = k->p + k->body;
	suite_open_many(s, &j, 1);
	cr_expect_eq(j.result, SUITE_BAD_ICV, "%s: byte %zu in place", c->name, i);
	if (kind != ENCR_KIND_NULL && kind != ENCR_KIND_GMAC)
		cr_expect_neq(memcmp(k->p + k->body, plain, 8), 0, "%s: byte %zu in place", c->name, i);
	memcpy(k->p + k->body, plain, BODY);
}

Test(refuse, each_byte_flipped)
{
	struct each c = { 0 };
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	while (each_next(&c)) {
		struct suite *s = suite_new(&c.keys, &e);
		struct packet k = packet_new(s, BODY);
		uint8_t plain[BODY];

		memcpy(plain, k.p + k.body, BODY);
		for (size_t i = 0; checks(&c.keys) && i < k.n; i++)
			flip(s, &c, &k, i, plain);
		packet_free(&k);
		suite_free(s);
	}
}

/* Bodies of nothing have a tag as well. */
Test(refuse, empty_body)
{
	struct each c = { 0 };
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	while (each_next(&c)) {
		struct suite *s = suite_new(&c.keys, &e);
		struct packet k = packet_new(s, 0);

		packet_seal(s, &k, false);
		for (int no_verify = 0; no_verify < 2 && checks(&c.keys); no_verify++) {
			struct suite_job j = packet_job(&k, NULL, false);

			j.no_verify = no_verify;
			suite_open_many(s, &j, 1);
			cr_expect_eq(j.result, SUITE_OK, "%s", c.name);
			k.p[k.n - 1] ^= 0x10;
			suite_open_many(s, &j, 1);
			cr_expect_eq(j.result, SUITE_BAD_ICV, "%s", c.name);
			k.p[k.n - 1] ^= 0x10;
		}
		packet_free(&k);
		suite_free(s);
	}
}

static void open_anyway(struct suite *s, const char *name, bool esn, bool in_place)
{
	struct packet k = packet_new(s, BODY);
	uint8_t plain[BODY], out[BODY];
	struct suite_job j = packet_job(&k, in_place ? k.p + k.body : out, esn);

	memcpy(plain, k.p + k.body, BODY);
	packet_seal(s, &k, esn);
	k.p[k.n - 1] ^= 0x80;
	j.no_verify = true;
	suite_open_many(s, &j, 1);
	cr_expect_eq(j.result, SUITE_BAD_ICV, "%s", name);
	cr_expect_arr_eq(j.out, plain, BODY, "%s: %d %d", name, esn, in_place);
	packet_free(&k);
}

Test(refuse, no_verify_gives_plain_text)
{
	struct each c = { 0 };
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	while (each_next(&c)) {
		struct suite *s = suite_new(&c.keys, &e);

		for (int how = 0; how < 4 && checks(&c.keys); how++)
			open_anyway(s, c.name, how & 1, how & 2);
		suite_free(s);
	}
}

/* No MAC is known, but its length is: cut, decrypted on request, never called good, never made. */
Test(refuse, unknown_icv)
{
	struct each c = { 0 };
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	while (each_next(&c)) {
		uint8_t plain[BODY], out[BODY] = { 0 };
		struct suite *known, *s;
		struct suite_job j;
		struct packet k;

		if (c.keys.integ == NULL || c.keys.integ->icv == 0)
			continue;
		known = suite_new(&c.keys, &e);
		k = packet_new(known, BODY);
		memcpy(plain, k.p + k.body, BODY);
		packet_seal(known, &k, false);
		c.keys.icv_bits = c.keys.integ->icv * 8u;
		c.keys.integ = NULL;
		cr_assert_not_null(s = suite_new(&c.keys, &e), "%s: %s", c.name, e.text);
		j = packet_job(&k, out, false);
		suite_open_many(s, &j, 1);
		cr_expect(j.result == SUITE_BAD_ICV && out[0] == 0 && out[BODY - 1] == 0, "%s", c.name);
		suite_seal_many(s, &j, 1);
		cr_expect_eq(j.result, SUITE_BAD_ICV, "%s", c.name);
		j.no_verify = true;
		suite_open_many(s, &j, 1);
		cr_expect_eq(j.result, SUITE_BAD_ICV, "%s", c.name);
		cr_expect_arr_eq(out, plain, BODY, "%s", c.name);
		packet_free(&k);
		suite_free(known);
		suite_free(s);
	}
}

Test(refuse, lengths)
{
	struct each c = { 0 };
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	while (each_next(&c)) {
		struct suite *s = suite_new(&c.keys, &e);
		struct packet k = packet_new(s, suite_block(s));
		uint8_t out[16];

		for (size_t n = 0; n < k.n; n++) {
			struct suite_job j = packet_job(&k, out, false);
			size_t over = k.n - suite_block(s);

			j.n = n;
			suite_open_many(s, &j, 1);
			if (n < over || (n - over) % suite_block(s) != 0)
				cr_expect_eq(j.result, SUITE_BAD_LENGTH, "%s: %zu", c.name, n);
			else if (checks(&c.keys))
				cr_expect_eq(j.result, SUITE_BAD_ICV, "%s: %zu", c.name, n);
		}
		packet_free(&k);
		suite_free(s);
	}
}

static const struct { const char *encr; size_t n; const char *integ; size_t in; unsigned icv_bits;
	const char *text; } keys[] = {
	{ "aes-gcm-16", 16, NULL, 0, 0,
	  "aes-gcm-16 key is 16 bytes, wanted 20, 28 or 36: the 4-byte salt at its end is missing" },
	{ "aes-gcm-16", 21, NULL, 0, 0, "aes-gcm-16 key is 21 bytes, wanted 20, 28 or 36 (salt last)" },
	{ "aes-ccm-8", 32, NULL, 0, 0,
	  "aes-ccm-8 key is 32 bytes, wanted 19, 27 or 35: the 3-byte salt at its end is missing" },
	{ "chacha20-poly1305", 32, NULL, 0, 0,
	  "chacha20-poly1305 key is 32 bytes, wanted 36: the 4-byte salt at its end is missing" },
	{ "null-auth-aes-gmac", 0, NULL, 0, 0, "null-auth-aes-gmac key is 0 bytes, wanted 20, 28 or 36 (salt last)" },
	{ "aes-ctr", 2, NULL, 0, 0, "aes-ctr key is 2 bytes, wanted 20, 28 or 36 (salt last)" },
	{ "aes-cbc", 20, NULL, 0, 0, "aes-cbc key is 20 bytes, wanted 16, 24 or 32" },
	{ "aes-cbc", 0, NULL, 0, 0, "aes-cbc key is 0 bytes, wanted 16, 24 or 32" },
	{ "3des", 16, NULL, 0, 0, "3des key is 16 bytes, wanted 24" },
	{ "null", 16, NULL, 0, 0, "null key is 16 bytes, wanted 0" },
	{ "null", 0, "hmac-sha1-96", 0, 0, "hmac-sha1-96 key is 0 bytes, wanted 20" },
	{ "null", 0, "aes-xcbc-96", 32, 0, "aes-xcbc-96 key is 32 bytes, wanted 16" },
	{ "null", 0, "aes-cmac-96", 15, 0, "aes-cmac-96 key is 15 bytes, wanted 16" },
	{ "null", 0, "hmac-md5-96", 16, 136, "found an ICV of 136 bits, wanted a multiple of 8 up to 128" },
	{ "null", 0, "hmac-md5-96", 16, 12, "found an ICV of 12 bits, wanted a multiple of 8 up to 128" },
	{ "null", 0, NULL, 0, 520, "found an ICV of 520 bits, wanted a multiple of 8 up to 512" },
	{ "aes-gcm-16", 20, NULL, 0, 64, "found an ICV of 64 bits, wanted 128: the name aes-gcm-16 says it" },
	{ "aes-gcm-16", 20, "hmac-sha1-96", 20, 0,
	  "aes-gcm-16 checks integrity itself, found integ hmac-sha1-96 besides" },
	{ "blowfish", 4, NULL, 0, 0, "blowfish key is 4 bytes, wanted 5 to 56" },
	{ "blowfish", 57, NULL, 0, 0, "blowfish key is 57 bytes, wanted 5 to 56" },
	{ "cast", 17, NULL, 0, 0, "cast key is 17 bytes, wanted 5 to 16" },
	{ "twofish", 24, NULL, 0, 0, "twofish key is 24 bytes, wanted 16 or 32" },
	{ "serpent", 0, NULL, 0, 0, "serpent key is 0 bytes, wanted 16, 24 or 32" },
	{ "camellia-ctr", 16, NULL, 0, 0,
	  "camellia-ctr key is 16 bytes, wanted 20, 28 or 36: the 4-byte salt at its end is missing" },
	{ "camellia-ccm-12", 20, NULL, 0, 0, "camellia-ccm-12 key is 20 bytes, wanted 19, 27 or 35 (salt last)" },
	{ "aes-ccm-8-iiv", 16, NULL, 0, 0,
	  "aes-ccm-8-iiv key is 16 bytes, wanted 19, 27 or 35: the 3-byte salt at its end is missing" },
	{ "chacha20-poly1305-iiv", 36, NULL, 0, 96,
	  "found an ICV of 96 bits, wanted 128: the name chacha20-poly1305-iiv says it" },
	{ "null", 0, "hmac-ripemd160-96", 0, 0, "hmac-ripemd160-96 key is 0 bytes, wanted 20" },
	{ "null", 0, "hmac-sha1-160", 20, 168, "found an ICV of 168 bits, wanted a multiple of 8 up to 160" },
	{ NULL, 0, NULL, 0, 0, "no encryption algorithm" },
};

Test(refuse, wrong_keys_in_words)
{
	uint8_t bytes[64] = { 0 };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct suite_keys k = {
			.encr = keys[i].encr != NULL ? alg_encr_by_name(keys[i].encr, NULL) : NULL,
			.integ = keys[i].integ != NULL ? alg_integ_by_name(keys[i].integ) : NULL,
			.encr_key = { bytes, keys[i].n }, .integ_key = { bytes, keys[i].in },
			.icv_bits = keys[i].icv_bits,
		};
		struct err e = { 0 };

		cr_expect_null(suite_new(&k, &e));
		cr_expect_str_eq(e.text, keys[i].text);
		cr_expect_eq(e.kind, ERR_INPUT);
		cr_expect_lt(suite_check(&k, &e), 0);
	}
}

static void works(void)
{
	struct each c = { 0 };
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	while (each_next(&c)) {
		struct suite *s = suite_new(&c.keys, &e);
		struct packet k;

		cr_assert_not_null(s, "%s: %s", c.name, e.text);
		k = packet_new(s, BODY);
		packet_seal(s, &k, false);
		packet_free(&k);
		suite_free(s);
	}
}

Test(environment, configuration_file_that_is_not_there)
{
	setenv("OPENSSL_CONF", "/nonexistent", 1);
	setenv("OPENSSL_MODULES", "/nonexistent", 1);
	works();
}

/* A file that would take the default provider away and activate one that is not there. */
Test(environment, configuration_file_of_somebody_else)
{
	char path[] = "/tmp/openssl-XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;

	cr_assert_not_null(f);
	fputs("openssl_conf = x\nconfig_diagnostics = 1\n[x]\nproviders = p\nalg_section = a\n[a]\n"
	    "default_properties = fips=yes\n[p]\nbogus = b\nnull = n\n[b]\nmodule = /nonexistent.so\n"
	    "activate = 1\n[n]\nactivate = 1\n", f);
	fclose(f);
	setenv("OPENSSL_CONF", path, 1);
	works();
	remove(path);
}
