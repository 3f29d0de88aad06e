/*
 * keymat.h - the keys of IKEv2: SKEYSEED and what follows from it (RFC 7296 2.14), rekeyed IKE SAs
 * (2.18), child SAs (2.17), additional key exchanges (RFC 9370), post-quantum pre-shared keys (RFC
 * 8784), resumption (RFC 5723 5.1) and what IKE_INTERMEDIATE adds to AUTH (RFC 9242).  IKEv1:
 * keymat_v1.h.
 *
 * Nonces are without headers, shared secrets as long as their group wants, SPIs as wire order reads
 * them.  Whatever is derived goes into the caller's arena; inputs are borrowed for the call.
 * Errors (ERR_INPUT) name what is missing or of the wrong length.
 */
#ifndef IKE_KEYMAT_H
#define IKE_KEYMAT_H

#include "base/err.h"
#include "base/rd.h"
#include "base/secret.h"
#include "crypto/alg.h"
#include "ike/keys.h"

static inline struct span secret_span(const struct secret *s)
{
	return (struct span){ s->p, s->n };
}

/*
 * Whatever follows from what k has and lacks: SKEYSEED from the first shared secret, the SK_ keys
 * from SKEYSEED, again with each further shared secret, then the PPK.  What is there stays, so a k
 * that has SK_d alone is left as it is; SKEYSEED that was there is taken for the last one.  Of a
 * rekeyed IKE SA SKEYSEED must be there (keymat_skeyseed_next()).  0 also if nothing follows; IKEv1
 * goes to keymat_v1_fill().
 */
int keymat_fill(struct ike_keys *k, struct arena *arena, struct err *e);

/* The shared secret of k's first key exchange, of k->private_key and the two KE payloads' values:
 * whose private value it is shows: 0 the initiator's, 1 the responder's.  Sets k->shared[0]. */
int keymat_private(struct ike_keys *k, struct span ke_i, struct span ke_r, struct arena *arena,
    struct err *e);

/* SKEYSEED = prf(Ni | Nr, g^ir), of which AES-XCBC and AES-CMAC take 64 bits of each nonce. */
int keymat_skeyseed(const struct alg_prf *prf, struct span ni, struct span nr, struct span shared,
    struct arena *arena, struct secret *out, struct err *e);
/*
 * SKEYSEED of a rekeyed IKE SA (2.18): prf(SK_d, g^ir | Ni | Nr | further secrets in their order),
 * prf and SK_d of the old one (RFC 9370 2.2.4).  With one secret it is also that of
 * IKE_INTERMEDIATE n, of SK_d(n - 1) and the nonces of IKE_SA_INIT (RFC 9370 2.2.2).
 */
int keymat_skeyseed_next(const struct alg_prf *prf, struct span sk_d, const struct span shared[],
    size_t n, struct span ni, struct span nr, struct arena *arena, struct secret *out,
    struct err *e);
/* SKEYSEED of a resumed IKE SA, of the old one's SK_d (RFC 5723 5.1). */
int keymat_skeyseed_resumed(const struct alg_prf *prf, struct span sk_d, struct span ni,
    struct span nr, struct arena *arena, struct secret *out, struct err *e);

/* All SK_ keys of k->skeyseed, which replace what was there.  Wants prf, encr, both nonces and
 * SPIs. */
int keymat_expand(struct ike_keys *k, struct arena *arena, struct err *e);
/* One IKE_INTERMEDIATE exchange: k's next SKEYSEED and SK_ keys, of its SK_d and this secret. */
int keymat_step(struct ike_keys *k, struct span shared, struct arena *arena, struct err *e);
/* Mixes k->ppk into SK_d, SK_pi and SK_pr (RFC 8784 3); to be done once. */
int keymat_ppk(struct ike_keys *k, struct arena *arena, struct err *e);

/* One protocol of a child SA. */
struct keymat_want {
	const struct alg_encr *encr;	/* NULL: AH */
	unsigned encr_bits;		/* of the key without salt; 0: the row has one size */
	const struct alg_integ *integ;	/* NULL or none: AEADs, or unauthenticated */
};
/* _i: sent by the initiator */
struct keymat_pair { struct secret encr_i, integ_i, encr_r, integ_r; };

struct keymat_child {
	const struct alg_prf *prf;	/* of the IKE SA */
	struct span sk_d;
	/* of IKE_SA_INIT for the first child, else of the CREATE_CHILD_SA */
	struct span ni, nr;
	/* with PFS: g^ir of that exchange, then those of IKE_FOLLOWUP_KE */
	struct span shared[IKE_KE_MAX];
	size_t nshared;
};

/* The keys of n protocols (1 or 2, in the order of their headers), ciphers' salts last. */
int keymat_child(const struct keymat_child *c, const struct keymat_want want[], size_t n,
    struct keymat_pair out[], struct arena *arena, struct err *e);

/* Octets of KEYMAT that the cipher and the integrity algorithm take; -1: no or no such key size. */
int keymat_encr_len(const struct alg_encr *encr, unsigned bits, struct err *e);
size_t keymat_integ_len(const struct alg_encr *encr, const struct alg_integ *integ);

/*
 * IntAuth of one side after an IKE_INTERMEDIATE message of its (RFC 9242 3.3.2):
 * prf(SK_p, before | A | P).  before is IntAuth of the one before, or empty; sk_p is of the keys
 * that protect this message.  head is the message up to the end of the SK payload's header, plain
 * the payloads within without padding.  Lengths in head are put right here; of a fragmented message
 * head is that of its first fragment, to the end of SKF's generic header, and plain the whole.  out
 * has room for prf->out octets.
 */
int keymat_int_auth(const struct alg_prf *prf, struct span sk_p, struct span before,
    struct span head, struct span plain, uint8_t *out, struct err *e);

#endif
