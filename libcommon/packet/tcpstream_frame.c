#include <string.h>

#include "packet/tcpstream_priv.h"

/*
 * A message is its length in 2 octets, which count themselves, then a zero SPI before IKE or an ESP
 * packet (RFC 9329 3).
 */
enum { LEN = 2, MARKER = 4, IKE_HEAD = 28, PREFIX = 6, ESP_LEAST = 16, SPI_RESERVED = 255 };
/* Messages of SAs that nobody told us about, which a chain may go through. */
enum { STRANGERS = 4 };

enum found { NO, MORE, MAYBE, KNOWN_ESP, SURE };

static const uint8_t prefix[PREFIX] = "IKETCP";

void frame_start(struct stream *s)
{
	uint32_t n = s->b != NULL ? s->b->ready : 0;

	if (s->state != STREAM_START)
		return;
	if (s->peer_prefixed) {
		s->state = STREAM_FRAMED;
		return;
	}
	if (n == 0)
		return;
	if (memcmp(s->b->p, prefix, n < PREFIX ? n : PREFIX) != 0) {
		s->state = STREAM_HUNT;
	} else if (n >= PREFIX) {
		s->state = STREAM_FRAMED;
		s->prefixed = true;
		s->b->read = PREFIX;
	}
}

/* SURE that a message begins at p: 72 bits of an IKEv2 header are as they must be (RFC 7296 3.1). */
static enum found begins(const struct stream *s, const uint8_t *p, size_t n, tcpstream_known *known,
    void *arg)
{
	size_t len;
	uint32_t spi;

	if (n < LEN)
		return MORE;
	len = load_be16(p);
	if (len == LEN + 1)
		return n <= LEN ? MORE : p[LEN] == 0xff ? MAYBE : NO;	/* a keepalive */
	if (len < LEN + ESP_LEAST)
		return NO;
	if (n < LEN + MARKER)
		return MORE;
	spi = load_be32(p + LEN);
	if (spi > SPI_RESERVED)
		return known != NULL && known(arg, spi, &s->src, &s->dst) ? KNOWN_ESP : MAYBE;
	if (spi != 0 || len < LEN + MARKER + IKE_HEAD)
		return NO;
	if (n < LEN + MARKER + IKE_HEAD)
		return MORE;
	p += LEN + MARKER;
	return p[17] == 0x20 && load_be32(p + 24) == len - LEN - MARKER ? SURE : NO;
}

/*
 * An SPI alone may be anybody's octets: its length must lead to another one that is known, over a
 * few of others at most, or to where a segment ends.
 */
static enum found chain(const struct stream *s, const uint8_t *p, size_t n, tcpstream_known *known,
    void *arg, bool final)
{
	enum found f = begins(s, p, n, known, arg);
	size_t at;

	if (f == SURE || f == NO)
		return f;
	if (f != KNOWN_ESP)
		return f == MORE && !final ? MORE : NO;
	at = load_be16(p);
	for (int i = 0; i < STRANGERS && at < n; i++) {
		f = begins(s, p + at, n - at, known, arg);
		if (f != MAYBE)
			return f == NO ? NO : f == MORE && !final ? MORE : SURE;
		at += load_be16(p + at);
	}
	return at == n ? SURE : at < n || final ? NO : MORE;
}

/* True if a message begins at the first octet not read; else all before one that may is read. */
static bool hunt(struct stream *s, tcpstream_known *known, void *arg, bool final,
    struct tcpstream_count *count)
{
	struct bytes *b = s->b;
	enum found f = NO;
	uint32_t from = b->read;

	while (b->read < b->ready && b->read - from < s->budget) {
		f = chain(s, b->p + b->read, b->ready - b->read, known, arg, final);
		if (f != NO)
			break;
		b->read++;
	}
	count->lost += b->read - from;
	s->budget -= b->read - from;
	if (f != SURE)
		return false;
	count->resyncs++;
	s->state = STREAM_FRAMED;
	return true;
}

static void message(const struct stream *s, uint32_t at, uint32_t len, struct tcpstream_msg *msg)
{
	const uint8_t *p = s->b->p + at + LEN;

	*msg = (struct tcpstream_msg){ .src = s->src, .dst = s->dst, .sport = s->sport, .dport = s->dport,
		.body = { p, len - LEN } };
	bytes_frames(s->b, at, at + len, msg);
	if (msg->body.n >= MARKER && load_be32(p) == 0) {
		msg->kind = TCPSTREAM_IKE;
		msg->body = (struct span){ p + MARKER, len - LEN - MARKER };
	} else if (msg->body.n >= MARKER) {
		msg->kind = TCPSTREAM_ESP;
	} else {
		msg->kind = msg->body.n == 1 && p[0] == 0xff ? TCPSTREAM_KEEPALIVE : TCPSTREAM_SHORT;
	}
}

enum frame_result frame_next(struct stream *s, tcpstream_known *known, void *arg, bool final,
    struct tcpstream_count *count, struct tcpstream_msg *msg)
{
	struct bytes *b = s->b;
	uint32_t at, len;

	frame_start(s);
	for (;;) {
		if (s->state == STREAM_START)
			return FRAME_MORE;
		if (s->state == STREAM_HUNT && !hunt(s, known, arg, final, count))
			return s->budget == 0 ? FRAME_OTHER : FRAME_MORE;
		at = b->read;
		if (b->ready - at < LEN)
			return FRAME_MORE;
		len = load_be16(b->p + at);
		if (len < LEN) {	/* RFC 9329 3: must not be, so these are not lengths */
			s->state = STREAM_HUNT;
			b->read++;
			count->lost++;
			continue;
		}
		if (b->ready - at < len)
			return FRAME_MORE;
		b->read += len;
		if (len == LEN)
			continue;
		message(s, at, len, msg);
		return FRAME_MESSAGE;
	}
}
