/*
 * cipher.h - what can be told of an SA's cipher without its keys, from lengths and IVs (RFC 4303 2, RFC 5879).
 *
 * ESP of a block cipher has lengths of one remainder; counter modes (GCM, CCM, CTR, ChaCha20-Poly1305) mostly number
 * their IVs, some behind a mask (Linux), and no CBC does; NULL shows its payload.  A plain value, fed with packets.  What
 * it says is likely, never certain: lengths of one remainder may as well come from what is inside, ESP for instance.
 */
#ifndef REPORT_CIPHER_H
#define REPORT_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "esp/null.h"

enum { CIPHER_LENGTHS = 12, CIPHER_TEXT = 120, CIPHER_LOOKS = 64 };

enum cipher_kind { CIPHER_UNKNOWN, CIPHER_NULL, CIPHER_BLOCK16, CIPHER_BLOCK8, CIPHER_STREAM };

struct cipher {
	unsigned looked;		/* packets that were looked at closely: the first CIPHER_LOOKS */
	uint8_t mod16[16];		/* packets with each remainder of their length without SPI and number */
	uint16_t length[CIPHER_LENGTHS], nlengths;	/* different ones */
	uint64_t last_iv;		/* first eight octets behind the sequence number */
	unsigned counted, pairs;	/* how many IVs were like the one before, but for the low bits */
	unsigned null_seen, null_tried, null_icv, null_bits;
	unsigned trailers[NULL_FORMS];	/* packets whose trailer is in clear in front of each usual ICV */
};

/* The n octets at p begin with an SPI. */
void cipher_see(struct cipher *c, const uint8_t *p, size_t n, const struct addr *src, const struct addr *dst);
/* "16-octet blocks (AES-CBC), ICV 12", what is named being the usual ones of their kind, and of ICVs all that fit; percent:
 * how sure that kind is, 0: nothing can be said ("").  icv (may be NULL): the ICV's octets, 0: not known, or none. */
enum cipher_kind cipher_guess(const struct cipher *c, char out[CIPHER_TEXT], unsigned *percent, unsigned *icv);

#endif
