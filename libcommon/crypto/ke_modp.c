#include <stdbool.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>

#include "crypto/evp.h"
#include "crypto/ke_priv.h"

/* The groups that OpenSSL knows by their prime alone; their generator is 2. */
static const struct { uint16_t id; BIGNUM *(*prime)(BIGNUM *); } primes[] = {
	{ 1, BN_get_rfc2409_prime_768 }, { 2, BN_get_rfc2409_prime_1024 },
	{ 5, BN_get_rfc3526_prime_1536 },
	{ 14, BN_get_rfc3526_prime_2048 }, { 15, BN_get_rfc3526_prime_3072 },
	{ 16, BN_get_rfc3526_prime_4096 },
	{ 17, BN_get_rfc3526_prime_6144 }, { 18, BN_get_rfc3526_prime_8192 },
};

struct group {
	BN_CTX *ctx;
	/* q NULL: (p - 1) / 2 is prime, and there is no small subgroup */
	BIGNUM *p, *q, *g;
	BIGNUM *x, *y, *z;
};

static void group_clear(struct group *g)
{
	BN_free(g->p);
	BN_free(g->q);
	BN_free(g->g);
	BN_clear_free(g->x);
	BN_free(g->y);
	BN_clear_free(g->z);
	BN_CTX_free(g->ctx);
}

/* p, q and g of a group of RFC 5114. */
static bool named(struct group *g, OSSL_LIB_CTX *lib, const char *name)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
		    (char *)(uintptr_t)name, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *make = EVP_PKEY_CTX_new_from_name(lib, "DHX", NULL);
	EVP_PKEY *key = NULL;
	bool ok = make != NULL && EVP_PKEY_fromdata_init(make) == 1 &&
	    EVP_PKEY_fromdata(make, &key, EVP_PKEY_KEY_PARAMETERS, params) == 1 &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &g->p) == 1 &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_Q, &g->q) == 1 &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_G, &g->g) == 1;

	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(make);
	return ok;
}

static int group_init(struct group *g, const struct alg_ke *alg, struct span private_key,
    struct err *e)
{
	OSSL_LIB_CTX *lib = evp_context(e);
	bool ok;

	*g = (struct group){ 0 };
	if (lib == NULL)
		return -1;
	g->ctx = BN_CTX_new_ex(lib);
	g->x = BN_bin2bn(private_key.p, (int)private_key.n, NULL);
	g->y = BN_new();
	g->z = BN_new();
	ok = g->ctx != NULL && g->x != NULL && g->y != NULL && g->z != NULL;
	if (alg->evp != NULL) {
		ok = ok && named(g, lib, alg->evp);
	} else {
		for (size_t i = 0; ok && i < sizeof primes / sizeof primes[0]; i++)
			if (primes[i].id == alg->id)
				g->p = primes[i].prime(NULL);
		g->g = BN_new();
		ok = ok && g->p != NULL && g->g != NULL && BN_set_word(g->g, 2) == 1;
	}
	if (!ok) {
		group_clear(g);
		return evp_error(e, alg->name);
	}
	BN_set_flags(g->x, BN_FLG_CONSTTIME);
	return 0;
}

/* z = base^x mod p */
static bool power(struct group *g, const BIGNUM *base, const BIGNUM *x)
{
	return BN_mod_exp_mont_consttime(g->z, base, x, g->p, g->ctx, NULL) == 1;
}

/* 2 to p - 2 */
static bool inside(const struct group *g, const BIGNUM *n)
{
	BIGNUM *top = BN_dup(g->p);
	bool ok = top != NULL && BN_sub_word(top, 1) == 1 && BN_cmp(n, BN_value_one()) > 0 &&
	    BN_cmp(n, top) < 0;

	BN_free(top);
	return ok;
}

static bool modp_fits(const struct alg_ke *alg, struct span key)
{
	struct group g;
	struct err e;
	bool ok;

	if (group_init(&g, alg, key, &e) < 0)
		return true;			/* making the public value will say why */
	ok = inside(&g, g.x) && (g.q == NULL || BN_cmp(g.x, g.q) < 0);
	group_clear(&g);
	return ok;
}

static int modp_public(const struct alg_ke *alg, struct span key, uint8_t *out, struct err *e)
{
	struct group g;
	int rc = -1;

	if (group_init(&g, alg, key, e) < 0)
		return -1;
	if (BN_is_zero(g.x))
		rc = ke_refuse(alg, "the private value is zero", e);
	else if (!power(&g, g.g, g.x) || BN_bn2binpad(g.z, out, alg->pub_i) != alg->pub_i)
		rc = evp_error(e, alg->name);
	else
		rc = 0;
	group_clear(&g);
	return rc;
}

static int peer_ok(struct group *g, const struct alg_ke *alg, struct err *e)
{
	if (!inside(g, g->y))
		return ke_refuse(alg, "the public value is not from 2 to p - 2", e);
	if (g->q == NULL)
		return 0;
	if (!power(g, g->y, g->q))
		return evp_error(e, alg->name);
	return BN_is_one(g->z) ? 0 :
	    ke_refuse(alg, "the public value is not of the group's subgroup", e);
}

static int modp_agree(const struct alg_ke *alg, struct span key, struct span peer, uint8_t *shared,
    struct err *e)
{
	struct group g;
	int rc = -1;

	if (group_init(&g, alg, key, e) < 0)
		return -1;
	if (BN_bin2bn(peer.p, (int)peer.n, g.y) == NULL)
		rc = evp_error(e, alg->name);
	else if (BN_is_zero(g.x))
		rc = ke_refuse(alg, "the private value is zero", e);
	else if ((rc = peer_ok(&g, alg, e)) == 0 &&
	    (!power(&g, g.y, g.x) || BN_bn2binpad(g.z, shared, alg->shared) != alg->shared))
		rc = evp_error(e, alg->name);
	else if (rc == 0 && BN_is_one(g.z))
		rc = ke_refuse(alg, "the shared secret is 1", e);
	group_clear(&g);
	return rc;
}

const struct ke_kind_row ke_modp = { .fits = modp_fits, .make_public = modp_public,
    .agree = modp_agree };
