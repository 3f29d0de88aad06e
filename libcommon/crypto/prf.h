/*
 * prf.h - IKE's pseudorandom functions, and prf+ that stretches what they give.
 *
 * HMAC takes a key of any length.  AES-XCBC (RFC 4434 2) pads a short one with zeros
 * and shortens a long one by itself under a zero key; AES-CMAC (RFC 4615 3) does that
 * with every key that is not 16 octets.
 *
 * A message is given in pieces, as the RFCs write it with bars between.  Results go to
 * the caller's memory, a secret's where they are keys; nothing else keeps them.
 * Failures are of memory or OpenSSL alone.
 */
#ifndef CRYPTO_PRF_H
#define CRYPTO_PRF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "crypto/alg.h"

enum { PRF_MAX = 64 };

/* alg->out octets of prf(key, parts[0] | ... | parts[n - 1]). */
int prf_make(const struct alg_prf *alg, struct span key, const struct span parts[], size_t n,
    uint8_t out[PRF_MAX], struct err *e);
/* len octets of prf+(key, parts...) (RFC 7296 2.13); more than 255 outputs are an error. */
int prf_plus(const struct alg_prf *alg, struct span key, const struct span parts[], size_t n,
    uint8_t *out, size_t len, struct err *e);
/* The digest of HMAC's hash itself, as IKEv1 uses it (RFC 2409 5); an error for what is no HMAC. */
int prf_hash(const struct alg_prf *alg, const struct span parts[], size_t n, uint8_t out[PRF_MAX],
    struct err *e);

#endif
