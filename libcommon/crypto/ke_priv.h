/*
 * ke_priv.h - one function of each kind for what ke.h offers; for crypto/ke*.c alone.
 *
 * The caller has checked the length of peer, and that no private value is empty or longer than the
 * row says (MODP: than the prime).  shared holds alg->shared octets.
 */
#ifndef CRYPTO_KE_PRIV_H
#define CRYPTO_KE_PRIV_H

#include "crypto/ke.h"

struct ke_kind_row {
	/* Fits: is this random value a private one? */
	bool (*fits)(const struct alg_ke *alg, struct span private_key);
	int (*make_public)(const struct alg_ke *alg, struct span private_key, uint8_t *out,
	    struct err *e);
	int (*agree)(const struct alg_ke *alg, struct span private_key, struct span peer,
	    uint8_t *shared, struct err *e);
};

extern const struct ke_kind_row ke_modp, ke_ecp, ke_xdh, ke_kem;

/* m is KE_MESSAGE octets; ct has room for alg->pub_r. */
int ke_kem_encapsulate(const struct alg_ke *alg, struct span m, struct span ek, uint8_t *ct,
    uint8_t *shared, struct err *e);

int ke_refuse(const struct alg_ke *alg, const char *why, struct err *e);

#endif
