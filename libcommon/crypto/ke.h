/*
 * ke.h - key exchange methods (transform type 4): MODP, ECP and Brainpool groups, X25519, X448,
 * ML-KEM.
 *
 * Public values are the content of a KE payload, of exactly the length the row says: MODP numbers
 * big-endian and padded in front (RFC 7296 3.4), ECP points x | y (RFC 5903 7), X25519 and X448 as
 * RFC 7748 5 has them, ML-KEM keys and ciphertexts as FIPS 203 encodes them.  Shared secrets have
 * the row's length, too: for ECP it is x alone (RFC 5903 9).
 *
 * Private values are big-endian numbers of any length up to that of the prime or order, or the seed
 * that X25519, X448 (RFC 8031 2) and ML-KEM (d | z) are made of.  They and what is agreed on go
 * into the caller's arena.
 *
 * A peer's value is refused (ERR_INPUT) if its length is wrong, if a MODP number is not from 2 to p
 * - 2 or, where the group has a small subgroup, not of it (RFC 6989 2.1, 2.2), if a point is not on
 * its curve (2.3), if X25519 or X448 give nothing but zeros (RFC 8031 2), or if an ML-KEM key is
 * none (FIPS 203 7.2).
 */
#ifndef CRYPTO_KE_H
#define CRYPTO_KE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "base/secret.h"
#include "crypto/alg.h"
#include "crypto/rng.h"

enum { KE_PUBLIC_MAX = 1568, KE_SHARED_MAX = 1024, KE_MESSAGE = 32 };

/* A new private value. */
int ke_generate(const struct alg_ke *alg, struct rng *rng, struct arena *arena,
    struct secret *private_key, struct err *e);
/* The initiator's public value of a private one: alg->pub_i octets. */
int ke_public(const struct alg_ke *alg, struct span private_key, uint8_t out[KE_PUBLIC_MAX],
    struct err *e);
/* g^ir of one side's private value and the other's public one.  ML-KEM: the initiator's seed and
 * the responder's ciphertext, or the responder's 32 octets m and the initiator's key. */
int ke_agree(const struct alg_ke *alg, struct span private_key, struct span peer,
    struct arena *arena, struct secret *shared, struct err *e);
/* What the responder of a KEM sends (alg->pub_r octets) and g^ir, of its 32 octets m (FIPS 203
 * 7.2). */
int ke_encapsulate(const struct alg_ke *alg, struct span m, struct span peer, struct arena *arena,
    uint8_t ct[KE_PUBLIC_MAX], struct secret *shared, struct err *e);
/* The responder's whole part: a new private value, its public one (alg->pub_r octets), and g^ir. */
int ke_respond(const struct alg_ke *alg, struct rng *rng, struct span peer, struct arena *arena,
    struct secret *private_key, uint8_t out[KE_PUBLIC_MAX], struct secret *shared, struct err *e);

#endif
