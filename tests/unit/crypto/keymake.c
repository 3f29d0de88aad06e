#define OPENSSL_SUPPRESS_DEPRECATED	/* DES_is_weak_key() has no successor */
#include <criterion/criterion.h>
#include <openssl/des.h>
#include <string.h>

#include "crypto/evp.h"
#include "crypto/keymake.h"

static struct arena arena;
static struct rng rng;

static void start(const char *seed)
{
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	cr_assert_eq(rng_init_hex(&rng, seed, "keymake", &e), 0);
}

static void encrypt(const uint8_t key[8], uint8_t block[8])
{
	static const uint8_t iv[8];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct err e;
	int n;

	cr_assert_eq(EVP_EncryptInit_ex2(ctx, evp_cipher("DES-CBC", &e), key, iv, NULL), 1);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	cr_assert_eq(EVP_EncryptUpdate(ctx, block, &n, block, 8), 1);
	EVP_CIPHER_CTX_free(ctx);
}

/* Bytes that occur in weak keys are no more than these. */
static const uint8_t parts[] = { 0x01, 0x1f, 0x0e, 0xe0, 0xf1, 0xfe };

/* Every key of the shape abababab cdcdcdcd of those bytes: what we call weak is what OpenSSL does, 16
 * in all, parity aside; and each has a partner that undoes it, which is what makes it weak. */
Test(keymake, weak_keys_are_those_that_undo_each_other)
{
	uint8_t weak[32][8];
	unsigned found = 0;

	start("01");
	for (unsigned i = 0; i < 6 * 6 * 6 * 6; i++) {
		uint8_t a = parts[i % 6], b = parts[i / 6 % 6], c = parts[i / 36 % 6], d = parts[i / 216];
		uint8_t key[8] = { a, b, a, b, c, d, c, d }, even[8];
		bool is = DES_is_weak_key(&key) == 1;

		cr_expect_eq(des_key_is_weak(key), is, "%02x%02x %02x%02x", a, b, c, d);
		for (size_t k = 0; k < 8; k++)
			even[k] = key[k] ^ 1;
		cr_expect_eq(des_key_is_weak(even), is);
		if (is && found < 32)
			memcpy(weak[found++], key, 8);
	}
	cr_assert_eq(found, 16);
	for (unsigned i = 0; i < found; i++) {
		unsigned partners = 0;

		for (unsigned j = 0; j < found; j++) {
			uint8_t block[8] = "plain 8";

			encrypt(weak[i], block);
			encrypt(weak[j], block);
			partners += memcmp(block, "plain 8", 8) == 0;
		}
		cr_expect_eq(partners, 1);
	}
}

Test(keymake, parity_is_openssls)
{
	start("02");
	for (unsigned i = 0; i < 256 * 8; i++) {
		uint8_t key[8], theirs[8];

		rng_bytes(&rng, key, 8);
		key[i % 8] = (uint8_t)(i / 8);
		memcpy(theirs, key, 8);
		des_key_set_parity(key);
		DES_set_odd_parity(&theirs);
		cr_assert_arr_eq(key, theirs, 8);
	}
}

/* A weak key does not come by chance: these n bytes are what the generator gives next. */
static void next_bytes(struct rng *r, const uint8_t *p, size_t n)
{
	memcpy(r->pool + sizeof r->pool - n, p, n);
	r->left = n;
}

static void make(struct secret *key, const char *name)
{
	unsigned bits;
	const struct alg_encr *alg = alg_encr_by_name(name, &bits);
	struct err e;

	cr_assert_eq(keymake_encr(&arena, key, alg, bits != 0 ? bits : alg->size[0].bits, &rng, &e), 0);
}

Test(keymake, weak_keys_are_never_given)
{
	static const uint8_t weak[16] = "\x01\xfe\x01\xfe\x01\xfe\x01\xfe\xe0\xe0\xe0\xe0\xf1\xf1\xf1\xf1";
	static const uint8_t evenly[8] = "\x00\xff\x00\xff\x00\xff\x00\xff";
	struct secret key;

	start("03");
	next_bytes(&rng, weak, 16);
	make(&key, "des");
	cr_expect_eq(key.n, 8);
	cr_expect_eq(des_key_is_weak(key.p), false);
	cr_expect_eq(DES_check_key_parity((const_DES_cblock *)key.p), 1);
	next_bytes(&rng, evenly, 8);
	make(&key, "des");
	cr_expect_eq(des_key_is_weak(key.p), false);
}

Test(keymake, keys_of_3des_differ)
{
	/* what is drawn: a key, then the same but for parity in the second or the third place */
	static const char *const drawn[] = {
		"12345678" "02345678" "abcdefgh", "12345678" "abcdefgh" "02345679",
		"abcdefgh" "12345678" "02345678", "12345678" "13345679" "02345678",
	};
	struct secret key;

	start("04");
	for (size_t i = 0; i < 4; i++) {
		next_bytes(&rng, (const uint8_t *)drawn[i], 24);
		make(&key, "3des");
		cr_expect_eq(key.n, 24);
		cr_expect_arr_neq(key.p, key.p + 8, 8);
		cr_expect_arr_neq(key.p + 8, key.p + 16, 8);
		cr_expect_arr_neq(key.p, key.p + 16, 8);
		for (size_t k = 0; k < 3; k++)
			cr_expect_eq(DES_check_key_parity((const_DES_cblock *)(key.p + 8 * k)), 1);
	}
}

/* Each row and size gives what sa_check() calls the right length, and only DES touches the bytes. */
Test(keymake, every_row)
{
	struct secret key;
	struct rng before;
	struct err e;
	uint8_t want[128];

	start("05");
	for (size_t i = 0; alg_encr_row(i) != NULL; i++)
		for (const struct alg_size *s = alg_encr_row(i)->size; s->bits != 0; s++) {
			const struct alg_encr *a = alg_encr_row(i);

			before = rng;
			cr_assert_eq(keymake_encr(&arena, &key, a, s->bits, &rng, &e), 0);
			cr_expect_eq(key.n, s->bits / 8u + a->salt, "%s", a->name);
			rng_bytes(&before, want, key.n);
			cr_expect_eq(memcmp(want, key.p, key.n) == 0, a->des_keys == 0, "%s", a->name);
			cr_expect_eq(a->des_keys * 64 == s->bits, a->des_keys != 0);
			cr_expect_eq(a->des_keys != 0, strstr(s->evp != NULL ? s->evp : "", "DES") != NULL);
		}
	for (size_t i = 0; alg_integ_row(i) != NULL; i++) {
		cr_assert_eq(keymake_integ(&arena, &key, alg_integ_row(i), &rng, &e), 0);
		cr_expect_eq(key.n, alg_integ_row(i)->key);
	}
	arena_clear(&arena);
}
