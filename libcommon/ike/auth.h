/*
 * auth.h - how IKEv2 peers prove who they are: the AUTH payload (RFC 7296 2.15,
 * 2.16, 3.8), by shared key, signature (RFC 7427, 4754, 8420, 7670), with a PPK
 * (RFC 8784), after intermediate exchanges (RFC 9242), or not at all (RFC 7619).
 *
 * Pure over bytes; nothing is kept.  Spans are borrowed.  What is checked gives
 * 1: it is right, 0: it is wrong, -1 with a reason: it cannot be said (another
 * method, a key of another type, data that cannot be read).
 */
#ifndef IKE_AUTH_H
#define IKE_AUTH_H

#include "base/wr.h"
#include "crypto/prf.h"
#include "crypto/sign.h"

/*
 * What one end vouches for: InitiatorSignedOctets or ResponderSignedOctets.
 * With a PPK, sk_p is that after it was mixed in; the AUTH of NO_PPK_AUTH takes
 * the one before (RFC 8784 3).
 */
struct auth_side {
	const struct alg_prf *prf;
	struct span message;		/* RealMessage: this end's IKE_SA_INIT that the exchange went on from (with
					 * the cookie or the second group, if it was repeated), from its header on,
					 * no non-ESP marker */
	struct span nonce;		/* the other end's, without payload header */
	struct span id;			/* this end's ID payload without payload header: RestOfIDPayload */
	struct span sk_p;		/* SK_pi for the initiator, SK_pr for the responder */
	struct span int_auth;		/* auth_int_end(); empty without intermediate exchanges */
};

/* The octets themselves; auth_octets_size() are written. */
size_t auth_octets_size(const struct auth_side *a);
int auth_octets(const struct auth_side *a, struct wr *w, struct err *e);

/*
 * prf(prf(secret, "Key Pad for IKEv2"), octets) of prf->out bytes.  secret: the pre-shared key, or the MSK
 * of EAP (RFC 7296 2.16); for EAP without one and for NULL authentication (RFC 7619 2.1) it is sk_p.
 */
int auth_mac(const struct auth_side *a, struct span secret, uint8_t out[PRF_MAX], struct err *e);
/* Whether data is that; the comparison takes the same time for every answer. */
int auth_check_mac(const struct auth_side *a, struct span secret, struct span data, struct err *e);

/* AUTH data of method 14 (RFC 7427 3). */
struct auth_signature { struct span algorithm, value; };
int auth_signature_decode(struct auth_signature *s, struct span data, struct err *e);

/* What signs and checks by a method of its own or by 14.  seen: filled with the scheme that was used, as far
 * as it is known; may be NULL. */
int auth_check_signature(const struct auth_side *a, unsigned method, struct span data, const struct pkey *k,
    struct sign_scheme *seen, struct err *e);
/* The scheme that a method of its own means for this key (RSA: with SHA-1), or -1: the key does not fit. */
int auth_scheme(struct sign_scheme *s, unsigned method, const struct pkey *k, struct err *e);
/* AUTH data of this method; scheme is what 14 uses (else auth_scheme()'s).  rng: as in pkey_make(). */
int auth_sign(const struct auth_side *a, unsigned method, const struct sign_scheme *scheme, const struct pkey *k,
    struct rng *rng, struct wr *w, struct err *e);

/*
 * IntAuth: what IKE_INTERMEDIATE exchanges add to the octets (RFC 9242 3.3.2).  Give each message to
 * auth_int_add() in order, with the sk_p that was in force when it was sent.
 */
struct auth_int { bool any_i, any_r; uint8_t i[PRF_MAX], r[PRF_MAX]; };	/* all zero: none yet */
enum { AUTH_INT_MAX = 2 * PRF_MAX + 4 };

/* head: the message from its header to the generic payload header of SK, that included, as it was sent (or,
 * of fragments, of the first one: SKF's); both lengths in it are put right here, SKF becomes SK.  plain: the
 * payloads that were inside, without padding. */
int auth_int_add(struct auth_int *t, const struct alg_prf *prf, bool by_initiator, struct span sk_p,
    struct span head, struct span plain, struct err *e);
/* Into out, with the message id of the first IKE_AUTH; its length, 0 if there were none. */
size_t auth_int_end(const struct auth_int *t, const struct alg_prf *prf, uint32_t message_id,
    uint8_t out[AUTH_INT_MAX]);

#endif
