#include "sa/replay.h"

#include <stddef.h>

/*
 * The ring has at least one word more than the window needs, so that moving the top clears whole words
 * and no bit of the window (the idea of RFC 6479); as many as a power of two, because dividing would take
 * longer than all the rest.
 */
uint32_t replay_words(uint32_t size)
{
	uint32_t want = ((size > REPLAY_MAX ? REPLAY_MAX : size) + 63) / 64 + 1, words = 1;

	if (size == 0)
		return 0;
	while (words < want)
		words *= 2;
	return words;
}

void replay_init(struct replay *r, uint32_t size, uint64_t *seen)
{
	if (size > REPLAY_MAX)
		size = REPLAY_MAX;
	*r = (struct replay){ .size = seen == NULL ? 0 : size, .seen = seen,
	    .mask = replay_words(size) - 1 };
}

bool replay_check(const struct replay *r, uint64_t seq)
{
	if (r->size == 0)
		return true;
	/* RFC 4303 3.3.3: the first packet has 1, and the counter never cycles. */
	if (seq == 0)
		return false;
	if (!r->started || seq > r->top)
		return true;
	if (r->top - seq >= r->size)
		return false;
	return (r->seen[(seq / 64) & r->mask] >> seq % 64 & 1) == 0;
}

void replay_accept(struct replay *r, uint64_t seq)
{
	if (!r->started || seq > r->top) {
		uint64_t from = r->top / 64, steps = r->started ? seq / 64 - from : 0;

		for (uint64_t i = 1; r->size > 0 && i <= steps && i <= r->mask + 1u; i++)
			r->seen[(from + i) & r->mask] = 0;
		r->top = seq;
		r->started = true;
	}
	if (r->size > 0 && r->top - seq < r->size)
		r->seen[(seq / 64) & r->mask] |= (uint64_t)1 << seq % 64;
}

bool replay_take(struct replay *r, uint64_t seq)
{
	if (!replay_check(r, seq))
		return false;
	replay_accept(r, seq);
	return true;
}

/*
 * RFC 4303 A2.1, A2.2: the window ends at Th:Tl and begins at Bl = Tl - W + 1,
 * modulo 2^32.  Without a window the widest one decides, since reordering does
 * not stop when nobody checks.
 */
uint32_t replay_high(const struct replay *r, uint32_t low)
{
	uint32_t th = (uint32_t)(r->top >> 32), tl = (uint32_t)r->top;
	uint32_t w = r->size > 0 ? r->size : REPLAY_MAX;
	uint32_t bl = tl - w + 1;

	if (!r->started)
		return 0;
	if (tl >= w - 1)			/* case A: inside one 2^32 */
		return low >= bl ? th : th + 1;
	if (low >= bl && th > 0)		/* case B: across two; nothing is before the first */
		return th - 1;
	return th;
}
