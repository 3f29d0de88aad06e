#include "esp/encap_state.h"

#include <string.h>

#include "base/wr.h"
#include "esp/beet.h"
#include "esp/encap_lane.h"
#include "esp/esp.h"
#include "esp/impair.h"
#include "esp/like.h"
#include "esp/mode.h"
#include "packet/wesp.h"
#include "packet/split.h"
#include "packet/udp.h"

/* The packet as far as it is sealed. */
struct sealing {
	struct encap *d;
	struct encap_item *it;
	struct encap_worker *worker;
	uint8_t *pkt;
	uint32_t len;
};

/* One layer of it. */
struct wrap {
	const struct encap_sa *s;
	const struct encap_layer *l;
	const struct sa *sa;
	struct ip_view v;		/* of the packet that it goes around */
	struct mode_fields outer;
	uint8_t *payload;		/* what it protects */
	uint32_t n;			/* bytes of that; when sealed, of all behind front */
	uint8_t *head;			/* its IP header, head_len bytes, then front */
	uint32_t head_len, front;
	uint8_t next, proto;		/* of the payload; of the IP header */
	uint16_t next_at;		/* in the IP header */
	bool faults;			/* some of the packet's may be this layer's */
	uint8_t version;
};

/* A captured packet's fields, but for those that an option speaks of. */
static void imitate(struct mode_fields *f, const struct mode_fields *like, const struct mode_policy *options)
{
	uint8_t ours = (uint8_t)((options->dscp != -1 ? 0xfc : 0) | (options->ecn != -1 ? 3 : 0));

	f->tos = (uint8_t)((f->tos & ours) | (like->tos & ~ours));
	f->id = like->id;
	if (options->ttl == -1)
		f->ttl = like->ttl;
	if (options->df == -1)
		f->df = like->df;
	if (options->flow == -1)
		f->flow = like->flow;
}

/* The header that replaces the packet's own goes in front of all of it. */
static void start_outer(struct wrap *w, const struct mode_policy *options)
{
	w->version = w->s->size.version;
	w->head_len = w->version == 4 ? 20 : 40;
	w->next_at = w->version == 4 ? 9 : 6;
	w->outer = mode_fields(&w->s->outer, &w->v, w->payload);
	w->outer.id = w->l->ident;
	if (w->l->like != NULL)
		imitate(&w->outer, &w->l->like->outer, options);
}

static void start_tunnel(struct sealing *s, struct wrap *w)
{
	w->payload = s->pkt;
	w->n = s->len;
	w->next = w->v.version == 4 ? IPPROTO_IP4 : IPPROTO_IP6;
	start_outer(w, &s->d->opt.outer);
	if (s->d->opt.ident == IDENT_COPY && w->l->like == NULL && w->v.version == 4)
		w->outer.id = (uint16_t)w->v.id;
}

/* What the SA knows does not travel; IPv4's options do, in a header of their own. */
static void start_beet(struct sealing *s, struct wrap *w)
{
	uint32_t cut = w->v.version == 4 ? w->v.payload : 40;
	struct span options = { s->pkt + 20, cut - 20 };
	uint8_t copy[40];

	w->payload = s->pkt;
	start_outer(w, &s->d->opt.outer);
	if (w->l->like == NULL)
		w->outer.id = w->v.version == 4 ? (uint16_t)w->v.id : 0;
	w->payload = s->pkt + cut;
	w->n = s->len - cut;
	w->next = s->pkt[w->v.version == 4 ? 9 : 6];
	if (w->v.version == 4 && options.n > 0) {
		memcpy(copy, options.p, options.n);
		w->payload -= beet_pseudo_len(options.n);
		w->n += (uint32_t)beet_pseudo_len(options.n);
		beet_pseudo_encode(w->payload, w->next, (struct span){ copy, options.n });
		w->next = IPPROTO_BEET;
	}
}

/* The packet's own headers step forward. */
static void start_transport(struct sealing *s, struct wrap *w)
{
	struct mode_place place = mode_place(&w->v, s->pkt);

	w->version = w->v.version;
	w->head_len = place.at;
	w->next_at = place.next;
	w->payload = s->pkt + place.at;
	w->n = s->len - place.at;
	w->next = s->pkt[place.next];
}

static void start(struct sealing *s, struct wrap *w, unsigned k)
{
	w->l = &s->it->layer[k];
	w->s = &s->d->sa[w->l->sa];
	w->sa = &w->s->entry->sa;
	w->faults = s->it->faults != 0 && k + 1u == s->it->nlayers;
	if (w->sa->mode == SA_TUNNEL)
		start_tunnel(s, w);
	else if (w->sa->mode == SA_BEET)
		start_beet(s, w);
	else
		start_transport(s, w);
	if (k == 0 && s->it->dummy) {
		memset(w->payload, 0, w->n);
		w->next = IPPROTO_NONE_;
	}
}

/* Room for front bytes before the payload; the packet's own headers step out of the way. */
static void make_room(struct sealing *s, struct wrap *w, uint32_t front)
{
	w->front = front;
	w->head = w->payload - front - w->head_len;
	if (w->sa->mode == SA_TRANSPORT)
		memmove(w->head, s->pkt, w->head_len);
}

/* The IP header, complete, of what is sealed. */
static void put_head(struct sealing *s, struct wrap *w)
{
	uint32_t len = w->head_len + w->front + w->n;
	struct ip_view v = { .version = w->version, .next = w->next_at, .payload = (uint16_t)w->head_len };

	if (w->sa->mode == SA_TRANSPORT)
		ip_fix(&v, w->head, w->proto, len);
	else
		mode_outer(w->head, &w->outer, &w->sa->src, &w->sa->dst, w->proto, len);
	s->pkt = w->head;
	s->len = len;
}

/* RFC 3948 2.1: no checksum over IPv4; IPv6 wants one (RFC 8200 8.1). */
static void put_udp(struct wrap *w, uint8_t *p, uint32_t n)
{
	const struct sa_encap *encap = &w->sa->encap;
	uint16_t sum;

	store_be16(p, encap->sport != 0 ? encap->sport : PORT_NATT);
	store_be16(p + 2, encap->dport != 0 ? encap->dport : PORT_NATT);
	store_be16(p + 4, (uint16_t)n);
	store_be16(p + 6, 0);
	if (w->version == 6) {
		sum = ip_checksum(w->head, IP_UDP, p, n);
		store_be16(p + 6, sum != 0 ? sum : 0xffff);
	}
}

/* RFC 9329 3, 4: in the stream a message is its length and itself; the stream begins with IKETCP.
 * Sequence number and checksum come later (encap_tcp.c). */
static void put_tcp(struct wrap *w, uint8_t *p, uint32_t n, bool first)
{
	enum { ACK_PUSH = 0x18, WINDOW = 65535 };
	const struct sa_encap *encap = &w->sa->encap;
	uint8_t *at = p + TCP_HEADER;

	memset(p, 0, TCP_HEADER);
	store_be16(p, encap->sport != 0 ? encap->sport : PORT_NATT);
	store_be16(p + 2, encap->dport != 0 ? encap->dport : PORT_NATT);
	store_be32(p + 8, 1);
	p[12] = TCP_HEADER / 4 << 4;
	p[13] = ACK_PUSH;
	store_be16(p + 14, WINDOW);
	if (first) {
		memcpy(at, "IKETCP", TCP_PREFIX);
		at += TCP_PREFIX;
	}
	store_be16(at, (uint16_t)(n - (uint32_t)(at - p)));
}

/* What carries ESP, n bytes of which are at p. */
static void put_carrier(struct sealing *s, struct wrap *w, const struct suite *suite, uint32_t n)
{
	enum sa_encap_type type = w->s->size.encap;
	bool encrypts = w->sa->encr->kind != ENCR_KIND_NULL && w->sa->encr->kind != ENCR_KIND_GMAC;
	uint8_t *p = w->head + w->head_len;

	if (w->s->size.wesp)
		wesp_encode(p + (type == SA_ENCAP_UDP ? UDP_HEADER : type == SA_ENCAP_TCP ?
		    TCP_HEADER + TCP_LENGTH + (w->l->tcp_first ? TCP_PREFIX : 0) : 0), w->version,
		    type != SA_ENCAP_NONE, encrypts, suite_iv_len(suite), suite_icv_len(suite), w->next);
	if (type == SA_ENCAP_UDP) {
		put_udp(w, p, n);
	} else if (type == SA_ENCAP_TCP) {
		put_tcp(w, p, n, w->l->tcp_first);
		s->it->tcp = w->head_len;
	}
}

static enum encap_result seal_esp(struct sealing *s, struct wrap *w, struct suite *suite)
{
	const struct encap_layer *l = w->l;
	uint32_t own = ESP_HEAD + (uint32_t)suite_iv_len(suite), prefix = l->tcp_first ? TCP_PREFIX : 0;
	struct esp_parts parts = { .spi = l->spi, .seq = (uint32_t)l->seq, .iv = l->iv,
		.tfc = l->tfc, .next = w->next, .pad = esp_pad(w->n + l->tfc, w->s->size.align) };
	uint8_t *p = w->payload - own;
	size_t n;

	if (l->like != NULL)
		parts.pad = l->like->pad;
	if (w->faults)
		parts.pad = impair_pad(s->it, parts.pad, w->s->size.align);
	make_room(s, w, (uint32_t)mtu_front(&w->s->size, w->version) + prefix);
	n = esp_encode(suite, p, w->n, &parts);
	if (w->faults)
		impair_plain(s->d->opt.impair, s->it, p + own, n - own - suite_icv_len(suite), parts.pad);
	if (!esp_seal(suite, p, n, (struct esp_seq){ l->esn, (uint32_t)(l->seq >> 32) }))
		return ENCAP_UNSUPPORTED;
	w->n = (uint32_t)n - own;
	w->proto = w->s->size.encap == SA_ENCAP_UDP ? IP_UDP : w->s->size.encap == SA_ENCAP_TCP ? IP_TCP :
	    w->s->size.wesp ? (uint8_t)IPPROTO_WESP : (uint8_t)IPPROTO_ESP_;
	put_head(s, w);
	put_carrier(s, w, suite, w->front + w->n);
	return ENCAP_OK;
}

static enum encap_result seal_ah(struct sealing *s, struct wrap *w, struct ah_mac *mac)
{
	const struct encap_layer *l = w->l;
	const struct like_layer *like = l->like;
	uint8_t *ah;

	make_room(s, w, like != NULL ? like->head : (uint32_t)mtu_front(&w->s->size, w->version));
	w->proto = IPPROTO_AH_;
	put_head(s, w);
	ah = w->head + w->head_len;
	ah_head_encode(ah, w->front, w->next, l->spi, (uint32_t)l->seq);
	if (like != NULL)
		memcpy(ah + AH_FIXED, like->field, w->front - AH_FIXED);
	ah_mac_cover_iv(mac, like != NULL && like->iv_covered);
	switch (ah_seal(mac, w->head, s->len, w->head_len, (struct esp_seq){ l->esn,
	    (uint32_t)(l->seq >> 32) }, l->iv)) {
	case V_OK:
		return ENCAP_OK;
	case V_UNSUPPORTED:
		s->it->why = "a routing header of which nobody says how it arrives";
		return ENCAP_UNSUPPORTED;
	default:
		s->it->why = "options or extension headers make no sense";
		return ENCAP_BAD_HEADER;
	}
}

/* Where nothing shrinks, transport mode leaves the packet alone and tunnel mode is IP in IP. */
static enum encap_result seal_ipcomp(struct sealing *s, struct wrap *w)
{
	struct ipcomp_view v = { .cpi = (uint16_t)w->sa->spi, .next = w->next };
	uint8_t *out = s->worker->scratch;
	size_t n = w->n <= IPCOMP_MAX ? ipcomp_seal(s->worker->ipcomp, &v, w->payload, w->n, out) : 0;

	if (n == 0 && w->sa->mode == SA_TRANSPORT)
		return ENCAP_OK;
	if (n > 0) {
		memcpy(w->payload, out, n);
		w->n = (uint32_t)n;
	}
	w->proto = n > 0 ? 108 : w->next;
	make_room(s, w, 0);
	put_head(s, w);
	return ENCAP_OK;
}

static enum encap_result seal_layer(struct sealing *s, unsigned k)
{
	const struct context *c;
	struct wrap w = { 0 };

	if (ip_parse(&w.v, s->pkt, s->len) != IP_OK)
		return ENCAP_BAD_HEADER;
	start(s, &w, k);
	if (w.sa->proto == SA_IPCOMP)
		return seal_ipcomp(s, &w);
	s->worker->contexts.alone = !encap_lane_has(s->d, w.l->sa);
	if ((c = contexts_get(&s->worker->contexts, w.s->entry)) == NULL) {
		s->it->why = "its algorithms cannot be used here";
		return ENCAP_UNSUPPORTED;
	}
	return c->ah != NULL ? seal_ah(s, &w, c->ah) : seal_esp(s, &w, c->suite);
}

void encap_seal(struct encap *d, struct encap_item *it, unsigned worker, uint8_t *base, size_t at)
{
	struct sealing s = { .d = d, .it = it, .worker = &d->worker[worker], .len = it->n,
		.pkt = base + at + PCAP_RECORD + it->link.ip + it->lead };
	struct split split;
	enum encap_result r;

	it->rec_len = it->frames = it->tcp = 0;
	if (it->part > 0) {
		split_init(&split, it->ip, it->n, 0);
		s.len = (uint32_t)split_write(&split, it->at, it->part, s.pkt);
	} else {
		memcpy(s.pkt, it->ip, it->n);
	}
	if (d->opt.forward)
		mode_forward(s.pkt);
	for (unsigned k = 0; k < it->nlayers; k++)
		if ((r = seal_layer(&s, k)) != ENCAP_OK) {
			it->result = (uint8_t)r;
			return;
		}
	if (it->faults != 0)
		impair_sealed(d->opt.impair, d, it, s.pkt, &s.len);
	encap_record(d, it, worker, s.pkt, s.len, base, at);
}
