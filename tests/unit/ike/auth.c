#include "ike/auth.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/secret.h"
#include "ike/auth_v1.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* What other implementations sent is in tests/vectors/auth.json; here is what they did not send. */
static const uint8_t message[60] = { 1, 2, 3 }, nonce[32] = { 4 }, id[8] = { 2, 0, 0, 0, 'a', '.', 'b' }, skp[32] = { 5 };

static struct auth_side side(void)
{
	return (struct auth_side){ .prf = alg_prf_by_name("hmac-sha2-256"), .message = { message, sizeof message },
		.nonce = { nonce, sizeof nonce }, .id = { id, sizeof id }, .sk_p = { skp, sizeof skp } };
}

static const struct { unsigned method; const char *sign, *type, *curve; } methods[] = {
	{ AUTH_RSA, NULL, "rsa", NULL }, { AUTH_ECDSA_256, NULL, "ecdsa", "secp256r1" },
	{ AUTH_ECDSA_384, NULL, "ecdsa", "secp384r1" }, { AUTH_ECDSA_521, NULL, "ecdsa", "secp521r1" },
	{ AUTH_SIGNATURE, "rsa-pss-sha2-384", "rsa", NULL }, { AUTH_SIGNATURE, "rsa-pkcs1-sha2-512", "rsa", NULL },
	{ AUTH_SIGNATURE, "ecdsa-sha2-256", "ecdsa", "secp521r1" }, { AUTH_SIGNATURE, "ed25519", "ed25519", NULL },
	{ AUTH_SIGNATURE, "ed448", "ed448", NULL },
};

Test(auth, what_is_signed_verifies)
{
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (size_t i = 0; i < COUNT(methods); i++) {
		struct pkey *k = pkey_make(methods[i].type, 2048, methods[i].curve, NULL, &e);
		struct sign_scheme s = { 0 }, seen;
		struct auth_side a = side();
		uint8_t data[2048];
		struct wr w = wr_of(data, sizeof data);

		cr_assert(k != NULL, "%s", e.text);
		if (methods[i].sign != NULL)
			s = sign_scheme(alg_sign_by_name(methods[i].sign));
		cr_assert_eq(auth_sign(&a, methods[i].method, &s, k, NULL, &w, &e), 0, "%s", e.text);
		cr_expect_eq(auth_check_signature(&a, methods[i].method, (struct span){ data, w.n }, k, &seen, &e), 1);
		cr_expect(methods[i].sign == NULL || strcmp(seen.alg->name, methods[i].sign) == 0);
		a.int_auth = (struct span){ (const uint8_t *)"x", 1 };
		cr_expect_eq(auth_check_signature(&a, methods[i].method, (struct span){ data, w.n }, k, NULL, &e), 0);
		a = side();
		for (size_t cut = 0; cut < w.n; cut += 7)
			cr_expect_neq(auth_check_signature(&a, methods[i].method, (struct span){ data, cut }, k, NULL, &e), 1);
		w.cap = 20;
		w.n = 0;
		cr_expect_eq(auth_sign(&a, methods[i].method, &s, k, NULL, &w, &e), -1);
		pkey_free(k);
	}
}

/* Method 1 with another hash than SHA-1, as some peers send it (RFC 7296 3.8). */
Test(auth, rsa_with_any_hash)
{
	static const char *const signs[] = { "rsa-pkcs1-sha1", "rsa-pkcs1-sha2-256", "rsa-pkcs1-sha2-512" };
	struct auth_side a = side();
	uint8_t octets[256], sig[SIGN_MAX];
	struct wr w = wr_of(octets, sizeof octets);
	struct pkey *k;
	struct err e;
	size_t n;

	cr_assert_eq(secret_init(&e), 0);
	k = pkey_make("rsa", 2048, NULL, NULL, &e);
	cr_assert_eq(auth_octets(&a, &w, &e), 0);
	cr_assert_eq(w.n, auth_octets_size(&a));
	for (size_t i = 0; i < COUNT(signs); i++) {
		struct sign_scheme s = sign_scheme(alg_sign_by_name(signs[i])), seen;

		cr_assert_eq(sign_make(&s, k, (struct span){ octets, w.n }, NULL, sig, &n, &e), 0);
		cr_expect_eq(auth_check_signature(&a, AUTH_RSA, (struct span){ sig, n }, k, &seen, &e), 1);
		cr_expect_eq(seen.alg, s.alg);
	}
	pkey_free(k);
}

Test(auth, keys_that_do_not_fit)
{
	struct auth_side a = side();
	struct sign_scheme s;
	struct pkey *k;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	k = pkey_make("ecdsa", 0, "secp384r1", NULL, &e);
	cr_expect_eq(auth_scheme(&s, AUTH_ECDSA_256, k, &e), -1);
	cr_expect_str_eq(e.text, "found a key of type secp384r1, wanted one for \"ECDSA with SHA-256 on P-256\"");
	cr_expect_eq(auth_scheme(&s, AUTH_RSA, k, &e), -1);
	cr_expect_eq(auth_scheme(&s, AUTH_PSK, k, &e), -1);
	cr_expect_eq(auth_scheme(&s, 266, k, &e), -1);
	cr_expect_eq(auth_check_signature(&a, AUTH_NULL, (struct span){ message, 8 }, k, NULL, &e), -1);
	/* 14 with a scheme for another type of key */
	cr_expect_eq(auth_check_signature(&a, AUTH_SIGNATURE, (struct span){ (const uint8_t *)"\7\x30\5\6\3\x2b\x65\x70X", 9 },
	    k, NULL, &e), -1);
	cr_expect_str_eq(e.text, "found a signature by ed25519, wanted one that a key of type ecdsa can make");
	pkey_free(k);
}

/* prf(prf(secret, "Key Pad for IKEv2"), octets) over octets in one piece. */
Test(auth, mac_is_of_the_octets)
{
	static const char pad[] = "Key Pad for IKEv2";
	static const char *const prfs[] = { "hmac-md5", "hmac-sha2-512", "aes128-xcbc", "aes128-cmac" };
	struct span padding = { (const uint8_t *)pad, 17 };
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (size_t i = 0; i < COUNT(prfs); i++) {
		struct auth_side a = side();
		uint8_t octets[256], key[PRF_MAX], want[PRF_MAX], got[PRF_MAX];
		struct wr w = wr_of(octets, sizeof octets);
		struct span all, out = { want, 0 };

		a.prf = alg_prf_by_name(prfs[i]);
		a.int_auth = (struct span){ (const uint8_t *)"what came between", 17 };
		cr_assert_eq(auth_octets(&a, &w, &e), 0);
		all = (struct span){ octets, w.n };
		out.n = a.prf->out;
		cr_assert_eq(prf_make(a.prf, a.sk_p, &padding, 1, key, &e), 0);
		cr_assert_eq(prf_make(a.prf, (struct span){ key, a.prf->out }, &all, 1, want, &e), 0);
		/* NULL authentication: the secret is SK_p (RFC 7619 2.1) */
		cr_assert_eq(auth_mac(&a, a.sk_p, got, &e), 0);
		cr_expect_arr_eq(got, want, a.prf->out);
		cr_expect_eq(auth_check_mac(&a, a.sk_p, out, &e), 1);
		out.n--;
		cr_expect_eq(auth_check_mac(&a, a.sk_p, out, &e), 0);
		cr_expect_eq(auth_check_mac(&a, a.nonce, (struct span){ want, a.prf->out }, &e), 0);
	}
}

/* An IKE_INTERMEDIATE message up to its SK payload's generic header: header, maybe a payload before it. */
static size_t put_head(uint8_t *p, uint8_t sk, bool before, uint32_t length, uint16_t inner)
{
	size_t n = 28;

	memset(p, 0, 64);
	memcpy(p, "initiatrrespondr", 16);
	p[16] = before ? 41 : sk;
	p[17] = 0x20;
	p[18] = 43;
	p[19] = 0x08;
	p[23] = 1;
	store_be32(p + 24, length);
	if (before) {
		p[n] = sk;
		p[n + 3] = 8;
		n += 8;
	}
	p[n] = 40;
	store_be16(p + n + 2, inner);
	return n + 4;
}

/* RFC 9242 3.3.2, for a whole message and for the same one in fragments. */
Test(auth, intermediate_exchanges)
{
	const struct alg_prf *prf = alg_prf_by_name("hmac-sha2-256");
	static const uint8_t plain[40] = { 0, 0, 0, 40, 7 };
	uint8_t head[64], right[64], first[PRF_MAX], second[PRF_MAX], out[AUTH_INT_MAX], whole[AUTH_INT_MAX];
	struct span key = { skp, sizeof skp }, inside = { plain, sizeof plain };
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (int before = 0; before < 2; before++) {
		struct auth_int t = { 0 };
		size_t n = put_head(right, 46, before, (uint32_t)(32 + 8 * before + sizeof plain), 4 + sizeof plain);
		struct span parts[3] = { { right, n }, inside };

		cr_expect_eq(auth_int_end(&t, prf, 2, out), 0);
		cr_assert_eq(prf_make(prf, key, parts, 2, first, &e), 0);
		parts[0] = (struct span){ first, 32 };
		parts[1] = (struct span){ right, n };
		parts[2] = inside;
		cr_assert_eq(prf_make(prf, key, parts, 3, second, &e), 0);

		/* lengths as they were on the wire */
		put_head(head, 46, before, 999, 800);
		cr_assert_eq(auth_int_add(&t, prf, true, key, (struct span){ head, n }, inside, &e), 0, "%s", e.text);
		cr_assert_eq(auth_int_add(&t, prf, false, key, (struct span){ head, n }, inside, &e), 0);
		put_head(head, 53, before, 500, 300);
		cr_assert_eq(auth_int_add(&t, prf, true, key, (struct span){ head, n }, inside, &e), 0);
		cr_assert_eq(auth_int_end(&t, prf, 2, whole), 68);
		cr_expect_arr_eq(whole, second, 32);
		cr_expect_arr_eq(whole + 32, first, 32);
		cr_expect_arr_eq(whole + 64, "\0\0\0\2", 4);
	}
}

Test(auth, intermediate_messages_that_are_none)
{
	const struct alg_prf *prf = alg_prf_by_name("hmac-sha2-256");
	struct span key = { skp, sizeof skp };
	struct auth_int t = { 0 };
	uint8_t head[64];
	size_t n = put_head(head, 46, true, 100, 50);
	struct err e;

	cr_expect_eq(auth_int_add(&t, prf, true, key, (struct span){ head, 31 }, key, &e), -1);
	cr_expect_eq(auth_int_add(&t, prf, true, key, (struct span){ head, n }, (struct span){ head, 70000 }, &e), -1);
	head[28] = 33;			/* no encrypted payload */
	cr_expect_eq(auth_int_add(&t, prf, true, key, (struct span){ head, n }, key, &e), -1);
	head[31] = 2;			/* shorter than its own header */
	cr_expect_eq(auth_int_add(&t, prf, true, key, (struct span){ head, n }, key, &e), -1);
	head[31] = 200;			/* beyond the end */
	cr_expect_eq(auth_int_add(&t, prf, true, key, (struct span){ head, n }, key, &e), -1);
	cr_expect(!t.any_i && !t.any_r);
}

static const struct { const char *type, *curve; bool can; } v1_keys[] = {
	{ "rsa", NULL, true }, { "ecdsa", "secp256r1", true }, { "ecdsa", "secp521r1", true }, { "ed25519", NULL, false },
};

Test(auth_v1, signatures)
{
	struct auth_v1 a = { .prf = alg_prf_by_name("hmac-sha2-256"), .skeyid = { skp, sizeof skp },
		.g_xi = { message, 60 }, .g_xr = { message, 50 }, .cky_i = 1, .cky_r = 2, .sa = { nonce, 32 },
		.id_i = { id, 8 }, .id_r = { id, 7 } };
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (size_t i = 0; i < COUNT(v1_keys); i++) {
		struct pkey *k = pkey_make(v1_keys[i].type, 2048, v1_keys[i].curve, NULL, &e);
		uint8_t sig[SIGN_MAX];
		size_t n = 0;
		int rc = auth_v1_sign(&a, true, k, NULL, sig, &n, &e);

		cr_expect_eq(rc == 0, v1_keys[i].can);
		if (v1_keys[i].can) {
			cr_expect_eq(auth_v1_check_signature(&a, true, (struct span){ sig, n }, k, NULL, &e), 1);
			cr_expect_eq(auth_v1_check_signature(&a, false, (struct span){ sig, n }, k, NULL, &e), 0);
		} else {
			cr_expect_eq(auth_v1_check_signature(&a, true, (struct span){ skp, 32 }, k, NULL, &e), -1);
		}
		pkey_free(k);
	}
}
