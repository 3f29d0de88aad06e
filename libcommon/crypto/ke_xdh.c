#include <stdbool.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto/evp.h"
#include "crypto/ke_priv.h"

/* Any octets are a private value: RFC 7748 5 says which bits are set and cleared. */
static bool xdh_fits(const struct alg_ke *alg, struct span key)
{
	(void)alg;
	(void)key;
	return true;
}

static int xdh_public(const struct alg_ke *alg, struct span key, uint8_t *out, struct err *e)
{
	OSSL_LIB_CTX *lib = evp_context(e);
	EVP_PKEY *own;
	size_t n = alg->pub_i;
	int rc = 0;

	if (lib == NULL)
		return -1;
	own = EVP_PKEY_new_raw_private_key_ex(lib, alg->evp, NULL, key.p, key.n);
	if (own == NULL || EVP_PKEY_get_raw_public_key(own, out, &n) != 1 || n != alg->pub_i)
		rc = evp_error(e, alg->name);
	EVP_PKEY_free(own);
	return rc;
}

/*
 * A private value to agree with.  OpenSSL works out its public one unless it is given, which takes as long as agreeing, and
 * is not looked at then: any will do.
 */
static EVP_PKEY *to_agree(OSSL_LIB_CTX *lib, const struct alg_ke *alg, struct span key, struct span public)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, (void *)key.p, key.n),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)public.p, public.n),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(lib, alg->evp, NULL);
	EVP_PKEY *own = NULL;

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &own, EVP_PKEY_KEYPAIR, params) != 1)
		own = EVP_PKEY_new_raw_private_key_ex(lib, alg->evp, NULL, key.p, key.n);
	EVP_PKEY_CTX_free(ctx);
	return own;
}

static int xdh_agree(const struct alg_ke *alg, struct span key, struct span peer, uint8_t *shared,
    struct err *e)
{
	OSSL_LIB_CTX *lib = evp_context(e);
	EVP_PKEY *own, *other;
	EVP_PKEY_CTX *ctx = NULL;
	struct err why;
	size_t n = alg->shared;
	int rc = 0;

	if (lib == NULL)
		return -1;
	own = to_agree(lib, alg, key, peer);
	other = EVP_PKEY_new_raw_public_key_ex(lib, alg->evp, NULL, peer.p, peer.n);
	if (own == NULL || other == NULL ||
	    (ctx = EVP_PKEY_CTX_new_from_pkey(lib, own, NULL)) == NULL ||
	    EVP_PKEY_derive_init(ctx) != 1 || EVP_PKEY_derive_set_peer(ctx, other) != 1) {
		rc = evp_error(e, alg->name);
	} else if (EVP_PKEY_derive(ctx, shared, &n) != 1 || n != alg->shared) {
		evp_error(&why, alg->name);	/* takes the reasons from OpenSSL's queue */
		rc = ke_refuse(alg, "the public value gives a shared secret of zeros", e);
	}
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(other);
	EVP_PKEY_free(own);
	return rc;
}

const struct ke_kind_row ke_xdh = { .fits = xdh_fits, .make_public = xdh_public,
    .agree = xdh_agree };
