#include "packet/datagram.h"

#include <stdlib.h>
#include <string.h>

#include "packet/carrier.h"
#include "packet/frag.h"
#include "packet/link.h"
#include "packet/udp.h"
#include "packet/wesp.h"

enum { IKE_HEAD = 28 };

/* The frames of a datagram whose fragments are still coming. */
struct parts { uint64_t id, frame[DATAGRAM_FRAMES]; unsigned n; };

struct datagrams {
	tcpstream_known *known;
	datagram_fn *give;
	void *arg;
	struct frags *frags;
	struct tcpstreams *streams;
	struct parts parts[FRAG_SLOTS];
	uint64_t number;	/* of the frame at hand */
	unsigned oldest;
};

struct datagrams *datagrams_new(tcpstream_known *known, datagram_fn *give, void *arg, struct err *e)
{
	struct datagrams *t = calloc(1, sizeof *t);

	if (t == NULL) {
		err_nomem(e);
		return NULL;
	}
	*t = (struct datagrams){ .known = known, .give = give, .arg = arg };
	if ((t->frags = frags_new(e)) == NULL) {
		free(t);
		return NULL;
	}
	return t;
}

void datagrams_free(struct datagrams *t)
{
	if (t == NULL)
		return;
	frags_free(t->frags);
	tcpstreams_free(t->streams);
	free(t);
}

bool datagram_looks_ike(const uint8_t *p, size_t n)
{
	uint8_t exchange;

	if (n < IKE_HEAD || load_be64(p) == 0 || load_be32(p + 24) != n)
		return false;
	exchange = p[18];
	if (p[17] == 0x10)		/* base to new group, RFC 2408 3.1 and RFC 2409 */
		return (exchange >= 1 && exchange <= 6) || exchange == 32 || exchange == 33;
	return p[17] >> 4 == 2 && exchange >= 34 && exchange <= 44;
}

static void note_frame(struct parts *parts, uint64_t number)
{
	parts->frame[parts->n < DATAGRAM_FRAMES ? parts->n++ : DATAGRAM_FRAMES - 1] = number;
}

static struct parts *parts_of(struct datagrams *t, uint64_t id)
{
	struct parts *parts;

	for (unsigned i = 0; i < FRAG_SLOTS; i++)
		if (t->parts[i].n > 0 && t->parts[i].id == id)
			return &t->parts[i];
	parts = &t->parts[t->oldest];
	t->oldest = (t->oldest + 1) % FRAG_SLOTS;
	*parts = (struct parts){ .id = id };
	return parts;
}

static int give(struct datagrams *t, struct datagram *d, enum datagram_kind kind, struct err *e)
{
	d->kind = kind;
	return t->give(t->arg, d, e);
}

/* What never became whole by ns. */
static int give_lost(struct datagrams *t, int64_t ns, struct err *e)
{
	struct frag_lost lost;

	for (unsigned n = 0; n < FRAG_SLOTS && frags_expire(t->frags, ns, &lost); n++) {
		struct datagram d = { .file = lost.file, .ns = lost.ns, .proto = lost.proto,
			.src = lost.src, .dst = lost.dst, .sport = lost.sport, .dport = lost.dport,
			.frame = &lost.number, .nframes = 1 };

		if (give(t, &d, DATAGRAM_LOST, e) < 0)
			return -1;
	}
	return 0;
}

static bool is_known(const struct datagrams *t, const struct datagram *d, struct span esp)
{
	return t->known != NULL && esp.n >= 8 && t->known(t->arg, load_be32(esp.p), &d->src, &d->dst);
}

/* UDP between other ports than those of IKE: by what is in it. */
static enum datagram_kind other_ports(const struct datagrams *t, struct datagram *d)
{
	const uint8_t *p = d->body.p;
	size_t n = d->body.n;

	if (datagram_looks_ike(p, n))
		return DATAGRAM_IKE;
	if (n > 4 && load_be32(p) == 0 && datagram_looks_ike(p + 4, n - 4)) {
		d->marker = true;
		return DATAGRAM_IKE;
	}
	return is_known(t, d, d->body) ? DATAGRAM_ESP : DATAGRAM_OTHER;
}

/* ESP out of WESP's header, at the body's start. */
static int take_wesp(struct datagrams *t, struct datagram *d, bool udp, struct err *e)
{
	struct wesp_view w;

	switch (wesp_parse(&w, d->body.p, d->body.n, d->ip.version, udp)) {
	case V_OK:
		break;
	case V_TRUNCATED:
		return give(t, d, d->body.n < d->whole ? DATAGRAM_CUT : DATAGRAM_BAD, e);
	default:
		return give(t, d, DATAGRAM_BAD, e);
	}
	d->wesp = true;
	d->body.p += w.esp;
	d->body.n -= w.esp;
	d->whole -= w.esp;
	if (!udp)
		d->proto = IPPROTO_ESP_;
	return give(t, d, DATAGRAM_ESP, e);
}

static int take_udp(struct datagrams *t, struct datagram *d, struct err *e)
{
	struct udp_view u = { 0 };
	enum udp_kind udp = udp_parse(&u, d->body.p, d->body.n, d->whole, false);
	enum datagram_kind kind = DATAGRAM_OTHER;

	d->sport = u.sport;
	d->dport = u.dport;
	if (udp == UDP_CUT || udp == UDP_BAD || d->body.n < UDP_HEADER)
		return give(t, d, udp == UDP_BAD ? DATAGRAM_BAD : DATAGRAM_CUT, e);
	d->body.p += UDP_HEADER;
	d->body.n -= UDP_HEADER;
	d->whole = u.len > UDP_HEADER ? u.len - UDP_HEADER : 0;
	if (d->body.n > d->whole)
		d->body.n = d->whole;
	if (udp == UDP_OTHER) {
		kind = other_ports(t, d);
	} else if (udp == UDP_IKE) {
		kind = DATAGRAM_IKE;
		d->marker = d->body.n >= 4 && load_be32(d->body.p) == 0 &&
		    ((u.sport != PORT_IKE && u.dport != PORT_IKE) ||
		    datagram_looks_ike(d->body.p + 4, d->body.n - 4));	/* RFC 3948 2.2: none on port 500 */
	} else if (udp == UDP_ESP && wesp_in_udp(d->body.p, d->body.n)) {
		return take_wesp(t, d, true, e);
	} else {
		kind = udp == UDP_ESP ? DATAGRAM_ESP : DATAGRAM_KEEPALIVE;
	}
	if (d->marker) {
		d->body.p += 4;
		d->body.n -= 4;
		d->whole -= 4;
	}
	return give(t, d, kind, e);
}

/* The messages that can be read in order now. */
static int give_messages(struct datagrams *t, const struct datagram *frame, struct err *e)
{
	static const enum datagram_kind kinds[] = { [TCPSTREAM_ESP] = DATAGRAM_ESP,
		[TCPSTREAM_IKE] = DATAGRAM_IKE, [TCPSTREAM_KEEPALIVE] = DATAGRAM_KEEPALIVE,
		[TCPSTREAM_SHORT] = DATAGRAM_BAD };
	struct tcpstream_msg msg;

	while (tcpstreams_next(t->streams, &msg)) {
		struct datagram d = *frame;

		d.body = msg.body;
		d.whole = msg.body.n;
		d.src = msg.src;
		d.dst = msg.dst;
		d.sport = msg.sport;
		d.dport = msg.dport;
		d.proto = IP_TCP;
		d.marker = msg.kind == TCPSTREAM_IKE;
		d.ns = msg.ns;
		d.frame = (const uint64_t[]){ msg.first, msg.last };
		d.nframes = msg.first == msg.last ? 1 : 2;
		if (give(t, &d, kinds[msg.kind], e) < 0)
			return -1;
	}
	return 0;
}

static int take_tcp(struct datagrams *t, struct datagram *d, struct err *e)
{
	struct tcp_seg seg = { .src = d->src, .dst = d->dst, .number = d->frame[d->nframes - 1],
		.ns = d->ns };
	int framed;

	if (!tcp_parse(&seg.tcp, d->body.p, d->body.n))
		return give(t, d, d->body.n < d->whole ? DATAGRAM_CUT : DATAGRAM_OTHER, e);
	seg.data = (struct span){ d->body.p + seg.tcp.data, d->body.n - seg.tcp.data };
	seg.whole = d->whole - seg.tcp.data;
	if (t->streams == NULL && (t->streams = tcpstreams_new(t->known, t->arg, e)) == NULL)
		return -1;
	tcpstreams_expire(t->streams, d->ns);
	if (give_messages(t, d, e) < 0 || (framed = tcpstreams_push(t->streams, &seg, e)) < 0)
		return -1;
	d->sport = seg.tcp.sport;
	d->dport = seg.tcp.dport;
	if (framed == 0)
		return give(t, d, DATAGRAM_OTHER, e);
	return give_messages(t, d, e);
}

static int take_ip(struct datagrams *t, struct datagram *d, struct err *e);

/* The datagram that a fragment made whole, if it did. */
static int take_fragment(struct datagrams *t, struct datagram *d, struct err *e)
{
	struct frag_lost here = { .number = d->frame[0], .ns = d->ns, .file = d->file, .src = d->src, .dst = d->dst };
	struct parts *parts;
	struct span whole;
	uint64_t id;

	switch (frags_add(t->frags, &d->ip, d->packet.p, d->packet.n, &here, &whole, &id)) {
	case FRAG_BAD:
		return give(t, d, DATAGRAM_BAD, e);
	case FRAG_HELD:
		note_frame(parts_of(t, id), d->frame[0]);
		return 0;
	case FRAG_WHOLE:
		break;
	}
	parts = parts_of(t, id);
	note_frame(parts, d->frame[0]);
	d->frame = parts->frame;
	d->nframes = parts->n;
	parts->n = 0;
	d->packet = whole;
	return take_ip(t, d, e);
}

static int take_proto(struct datagrams *t, struct datagram *d, struct err *e)
{
	struct carrier inner;

	switch (d->proto) {
	case IPPROTO_ESP_:
		return give(t, d, DATAGRAM_ESP, e);
	case IPPROTO_AH_:
		return give(t, d, DATAGRAM_AH, e);
	case IPPROTO_WESP:
		return take_wesp(t, d, false, e);
	case IP_TCP:
		return take_tcp(t, d, e);
	}
	if (d->carriers < CARRIER_DEPTH && carrier_next(d->packet.p, d->packet.n, &inner)) {
		d->carriers++;
		d->packet = (struct span){ d->packet.p + inner.at, inner.n };
		return take_ip(t, d, e);
	}
	return d->proto == IP_UDP ? take_udp(t, d, e) : give(t, d, DATAGRAM_OTHER, e);
}

static int take_ip(struct datagrams *t, struct datagram *d, struct err *e)
{
	switch (ip_parse(&d->ip, d->packet.p, d->packet.n)) {
	case IP_CUT:
		return give(t, d, DATAGRAM_CUT, e);
	case IP_BAD:
		return give(t, d, DATAGRAM_BAD, e);
	case IP_OK:
		break;
	}
	if (d->packet.n > d->ip.len)
		d->packet.n = d->ip.len;
	ip_addrs(&d->ip, d->packet.p, &d->src, &d->dst);
	if (d->ip.frag && d->nframes == 1)
		return d->packet.n < d->ip.len ? give(t, d, DATAGRAM_CUT, e) : take_fragment(t, d, e);
	d->proto = d->ip.proto;
	d->body = (struct span){ d->packet.p + d->ip.payload, d->packet.n - d->ip.payload };
	d->whole = d->ip.len - d->ip.payload;
	return d->ip.frag ? give(t, d, DATAGRAM_OTHER, e) : take_proto(t, d, e);
}

/* Each member by itself: what compilers make of an initialiser of this size takes longer than reading the headers. */
static void begin(struct datagrams *t, struct datagram *d, const struct packet *p)
{
	t->number = p->number;
	d->kind = DATAGRAM_OTHER;
	d->body = d->packet = (struct span){ 0 };
	d->whole = 0;
	d->src = d->dst = (struct addr){ 0 };
	d->sport = d->dport = 0;
	d->proto = 0;
	d->wesp = d->marker = false;
	d->file = p->file;
	d->ns = p->ns;
	d->frame = &t->number;
	d->nframes = 1;
	d->carriers = 0;
	d->ip = (struct ip_view){ 0 };
}

int datagrams_push(struct datagrams *t, const struct packet *p, struct err *e)
{
	struct link_view link;
	struct datagram d;

	begin(t, &d, p);
	if (give_lost(t, p->ns, e) < 0)
		return -1;
	switch (link_parse(p->dlt, p->data, p->caplen, &link)) {
	case LINK_CUT:
		return give(t, &d, DATAGRAM_CUT, e);
	case LINK_OTHER:
	case LINK_UNKNOWN:
		return give(t, &d, DATAGRAM_NO_IP, e);
	case LINK_IP:
		break;
	}
	d.packet = (struct span){ p->data + link.ip, p->caplen - link.ip };
	return take_ip(t, &d, e);
}

int datagrams_end(struct datagrams *t, struct err *e)
{
	struct datagram d = { 0 };

	if (give_lost(t, INT64_MAX, e) < 0)
		return -1;
	if (t->streams == NULL)
		return 0;
	tcpstreams_expire(t->streams, INT64_MAX);
	return give_messages(t, &d, e);
}
