/* Cases of IKE: PRFs and key exchange methods here, keys and messages beside. */
#include "one.h"

#include <string.h>

#include "base/secret.h"
#include "crypto/ke.h"
#include "crypto/mlkem.h"
#include "crypto/prf.h"

/* NIST's files have HMAC-SHA-224, too, which IKE has no number for. */
static const struct alg_prf sha224 = { .kind = PRF_KIND_HMAC, .name = "hmac-sha2-224", .evp = "SHA224",
	.key = 28, .out = 28 };

const struct alg_prf *one_prf(struct one *c, json_t *o)
{
	const char *name = one_word(c, o, "prf");
	const struct alg_prf *a = strcmp(name, "HMAC_SHA2_224") == 0 ? &sha224 : alg_prf_by_name(name);

	if (a == NULL && c->why[0] == '\0')
		one_skip(c, "prf %s", name);
	for (size_t i = 0; i < VECTORS_ROWS && alg_prf_row(i) != NULL; i++)
		if (alg_prf_row(i) == a)
			c->v->prf[i] = true;
	return a;
}

struct secret one_secret(struct one *c, json_t *o, const char *name)
{
	struct span s = one_bytes(c, o, name);

	return (struct secret){ (uint8_t *)(uintptr_t)s.p, s.n };
}

static void case_prf(struct one *c, json_t *o)
{
	const struct alg_prf *a = one_prf(c, o);
	struct span key = one_bytes(c, o, "key"), msg = one_bytes(c, o, "msg");
	uint8_t *out = one_hold(c, PRF_MAX);
	struct err e;

	if (a == NULL || c->why[0] != '\0')
		return;
	if (prf_make(a, key, &msg, 1, out, &e) < 0)
		one_wrong(c, "%s", e.text);
	else
		one_expect(c, "output", (struct span){ out, a->out }, one_bytes(c, o, "out"));
}

static void case_prfplus(struct one *c, json_t *o)
{
	const struct alg_prf *a = one_prf(c, o);
	struct span key = one_bytes(c, o, "key"), seed = one_bytes(c, o, "seed"), want = one_bytes(c, o, "out");
	struct span parts[2] = { { seed.p, seed.n / 2 }, { seed.p + seed.n / 2, seed.n - seed.n / 2 } };
	uint8_t *out = one_hold(c, want.n);
	struct err e;

	if (a == NULL || c->why[0] != '\0')
		return;
	if (prf_plus(a, key, parts, 2, out, want.n, &e) < 0)
		one_wrong(c, "%s", e.text);
	else
		one_expect(c, "output", (struct span){ out, want.n }, want);
}

static void hit_ke(struct one *c, const struct alg_ke *a)
{
	for (size_t i = 0; i < VECTORS_ROWS && alg_ke_row(i) != NULL; i++)
		if (alg_ke_row(i) == a)
			c->v->ke[i] = true;
}

/* wanted.p NULL: it must be refused, unless it may pass. */
static void check_agree(struct one *c, const struct alg_ke *a, struct span key, struct span peer,
    struct span wanted, bool refuse)
{
	struct arena arena = { 0 };
	struct secret shared = { 0 };
	struct err e = { 0 };

	if (c->why[0] != '\0')
		return;
	if (ke_agree(a, key, peer, &arena, &shared, &e) == 0) {
		if (refuse)
			one_wrong(c, "not refused");
		else
			one_expect(c, "shared secret", (struct span){ shared.p, shared.n }, wanted);
	} else if (!refuse) {
		one_wrong(c, "%s", e.text);
	}
	arena_clear(&arena);
}

/* NIST pads the coordinates of P-521 to whole words. */
static struct span fitted(struct one *c, const struct alg_ke *a, struct span s)
{
	size_t over = s.n > a->pub_i ? (s.n - a->pub_i) / 2 : 0, half = s.n / 2;

	return over == 0 ? s : JOIN(c, (struct span){ s.p + over, half - over },
	    (struct span){ s.p + half + over, half - over });
}

static void case_dh(struct one *c, json_t *o)
{
	static const char *const sides[2][2] = { { "priv_i", "pub_i" }, { "priv_r", "pub_r" } };
	const struct alg_ke *a = alg_ke_by_id((uint16_t)one_number(c, o, "group", UINT16_MAX));
	uint8_t *out = one_hold(c, KE_PUBLIC_MAX);
	struct err e = { 0 };

	if (a == NULL) {
		one_skip(c, "group %ld", one_number(c, o, "group", UINT16_MAX));
		return;
	}
	for (int i = 0; i < 2; i++) {
		struct span key, own = fitted(c, a, one_bytes(c, o, sides[i][1]));
		struct span peer = fitted(c, a, one_bytes(c, o, sides[1 - i][1]));

		if (json_object_get(o, sides[i][0]) == NULL)
			continue;
		key = one_bytes(c, o, sides[i][0]);
		if (c->why[0] != '\0' || ke_public(a, key, out, &e) < 0)
			one_wrong(c, "%s", e.text);
		one_expect(c, "public value", (struct span){ out, a->pub_i }, own);
		check_agree(c, a, key, peer, one_bytes(c, o, "shared"), false);
	}
	hit_ke(c, a);
}

static void case_mlkem(struct one *c, json_t *o)
{
	const struct alg_ke *a = alg_ke_by_name(one_word(c, o, "param"));
	const char *op = one_word(c, o, "op");
	uint8_t *out = one_hold(c, KE_PUBLIC_MAX), *shared = one_hold(c, MLKEM_BYTES);
	struct err e = { 0 };

	if (a == NULL || c->why[0] != '\0') {
		one_wrong(c, "no such parameters");
	} else if (strcmp(op, "keygen") == 0) {
		if (ke_public(a, one_bytes(c, o, "seed"), out, &e) == 0)
			one_expect(c, "key", (struct span){ out, a->pub_i }, one_bytes(c, o, "ek"));
		else
			one_wrong(c, "%s", e.text);
	} else if (strcmp(op, "encaps") == 0) {
		struct span ek = one_bytes(c, o, "ek");

		check_agree(c, a, one_bytes(c, o, "m"), ek, c->valid ? one_bytes(c, o, "shared") : ek, !c->valid);
		if (c->valid && mlkem_encapsulate(a->id - 33u, ek.p, one_bytes(c, o, "m").p, out, shared, &e) == 0)
			one_expect(c, "ciphertext", (struct span){ out, a->pub_r }, one_bytes(c, o, "ct"));
	} else {
		struct span ct = one_bytes(c, o, "ct");

		check_agree(c, a, one_bytes(c, o, "seed"), ct, c->valid ? one_bytes(c, o, "shared") : ct, !c->valid);
	}
	if (c->valid && a != NULL)
		hit_ke(c, a);
}

static const struct { const char *type; void (*run)(struct one *c, json_t *o); } types[] = {
	{ "prf", case_prf }, { "prfplus", case_prfplus }, { "dh", case_dh }, { "mlkem", case_mlkem },
	{ "ikev2-kdf", case_kdf }, { "ikev1-kdf", case_kdf_v1 }, { "ikev2-keys", case_keys },
	{ "ikev2-psk-exchange", case_keys }, { "ikev2-child", case_child }, { "ikev1-keys", case_keys_v1 },
	{ "ikev1-quick", case_quick }, { "ikev1-hash-r", case_hash_r }, { "ikev2-message", case_message },
	{ "ikev1-message", case_message_v1 },
};

bool ike_case(struct one *c, json_t *o, const char *type)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(types[i].type, type) == 0) {
			types[i].run(c, o);
			return true;
		}
	return false;
}

/* The point of a SubjectPublicKeyInfo that ends in a BIT STRING with an uncompressed point; without the
 * octet 4.  Other forms are none of IKE's. */
static struct span point_of(const struct alg_ke *a, struct span spki)
{
	size_t n = a->pub_i + 1u;

	if (spki.n < n + 3 || spki.p[spki.n - n] != 4 || spki.p[spki.n - n - 1] != 0)
		return (struct span){ 0 };
	return (struct span){ spki.p + spki.n - n + 1, n - 1 };
}

static bool has_flag(json_t *o, const char *flag)
{
	json_t *f;
	size_t i;

	json_array_foreach(json_object_get(o, "flags"), i, f)
		if (strcmp(json_string_value(f), flag) == 0)
			return true;
	return false;
}

/* Flaws of the encoding that carries the point, not of the point. */
static bool of_encoding(json_t *o)
{
	static const char *const flags[] = { "CompressedPoint", "InvalidAsn", "InvalidEncoding", "WrongCurve",
		"UnnamedCurve", "UnusedParam", "ModifiedPrime", "ModifiedGroup", "ModifiedCofactor",
		"ModifiedGenerator", "ModifiedPublicPoint", "WrongOrder", "Modified curve parameter", "InvalidPem" };

	for (size_t i = 0; i < COUNT(flags); i++)
		if (has_flag(o, flags[i]))
			return true;
	return false;
}

bool ike_wycheproof(struct one *c, json_t *o, const char *algorithm)
{
	bool ecdh = strcmp(algorithm, "ECDH") == 0, zero = true;
	const char *curve = json_string_value(json_object_get(c->group, "curve"));
	const struct alg_ke *a = curve != NULL ? alg_ke_by_name(curve) : NULL;
	struct span key, peer, shared;

	if (!ecdh && strcmp(algorithm, "XDH") != 0)
		return false;
	if (a == NULL) {
		one_skip(c, "curve %s", curve);
		return true;
	}
	key = one_bytes(c, o, "private");
	peer = one_bytes(c, o, "public");
	shared = one_bytes(c, o, "shared");
	if (ecdh && (of_encoding(o) || (peer = point_of(a, peer)).n == 0)) {
		one_skip(c, "%s in another form", curve);
		return true;
	}
	for (size_t i = 0; i < shared.n; i++)
		zero = zero && shared.p[i] == 0;
	/* X25519 and X448: what gives zeros is acceptable there, and refused in IKE (RFC 8031 2) */
	check_agree(c, a, key, peer, shared, ecdh ? !c->valid && !c->may : zero || shared.n != a->shared);
	if (c->valid)
		hit_ke(c, a);
	return true;
}
