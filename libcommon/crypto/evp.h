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

/* The cipher, owned by the cache; NULL with a reason.  name must live for ever.  legacy: it is
 * OpenSSL's legacy provider that has it, which is loaded when first needed. */
const EVP_CIPHER *evp_cipher(const char *name, bool legacy, struct err *e);
/* Reason and OpenSSL's own; kind ERR_INPUT.  Returns -1. */
int evp_error(struct err *e, const char *what);

#endif
