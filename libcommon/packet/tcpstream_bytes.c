#include <stdlib.h>
#include <string.h>

#include "packet/tcpstream_priv.h"

struct bytes *bytes_new(uint32_t seq)
{
	struct bytes *b = malloc(sizeof *b);

	if (b != NULL) {
		b->seq = seq;
		b->read = b->ready = b->n = 0;
	}
	return b;
}

static void remove_pieces(struct bytes *b, unsigned at, unsigned n)
{
	memmove(b->piece + at, b->piece + at + n, (b->n - at - n) * sizeof b->piece[0]);
	b->n -= n;
}

void bytes_drop(struct bytes *b)
{
	uint32_t end = b->n > 0 ? b->piece[b->n - 1].to : 0;
	unsigned gone = 0;

	if (b->read == 0)
		return;
	while (gone < b->n && b->piece[gone].to <= b->read)
		gone++;
	remove_pieces(b, 0, gone);
	for (unsigned i = 0; i < b->n; i++) {
		struct piece *x = &b->piece[i];

		x->from = x->from > b->read ? x->from - b->read : 0;
		x->to -= b->read;
	}
	if (end > b->read)
		memmove(b->p, b->p + b->read, end - b->read);
	b->seq += b->read;
	b->ready -= b->read;
	b->read = 0;
}

/* Room for one more: two that touch become one, and who brought which octet is known less well. */
static bool join(struct bytes *b, unsigned *at)
{
	for (unsigned i = 0; i + 1 < b->n; i++) {
		struct piece *x = &b->piece[i];

		if (x[0].to != x[1].from)
			continue;
		x->to = x[1].to;
		x->last = x[1].last > x->last ? x[1].last : x->last;
		x->ns = x[1].ns > x->ns ? x[1].ns : x->ns;
		remove_pieces(b, i + 1, 1);
		if (*at > i)
			(*at)--;
		return true;
	}
	return false;
}

/* Before piece *at, which then is the one behind.  With hundreds of holes nearer octets win. */
static void insert(struct bytes *b, unsigned *at, struct piece piece, const uint8_t *p)
{
	if (b->n == TCPSTREAM_PIECES && !join(b, at)) {
		if (*at == b->n)
			return;
		b->n--;
	}
	memmove(b->piece + *at + 1, b->piece + *at, (b->n - *at) * sizeof b->piece[0]);
	b->piece[(*at)++] = piece;
	b->n++;
	memcpy(b->p + piece.from, p, piece.to - piece.from);
}

bool bytes_add(struct bytes *b, uint32_t from, const uint8_t *p, uint32_t n, uint64_t number,
    int64_t ns)
{
	uint32_t at = from, end = from + n, stop;
	bool same = true;

	for (unsigned i = 0; at < end;) {
		if (i < b->n && b->piece[i].to <= at) {
			i++;
			continue;
		}
		if (i < b->n && b->piece[i].from <= at) {
			stop = b->piece[i].to < end ? b->piece[i].to : end;
			same = same && memcmp(b->p + at, p + (at - from), stop - at) == 0;
			at = stop;
			continue;
		}
		stop = i < b->n && b->piece[i].from < end ? b->piece[i].from : end;
		insert(b, &i, (struct piece){ at, stop, number, number, ns }, p + (at - from));
		at = stop;
	}
	for (unsigned i = 0; i < b->n && b->piece[i].from <= b->ready; i++)
		if (b->piece[i].to > b->ready)
			b->ready = b->piece[i].to;
	return same;
}

bool bytes_hole(const struct bytes *b)
{
	return b->n > 0 && b->piece[b->n - 1].to > b->ready;
}

uint32_t bytes_skip(struct bytes *b)
{
	uint32_t was = b->read;

	for (unsigned i = 0; i < b->n; i++) {
		if (b->piece[i].from > b->ready && b->read == was)
			b->read = b->ready = b->piece[i].from;
		if (b->piece[i].from == b->ready)
			b->ready = b->piece[i].to;
	}
	return b->read - was;
}

void bytes_frames(const struct bytes *b, uint32_t from, uint32_t to, struct tcpstream_msg *msg)
{
	msg->first = msg->last = 0;
	msg->ns = INT64_MIN;
	for (unsigned i = 0; i < b->n && b->piece[i].from < to; i++) {
		const struct piece *x = &b->piece[i];

		if (x->to <= from)
			continue;
		if (x->from <= from)
			msg->first = x->first;
		msg->last = x->last > msg->last ? x->last : msg->last;
		msg->ns = x->ns > msg->ns ? x->ns : msg->ns;
	}
}
