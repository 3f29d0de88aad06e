/*
 * hash.h - SHA-256 of bytes that are at hand (FIPS 180-4), raw and as base64 for content policies.
 */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include "base/rd.h"

enum { HASH_SHA256 = 32, HASH_SHA256_BASE64 = 45 };

void hash_sha256(uint8_t out[HASH_SHA256], const struct span *part, size_t n);	/* of n parts, one behind the other */
/* With padding and a NUL; gives out. */
char *hash_sha256_base64(char out[HASH_SHA256_BASE64], const struct span *part, size_t n);

#endif
