#include <criterion/criterion.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "crypto/ke.h"
#include "crypto/prf.h"

static struct span of(const struct secret *s)
{
	return (struct span){ s->p, s->n };
}

/* Both sides of each group come to one secret: what ke_respond() does is the same as its parts. */
Test(ke, both_sides_agree)
{
	static uint8_t pub_i[KE_PUBLIC_MAX], pub_r[KE_PUBLIC_MAX];
	const struct alg_ke *a;
	struct arena arena = { 0 };
	struct rng rng;
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	cr_assert_eq(rng_init_hex(&rng, "07", "ke", &e), 0);
	for (size_t i = 0; (a = alg_ke_row(i)) != NULL; i++) {
		struct secret key_i, key_r, shared_i, shared_r, again;

		cr_assert_eq(ke_generate(a, &rng, &arena, &key_i, &e), 0, "%s", e.text);
		cr_expect_eq(key_i.n, a->private_key);
		cr_assert_eq(ke_public(a, of(&key_i), pub_i, &e), 0, "%s", e.text);
		cr_assert_eq(ke_respond(a, &rng, (struct span){ pub_i, a->pub_i }, &arena, &key_r, pub_r, &shared_r, &e),
		    0, "%s", e.text);
		cr_assert_eq(ke_agree(a, of(&key_i), (struct span){ pub_r, a->pub_r }, &arena, &shared_i, &e), 0,
		    "%s", e.text);
		cr_assert_eq(ke_agree(a, of(&key_r), (struct span){ pub_i, a->pub_i }, &arena, &again, &e), 0,
		    "%s", e.text);
		cr_expect_eq(shared_i.n, a->shared);
		cr_expect(secret_eq(&shared_i, &shared_r) && secret_eq(&shared_r, &again), "%s", a->name);
	}
	rng_clear(&rng);
	arena_clear(&arena);
}

/* What a peer may not send, by group: the value's octets, first, then all others alike. */
static const struct { const char *why; uint16_t group; size_t cut; uint8_t first, rest, last; const char *text; }
refused[] = {
	{ "0", 14, 0, 0, 0, 0, "modp-2048: the public value is not from 2 to p - 2" },
	{ "1", 14, 0, 0, 0, 1, "modp-2048: the public value is not from 2 to p - 2" },
	{ "2^2048 - 1", 14, 0, 0xff, 0xff, 0xff, "modp-2048: the public value is not from 2 to p - 2" },
	{ "one octet missing", 14, 1, 7, 7, 7, "modp-2048: the public value is 255 bytes, wanted 256" },
	{ "not of the subgroup", 24, 0, 0, 0, 2, "modp-2048-256: the public value is not of the group's subgroup" },
	{ "not on the curve", 19, 0, 1, 1, 1, "ecp-256: the public value is no point of the curve" },
	{ "x beyond p", 28, 0, 0xff, 0xff, 0xff, "brainpool-p256r1: the public value is no point of the curve" },
	{ "0, 0", 21, 0, 0, 0, 0, "ecp-521: the public value is no point of the curve" },
	{ "half a point", 19, 32, 4, 4, 4, "ecp-256: the public value is 32 bytes, wanted 64" },
	{ "order 1", 31, 0, 1, 0, 0, "curve25519: the public value gives a shared secret of zeros" },
	{ "order 4", 31, 0, 0, 0, 0, "curve25519: the public value gives a shared secret of zeros" },
	{ "order 2", 32, 0, 0, 0, 0, "curve448: the public value gives a shared secret of zeros" },
	{ "empty", 32, 56, 0, 0, 0, "curve448: the public value is 0 bytes, wanted 56" },
	{ "short ciphertext", 36, 1, 0, 0, 0, "ml-kem-768: the public value is 1087 bytes, wanted 1088" },
};

Test(ke, refuses_what_a_peer_may_not_send)
{
	static uint8_t value[KE_PUBLIC_MAX], key[64] = { [0 ... 62] = 5, 1 };
	struct arena arena = { 0 };
	struct secret shared;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		const struct alg_ke *a = alg_ke_by_id(refused[i].group);
		size_t n = a->pub_r - refused[i].cut;

		memset(value, refused[i].rest, sizeof value);
		value[0] = refused[i].first;
		value[a->pub_r - 1] = refused[i].last;
		cr_expect_eq(ke_agree(a, (struct span){ key, a->private_key < 64 ? a->private_key : 64 },
		    (struct span){ value, n }, &arena, &shared, &e), -1, "%s", refused[i].why);
		cr_expect_str_eq(e.text, refused[i].text, "%s", refused[i].why);
		cr_expect_eq(e.kind, ERR_INPUT);
	}
	arena_clear(&arena);
}

Test(ke, refuses_private_values)
{
	static uint8_t zero[300], ones[66] = { [0 ... 65] = 0xff }, out[KE_PUBLIC_MAX];
	struct err e;

	cr_expect_eq(ke_public(alg_ke_by_id(14), (struct span){ zero, 0 }, out, &e), -1);
	cr_expect_str_eq(e.text, "modp-2048: the private value is 0 bytes, wanted 1 to 256");
	cr_expect_eq(ke_public(alg_ke_by_id(14), (struct span){ zero, 300 }, out, &e), -1);
	cr_expect_str_eq(e.text, "modp-2048: the private value is zero");
	cr_expect_eq(ke_public(alg_ke_by_id(19), (struct span){ zero, 32 }, out, &e), -1);
	cr_expect_eq(ke_public(alg_ke_by_id(21), (struct span){ ones, 66 }, out, &e), -1);
	cr_expect_str_eq(e.text, "ecp-521: the private value is zero, or not below the order of the curve");
	cr_expect_eq(ke_public(alg_ke_by_id(31), (struct span){ ones, 31 }, out, &e), -1);
	cr_expect_str_eq(e.text, "curve25519: the private value is 31 bytes, wanted 32");
	cr_expect_eq(ke_public(alg_ke_by_id(36), (struct span){ ones, 32 }, out, &e), -1);
	cr_expect_str_eq(e.text, "ml-kem-768: the private value is 32 bytes, wanted 64");
}

/* Values that strongSwan sent in group 23, of which no vector is published: they are of the subgroup. */
static const char *const group_23[] = {
	"1510e2f3a5cba258419221eed62c507aeeaafe031aa0a3f05b3e83c055e83eea969c4e8c4876a5114e763a30258a7a5d"
	"0595c284ca608d9c8dea2109a2d36faeb108a8c2fa0333e6c49fd325b89334e61859462ee78d9bc18556b4adc6794fff"
	"4de77bdfe4d284b06694cb2736545a442c955b8d15b79a9b736aa92d34edfeaa784fd407b5b3a0100a855447b2863e9b"
	"46546f9baa2e70a0c8df0ed9a0d1f43d5a9d81b5a4f92ee91e3b93618c768fa4485008e510b12e9f132ab8529e5f0226"
	"0b50be0d708688de3534b6f4e3be0ba16f29b5094fcb1b184ddb78554e208df4045fdf327a359dccd5b525dcbf0a159e"
	"1e4d80ca7303a7765696a03abde35952",
	"45c57efe4661a302a1624bb64a72c747fb1597adac12e4884e37b6ceea6afe9d9987f9f35db672c01ef0f9c489127278"
	"e0d97801dd306b6001601a578b8a7c91ea8f909ca4b4bcef3b8de5cc0558a50119979f403813764ba4f019983d912201"
	"98be3d911583083dea8bf5cd37a7aab0223d304a3a0005c0904672c544261d9ec312ef61c8b714b77bc3288344a5e9b3"
	"43393168fb3734f10959b0b69d7a179fb15fb8b22fec38f11bed7833dbcd85891d2ce59fa6a8414a74828f5db1ac9b3f"
	"47eaaef28036cb124567b7530d3eae129e2d5780a90f56be1fb3019b8ef8e86f29e6e40b03a09e1afdb2b46125085c1d"
	"70be6845a16fabf6315de0d7fdd70f33",
};

Test(ke, values_of_strongswan_in_group_23)
{
	static const uint8_t key[28] = { [0 ... 27] = 9 };
	const struct alg_ke *a = alg_ke_by_id(23);
	struct arena arena = { 0 };
	struct secret value, shared;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(secret_hex(&arena, &value, group_23[i], strlen(group_23[i]), &e), 0);
		cr_expect_eq(ke_agree(a, (struct span){ key, 28 }, of(&value), &arena, &shared, &e), 0, "%s", e.text);
		value.p[100] ^= 1;
		cr_expect_eq(ke_agree(a, (struct span){ key, 28 }, of(&value), &arena, &shared, &e), -1);
	}
	arena_clear(&arena);
}

/* RFC 7296 2.13: the number of an output is one octet. */
Test(prf, plus_has_255_outputs)
{
	static uint8_t out[255 * 16 + 1];
	const struct alg_prf *a = alg_prf_by_id(1);
	struct span s = { (const uint8_t *)"seed", 4 };
	struct err e;

	cr_expect_eq(prf_plus(a, s, &s, 1, out, 255 * 16, &e), 0);
	cr_expect_eq(prf_plus(a, s, &s, 1, out, 255 * 16 + 1, &e), -1);
	cr_expect_str_eq(e.text, "4081 bytes wanted of prf+, which gives 4080 with hmac-md5");
}

/* FIPS 180-4's "abc", and no hash of what is none. */
Test(prf, hash)
{
	static const uint8_t want[4] = { 0xba, 0x78, 0x16, 0xbf };
	struct span abc[2] = { { (const uint8_t *)"a", 1 }, { (const uint8_t *)"bc", 2 } };
	uint8_t out[PRF_MAX];
	struct err e;

	cr_expect_eq(prf_hash(alg_prf_by_id(5), abc, 2, out, &e), 0);
	cr_expect_eq(memcmp(out, want, 4), 0);
	cr_expect_eq(prf_hash(alg_prf_by_id(4), abc, 2, out, &e), -1);
	cr_expect_str_eq(e.text, "aes128-xcbc has no hash");
}
