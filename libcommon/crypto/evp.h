/*
 * evp.h - our own corner of OpenSSL.
 *
 * One library context of our own: the default provider loaded explicitly, no
 * configuration file and no environment variable read.  Algorithms are fetched
 * once and kept for the life of the process.  May be called from any thread.
 */
#ifndef CRYPTO_EVP_H
#define CRYPTO_EVP_H

#include <stdbool.h>

#include <openssl/evp.h>

#include "base/err.h"

/* The cipher, owned by the cache; NULL with a reason.  name must live for ever.  What the default
 * provider lacks is looked for in OpenSSL's legacy provider, loaded only then. */
const EVP_CIPHER *evp_cipher(const char *name, struct err *e);
/* The library context, for what is not fetched here; NULL with a reason. */
OSSL_LIB_CTX *evp_context(struct err *e);
/* Loads the legacy provider, if it is not yet there.  Whether it is. */
bool evp_legacy(void);
/* Before all else: what OpenSSL frees is wiped.  Done by the first call of the others. */
void evp_memory(void);
/* Reason and OpenSSL's own; kind ERR_INPUT.  Returns -1. */
int evp_error(struct err *e, const char *what);

#endif
