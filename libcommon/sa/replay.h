/*
 * replay.h - the receiver's window against replayed packets (RFC 4303 3.4.3),
 * and the high half of extended sequence numbers (appendix A).
 *
 * A plain value, no allocation, one thread; zeroed it is an empty window.
 * Sequence numbers are 64-bit and in host order.  Check before accepting, accept
 * only after the ICV verified: an unverified number must never move the window.
 * The window starts empty at the first number accepted, whatever that is.
 */
#ifndef SA_REPLAY_H
#define SA_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

enum { REPLAY_MAX = 4096, REPLAY_WORDS = 2 * REPLAY_MAX / 64 };

struct replay {
	uint64_t top;			/* highest accepted */
	uint64_t *seen;			/* replay_words() words, caller's; bit (seq % ring) */
	uint32_t size;			/* packets; 0: no check */
	uint32_t mask;			/* words - 1 */
	bool started;
};

/* seen: replay_words(size) zeroed words that live as long as r; NULL when size is 0. */
void replay_init(struct replay *r, uint32_t size, uint64_t *seen);
uint32_t replay_words(uint32_t size);
/* True if seq is new: above the window, or inside it and not seen. */
bool replay_check(const struct replay *r, uint64_t seq);
void replay_accept(struct replay *r, uint64_t seq);
/* Both: true if seq was new, and is not any more. */
bool replay_take(struct replay *r, uint64_t seq);

/* The same for the usual number, a little above the last one; false says nothing. */
static inline bool replay_advance(struct replay *r, uint64_t seq)
{
	if (!r->started || seq <= r->top || r->size == 0 || seq / 64 != r->top / 64)
		return false;
	r->seen[(seq / 64) & r->mask] |= (uint64_t)1 << seq % 64;
	r->top = seq;
	return true;
}
/* The high half that goes with this low half (appendix A2.2); 0 before the first accept. */
uint32_t replay_high(const struct replay *r, uint32_t low);

#endif
