#include "esp/decap_state.h"

#include <stdlib.h>
#include <string.h>

#include "esp/place.h"
#include "packet/tcpstream.h"
#include "packet/udp.h"

/*
 * ESP and IKE in TCP (RFC 9329).  A message becomes the datagram it would be without TCP: the IP headers
 * of the segment that made it available in order, then ESP.
 */

static const uint8_t prefix[] = { 'I', 'K', 'E', 'T', 'C', 'P' };	/* RFC 9329 4 */

enum {
	LEAST_ESP = 10,		/* SPI, sequence number, trailer: less is no packet of any SA */
	LEAST_IKE = 28,
	LAST_HEAD = 256,	/* of headers kept for the end of the capture */
	LATE_ITEMS = 512,	/* settled at once then */
};

/* Where the latest octets of a stream came from, for messages that only the end uncovers. */
struct last {
	uint64_t stream;		/* 0: free */
	struct packet packet;
	struct link_view link;
	struct ip_view ip;
	bool late;			/* some have come */
	uint8_t head[LAST_HEAD];	/* link layer, then IP */
};

struct decap_tcp {
	struct tcpstreams *streams;
	uint64_t segments;
	uint64_t port[65536 / 64];	/* where a stream began with the prefix */
	struct last last[TCPSTREAM_SLOTS];
	unsigned oldest;
};

/* What the messages of a segment are made from: its item, and of which stream and number it is. */
struct source {
	struct decap_item item;		/* without layers */
	uint64_t stream, segment;
	uint32_t index;			/* of the segment's own item, for the first message */
	bool taken;			/* that has one */
	unsigned n;			/* messages so far */
	enum verdict latest;
};

static bool is_known(void *arg, uint32_t spi, const struct addr *src, const struct addr *dst)
{
	const struct decap *d = arg;

	return sad_find(d->sad, SA_ESP, spi, src, dst) != NULL;
}

static int start(struct decap *d, struct err *e)
{
	if (d->tcp != NULL)
		return 0;
	if ((d->tcp = calloc(1, sizeof *d->tcp)) == NULL)
		return err_nomem(e);
	return (d->tcp->streams = tcpstreams_new(is_known, d, e)) != NULL ? 0 : -1;
}

void decap_tcp_free(struct decap_tcp *t)
{
	if (t != NULL)
		tcpstreams_free(t->streams);
	free(t);
}

static bool has_port(const struct decap_tcp *t, uint16_t port)
{
	return t != NULL && (t->port[port / 64] >> port % 64 & 1) != 0;
}

static bool is_expected(const struct decap *d, const struct tcp_view *v)
{
	return v->sport == PORT_NATT || v->dport == PORT_NATT ||
	    sad_has_tcp_port(d->sad, v->sport, v->dport) || has_port(d->tcp, v->sport) ||
	    has_port(d->tcp, v->dport);
}

static bool is_prefixed(const struct tcp_seg *seg)
{
	return seg->data.n >= sizeof prefix && memcmp(seg->data.p, prefix, sizeof prefix) == 0;
}

/* The prefix on a port that nobody named: the stream begins here, though its SYN was not looked at. */
static int mark_port(struct decap *d, const struct tcp_seg *seg, struct err *e)
{
	struct tcp_seg syn = *seg;

	d->tcp->port[seg->tcp.dport / 64] |= (uint64_t)1 << seg->tcp.dport % 64;
	if (seg->tcp.syn)
		return 0;
	syn.tcp.syn = true;
	syn.tcp.fin = syn.tcp.rst = false;
	syn.tcp.seq--;
	syn.data = (struct span){ 0 };
	syn.whole = 0;
	return tcpstreams_push(d->tcp->streams, &syn, e) < 0 ? -1 : 0;
}

/* One number for a stream: only --keep and the end of a capture go by it. */
static uint64_t stream_name(const struct addr *src, const struct addr *dst, uint16_t sport,
    uint16_t dport)
{
	const uint64_t prime = 0x100000001b3;
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < addr_len(src); i++)
		h = (h ^ src->b[i]) * prime;
	for (size_t i = 0; i < addr_len(dst); i++)
		h = (h ^ dst->b[i]) * prime;
	h = (h ^ ((uint64_t)sport << 16 | dport)) * prime;
	return h | (uint64_t)1 << 63;		/* apart from the numbers of datagrams in fragments */
}

/* False: not a TCP segment, or cut in its header. */
static bool segment(const struct decap_item *it, struct tcp_seg *seg)
{
	const struct place *pl = &it->place;
	size_t have = it->n > pl->at ? it->n - pl->at : 0;
	const uint8_t *p = it->ip + pl->at;

	have = have < pl->n ? have : pl->n;
	if (!tcp_parse(&seg->tcp, p, have))
		return false;
	seg->data = (struct span){ p + seg->tcp.data, have - seg->tcp.data };
	seg->whole = pl->n - seg->tcp.data;
	seg->ns = it->packet->ns;
	return true;
}

static void remember(struct decap_tcp *t, const struct source *s)
{
	const struct decap_item *it = &s->item;
	size_t link = it->link.ip, hlen = it->place.ip.payload;
	struct last *l = NULL;

	if (link + hlen > LAST_HEAD)
		return;
	for (unsigned i = 0; i < TCPSTREAM_SLOTS && l == NULL; i++)
		if (t->last[i].stream == s->stream)
			l = &t->last[i];
	if (l == NULL) {
		l = &t->last[t->oldest];
		t->oldest = (t->oldest + 1) % TCPSTREAM_SLOTS;
	}
	l->stream = s->stream;
	l->packet = *it->packet;
	l->packet.data = l->head;
	l->link = it->link;
	l->ip = it->place.ip;
	memcpy(l->head, it->packet->data, link);
	memcpy(l->head + link, it->ip, hlen);
}

/* The datagram that the message would have been in. */
static int esp_item(struct decap_side *side, struct decap_item *it, const struct tcpstream_msg *msg,
    struct err *e)
{
	struct place *pl = &it->place;
	size_t hlen = pl->ip.payload, n = hlen + msg->body.n;
	uint8_t *p = decap_pool_take(side, n, e);

	if (p == NULL)
		return -1;
	memcpy(p, it->ip, hlen);
	memcpy(p + hlen, msg->body.p, msg->body.n);
	ip_fix(&pl->ip, p, IPPROTO_ESP_, (uint32_t)n);
	it->ip = p;
	it->n = (uint32_t)n;
	pl->kind = PLACE_ESP;
	pl->ip.proto = IPPROTO_ESP_;
	pl->ip.len = (uint32_t)n;
	pl->at = (uint32_t)hlen;
	pl->n = (uint32_t)msg->body.n;
	pl->wesp = 0;
	decap_claim_ipsec(it);
	return 0;
}

static enum verdict kind_of(const struct tcpstream_msg *msg)
{
	switch (msg->kind) {
	case TCPSTREAM_KEEPALIVE:
		return V_KEEPALIVE;
	case TCPSTREAM_IKE:
		return msg->body.n < LEAST_IKE ? V_BAD_HEADER : V_IKE;
	case TCPSTREAM_ESP:
		return msg->body.n < LEAST_ESP ? V_BAD_HEADER : V_OK;
	case TCPSTREAM_SHORT:
		break;
	}
	return V_BAD_HEADER;
}

static struct decap_item *item_add(struct decap_side *side, struct source *s, struct err *e)
{
	struct decap_item *it;

	if (s->taken)
		it = decap_item_add(side, s->item.packet, e);
	else
		it = &side->item[s->index];
	s->taken = true;
	if (it != NULL)
		memcpy(it, &s->item, offsetof(struct decap_item, layer));
	return it;
}

/* What says nothing counts once for a segment, so that a flood of it takes no memory. */
static int add_message(struct decap *d, struct decap_side *side, struct source *s,
    const struct tcpstream_msg *msg, struct err *e)
{
	enum verdict v = kind_of(msg);
	struct decap_item *it;

	if (s->n++ > 0 && v == s->latest && (v == V_KEEPALIVE || v == V_BAD_HEADER))
		return 0;
	s->latest = v;
	if ((it = item_add(side, s, e)) == NULL)
		return -1;
	it->datagram = s->stream;
	it->verdict = (uint8_t)v;
	if (v == V_BAD_HEADER)
		it->why = "a message in TCP that is shorter than any RFC 9329 has";
	if (v == V_OK && esp_item(side, it, msg, e) < 0)
		return -1;
	if (d->opt.keep != KEEP_NOTHING && s->n == 1)
		decap_own_parts(side, it);
	return 0;
}

static int add_lost(struct decap_side *side, struct source *s, struct err *e)
{
	struct decap_item *it = item_add(side, s, e);

	if (it == NULL)
		return -1;
	it->verdict = V_INCOMPLETE;
	it->why = "octets of its TCP stream were never captured";
	return 0;
}

static int take_messages(struct decap *d, struct decap_side *side, struct source *s,
    const struct tcp_seg *seg, struct err *e)
{
	uint64_t lost = tcpstreams_count(d->tcp->streams).lost;
	int framed = tcpstreams_push(d->tcp->streams, seg, e);
	struct tcpstream_msg msg;

	if (framed < 0)
		return -1;
	while (tcpstreams_next(d->tcp->streams, &msg))
		if (add_message(d, side, s, &msg, e) < 0)
			return -1;
	if (tcpstreams_count(d->tcp->streams).lost != lost && (framed || s->n > 0))
		return add_lost(side, s, e);
	if (framed && s->n == 0 && seg->data.n > 0) {
		side->item[s->index].part = true;
		side->item[s->index].datagram = s->stream;
	}
	return 0;
}

int decap_tcp_claim(struct decap *d, struct decap_side *side, uint32_t index, struct err *e)
{
	const struct decap_item *it = &side->item[index];
	struct source s = { .index = index };
	bool expected, prefixed;
	struct tcp_seg seg;

	if (!segment(it, &seg))
		return 0;
	expected = is_expected(d, &seg.tcp);
	prefixed = is_prefixed(&seg);
	if (!expected && !prefixed)
		return 0;
	if (start(d, e) < 0)
		return -1;
	ip_addrs(&it->place.ip, it->ip, &seg.src, &seg.dst);
	seg.number = s.segment = ++d->tcp->segments;
	if (!expected && mark_port(d, &seg, e) < 0)
		return -1;
	memcpy(&s.item, it, offsetof(struct decap_item, layer));
	s.stream = stream_name(&seg.src, &seg.dst, seg.tcp.sport, seg.tcp.dport);
	if (seg.data.n > 0)
		remember(d->tcp, &s);
	return take_messages(d, side, &s, &seg, e);
}

/* A message from the end of the capture, as if the stream's last segment had brought it. */
static int add_late(struct decap *d, struct decap_side *side, const struct tcpstream_msg *msg,
    struct err *e)
{
	uint64_t stream = stream_name(&msg->src, &msg->dst, msg->sport, msg->dport);
	struct source s = { .stream = stream, .taken = true };
	struct last *l = d->tcp->last, *end = l + TCPSTREAM_SLOTS;

	while (l < end && l->stream != stream)
		l++;
	if (l == end) {			/* given up for others */
		s.item.packet = &d->tcp->last[0].packet;
		return add_lost(side, &s, e);
	}
	s.item.packet = &l->packet;
	s.item.link = l->link;
	s.item.ip = l->head + l->link.ip;
	s.item.n = l->ip.payload;
	s.item.place.ip = l->ip;
	if (!l->late && add_lost(side, &s, e) < 0)
		return -1;
	l->late = true;
	return add_message(d, side, &s, msg, e);
}

static int settle_late(struct decap *d, struct unit *u, struct err *e)
{
	struct decap_side *side = u->side;
	struct tcpstream_msg msg;

	do {
		side->n = 0;
		for (struct decap_pool *b = side->pool; b != NULL; b = b->next)
			b->n = 0;
		while (side->n < LATE_ITEMS && tcpstreams_next(d->tcp->streams, &msg))
			if (add_late(d, side, &msg, e) < 0)
				return -1;
		if (unit_room(u, decap_give_room(d, side, 0, 0), e) < 0)
			return -1;
		decap_work(d, u, 0);
		if (decap_settle(d, u, e) < 0)
			return -1;
	} while (side->n > 0);
	return 0;
}

int decap_tcp_finish(struct decap *d, struct err *e)
{
	enum decap_keep keep = d->opt.keep;
	struct unit u = { 0 };
	int rc;

	if (d->tcp == NULL)
		return 0;
	if ((u.side = calloc(1, decap_side_size())) == NULL)
		return err_nomem(e);
	d->opt.keep = KEEP_NOTHING;	/* their segments passed when they came */
	tcpstreams_expire(d->tcp->streams, INT64_MAX);
	rc = settle_late(d, &u, e);
	d->opt.keep = keep;
	decap_unit_clear(d, &u);
	free(u.side);
	free(u.out);
	return rc;
}
