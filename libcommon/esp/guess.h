/*
 * guess.h - which algorithms a key is for, found by trial on packets of its SA.
 *
 * Every cipher whose key has this length is tried, with every integrity algorithm whose key has the length of the other
 * one.  Where an ICV verifies that is proof but for chance; without an integrity key what comes out of decryption is judged
 * (plausible.h).  Evidence is counted in bits: chance alone gives b bits once in 2^b tries.  Pure; some hundred trials at
 * most.
 */
#ifndef ESP_GUESS_H
#define ESP_GUESS_H

#include "base/err.h"
#include "base/rd.h"
#include "sa/sa.h"

enum { GUESS_PACKETS = 4, GUESS_FITS = 8, GUESS_BITS = 24 /* what fewer say is not said */ };

struct guess_fit {
	const struct alg_encr *encr;	/* NULL: AH */
	const struct alg_integ *integ;	/* NULL: an AEAD, or not known */
	unsigned icv_bits;
	bool verified;			/* by ICVs; false: by what is inside */
	bool esn;
	unsigned bits;			/* of evidence, all packets together */
};

/* sa has encr_key (but for NULL encryption), perhaps integ_key; what it says of algorithms holds.  packet: n ESP packets from
 * their SPI on.  How many fits there are, the surest first. */
unsigned guess_algorithms(const struct sa *sa, const struct span *packet, unsigned n, struct guess_fit out[GUESS_FITS]);
/* The same for AH, which has integ_key alone.  packet: whole IP packets, AH at at[]. */
unsigned guess_ah(const struct sa *sa, const struct span *packet, const size_t *at, unsigned n, struct guess_fit out[GUESS_FITS]);
/* "aes-gcm-16: 4 packets verify"; gives out. */
enum { GUESS_TEXT = 200 };
char *guess_format(char out[GUESS_TEXT], const struct guess_fit *f, unsigned packets);

#endif
