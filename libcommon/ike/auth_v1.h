/*
 * auth_v1.h - how IKEv1 peers prove who they are (RFC 2409 5): HASH_I and
 * HASH_R, signatures of them (5.1; RFC 4754), and the hashes of quick mode and of
 * what follows phase 1 (5.5, 5.7).
 *
 * Results as in auth.h: 1 right, 0 wrong, -1 with a reason.
 */
#ifndef IKE_AUTH_V1_H
#define IKE_AUTH_V1_H

#include "crypto/prf.h"
#include "crypto/sign.h"

/* What phase 1 ended with.  Bodies are payloads without their generic header. */
struct auth_v1 {
	const struct alg_prf *prf;
	struct span skeyid;
	struct span g_xi, g_xr;			/* bodies of KE */
	uint64_t cky_i, cky_r;
	struct span sa;				/* body of the initiator's SA: SAi_b */
	struct span id_i, id_r;			/* bodies of ID: IDii_b, IDir_b */
};

/* HASH_I or HASH_R, prf->out bytes. */
int auth_v1_hash(const struct auth_v1 *a, bool initiator, uint8_t out[PRF_MAX], struct err *e);
int auth_v1_check_hash(const struct auth_v1 *a, bool initiator, struct span hash, struct err *e);

/* A SIG payload's body; the key says the scheme, which is given in seen (may be NULL). */
int auth_v1_check_signature(const struct auth_v1 *a, bool initiator, struct span sig, const struct pkey *k,
    struct sign_scheme *seen, struct err *e);
/* sig of SIGN_MAX bytes; *n is how many. */
int auth_v1_sign(const struct auth_v1 *a, bool initiator, const struct pkey *k, struct rng *rng,
    uint8_t sig[SIGN_MAX], size_t *n, struct err *e);

/* After phase 1.  rest: all that follows the HASH payload, without the cipher's padding. */
struct auth_v1_quick { const struct alg_prf *prf; struct span skeyid_a; uint32_t message_id; struct span rest; };

/* HASH(1): the first message of quick mode; informational and transaction exchanges likewise. */
int auth_v1_hash1(const struct auth_v1_quick *q, uint8_t out[PRF_MAX], struct err *e);
/* HASH(2): quick mode's second, with the initiator's nonce (a body). */
int auth_v1_hash2(const struct auth_v1_quick *q, struct span ni, uint8_t out[PRF_MAX], struct err *e);
/* HASH(3): quick mode's third, of both nonces; rest is not in it. */
int auth_v1_hash3(const struct auth_v1_quick *q, struct span ni, struct span nr, uint8_t out[PRF_MAX],
    struct err *e);

#endif
