#include "crypto/evp.h"

#include <pthread.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

enum { CACHE = 32 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static OSSL_LIB_CTX *context;
static OSSL_PROVIDER *old;	/* the legacy provider */
static struct { const char *name; EVP_CIPHER *cipher; } cache[CACHE];

static void start(void)
{
	evp_memory();
	/* a process-wide configuration file could replace providers under us */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 ||
	    (context = OSSL_LIB_CTX_new()) == NULL)
		return;
	/* OPENSSL_MODULES would decide whose legacy provider is loaded */
	if (OSSL_PROVIDER_set_default_search_path(context, OPENSSL_info(OPENSSL_INFO_MODULES_DIR)) != 1 ||
	    OSSL_PROVIDER_load(context, "default") == NULL) {
		OSSL_LIB_CTX_free(context);
		context = NULL;
	}
}

int evp_error(struct err *e, const char *what)
{
	unsigned long code = ERR_get_error();
	const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return err_set(e, "OpenSSL: %s: %s", what, reason != NULL ? reason : "failed");
}

OSSL_LIB_CTX *evp_context(struct err *e)
{
	pthread_once(&once, start);
	if (context == NULL)
		evp_error(e, "the default provider");
	return context;
}

/* With the lock held. */
static bool load_legacy(void)
{
	if (old == NULL && (old = OSSL_PROVIDER_load(context, "legacy")) != NULL)
		ERR_clear_error();
	return old != NULL;
}

bool evp_legacy(void)
{
	struct err e;
	bool there;

	if (evp_context(&e) == NULL)
		return false;
	pthread_mutex_lock(&lock);
	there = load_legacy();
	pthread_mutex_unlock(&lock);
	return there;
}

static EVP_CIPHER *fetch(const char *name)
{
	EVP_CIPHER *c = EVP_CIPHER_fetch(context, name, "");

	if (c == NULL && old == NULL && load_legacy())
		c = EVP_CIPHER_fetch(context, name, "");
	return c;
}

const EVP_CIPHER *evp_cipher(const char *name, struct err *e)
{
	EVP_CIPHER *found = NULL;

	if (evp_context(e) == NULL)
		return NULL;
	pthread_mutex_lock(&lock);
	for (int i = 0; i < CACHE && found == NULL; i++) {
		if (cache[i].name == NULL) {
			cache[i].cipher = fetch(name);
			if (cache[i].cipher == NULL)
				break;
			cache[i].name = name;
		}
		if (strcmp(cache[i].name, name) == 0)
			found = cache[i].cipher;
	}
	pthread_mutex_unlock(&lock);
	if (found == NULL)
		evp_error(e, name);
	return found;
}
