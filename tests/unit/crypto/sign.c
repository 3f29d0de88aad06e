#include "crypto/sign.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/secret.h"
#include "base/text.h"
#include "crypto/cert_set.h"
#include "crypto/rng.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* RFC 7427 appendix A, RFC 8420 appendix A: the octets as they stand there */
static const struct { const char *name, *der; bool default_pss; } published[] = {
	{ "rsa-pkcs1-sha1", "300d06092a864886f70d0101050500", false },
	{ "rsa-pkcs1-sha2-256", "300d06092a864886f70d01010b0500", false },
	{ "rsa-pkcs1-sha2-384", "300d06092a864886f70d01010c0500", false },
	{ "rsa-pkcs1-sha2-512", "300d06092a864886f70d01010d0500", false },
	{ "dsa-sha1", "300906072a8648ce380403", false },
	{ "dsa-sha2-256", "300b0609608648016503040302", false },
	{ "ecdsa-sha1", "300906072a8648ce3d0401", false },
	{ "ecdsa-sha2-256", "300a06082a8648ce3d040302", false },
	{ "ecdsa-sha2-384", "300a06082a8648ce3d040303", false },
	{ "ecdsa-sha2-512", "300a06082a8648ce3d040304", false },
	{ "rsa-pss-sha1", "300d06092a864886f70d01010a3000", true },
	{ "rsa-pss-sha2-256", "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f7"
	    "0d010108300d06096086480165030402010500a203020120", false },
	{ "ed25519", "300506032b6570", false },
	{ "ed448", "300506032b6571", false },
};

static size_t unhex(uint8_t *out, size_t room, const char *hex)
{
	size_t n;
	struct err e;

	cr_assert_eq(hex_parse(out, room, &n, hex, strlen(hex), &e), 0);
	return n;
}

Test(sign, names_of_schemes_are_those_of_rfc_7427)
{
	for (size_t i = 0; i < COUNT(published); i++) {
		uint8_t der[256], out[256];
		size_t n = unhex(der, sizeof der, published[i].der);
		struct wr w = wr_of(out, sizeof out);
		struct sign_scheme s;
		struct err e;

		cr_assert_eq(sign_scheme_decode(&s, (struct span){ der, n }, &e), 0, "%s: %s", published[i].name, e.text);
		cr_expect_str_eq(s.alg->name, published[i].name);
		sign_scheme_encode(&s, &w);
		cr_expect(wr_ok(&w));
		/* the defaults of PSS may be said or not; we say them */
		cr_expect(published[i].default_pss || (w.n == n && memcmp(out, der, n) == 0), "%s", published[i].name);
		for (size_t cut = 0; cut < n; cut++)
			cr_expect_eq(sign_scheme_decode(&s, (struct span){ der, cut }, &e), -1);
		der[n] = 0;
		cr_expect_eq(sign_scheme_decode(&s, (struct span){ der, n + 1 }, &e), -1);
	}
}

Test(sign, pss_in_other_forms)
{
	static const struct { const char *der; int rc; unsigned salt; const char *mgf; } rows[] = {
		/* nothing said: SHA-1, salt 20 */
		{ "300b06092a864886f70d01010a", 0, 20, "sha1" },
		/* SHA-256 for the message alone */
		{ "301e06092a864886f70d01010a3011a00f300d06096086480165030402010500", 0, 20, "sha1" },
		/* salt of 300 bytes, trailer 1 */
		{ "301806092a864886f70d01010a300ba2040202012ca303020101", 0, 300, "sha1" },
		{ "301206092a864886f70d01010a3005a303020102", -1, 0, NULL },	/* trailer 2 */
		{ "301206092a864886f70d01010a3005a2030201ff", -1, 0, NULL },	/* salt -1 */
		{ "301806092a864886f70d01010a300ba00930070605" "2b0e03021b", -1, 0, NULL },	/* unknown hash */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t der[64];
		size_t n = unhex(der, sizeof der, rows[i].der);
		struct sign_scheme s;
		struct err e;

		cr_assert_eq(sign_scheme_decode(&s, (struct span){ der, n }, &e), rows[i].rc, "row %zu", i);
		if (rows[i].rc == 0) {
			cr_expect_eq(s.salt, rows[i].salt);
			cr_expect_str_eq(s.mgf->name, rows[i].mgf);
		}
	}
}

Test(sign, pss_names_read_back)
{
	for (size_t i = 0; alg_sign_row(i) != NULL; i++) {
		struct sign_scheme s = sign_scheme(alg_sign_row(i)), back;
		uint8_t out[256];
		struct err e;

		for (unsigned salt = 0; salt < 1000; salt += 83) {
			struct wr w = wr_of(out, sizeof out);

			s.salt = (uint16_t)salt;
			sign_scheme_encode(&s, &w);
			cr_assert_eq(sign_scheme_decode(&back, (struct span){ out, w.n }, &e), 0, "%s", e.text);
			cr_expect_eq(back.alg, s.alg);
			cr_expect(s.alg->kind != SIGN_RSA_PSS || (back.salt == salt && back.mgf == s.mgf));
		}
	}
}

static const struct { const char *type, *curve; unsigned bits; } keys[] = {
	{ "rsa", NULL, 2048 }, { "ecdsa", "secp256r1", 0 }, { "ecdsa", "secp521r1", 0 },
	{ "ecdsa", "brainpoolP384r1", 0 }, { "ed25519", NULL, 0 }, { "ed448", NULL, 0 },
};

/* Every scheme that a key has, DER and raw, and IKEv1's. */
Test(sign, what_a_key_signs_it_verifies)
{
	static const uint8_t message[32] = "what is signed, or a digest.";
	uint8_t sig[SIGN_MAX];
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct pkey *k = pkey_make(keys[i].type, keys[i].bits, keys[i].curve, NULL, &e);
		unsigned tried = 0;

		cr_assert(k != NULL, "%s", e.text);
		for (size_t row = 0; alg_sign_row(row) != NULL; row++)
			for (int form = 0; form < 4; form++) {
				struct sign_scheme s = sign_scheme(alg_sign_row(row));
				struct span m = { message, sizeof message };
				size_t n = 0;

				s.raw = form & 1;
				s.hashed = form & 2;
				if (!sign_fits(&s, k)) {
					cr_expect_eq(sign_make(&s, k, m, NULL, sig, &n, &e), -1);
					cr_expect_eq(sign_verify(&s, k, m, m, &e), -1);
					continue;
				}
				if ((s.raw && s.alg->kind != SIGN_ECDSA) || (s.hashed && s.alg->kind != SIGN_ECDSA &&
				    s.alg->kind != SIGN_RSA_PKCS1))
					continue;
				cr_assert_eq(sign_make(&s, k, m, NULL, sig, &n, &e), 0, "%s: %s", s.alg->name, e.text);
				cr_expect_eq(sign_verify(&s, k, m, (struct span){ sig, n }, &e), 1, "%s", s.alg->name);
				sig[n / 2] ^= 1;
				cr_expect_eq(sign_verify(&s, k, m, (struct span){ sig, n }, &e), 0, "%s", s.alg->name);
				sig[n / 2] ^= 1;
				m.n--;
				cr_expect_neq(sign_verify(&s, k, m, (struct span){ sig, n }, &e), 1, "%s", s.alg->name);
				tried++;
			}
		cr_expect_gt(tried, 0);
		pkey_free(k);
	}
}

Test(sign, dsa_of_old_peers)
{
	struct cert_set set = { 0 };
	char text[4096];
	FILE *f = fopen("tests/certs/dsa.key", "rb");
	size_t n = fread(text, 1, sizeof text, f);
	struct sign_scheme s = sign_scheme(alg_sign_by_name("dsa-sha1"));
	struct span m = { (const uint8_t *)"x", 1 };
	uint8_t sig[SIGN_MAX];
	struct err e;

	fclose(f);
	cr_assert_eq(cert_set_read(&set, (struct span){ (uint8_t *)text, n }, NULL, &e), 1, "%s", e.text);
	cr_expect_str_eq(pkey_info(set.key[0]).type, "dsa");
	s.raw = true;
	cr_assert_eq(sign_make(&s, set.key[0], m, NULL, sig, &n, &e), 0, "%s", e.text);
	cr_expect_eq(n, 40);
	cr_expect_eq(sign_verify(&s, set.key[0], m, (struct span){ sig, n }, &e), 1);
	cert_set_clear(&set);
}

/* The hash that is as strong as the key, of those the peer takes. */
Test(sign, choice)
{
	static const struct { size_t key; unsigned hashes; bool pss; const char *name; } rows[] = {
		{ 0, 0x1e, true, "rsa-pss-sha2-256" }, { 0, 0x1e, false, "rsa-pkcs1-sha2-256" },
		{ 0, 0x10, true, "rsa-pss-sha2-512" }, { 0, 0x02, false, "rsa-pkcs1-sha1" },
		{ 1, 0x3e, true, "ecdsa-sha2-256" }, { 2, 0x3e, true, "ecdsa-sha2-512" }, { 3, 0x3e, true, "ecdsa-sha2-384" },
		{ 2, 0x04, true, "ecdsa-sha2-256" }, { 4, 0x3e, true, "ed25519" }, { 5, 0x3e, false, "ed448" },
		{ 4, 0x1e, true, NULL }, { 1, 0x20, true, NULL }, { 1, 0, true, NULL },
	};
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pkey *k = pkey_make(keys[rows[i].key].type, keys[rows[i].key].bits, keys[rows[i].key].curve, NULL, &e);
		const struct alg_sign *a = sign_choose(k, rows[i].hashes, rows[i].pss);

		cr_expect((a == NULL) == (rows[i].name == NULL) && (a == NULL || strcmp(a->name, rows[i].name) == 0),
		    "row %zu: %s", i, a != NULL ? a->name : "none");
		pkey_free(k);
	}
}

/* RFC 8032 7.1, TEST 1: the key is the seed, so a stream that gives it makes that key. */
Test(pkey, seeded_keys_are_the_streams)
{
	struct rng rng;
	uint8_t secret[32], spki[128], want[64];
	struct pkey *k, *again;
	struct err e;
	int n;

	cr_assert_eq(secret_init(&e), 0);
	rng_init_seed(&rng, (struct span){ (const uint8_t *)"x", 1 }, "test");
	unhex(secret, sizeof secret, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
	unhex(want, sizeof want, "302a300506032b6570032100d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
	memcpy(rng.pool + sizeof rng.pool - sizeof secret, secret, sizeof secret);
	rng.left = sizeof secret;
	k = pkey_make("ed25519", 0, NULL, &rng, &e);
	cr_assert(k != NULL, "%s", e.text);
	n = pkey_spki(k, spki, sizeof spki, &e);
	cr_expect(n == 44 && memcmp(spki, want, 44) == 0);
	again = pkey_from_spki((struct span){ spki, (size_t)n }, &e);
	cr_expect(again != NULL && pkey_eq(k, again) && !pkey_info(again).has_private && pkey_info(k).has_private);
	pkey_free(again);
	pkey_free(k);
}

Test(pkey, refused)
{
	static const uint8_t junk[] = { 0x30, 0x03, 0x02, 0x01, 0x00 };
	struct span s = { junk, sizeof junk };
	struct err e;

	cr_expect(pkey_from_spki(s, &e) == NULL);
	cr_expect(pkey_from_spki((struct span){ 0 }, &e) == NULL);
	cr_expect(pkey_from_rsa(s, &e) == NULL);
	cr_expect(pkey_read_private(s, NULL, &e) == NULL);
	cr_expect(pkey_make("dh", 0, NULL, NULL, &e) == NULL);
	cr_expect(pkey_make("ecdsa", 0, "secp256k2", NULL, &e) == NULL);
}
