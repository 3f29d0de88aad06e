/*
 * mlkem_priv.h - the ring of ML-KEM (FIPS 203 4): polynomials of 256 numbers modulo q; for
 * crypto/mlkem*.c alone.  Numbers are kept from 0 to q - 1, except what decode and compress give.
 */
#ifndef CRYPTO_MLKEM_PRIV_H
#define CRYPTO_MLKEM_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"

enum { MLKEM_N = 256, MLKEM_Q = 3329 };

struct mlkem_poly { uint16_t c[MLKEM_N]; };

/* Algorithms 9 and 10. */
void mlkem_ntt(struct mlkem_poly *f);
void mlkem_ntt_back(struct mlkem_poly *f);
/* sum += a * b in the NTT domain (algorithm 11). */
void mlkem_mul_add(struct mlkem_poly *sum, const struct mlkem_poly *a, const struct mlkem_poly *b);
void mlkem_add(struct mlkem_poly *a, const struct mlkem_poly *b);
void mlkem_sub(struct mlkem_poly *a, const struct mlkem_poly *b);
/* Algorithms 5 and 6: d bits a number, 32 * d bytes. */
void mlkem_encode(uint8_t *out, const struct mlkem_poly *f, unsigned d);
void mlkem_decode(struct mlkem_poly *f, const uint8_t *in, unsigned d);
/* 4.7, 4.8 */
void mlkem_compress(struct mlkem_poly *f, unsigned d);
void mlkem_decompress(struct mlkem_poly *f, unsigned d);

/* out of name(a | b); out_n counts for an XOF. */
int mlkem_hash(const char *name, struct span a, struct span b, uint8_t *out, size_t out_n,
    struct err *e);
/* Algorithm 7 on rho | x | y. */
int mlkem_sample_uniform(struct mlkem_poly *f, const uint8_t rho[32], uint8_t x, uint8_t y,
    struct err *e);
/* Algorithm 8 on PRF_eta(key, n). */
int mlkem_sample_noise(struct mlkem_poly *f, const uint8_t key[32], uint8_t n, unsigned eta,
    struct err *e);

#endif
