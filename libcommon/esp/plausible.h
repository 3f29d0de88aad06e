/*
 * plausible.h - whether bytes that nothing vouches for are the inside of an ESP packet: trailer (RFC
 * 4303 2.4 to 2.6), inner IP header, lengths, checksums.
 *
 * Evidence is counted in bits: chance alone gives b bits once in 2^b tries.  Pure.
 */
#ifndef ESP_PLAUSIBLE_H
#define ESP_PLAUSIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "sa/sa.h"

enum { PLAUSIBLE_SURE = 24 };	/* believed: once in 16 million tries by chance */

struct plausible {
	unsigned head;		/* bits of the inner header: its own checksum, lengths that fit what it is in */
	unsigned body;		/* bits of what the inner header announces: lengths and checksum of TCP, UDP, ICMP */
	unsigned tail;		/* bits of padding and next header */
	uint8_t next;		/* as the trailer says */
	size_t n;		/* payload without padding and trailer */
	bool padded;		/* the padding is 1, 2, 3, ... and fits in */
};

/*
 * The n bytes at p, padding and trailer last.  mode: the SA's, or SA_MODE_UNKNOWN.  src, dst: the outer
 * addresses, for the checksums of transport mode; family 0 of either leaves them out.
 */
struct plausible plausible_esp(const uint8_t *p, size_t n, enum sa_mode mode, const struct addr *src,
    const struct addr *dst);

/* A payload without a trailer, as AH has it; next is its header's. */
struct plausible plausible_payload(const uint8_t *p, size_t n, uint8_t next, const struct addr *src,
    const struct addr *dst);

static inline unsigned plausible_bits(const struct plausible *w)
{
	return w->head + w->body + w->tail;
}

/* All of it fits together: nothing in it was altered. */
static inline bool plausible_whole(const struct plausible *w)
{
	return w->padded && plausible_bits(w) >= PLAUSIBLE_SURE && (w->head > 0 || w->body > 0);
}

#endif
