/*
 * mlkem.h - ML-KEM (FIPS 203): OpenSSL has it from 3.5 on, and the distributions of today do not.
 *
 * Keys and ciphertexts are as FIPS 203 encodes them; lengths are those of the row in alg_ke.c.
 * Branches and addresses do not depend on secrets.
 */
#ifndef CRYPTO_MLKEM_H
#define CRYPTO_MLKEM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { MLKEM_SEED = 64, MLKEM_BYTES = 32, MLKEM_K_MAX = 4 };
enum { MLKEM_EK_MAX = 384 * MLKEM_K_MAX + 32, MLKEM_CT_MAX = 1568 };

/* k: 2, 3 or 4 for ML-KEM-512, -768, -1024.  All give 0, or -1 if OpenSSL's hashes or memory
 * failed. */

/* The encapsulation key of the seed d | z (7.1). */
int mlkem_public(unsigned k, const uint8_t seed[MLKEM_SEED], uint8_t *ek, struct err *e);
/* 7.2; an ek whose numbers are not below q is an error. */
int mlkem_encapsulate(unsigned k, const uint8_t *ek, const uint8_t m[MLKEM_BYTES], uint8_t *ct,
    uint8_t shared[MLKEM_BYTES], struct err *e);
/* 7.3; a ct that nobody made for this key gives a secret that nobody else knows. */
int mlkem_decapsulate(unsigned k, const uint8_t seed[MLKEM_SEED], const uint8_t *ct,
    uint8_t shared[MLKEM_BYTES], struct err *e);

#endif
