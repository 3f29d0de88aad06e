#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "ike/protect.h"

enum { HDR = 28, ROOM = 512 };

static struct secret secret_of(uint8_t *p, size_t n)
{
	return (struct secret){ n > 0 ? p : NULL, n };
}

static uint8_t key_e[128], key_a[128];

static struct ike_protect *make(const struct alg_encr *encr, unsigned bits, const struct alg_integ *integ)
{
	struct suite_keys k = { .encr = encr, .integ = integ };
	struct ike_protect *p;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (size_t i = 0; i < sizeof key_e; i++) {
		key_e[i] = (uint8_t)(i * 7 + 1);
		key_a[i] = (uint8_t)(i * 5 + 3);
	}
	k.encr_key = secret_of(key_e, bits / 8 + encr->salt);
	k.integ_key = secret_of(key_a, integ != NULL ? integ->key : 0);
	p = ike_protect_of(&k, &e);
	cr_assert_not_null(p, "%s %u %s: %s", encr->name, bits, integ != NULL ? integ->name : "", e.text);
	return p;
}

/* A message of one SK or SKF payload around n octets; its length. */
static size_t seal(struct ike_protect *p, uint8_t msg[ROOM], size_t header, size_t n)
{
	static const uint8_t iv[16] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	uint8_t plain[ROOM];

	memset(plain, 0x5a, sizeof plain);
	memset(msg, 0, ROOM);
	msg[16] = header == IKE_SK_HEADER ? 46 : 53;
	msg[17] = 0x20;
	return ike_protect_seal(p, msg, ROOM, HDR + header, header, (struct span){ plain, n }, iv);
}

static void round_trip(const struct alg_encr *encr, unsigned bits, const struct alg_integ *integ)
{
	struct ike_protect *p = make(encr, bits, integ);
	uint8_t msg[ROOM], out[ROOM];
	struct span plain;

	for (size_t header = IKE_SK_HEADER; header <= IKE_SKF_HEADER; header += 4)
		for (size_t n = 0; n < 40; n += 13) {
			size_t len = seal(p, msg, header, n);

			cr_assert_gt(len, 0, "%s", encr->name);
			cr_expect_eq(load_be32(msg + 24), len);
			cr_expect_eq(load_be16(msg + HDR + 2), len - HDR);
			cr_expect_eq(ike_protect_open(p, (struct span){ msg, len }, HDR, header, false, out, &plain), IKE_OPEN_OK);
			cr_expect_eq(plain.n, n, "%s %u", encr->name, bits);
			for (size_t i = 0; i < len; i++) {
				msg[i] ^= 0x10;
				cr_expect_eq(ike_protect_open(p, (struct span){ msg, len }, HDR, header, false, out, &plain),
				    IKE_OPEN_BAD_ICV, "%s: byte %zu", encr->name, i);
				cr_expect_eq(plain.n, 0);
				msg[i] ^= 0x10;
			}
		}
	ike_protect_free(p);
}

/* Every cipher that IKE may have, and every integrity algorithm with one of them. */
Test(protect, every_algorithm)
{
	const struct alg_integ *sha = alg_integ_by_name("hmac-sha2-256-128"), *a;
	const struct alg_encr *encr, *cbc = alg_encr_by_name("aes-cbc", NULL);

	for (size_t i = 0; (encr = alg_encr_row(i)) != NULL; i++)
		for (size_t k = 0; k == 0 || encr->size[k].bits != 0; k++)
			if (!alg_encr_is_iiv(encr))
				round_trip(encr, encr->size[k].bits, alg_encr_is_aead(encr) ? NULL : sha);
	for (size_t i = 0; (a = alg_integ_row(i)) != NULL; i++)
		if (a->kind != INTEG_KIND_NONE && a->kind != INTEG_KIND_GMAC)
			round_trip(cbc, 128, a);
}

/* RFC 7296 3.14: the pad length counts what is before it. */
Test(protect, padding)
{
	static const struct { size_t n; uint8_t last; enum ike_open want; size_t left; } rows[] = {
		{ 1, 0, IKE_OPEN_OK, 0 }, { 1, 1, IKE_OPEN_BAD_PAD, 1 }, { 4, 3, IKE_OPEN_OK, 0 },
		{ 4, 4, IKE_OPEN_BAD_PAD, 4 }, { 255, 255, IKE_OPEN_BAD_PAD, 255 }, { 256, 255, IKE_OPEN_OK, 0 },
		{ 256, 7, IKE_OPEN_OK, 248 },
	};
	struct suite_keys k = { .encr = alg_encr_by_name("null", NULL),
		.integ = alg_integ_by_name("hmac-sha2-256-128"), .integ_key = { key_a, 32 } };
	struct ike_protect *p = make(k.encr, 0, k.integ);
	struct suite *s;
	uint8_t msg[ROOM], out[ROOM];
	struct span plain;
	struct err e;

	s = suite_new(&k, &e);
	cr_assert_not_null(s);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct suite_job j = { .p = msg, .n = HDR + 4 + rows[i].n + 16, .head = HDR + 4 };

		memset(msg, 0xee, sizeof msg);
		msg[HDR + 4 + rows[i].n - 1] = rows[i].last;
		suite_seal_many(s, &j, 1);
		cr_assert_eq(j.result, SUITE_OK);
		cr_expect_eq(ike_protect_open(p, (struct span){ msg, j.n }, HDR, 4, false, out, &plain), rows[i].want,
		    "row %zu", i);
		cr_expect_eq(plain.n, rows[i].left, "row %zu", i);
	}
	suite_free(s);
	ike_protect_free(p);
}

Test(protect, lengths)
{
	struct ike_protect *p = make(alg_encr_by_name("aes-cbc", NULL), 128, alg_integ_by_name("hmac-sha1-96"));
	uint8_t msg[ROOM], out[ROOM], *big = calloc(1, 70000), *into = calloc(1, 70000);
	struct span plain;
	size_t n = seal(p, msg, 4, 20);

	cr_assert_not_null(big);
	cr_assert_not_null(into);
	for (size_t cut = 0; cut < n; cut++) {
		bool whole = cut > HDR + 4 + 16 + 12 && (cut - HDR - 4 - 12) % 16 == 0;

		cr_expect_eq(ike_protect_open(p, (struct span){ msg, cut }, HDR, 4, false, out, &plain),
		    whole ? IKE_OPEN_BAD_ICV : IKE_OPEN_BAD_LENGTH, "%zu bytes", cut);
	}
	cr_expect_eq(ike_protect_open(p, (struct span){ big, 70000 }, HDR, 4, true, into, &plain), IKE_OPEN_BAD_LENGTH);
	cr_expect_eq(ike_protect_open(p, (struct span){ big, 70000 }, 65600, 4, true, into, &plain),
	    IKE_OPEN_BAD_LENGTH);
	cr_expect_eq(ike_protect_seal(p, big, 70000, HDR + 4, 4, (struct span){ into, 65530 }, msg), 0);
	free(big);
	free(into);
	ike_protect_free(p);
}

/* What wrong keys give is there on request. */
Test(protect, anyway)
{
	static const char *const encr[] = { "aes-cbc", "aes-gcm-16", "aes-ccm-8", "chacha20-poly1305" };
	uint8_t msg[ROOM], out[ROOM], want[20];
	struct span plain;

	memset(want, 0x5a, sizeof want);
	for (size_t i = 0; i < sizeof encr / sizeof encr[0]; i++) {
		const struct alg_encr *a = alg_encr_by_name(encr[i], NULL);
		struct ike_protect *p = make(a, a->size[0].bits,
		    alg_encr_is_aead(a) ? NULL : alg_integ_by_name("hmac-sha1-96"));
		size_t n = seal(p, msg, 4, sizeof want);

		msg[n - 1] ^= 1;
		cr_expect_eq(ike_protect_open(p, (struct span){ msg, n }, HDR, 4, true, out, &plain), IKE_OPEN_BAD_ICV);
		cr_assert_eq(plain.n, sizeof want, "%s", encr[i]);
		cr_expect_eq(memcmp(plain.p, want, sizeof want), 0, "%s", encr[i]);
		ike_protect_free(p);
	}
}

Test(protect, refuses_keys)
{
	struct ike_keys k = { .encr = alg_encr_by_name("aes-gcm-16", NULL) };
	struct err e;

	k.sk_ei = secret_of(key_e, 32);
	k.sk_er = secret_of(key_e, 36);
	cr_expect_null(ike_protect_new(&k, true, 0, &e));
	cr_expect_str_eq(e.text, "aes-gcm-16 key is 32 bytes, wanted 20, 28 or 36: the 4-byte salt at its end is missing");
	k.sk_er = secret_of(key_e, 17);
	cr_expect_null(ike_protect_new(&k, false, 0, &e));
	k.encr = alg_encr_by_name("aes-cbc", NULL);
	cr_expect_null(ike_protect_new(&k, true, 0, &e));
	cr_expect_str_eq(e.text, "aes-cbc needs an integrity algorithm");
	k.encr = alg_encr_by_name("aes-gcm-16-iiv", NULL);
	cr_expect_null(ike_protect_new(&k, true, 0, &e));
	cr_expect_str_eq(e.text, "aes-gcm-16-iiv needs the sequence number of ESP, and IKE has none");
	k.encr = NULL;
	cr_expect_null(ike_protect_new(&k, true, 0, &e));
	cr_expect_str_eq(e.text, "no encryption algorithm");
}

/* IKEv1 with every CBC cipher: two messages of one chain, in place of each other they are garbage. */
Test(protect, v1_chain)
{
	const struct alg_encr *a;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (size_t i = 0; (a = alg_encr_row(i)) != NULL; i++) {
		struct secret ka = secret_of(key_e, a->size[0].bits / 8u);
		uint8_t one[64] = { 0 }, two[64] = { 0 }, sent[16] = { 5 }, got[16] = { 5 }, out[64], iv[16];
		struct ike_v1_cipher *c = ike_v1_cipher_new(a, &ka, &e);
		struct span plain;
		size_t n, m;

		cr_assert_eq(c != NULL, a->kind == ENCR_KIND_CBC, "%s", a->name);
		if (c == NULL)
			continue;
		one[31] = 4;		/* payload of four octets, no other behind it */
		two[31] = 5;
		n = ike_v1_seal(c, one, 32, sizeof one, sent);
		m = ike_v1_seal(c, two, 33, sizeof two, sent);
		cr_expect_eq(n, HDR + ike_v1_cipher_block(c));
		memcpy(iv, got, sizeof iv);
		cr_expect_eq(ike_v1_open(c, (struct span){ one, n }, got, out, &plain), IKE_OPEN_OK);
		cr_expect(ike_v1_plausible(5, plain), "%s", a->name);
		cr_expect_eq(ike_v1_open(c, (struct span){ two, m }, got, out, &plain), IKE_OPEN_OK);
		cr_expect(ike_v1_plausible(5, plain) && plain.p[3] == 5, "%s", a->name);
		cr_expect_eq(ike_v1_open(c, (struct span){ two, m }, iv, out, &plain), IKE_OPEN_OK);
		cr_expect_not(ike_v1_plausible(5, plain), "%s", a->name);
		cr_expect_eq(ike_v1_open(c, (struct span){ two, m - 1 }, iv, out, &plain), IKE_OPEN_BAD_LENGTH);
		cr_expect_eq(ike_v1_open(c, (struct span){ two, HDR }, iv, out, &plain), IKE_OPEN_BAD_LENGTH);
		cr_expect_eq(ike_v1_seal(c, one, 32, 32, sent), 0);
		ike_v1_cipher_free(c);
	}
}
