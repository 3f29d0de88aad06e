#include <stdbool.h>

#include "crypto/ke_priv.h"
#include "crypto/mlkem.h"

/* ML-KEM-512, -768 and -1024 have the numbers 35, 36 and 37. */
static unsigned k_of(const struct alg_ke *alg)
{
	return alg->id - 33u;
}

static bool kem_fits(const struct alg_ke *alg, struct span key)
{
	(void)alg;
	(void)key;
	return true;
}

static int kem_public(const struct alg_ke *alg, struct span key, uint8_t *out, struct err *e)
{
	return mlkem_public(k_of(alg), key.p, out, e);
}

static int kem_agree(const struct alg_ke *alg, struct span key, struct span peer, uint8_t *shared,
    struct err *e)
{
	return mlkem_decapsulate(k_of(alg), key.p, peer.p, shared, e);
}

int ke_kem_encapsulate(const struct alg_ke *alg, struct span m, struct span ek, uint8_t *ct,
    uint8_t *shared, struct err *e)
{
	return mlkem_encapsulate(k_of(alg), ek.p, m.p, ct, shared, e);
}

const struct ke_kind_row ke_kem = { .fits = kem_fits, .make_public = kem_public,
    .agree = kem_agree };
