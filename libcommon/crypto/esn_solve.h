/*
 * esn_solve.h - the high half of an extended sequence number, found from one packet.
 *
 * Under ESN the upper 32 bits are authenticated but not sent (RFC 4303 2.2.1).  Given the keys and
 * a packet, this finds the halves for which the ICV verifies.  Where the half enters the ICV:
 *
 *	AES-GCM, GMAC		linear over GF(2): 32 unknowns, an equation for each bit of
 *				the ICV; one pass (RFC 4106 5, RFC 4543 3.3)
 *	ChaCha20-Poly1305	linear modulo 2^130 - 5: one inverse (RFC 7634 2.1)
 *	AES-CCM, 16 octets	the ICV is all of a CBC-MAC's state: run backwards (RFC 4309 5)
 *	anything else		tried one by one: MACs at the cost of their last blocks,
 *				AES-GCM with implicit IV (RFC 8750; rows with iv 0) of one
 *				block, the rest of the whole packet
 *
 * The first three are direct: they find every half wherever it is, and look at no range and no
 * hints.  A wrong half verifies with a chance of 2^-b for an ICV of b bits and each half tried, and
 * direct ones have tried all 2^32: with 8 octets believe the second packet.  A packet without ESN
 * fails here as any other: try it plain first.  Open the packet with what was found, for nothing
 * but the ICV was looked at.
 *
 * Keys are borrowed during esn_solver_new() only.  One thread.  Time depends on the half.
 */
#ifndef CRYPTO_ESN_SOLVE_H
#define CRYPTO_ESN_SOLVE_H

#include "crypto/suite.h"

struct esn_solver;

enum { ESN_FOUND_MAX = 4 };

/* Work is counted in blocks of a cipher or a digest, roughly: a call takes a few more than the
 * packet has, then each try costs esn_solver_try_cost(). */
struct esn_find {
	/* the caller's */
	const uint32_t *hints;		/* tried before the range, in order; borrowed */
	size_t n_hints;
	uint32_t first, last;		/* the range to try, both included, upwards */
	uint64_t budget;		/* in: how much work; out: what is left of it */
	unsigned max;			/* stop at so many, up to ESN_FOUND_MAX; 0: 1 */
	/* zero before the first call; to go on, set the budget, keep the rest, same packet */
	uint32_t high[ESN_FOUND_MAX];
	unsigned found;
	uint64_t at;			/* hints, then halves of the range, already tried */
	bool done;			/* nothing is left to try, or max was reached */
};

/* ERR_INPUT as suite_new(), and for an SA without an ICV, or with one of unknown make. */
struct esn_solver *esn_solver_new(const struct suite_keys *keys, struct err *e);
void esn_solver_free(struct esn_solver *s);
/* True: no range is needed. */
bool esn_solver_direct(const struct esn_solver *s);
/* Of one half for a packet of n octets; 0 if direct. */
uint64_t esn_solver_try_cost(const struct esn_solver *s, size_t n);

/*
 * p: an ESP packet from its SPI to its ICV.  Returns f->found, in all calls together; -1 with a
 * reason if memory ran out or OpenSSL failed.  A packet no such SA sends (too short, cut blocks) is
 * done with 0.  With NULL encryption and a MAC, p may be any message of 8 octets or more with its
 * ICV moved to the end, so that AH's halves are found as well (RFC 4302 2.5.1).
 */
int esn_solve(struct esn_solver *s, const uint8_t *p, size_t n, struct esn_find *f, struct err *e);

#endif
