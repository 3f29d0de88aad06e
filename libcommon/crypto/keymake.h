/*
 * keymake.h - new keys for the algorithms of the registry.
 *
 * Keys go into the caller's arena, the salt last as KEYMAT gives it.  DES keys
 * get odd parity; the weak and semi-weak ones (RFC 2409 appendix A) are never
 * given, and the three keys of 3DES differ (RFC 2451 2.3: two equal neighbours
 * would make it single DES).
 */
#ifndef CRYPTO_KEYMAKE_H
#define CRYPTO_KEYMAKE_H

#include "base/err.h"
#include "base/secret.h"
#include "crypto/alg.h"
#include "crypto/rng.h"

enum { DES_KEY = 8 };		/* bytes, parity included */

/* bits: of the key without its salt, one that the row has.  No key (null) gives the empty secret. */
int keymake_encr(struct arena *arena, struct secret *key, const struct alg_encr *alg, unsigned bits,
    struct rng *rng, struct err *e);
int keymake_integ(struct arena *arena, struct secret *key, const struct alg_integ *alg,
    struct rng *rng, struct err *e);

/* One of the 4 weak or 12 semi-weak DES keys; parity bits do not count. */
bool des_key_is_weak(const uint8_t key[DES_KEY]);
/* The same key for the cipher: parity bits do not reach it. */
bool des_key_same(const uint8_t a[DES_KEY], const uint8_t b[DES_KEY]);
void des_key_set_parity(uint8_t key[DES_KEY]);

#endif
