/*
 * keys.h - what is known of the keys of one IKE SA, of either version: IKEv2 (RFC 7296 2.14) or
 * IKEv1 (RFC 2409 5), as ipsec-sa(5) writes it in a line of type ike.
 *
 * Whatever a source did not say is empty, and partial knowledge is kept: a shared secret gives all,
 * SK_d alone gives the child SAs.  Secrets are slices of the arena of whoever filled this in and
 * outlive it.  SPIs (IKEv1: cookies) are in the order of the wire, read as big-endian numbers.
 * Ciphers with a salt have it last in SK_ei and SK_er.
 */
#ifndef IKE_KEYS_H
#define IKE_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"
#include "base/text.h"
#include "crypto/alg.h"

struct alg_prf;				/* crypto/alg.h */
struct alg_ke;

/* One key exchange and those that RFC 9370 adds, in their order. */
enum { IKE_KE_MAX = 8 };

struct ike_keys {
	int version;			/* 1, 2; 0: not said */
	bool spi_i_known, spi_r_known;
	uint64_t spi_i, spi_r;		/* IKEv1: the cookies */
	struct addr initiator, responder;	/* family 0: not said */
	const struct alg_encr *encr;	/* NULL: not said */
	unsigned encr_bits;		/* of the key without salt; 0: not said */
	const struct alg_integ *integ;	/* NULL: none (AEADs), or not said */
	const struct alg_prf *prf;	/* IKEv1: HMAC of the hash that was agreed on, or the prf */
	const struct alg_ke *ke[IKE_KE_MAX];
	unsigned nke;

	/* What the keys are made of. */
	struct secret ni, nr;		/* nonces, without any header */
	struct secret shared[IKE_KE_MAX];	/* g^ir of each key exchange, as long as its group wants */
	unsigned nshared;
	struct secret private_key;	/* one side's secret value of the first key exchange */
	struct secret ppk;		/* RFC 8784 */
	struct secret psk;		/* pre-shared key: IKEv1 needs it for SKEYID, AUTH for its check */

	/* IKEv2.  With a PPK, sk_d, sk_pi and sk_pr are those after it was mixed in. */
	struct secret skeyseed, sk_d, sk_ai, sk_ar, sk_ei, sk_er, sk_pi, sk_pr;

	/* IKEv1.  ka is the key as the cipher takes it (RFC 2409 appendix B), iv that of phase 1. */
	struct secret skeyid, skeyid_d, skeyid_a, skeyid_e, ka, iv;

	/* Where it stands in its source, for messages. */
	const char *format;		/* a constant; NULL: made here */
	uint64_t line;			/* 0: not said */
};

#endif
