#include "packet/tcpstream.h"

#include <stdlib.h>
#include <string.h>

#include "packet/tcpstream_priv.h"

/*
 * What is searched for a message before a stream counts as another's: little where it should have
 * begun with the prefix.  A segment has 65,535 octets at most, for which there is room below FULL.
 */
enum { SEARCH_START = 64 * 1024, SEARCH_MIDDLE = 1024 * 1024, FULL = TCPSTREAM_ROOM - 65536 };
/* Farther back is no repetition, but another connection whose SYN was not captured. */
enum { FAR_BACK = 1 << 24 };

struct tcpstreams {
	tcpstream_known *known;
	void *arg;
	int64_t now;
	unsigned from, to;		/* streams that tcpstreams_next() looks at */
	bool final;
	struct tcpstream_count count;
	struct stream stream[TCPSTREAM_SLOTS];
};

bool tcp_parse(struct tcp_view *v, const uint8_t *p, size_t n)
{
	*v = (struct tcp_view){ 0 };
	if (n < 20 || p[12] >> 4 < 5 || n < (size_t)(p[12] >> 4) * 4)
		return false;
	v->sport = load_be16(p);
	v->dport = load_be16(p + 2);
	v->seq = load_be32(p + 4);
	v->data = (uint8_t)((p[12] >> 4) * 4);
	v->fin = (p[13] & 0x01) != 0;
	v->syn = (p[13] & 0x02) != 0;
	v->rst = (p[13] & 0x04) != 0;
	v->ack = (p[13] & 0x10) != 0;
	return true;
}

struct tcpstreams *tcpstreams_new(tcpstream_known *known, void *arg, struct err *e)
{
	struct tcpstreams *t = calloc(1, sizeof *t);

	if (t == NULL) {
		err_nomem(e);
		return NULL;
	}
	t->known = known;
	t->arg = arg;
	return t;
}

/* The clock of a capture may stand still, jump, or go back. */
static bool is_older(int64_t then, int64_t now, int64_t wait)
{
	return now > then && (uint64_t)now - (uint64_t)then > (uint64_t)wait;
}

/* No more octets; the stream stays, so that repeated segments of it are not taken for a new one. */
static void end(struct tcpstreams *t, struct stream *s)
{
	if (s->b != NULL && s->state != STREAM_OTHER)
		t->count.lost += s->b->ready - s->b->read;
	free(s->b);
	s->b = NULL;
	s->over = false;
	s->hole_ns = 0;
	s->state = STREAM_OTHER;
}

void tcpstreams_free(struct tcpstreams *t)
{
	for (int i = 0; t != NULL && i < TCPSTREAM_SLOTS; i++)
		free(t->stream[i].b);
	free(t);
}

static struct stream *find(struct tcpstreams *t, const struct addr *src, uint16_t sport,
    const struct addr *dst, uint16_t dport)
{
	for (int i = 0; i < TCPSTREAM_SLOTS; i++) {
		struct stream *s = &t->stream[i];

		if (s->used && s->sport == sport && s->dport == dport && addr_eq(&s->src, src) &&
		    addr_eq(&s->dst, dst))
			return s;
	}
	return NULL;
}

static bool is_done(const struct stream *s)
{
	return s->over || s->state == STREAM_OTHER;
}

/* Free, else of no use, else the one that has been silent longest. */
static struct stream *take(struct tcpstreams *t)
{
	struct stream *best = &t->stream[0];

	for (int i = 0; i < TCPSTREAM_SLOTS; i++) {
		struct stream *s = &t->stream[i];

		if (!s->used)
			return s;
		if (is_done(s) != is_done(best) ? is_done(s) : s->ns < best->ns)
			best = s;
	}
	if (!is_done(best))
		t->count.evicted++;
	end(t, best);
	return best;
}

static void begin(struct tcpstreams *t, struct stream *s, const struct tcp_seg *seg)
{
	end(t, s);
	*s = (struct stream){ .used = true, .src = seg->src, .dst = seg->dst, .sport = seg->tcp.sport,
		.dport = seg->tcp.dport, .syn = seg->tcp.syn, .isn = seg->tcp.seq, .ns = seg->ns,
		.state = seg->tcp.syn ? STREAM_START : STREAM_HUNT,
		.budget = seg->tcp.syn ? SEARCH_START : SEARCH_MIDDLE };
}

/* The stream that the segment is of, begun anew if need be; NULL: it says nothing. */
static struct stream *stream_of(struct tcpstreams *t, const struct tcp_seg *seg)
{
	struct stream *s = find(t, &seg->src, seg->tcp.sport, &seg->dst, seg->tcp.dport);

	if (s == NULL) {
		if (!seg->tcp.syn && (seg->data.n == 0 || seg->tcp.rst))
			return NULL;
		s = take(t);
		begin(t, s, seg);
	} else if ((seg->tcp.syn && (!s->syn || s->isn != seg->tcp.seq)) ||
	    (is_done(s) && is_older(s->ns, seg->ns, TCPSTREAM_IDLE))) {
		begin(t, s, seg);
	}
	return s;
}

/* Only the originator sends the prefix: what it says holds for both directions. */
static void tell_peer(struct stream *s, struct stream *peer)
{
	if (peer == NULL)
		return;
	if (peer->prefixed)
		s->peer_prefixed = true;
	if (!s->prefixed || peer->peer_prefixed)
		return;
	peer->peer_prefixed = true;
	peer->budget = SEARCH_MIDDLE;
	if (peer->state == STREAM_OTHER && !peer->fin && !peer->rst)
		peer->state = STREAM_HUNT;
}

/* Another connection, or more is missing than there is room for. */
static void restart(struct tcpstreams *t, struct stream *s, uint32_t seq)
{
	t->count.lost += s->b->ready - s->b->read;
	s->b->seq = seq;
	s->b->read = s->b->ready = s->b->n = 0;
	s->state = STREAM_HUNT;
	s->fin = false;
	s->hole_ns = 0;
	s->budget = SEARCH_MIDDLE;
}

static int add(struct tcpstreams *t, struct stream *s, const struct tcp_seg *seg, struct err *e)
{
	uint32_t seq = seg->tcp.seq + (seg->tcp.syn ? 1 : 0), n = (uint32_t)seg->data.n;
	const uint8_t *p = seg->data.p;
	int64_t from;

	if (s->b == NULL && (s->b = bytes_new(s->state == STREAM_START ? s->isn + 1 : seq)) == NULL)
		return err_nomem(e);
	bytes_drop(s->b);
	from = (int32_t)(seq - s->b->seq);
	if (from < -(int64_t)FAR_BACK || from + n > TCPSTREAM_ROOM) {
		restart(t, s, seq);
		from = 0;
	}
	if (from < 0) {
		if (-from >= n)
			return 0;
		p -= from;
		n -= (uint32_t)-from;
		from = 0;
	}
	if (!bytes_add(s->b, (uint32_t)from, p, n, seg->number, seg->ns))
		t->count.conflicts++;
	if (!bytes_hole(s->b))
		s->hole_ns = 0;
	else if (s->hole_ns == 0)
		s->hole_ns = seg->ns != 0 ? seg->ns : 1;
	return 0;
}

/* A reset counts only from where the stream is (RFC 5961 3 wants it exact, captures are not). */
static bool reset_counts(const struct stream *s, const struct tcp_seg *seg)
{
	uint32_t at = s->b != NULL ? seg->tcp.seq - s->b->seq : 0;

	return seg->tcp.rst && at <= TCPSTREAM_ROOM;
}

int tcpstreams_push(struct tcpstreams *t, const struct tcp_seg *seg, struct err *e)
{
	struct stream *s, *peer;

	t->now = seg->ns;
	t->final = false;
	t->from = t->to = 0;
	if ((s = stream_of(t, seg)) == NULL)
		return 0;
	if (s->over)
		end(t, s);
	peer = find(t, &seg->dst, seg->tcp.dport, &seg->src, seg->tcp.sport);
	s->ns = seg->ns;
	tell_peer(s, peer);
	if (s->state == STREAM_OTHER)
		return 0;
	if (seg->data.n > 0 && seg->data.n <= 65535 && add(t, s, seg, e) < 0)
		return -1;
	if (seg->tcp.fin && !s->fin) {
		s->fin = true;
		s->fin_seq = seg->tcp.seq + (seg->tcp.syn ? 1 : 0) + (uint32_t)seg->whole;
	}
	s->rst = s->rst || reset_counts(s, seg);
	frame_start(s);
	tell_peer(s, peer);
	t->from = (unsigned)(s - t->stream);
	t->to = t->from + 1;
	return s->state == STREAM_FRAMED;
}

/* Whether what is missing is not waited for any longer. */
static bool give_up(const struct tcpstreams *t, const struct stream *s)
{
	const struct bytes *b = s->b;

	return bytes_hole(b) && (t->final || s->rst || is_older(s->hole_ns, t->now, TCPSTREAM_WAIT) ||
	    b->piece[b->n - 1].to - b->read > FULL);
}

static void skip(struct tcpstreams *t, struct stream *s)
{
	t->count.lost += bytes_skip(s->b);
	s->hole_ns = bytes_hole(s->b) ? t->now : 0;
	s->state = STREAM_HUNT;
	s->budget = SEARCH_MIDDLE;
}

static bool is_over(const struct tcpstreams *t, const struct stream *s)
{
	return t->final || s->rst || (s->fin && s->b->seq + s->b->ready == s->fin_seq) ||
	    is_older(s->ns, t->now, TCPSTREAM_IDLE);
}

static bool stream_next(struct tcpstreams *t, struct stream *s, struct tcpstream_msg *msg)
{
	bool hole, last;

	if (!s->used || s->b == NULL || s->over || s->state == STREAM_OTHER)
		return false;
	for (;;) {
		hole = bytes_hole(s->b);
		last = hole ? give_up(t, s) : is_over(t, s);
		switch (frame_next(s, t->known, t->arg, last, &t->count, msg)) {
		case FRAME_MESSAGE:
			return true;
		case FRAME_OTHER:
			s->over = true;
			return false;
		case FRAME_MORE:
			break;
		}
		if (!hole || !last) {
			s->over = last;
			return false;
		}
		skip(t, s);
	}
}

bool tcpstreams_next(struct tcpstreams *t, struct tcpstream_msg *msg)
{
	for (; t->from < t->to; t->from++)
		if (stream_next(t, &t->stream[t->from], msg))
			return true;
	return false;
}

void tcpstreams_expire(struct tcpstreams *t, int64_t ns)
{
	t->final = ns == INT64_MAX;
	if (!t->final)
		t->now = ns;
	t->from = 0;
	t->to = TCPSTREAM_SLOTS;
	for (int i = 0; i < TCPSTREAM_SLOTS; i++)
		if (t->stream[i].over)
			end(t, &t->stream[i]);
}

struct tcpstream_count tcpstreams_count(const struct tcpstreams *t)
{
	return t->count;
}
