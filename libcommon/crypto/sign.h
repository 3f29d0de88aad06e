/*
 * sign.h - signatures of IKE peers: making and checking them, and how RFC 7427
 * names their scheme.
 *
 * RSA PKCS#1 v1.5 and PSS, ECDSA, Ed25519, Ed448; DSA is checked and made, for
 * old captures.  Not constant time where that is OpenSSL's business; keys and
 * memory are the caller's.  Any thread.
 */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include "base/err.h"
#include "base/rd.h"
#include "base/wr.h"
#include "crypto/alg_auth.h"
#include "crypto/pkey.h"

enum { SIGN_MAX = PKEY_BITS_MAX / 8 };		/* no signature is longer (bytes) */

struct sign_scheme {
	const struct alg_sign *alg;
	const struct alg_hash *mgf;	/* PSS: hash of the mask */
	uint16_t salt;			/* PSS: bytes */
	bool raw;			/* ECDSA, DSA: r | s, each of the order's length (RFC 4754 7, RFC
					 * 2409 5.1), not DER */
	bool hashed;			/* the message is its own digest: IKEv1 signs HASH_I and HASH_R
					 * themselves, RSA without DigestInfo (RFC 2409 5.1) */
};

/* PSS: the mask's hash is the row's, the salt as long (RFC 7427 A.4). */
struct sign_scheme sign_scheme(const struct alg_sign *alg);
/* Whether keys of this type make such signatures. */
bool sign_fits(const struct sign_scheme *s, const struct pkey *k);
/* What k signs with best, of the hashes (bits 1 << id) that the peer takes; PSS for RSA if pss.  NULL:
 * none of them will do. */
const struct alg_sign *sign_choose(const struct pkey *k, unsigned hashes, bool pss);

/*
 * DER AlgorithmIdentifier (RFC 7427 3, appendix A; RFC 8420), all of it.  -1: it cannot be read, or names
 * what this registry has not.  Parameters that are NULL may be left out and the other way round, as some
 * peers do.
 */
int sign_scheme_decode(struct sign_scheme *s, struct span der, struct err *e);
void sign_scheme_encode(const struct sign_scheme *s, struct wr *w);

/* 1: the signature is k's over message; 0: it is not; -1: cannot say (another type of key). */
int sign_verify(const struct sign_scheme *s, const struct pkey *k, struct span message, struct span sig,
    struct err *e);
/* Into sig, of SIGN_MAX bytes; *n is how many.  rng: as in pkey_make(). */
int sign_make(const struct sign_scheme *s, const struct pkey *k, struct span message, struct rng *rng,
    uint8_t sig[SIGN_MAX], size_t *n, struct err *e);

#endif
