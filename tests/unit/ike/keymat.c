/*
 * What no published vector covers: additional key exchanges, resumption, IntAuth, several protocols.
 * Wanted values were made by Python's hmac from the RFCs' formulas.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/text.h"
#include "base/wr.h"
#include "crypto/ke.h"
#include "crypto/prf.h"
#include "ike/keymat.h"
#include "ike/keymat_v1.h"

static struct arena arena;

static struct secret filled(size_t n, uint8_t from, uint8_t step)
{
	struct secret s;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	cr_assert_eq(secret_new(&arena, &s, n, &e), 0);
	for (size_t i = 0; i < n; i++)
		s.p[i] = (uint8_t)(from + i * step);
	return s;
}

static struct ike_keys base(void)
{
	return (struct ike_keys){
		.version = 2, .spi_i_known = true, .spi_r_known = true,
		.spi_i = 0x0102030405060708, .spi_r = 0x1112131415161718,
		.encr = alg_encr_by_name("aes-gcm-16", NULL), .encr_bits = 256, .prf = alg_prf_by_id(5),
		.ni = filled(16, 0, 1), .nr = filled(32, 16, 1),
		.shared = { filled(32, 0xaa, 0), filled(32, 0xbb, 0), filled(32, 0xcc, 0) }, .nshared = 1,
	};
}

static void is(const struct secret *s, const char *hex)
{
	char text[1024];

	cr_assert_lt(2 * s->n, sizeof text);
	cr_expect_str_eq(hex_format(text, secret_span(s)), hex);
}

#define D0 "8d24cfd3f115f9914ee217709953c993736a21580371bf663989749756d14443"

Test(keymat, first_keys)
{
	struct ike_keys k = base();
	struct err e;

	cr_assert_eq(keymat_fill(&k, &arena, &e), 0, "%s", e.text);
	is(&k.skeyseed, "482fd5b816732fd8766cc2573419cb5e13836a3646e70b7dd54fd92967f9e98b");
	is(&k.sk_d, D0);
	is(&k.sk_er, "0f7fdcb91c3237d545a176bf601411ebea8f5981c19d36396ca633b1f3f69763180886e6");
	cr_expect_eq(k.sk_ai.n, 0, "an AEAD has no SK_a (RFC 5282 7.1)");
}

/* RFC 9370 2.2.2: each further secret moves all keys. */
Test(keymat, additional_key_exchanges)
{
	struct ike_keys k = base(), all = base();
	struct err e;

	cr_assert_eq(keymat_fill(&k, &arena, &e), 0);
	cr_assert_eq(keymat_step(&k, secret_span(&k.shared[1]), &arena, &e), 0, "%s", e.text);
	is(&k.skeyseed, "8db763fc51a115bafbe4ff9880a6e28ad977649756f95220b99957c393dff6de");
	is(&k.sk_d, "3ec74ea059fb21f34fe9e5df57a5db8355af1279e0d3b02927861af66cf4f2fe");
	cr_assert_eq(keymat_step(&k, secret_span(&k.shared[2]), &arena, &e), 0, "%s", e.text);
	is(&k.skeyseed, "b9e4271e72c891ab6ad861babdd647ca20592770cd8e5da69e88f16e18d761af");
	is(&k.sk_pr, "cdc95f5b6171b88a610c4566ac13b415e70d4db96cfef398a5e88e866195066b");
	all.nshared = 3;
	cr_assert_eq(keymat_fill(&all, &arena, &e), 0, "%s", e.text);
	is(&all.skeyseed, "b9e4271e72c891ab6ad861babdd647ca20592770cd8e5da69e88f16e18d761af");
	is(&all.sk_d, "e07a78ea9ae88cec64ae242343561ee1e719d0188e68f48de84cc7a97091a84c");
}

/* RFC 9370 2.2.4, RFC 5723 5.1, RFC 8784 3 */
Test(keymat, rekeyed_resumed_and_ppk)
{
	struct ike_keys k = base();
	struct span secrets[3];
	struct secret s;
	struct err e;

	cr_assert_eq(keymat_fill(&k, &arena, &e), 0);
	for (int i = 0; i < 3; i++)
		secrets[i] = secret_span(&k.shared[i]);
	cr_assert_eq(keymat_skeyseed_next(k.prf, secret_span(&k.sk_d), secrets, 3, secret_span(&k.ni),
	    secret_span(&k.nr), &arena, &s, &e), 0);
	is(&s, "2fade3b001028a20d139b9eee5551ebfc9d2f315a87a9b37cf42182cead5cf86");
	cr_assert_eq(keymat_skeyseed_resumed(k.prf, secret_span(&k.sk_d), secret_span(&k.ni), secret_span(&k.nr),
	    &arena, &s, &e), 0);
	is(&s, "ed22fb0105e0475d58a77d0f6d9fe12b7c89463c09f2d83475aed20589be0027");
	k = base();
	cr_assert_eq(secret_copy(&arena, &k.ppk, "ppk", 3, &e), 0);
	cr_assert_eq(keymat_fill(&k, &arena, &e), 0);
	is(&k.sk_d, "aa9dc1fba6c2f5b66cce4ecbb177fe6cd42dca9dec7434fef10615470b57eafd");
	is(&k.sk_pi, "3e0b0efbcb9955615f6ef0dea08bb5dc208ea27926864237414d556eb4b725fb");
}

/* ESP inside AH, with PFS and an additional key exchange: keys in the order of the headers, AH's first. */
Test(keymat, child_of_two_protocols)
{
	struct ike_keys k = base();
	struct keymat_want want[2] = {
		{ .encr = k.encr, .encr_bits = 256 }, { .integ = alg_integ_by_name("hmac-sha2-256-128") },
	};
	struct keymat_child c = { .prf = k.prf, .ni = secret_span(&k.ni), .nr = secret_span(&k.nr),
		.shared = { secret_span(&k.shared[0]), secret_span(&k.shared[1]) }, .nshared = 2 };
	struct keymat_pair pair[2];
	struct err e;

	cr_assert_eq(keymat_child(&c, want, 2, pair, &arena, &e), -1);
	cr_expect_str_eq(e.text, "no sk_d");
	cr_assert_eq(keymat_fill(&k, &arena, &e), 0);
	c.sk_d = secret_span(&k.sk_d);
	cr_assert_eq(keymat_child(&c, want, 2, pair, &arena, &e), 0, "%s", e.text);
	is(&pair[0].encr_i, "2b4ca815930d612f20568e8833848fce58d9079a771a77c248152ba2ad33d86198555e2a");
	is(&pair[1].integ_i, "47a9895baebf7adeab3855533c9a1892ed513a98f3aea657a6644a2ec43e6d55");
	is(&pair[0].encr_r, "3d2cdfe6ed5d086b58ed733deb4bb77e97f357b3c900e50c8f6b429147b20ef394564e4f");
	is(&pair[1].integ_r, "730ccb3c4730121a292d8a63a5149cebba2bcaf8919b87aa11144bb1d76c4221");
	want[0].encr_bits = 0;
	cr_expect_eq(keymat_child(&c, want, 2, pair, &arena, &e), -1);
	cr_expect_str_eq(e.text, "no key size of aes-gcm-16");
	want[0].encr_bits = 200;
	cr_expect_eq(keymat_child(&c, want, 2, pair, &arena, &e), -1);
	cr_expect_str_eq(e.text, "aes-gcm-16 has no key of 200 bits");
}

/* RFC 9242 3.3.2, of a message in one piece and of the first fragment of one: lengths without IV, padding, ICV. */
Test(keymat, int_auth)
{
	static const char first[] = "df37df151c91577241e0c5579521a6626dcb34f7d50d1501749f85116a1217d0",
	    second[] = "26d5b78f01154bf812971a0c0263cac68ce1765511ba63cc74881d52d5f32772";
	struct ike_keys k = base();
	struct secret plain = filled(20, 100, 1);
	uint8_t head[32], out[PRF_MAX], again[PRF_MAX];
	char text[2 * PRF_MAX + 1];
	struct span h = { head, sizeof head }, none = { 0 };
	struct wr w = wr_of(head, sizeof head);
	struct err e;

	cr_assert_eq(keymat_fill(&k, &arena, &e), 0);
	wr_u64(&w, k.spi_i);
	wr_u64(&w, k.spi_r);
	wr_u32(&w, 46u << 24 | 0x20u << 16 | 43u << 8 | 8u);
	wr_u32(&w, 1);
	wr_u32(&w, 999);
	wr_u32(&w, 40u << 24 | 888u);
	cr_assert_eq(keymat_int_auth(k.prf, secret_span(&k.sk_pi), none, h, secret_span(&plain), out, &e), 0);
	cr_expect_str_eq(hex_format(text, (struct span){ out, 32 }), first);
	head[16] = 53;
	cr_assert_eq(keymat_int_auth(k.prf, secret_span(&k.sk_pi), none, h, secret_span(&plain), again, &e), 0);
	cr_expect_str_eq(hex_format(text, (struct span){ again, 32 }), first);
	cr_assert_eq(keymat_int_auth(k.prf, secret_span(&k.sk_pi), (struct span){ out, 32 }, h, secret_span(&plain),
	    again, &e), 0);
	cr_expect_str_eq(hex_format(text, (struct span){ again, 32 }), second);
	head[16] = 41;
	cr_expect_eq(keymat_int_auth(k.prf, secret_span(&k.sk_pi), none, h, secret_span(&plain), out, &e), -1);
	cr_expect_str_eq(e.text, "the message head does not end in the header of an SK payload");
	h.n = 31;
	cr_expect_eq(keymat_int_auth(k.prf, secret_span(&k.sk_pi), none, h, secret_span(&plain), out, &e), -1);
}

/* What is there stays; what cannot follow is left, and is no error. */
Test(keymat, partial_knowledge)
{
	struct ike_keys k = base(), d = { .version = 2 };
	struct secret own;
	struct err e;

	d.sk_d = filled(32, 1, 1);
	cr_assert_eq(keymat_fill(&d, &arena, &e), 0);
	cr_expect(d.sk_d.n == 32 && d.skeyseed.n == 0 && d.sk_ei.n == 0);
	own = k.sk_er = filled(36, 9, 0);
	cr_assert_eq(keymat_fill(&k, &arena, &e), 0);
	is(&k.sk_d, D0);
	cr_expect(secret_eq(&k.sk_er, &own));
	k = base();
	k.nshared = 0;
	cr_assert_eq(keymat_fill(&k, &arena, &e), 0);
	cr_expect(k.skeyseed.n == 0 && k.sk_d.n == 0);
	k = base();
	k.spi_r_known = false;
	cr_assert_eq(keymat_fill(&k, &arena, &e), 0);
	cr_expect(k.skeyseed.n == 32 && k.sk_d.n == 0);
}

Test(keymat, says_what_is_missing)
{
	static const struct { size_t at, n; const char *text; } rows[] = {
		{ offsetof(struct ike_keys, prf), sizeof(void *), "no prf" },
		{ offsetof(struct ike_keys, encr), sizeof(void *), "no encr" },
		{ offsetof(struct ike_keys, ni), sizeof(struct secret), "no ni" },
		{ offsetof(struct ike_keys, nr), sizeof(struct secret), "no nr" },
		{ offsetof(struct ike_keys, spi_i_known), sizeof(bool), "no spi_i" },
		{ offsetof(struct ike_keys, spi_r_known), sizeof(bool), "no spi_r" },
		{ offsetof(struct ike_keys, skeyseed), sizeof(struct secret), "no skeyseed" },
		{ offsetof(struct ike_keys, encr_bits), sizeof(unsigned), "no key size of aes-gcm-16" },
	};
	struct err e;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ike_keys k = base();

		k.skeyseed = filled(32, 1, 1);
		memset((char *)&k + rows[i].at, 0, rows[i].n);
		cr_expect_eq(keymat_expand(&k, &arena, &e), -1);
		cr_expect_str_eq(e.text, rows[i].text);
	}
}

/* Either side's private value and both public ones; and a value that is nobody's. */
Test(keymat, private_values)
{
	static const uint16_t groups[] = { 14, 19, 31, 36 };
	static uint8_t pub_i[KE_PUBLIC_MAX], pub_r[KE_PUBLIC_MAX];
	struct rng rng;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	rng_init_system(&rng);
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
		const struct alg_ke *a = alg_ke_by_id(groups[i]);
		struct secret key_i, key_r, shared;

		cr_assert_eq(ke_generate(a, &rng, &arena, &key_i, &e), 0);
		cr_assert_eq(ke_public(a, secret_span(&key_i), pub_i, &e), 0);
		cr_assert_eq(ke_respond(a, &rng, (struct span){ pub_i, a->pub_i }, &arena, &key_r, pub_r, &shared, &e), 0);
		for (int side = 0; side < 2; side++) {
			struct ike_keys k = { .ke = { a }, .nke = 1, .private_key = side == 0 ? key_i : key_r };

			cr_assert_eq(keymat_private(&k, (struct span){ pub_i, a->pub_i }, (struct span){ pub_r, a->pub_r },
			    &arena, &e), side, "%s: %s", a->name, e.text);
			cr_expect(k.nshared == 1 && secret_eq(&k.shared[0], &shared), "%s", a->name);
			pub_i[0] ^= 1;
			pub_r[0] ^= 1;
			cr_expect_eq(keymat_private(&k, (struct span){ pub_i, a->pub_i }, (struct span){ pub_r, a->pub_r },
			    &arena, &e), -1, "%s", a->name);
			cr_expect_not_null(strstr(e.text, "the private value belongs to neither"), "%s", e.text);
			pub_i[0] ^= 1;
			pub_r[0] ^= 1;
		}
	}
	rng_clear(&rng);
}

/* RFC 2409 5.3, with HMAC-SHA-1: a key that fits, and one that is stretched. */
Test(keymat_v1, revised_encryption)
{
	struct secret n = filled(16, 0, 1), key;
	struct err e;

	cr_assert_eq(keymat_v1_revised(alg_prf_by_id(2), secret_span(&n), 0x0102030405060708, 16, &arena, &key, &e), 0);
	is(&key, "bbc897374e60c2739a9001c4613cd364");
	cr_assert_eq(keymat_v1_revised(alg_prf_by_id(2), secret_span(&n), 0x0102030405060708, 24, &arena, &key, &e), 0);
	is(&key, "037a5ae4cb05370ddc151c8eb12a7742ca3614a94e3a3343");
}

Test(keymat_v1, methods)
{
	static const struct { uint16_t method; enum keymat_v1_auth auth; } rows[] = {
		{ 0, KEYMAT_V1_NONE }, { 1, KEYMAT_V1_PSK }, { 2, KEYMAT_V1_SIG }, { 3, KEYMAT_V1_SIG },
		{ 4, KEYMAT_V1_PKE }, { 5, KEYMAT_V1_PKE }, { 9, KEYMAT_V1_SIG }, { 12, KEYMAT_V1_NONE },
		{ 64221, KEYMAT_V1_SIG }, { 65001, KEYMAT_V1_PSK }, { 65005, KEYMAT_V1_SIG }, { 65535, KEYMAT_V1_NONE },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(keymat_v1_auth(rows[i].method), rows[i].auth, "%u", rows[i].method);
}

Test(keymat_v1, missing)
{
	struct ike_keys k = base();
	struct err e;

	k.nshared = 0;
	cr_expect_eq(keymat_v1_skeyid(&k, KEYMAT_V1_SIG, &arena, &e), -1);
	cr_expect_str_eq(e.text, "no shared");
	cr_expect_eq(keymat_v1_skeyid(&k, KEYMAT_V1_NONE, &arena, &e), -1);
	cr_expect_str_eq(e.text, "no authentication method");
	k.nr.n = 0;
	cr_expect_eq(keymat_v1_skeyid(&k, KEYMAT_V1_PSK, &arena, &e), -1);
	cr_expect_str_eq(e.text, "no nr");
}
