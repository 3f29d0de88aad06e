/*
 * keymat_v1.h - the keys of IKEv1 (RFC 2409 5 and appendix B): SKEYID and what follows, the
 * cipher's key and IVs, quick mode's KEYMAT.
 *
 * The prf is HMAC of the hash that was agreed on.  Nonces and KE values are without payload
 * headers; cookies are in struct ike_keys' spi_i and spi_r.  Results go into the caller's arena or
 * memory.
 */
#ifndef IKE_KEYMAT_V1_H
#define IKE_KEYMAT_V1_H

#include "base/err.h"
#include "base/rd.h"
#include "base/secret.h"
#include "crypto/alg.h"
#include "ike/keys.h"

enum keymat_v1_auth {
	KEYMAT_V1_NONE,			/* not known */
	KEYMAT_V1_PSK,			/* 5.4: of the pre-shared key */
	KEYMAT_V1_SIG,			/* 5.1: of nonces and g^xy */
	KEYMAT_V1_PKE,			/* 5.2, 5.3: of nonces that were encrypted, and cookies */
};

enum { KEYMAT_V1_IV_MAX = 16 };

/* Which of them an authentication method (phase 1 attribute 3) means, XAuth and hybrid ones too. */
enum keymat_v1_auth keymat_v1_auth(uint16_t method);

/* k->skeyid. */
int keymat_v1_skeyid(struct ike_keys *k, enum keymat_v1_auth auth, struct arena *arena,
    struct err *e);
/*
 * Whatever follows from what k has and lacks: SKEYID if there is a pre-shared key, SKEYID_d, _a and
 * _e from SKEYID and g^xy, the cipher's key from SKEYID_e.  What is there stays.
 */
int keymat_v1_fill(struct ike_keys *k, struct arena *arena, struct err *e);

/* n octets of a key that is as long as needed (appendix B, also for the keys of 5.3). */
int keymat_v1_stretch(const struct alg_prf *prf, struct span key, size_t n, struct arena *arena,
    struct secret *out, struct err *e);
/* Ke_i or Ke_r of revised public key encryption (5.3), of a nonce and the cookie of the same
 * side. */
int keymat_v1_revised(const struct alg_prf *prf, struct span nonce, uint64_t cookie, size_t n,
    struct arena *arena, struct secret *out, struct err *e);

/* The IV of phase 1: hash(g^xi | g^xr); of a phase 2 exchange: hash(last block of phase 1 | message
 * id). */
int keymat_v1_iv(const struct alg_prf *prf, struct span ke_i, struct span ke_r, size_t block,
    uint8_t iv[KEYMAT_V1_IV_MAX], struct err *e);
int keymat_v1_iv2(const struct alg_prf *prf, struct span last, uint32_t message_id, size_t block,
    uint8_t iv[KEYMAT_V1_IV_MAX], struct err *e);

/* One SA of quick mode (5.5): its SPI is the one its receiver chose. */
struct keymat_v1_quick {
	const struct alg_prf *prf;
	struct span skeyid_d;
	struct span shared;		/* g(qm)^xy with PFS, else empty */
	struct span ni, nr;		/* of quick mode */
	uint8_t protocol;		/* 2: AH, 3: ESP */
	uint32_t spi;
	const struct alg_encr *encr;	/* NULL: AH */
	unsigned encr_bits;		/* 0: the usual */
	const struct alg_integ *integ;	/* NULL: none */
};
int keymat_v1_quick(const struct keymat_v1_quick *q, struct arena *arena, struct secret *encr_key,
    struct secret *integ_key, struct err *e);

/* The cipher's key length in octets, salt included; bits 0: the usual one (RFC 2409 has no default
 * for ciphers with several; everybody takes the shortest, and 128 bits of CAST and Blowfish). */
int keymat_v1_encr_len(const struct alg_encr *encr, unsigned bits, struct err *e);

#endif
