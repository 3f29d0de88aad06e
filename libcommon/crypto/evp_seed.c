/*
 * A library context in which whatever OpenSSL calls random comes from a struct
 * rng: a provider of our own, whose one algorithm is the generator.
 */
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

#include "crypto/evp.h"
#include "crypto/pkey_priv.h"
#include "crypto/rng.h"

#define NAME "SEEDED-STREAM"
enum { STRENGTH = 256, MOST = 1 << 16 };

/* Taken by provider_init() while evp_seed_begin() runs. */
static _Thread_local struct rng *source;

static void *seed_new(void *provider, void *parent, const OSSL_DISPATCH *calls)
{
	(void)parent;
	(void)calls;
	return provider;
}

static void seed_free(void *ctx)
{
	(void)ctx;
}

static int seed_instantiate(void *ctx, unsigned strength, int resistance, const unsigned char *text, size_t n,
    const OSSL_PARAM params[])
{
	(void)ctx, (void)strength, (void)resistance, (void)text, (void)n, (void)params;
	return 1;
}

static int seed_end(void *ctx)
{
	(void)ctx;
	return 1;
}

static int seed_generate(void *ctx, unsigned char *out, size_t n, unsigned strength, int resistance,
    const unsigned char *more, size_t n_more)
{
	(void)strength, (void)resistance, (void)more, (void)n_more;
	rng_bytes(ctx, out, n);
	return 1;
}

static const OSSL_PARAM *seed_gettable(void *ctx, void *provider)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_int(OSSL_RAND_PARAM_STATE, NULL),
		OSSL_PARAM_uint(OSSL_RAND_PARAM_STRENGTH, NULL),
		OSSL_PARAM_size_t(OSSL_RAND_PARAM_MAX_REQUEST, NULL),
		OSSL_PARAM_END
	};

	(void)ctx, (void)provider;
	return params;
}

static int seed_get(void *ctx, OSSL_PARAM params[])
{
	OSSL_PARAM *p;

	(void)ctx;
	if ((p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE)) != NULL &&
	    !OSSL_PARAM_set_int(p, EVP_RAND_STATE_READY))
		return 0;
	if ((p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH)) != NULL &&
	    !OSSL_PARAM_set_uint(p, STRENGTH))
		return 0;
	return (p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST)) == NULL ||
	    OSSL_PARAM_set_size_t(p, MOST);
}

static const OSSL_DISPATCH generator[] = {
	{ OSSL_FUNC_RAND_NEWCTX, (void (*)(void))seed_new },
	{ OSSL_FUNC_RAND_FREECTX, (void (*)(void))seed_free },
	{ OSSL_FUNC_RAND_INSTANTIATE, (void (*)(void))seed_instantiate },
	{ OSSL_FUNC_RAND_UNINSTANTIATE, (void (*)(void))seed_end },
	{ OSSL_FUNC_RAND_ENABLE_LOCKING, (void (*)(void))seed_end },
	{ OSSL_FUNC_RAND_GENERATE, (void (*)(void))seed_generate },
	{ OSSL_FUNC_RAND_GETTABLE_CTX_PARAMS, (void (*)(void))seed_gettable },
	{ OSSL_FUNC_RAND_GET_CTX_PARAMS, (void (*)(void))seed_get },
	{ 0, NULL }
};

static const OSSL_ALGORITHM *provider_query(void *provider, int operation, int *no_cache)
{
	static const OSSL_ALGORITHM rows[] = {
		{ NAME, "provider=seeded", generator, NULL }, { NULL, NULL, NULL, NULL }
	};

	(void)provider;
	*no_cache = 0;
	return operation == OSSL_OP_RAND ? rows : NULL;
}

static int provider_init(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
    void **provider)
{
	static const OSSL_DISPATCH calls[] = {
		{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))provider_query }, { 0, NULL }
	};

	(void)core, (void)in;
	*provider = source;
	*out = calls;
	return 1;
}

int evp_seed_begin(struct evp_seed *s, struct rng *rng, struct err *e)
{
	*s = (struct evp_seed){ .own = rng != NULL && rng->seeded };
	if (!s->own)
		return (s->ctx = evp_context(e)) != NULL ? 0 : -1;
	if (evp_context(e) == NULL)		/* it turns the configuration file off */
		return -1;
	source = rng;
	if ((s->ctx = OSSL_LIB_CTX_new()) == NULL ||
	    OSSL_PROVIDER_set_default_search_path(s->ctx, OPENSSL_info(OPENSSL_INFO_MODULES_DIR)) != 1 ||
	    OSSL_PROVIDER_add_builtin(s->ctx, "seeded", provider_init) != 1 ||
	    (s->provider[0] = OSSL_PROVIDER_load(s->ctx, "seeded")) == NULL ||
	    (s->provider[1] = OSSL_PROVIDER_load(s->ctx, "default")) == NULL ||
	    RAND_set_DRBG_type(s->ctx, NAME, NULL, NULL, NULL) != 1) {
		evp_seed_end(s);
		return evp_error(e, "a generator that follows from a seed");
	}
	return 0;
}

void evp_seed_end(struct evp_seed *s)
{
	for (int i = 0; i < 2; i++)
		if (s->provider[i] != NULL)
			OSSL_PROVIDER_unload(s->provider[i]);
	if (s->own)
		OSSL_LIB_CTX_free(s->ctx);
	*s = (struct evp_seed){ 0 };
	source = NULL;
}
