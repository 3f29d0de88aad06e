#include <stdbool.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/objects.h>

#include "crypto/evp.h"
#include "crypto/ke_priv.h"

struct curve {
	BN_CTX *ctx;
	EC_GROUP *group;
	EC_POINT *at, *sum;
	BIGNUM *d, *x, *y;
};

static void curve_clear(struct curve *c)
{
	EC_POINT_free(c->at);
	EC_POINT_clear_free(c->sum);
	BN_clear_free(c->d);
	BN_clear_free(c->x);
	BN_clear_free(c->y);
	EC_GROUP_free(c->group);
	BN_CTX_free(c->ctx);
}

static int curve_init(struct curve *c, const struct alg_ke *alg, struct span private_key,
    struct err *e)
{
	OSSL_LIB_CTX *lib = evp_context(e);

	*c = (struct curve){ 0 };
	if (lib == NULL)
		return -1;
	c->ctx = BN_CTX_new_ex(lib);
	c->group = EC_GROUP_new_by_curve_name_ex(lib, NULL, OBJ_txt2nid(alg->evp));
	c->d = BN_bin2bn(private_key.p, (int)private_key.n, NULL);
	c->x = BN_new();
	c->y = BN_new();
	if (c->group != NULL) {
		c->at = EC_POINT_new(c->group);
		c->sum = EC_POINT_new(c->group);
	}
	if (c->ctx != NULL && c->d != NULL && c->x != NULL && c->y != NULL && c->at != NULL &&
	    c->sum != NULL)
		return 0;
	curve_clear(c);
	return evp_error(e, alg->name);
}

static bool in_order(const struct curve *c)
{
	return !BN_is_zero(c->d) && BN_cmp(c->d, EC_GROUP_get0_order(c->group)) < 0;
}

static bool ecp_fits(const struct alg_ke *alg, struct span key)
{
	struct curve c;
	struct err e;
	bool ok;

	if (curve_init(&c, alg, key, &e) < 0)
		return true;			/* making the public value will say why */
	ok = in_order(&c);
	curve_clear(&c);
	return ok;
}

/* sum as x, and as y where there is room for it. */
static bool coordinates(struct curve *c, uint8_t *out, int n, bool both)
{
	return EC_POINT_get_affine_coordinates(c->group, c->sum, c->x, c->y, c->ctx) == 1 &&
	    BN_bn2binpad(c->x, out, n) == n && (!both || BN_bn2binpad(c->y, out + n, n) == n);
}

static int ecp_public(const struct alg_ke *alg, struct span key, uint8_t *out, struct err *e)
{
	struct curve c;
	int rc = 0;

	if (curve_init(&c, alg, key, e) < 0)
		return -1;
	if (!in_order(&c))
		rc = ke_refuse(alg,
		    "the private value is zero, or not below the order of the curve", e);
	else if (EC_POINT_mul(c.group, c.sum, c.d, NULL, NULL, c.ctx) != 1 ||
	    !coordinates(&c, out, alg->shared, true))
		rc = evp_error(e, alg->name);
	curve_clear(&c);
	return rc;
}

/* OpenSSL looks whether the point is on the curve; infinity cannot be written as x | y. */
static int ecp_agree(const struct alg_ke *alg, struct span key, struct span peer, uint8_t *shared,
    struct err *e)
{
	uint8_t octets[1 + KE_PUBLIC_MAX] = { POINT_CONVERSION_UNCOMPRESSED };
	struct curve c;
	struct err why;
	int rc = 0;

	if (curve_init(&c, alg, key, e) < 0)
		return -1;
	memcpy(octets + 1, peer.p, peer.n);
	if (!in_order(&c)) {
		rc = ke_refuse(alg,
		    "the private value is zero, or not below the order of the curve", e);
	} else if (EC_POINT_oct2point(c.group, c.at, octets, peer.n + 1, c.ctx) != 1) {
		evp_error(&why, alg->name);	/* takes the reasons from OpenSSL's queue */
		rc = ke_refuse(alg, "the public value is no point of the curve", e);
	} else if (EC_POINT_mul(c.group, c.sum, NULL, c.at, c.d, c.ctx) != 1 ||
	    !coordinates(&c, shared, alg->shared, false)) {
		rc = evp_error(e, alg->name);
	}
	curve_clear(&c);
	return rc;
}

const struct ke_kind_row ke_ecp = { .fits = ecp_fits, .make_public = ecp_public,
    .agree = ecp_agree };
