#include "esp/encap_lane.h"

#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "esp/esp.h"
#include "esp/place.h"
#include "packet/checksum.h"
#include "packet/udp.h"

/* Once in each loop over packets: what is the same for all of them stays in registers. */
#define ALWAYS inline __attribute__((always_inline))

enum { HEAD4 = 20, HEAD6 = 40, FRAGMENTED = 0x3fff, DONT_FRAGMENT = 0x4000, NO_WAY = UINT32_MAX };
/* Room behind the last record that sealing may write over: padding comes from a table. */
enum { SLACK = 16 };

/* What every packet of the SA could have: the rest depends on the packet. */
static bool is_common(const struct encap *d, const struct encap_sa *s)
{
	const struct sa *sa = &s->entry->sa;

	return sa->proto == SA_ESP && sa->mode == SA_TUNNEL && s->next == ENCAP_NONE && !s->inner &&
	    (s->size.encap == SA_ENCAP_NONE || (s->size.encap == SA_ENCAP_UDP && s->size.version == 4)) &&
	    (d->opt.tfc >= 0 ? d->opt.tfc : sa->tfc) <= 0;
}

static void init_lane(struct encap_lane *l, const struct encap_sa *s)
{
	const struct mode_policy *m = &s->outer;
	const struct sa *sa = &s->entry->sa;
	struct mode_fields f = { .ttl = m->ttl == SA_COPY ? 0 : (uint8_t)m->ttl,
		.flow = m->flow == SA_COPY ? 0 : (uint32_t)m->flow };

	l->spi = sa->spi;
	l->version = s->size.version;
	l->iv = s->size.iv;
	l->icv = s->size.icv;
	l->align = s->size.align;
	l->esn = l->endless = sa->esn == SA_YES;
	l->udp = s->size.encap == SA_ENCAP_UDP;
	l->ttl_copy = m->ttl == SA_COPY;
	l->flow_copy = m->flow == SA_COPY;
	l->df = (uint8_t)m->df;
	l->tos_keep = (uint8_t)((m->dscp == SA_COPY ? 0xfc : 0) | (m->ecn != SA_ECN_CLEAR ? 3 : 0));
	l->tos_set = (uint8_t)(m->dscp == SA_COPY ? 0 : m->dscp << 2);
	l->head_len = (uint8_t)mode_outer(l->head, &f, &sa->src, &sa->dst,
	    l->udp ? IP_UDP : IPPROTO_ESP_, HEAD6);
	if (l->version == 4) {		/* without the length, which comes with the packet */
		memset(l->head + 2, 0, 2);
		memset(l->head + 10, 0, 2);
		l->sum = checksum_add(0, l->head, HEAD4);
	}
	if (l->udp) {			/* RFC 3948 2.1: no checksum over IPv4 */
		store_be16(l->head + HEAD4, sa->encap.sport != 0 ? sa->encap.sport : PORT_NATT);
		store_be16(l->head + HEAD4 + 2, sa->encap.dport != 0 ? sa->encap.dport : PORT_NATT);
		memset(l->head + HEAD4 + 4, 0, 4);
		l->head_len += UDP_HEADER;
	}
}

int encap_lanes_init(struct encap *d, struct err *e)
{
	const struct encap_options *o = &d->opt;
	uint32_t n = 0;

	if (o->impair != NULL || o->like != NULL || o->dummy > 0 || o->forward || o->wesp)
		return 0;
	for (uint32_t i = 0; i < d->nsa; i++)
		n += d->sa[i].entry != NULL && is_common(d, &d->sa[i]);
	if (n == 0)
		return 0;
	d->lane = calloc(d->nsa, sizeof *d->lane);
	d->way = calloc(LANE_FLOWS, sizeof *d->way);
	if (d->lane == NULL || d->way == NULL)
		return err_nomem(e);
	for (uint32_t i = 0; i < d->nsa; i++) {
		if (d->sa[i].entry == NULL || !is_common(d, &d->sa[i]))
			continue;
		init_lane(&d->lane[i], &d->sa[i]);
		d->lane[i].endless = d->lane[i].endless ||
		    (o->seq_wrap && !alg_encr_is_iiv(d->sa[i].entry->sa.encr));
	}
	d->lane_most = o->mtu != 0 && o->mtu < SUITE_MAX ? o->mtu : SUITE_MAX;
	return 0;
}

bool encap_lane_has(const struct encap *d, uint32_t sa)
{
	return d->lane != NULL && d->lane[sa].head_len > 0;
}

/* Where IP starts, which the link header says is of this family; 0: ask the general way. */
static ALWAYS uint8_t find_ip(const struct encap_frame *p, uint16_t *ip)
{
	struct link_view v;

	if (p->dlt == LINKTYPE_ETHERNET && p->caplen > LINK_ETHERNET) {
		uint16_t type = load_be16(p->data + LINK_ETHERNET - 2);

		*ip = LINK_ETHERNET;
		if (type == ETH_IP || type == ETH_IPV6)
			return type == ETH_IP ? 4 : 6;
	}
	if (link_parse(p->dlt, p->data, p->caplen, &v) != LINK_IP || v.ip >= p->caplen ||
	    v.len_form != LINK_LEN_NONE || v.form == LINK_FORM_ONLY_4 || v.form == LINK_FORM_ONLY_6)
		return 0;
	*ip = v.ip;
	return v.family;
}

static uint64_t word(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof w);
	return w;
}

/* What selectors see behind the IP header, n bytes, as place_view(): false if it is not all there. */
static ALWAYS bool find_ports(const struct encap *d, uint64_t *key, uint8_t proto, const uint8_t *p, size_t n)
{
	*key = d->by_proto || d->by_ports ? (uint64_t)proto << 32 : 0;
	if (!d->by_ports)
		return true;
	switch (proto) {
	case IP_ICMP: case IP_ICMP6:
		*key |= n < 4 ? 0 : load_be16(p);
		return n >= 4;
	case IP_TCP: case IP_UDP: case 132: case 136:
		*key |= n < 4 ? 0 : load_be32(p);
		return n >= 4;
	default:
		return true;
	}
}

static bool is_extension(uint8_t proto)
{
	return proto == 0 || proto == 43 || proto == 44 || proto == 60 || proto == 135 || proto == 139 ||
	    proto == 140;
}

/* The general way's answer, remembered: the SA's number, or NO_WAY. */
static uint32_t ask_path(struct encap *d, struct encap_way *known, const uint8_t *p, uint32_t n)
{
	struct selector_view view;
	struct encap_path path;
	struct err e;

	place_view(&view, p, n);
	known->sa = encap_path_search(d, view, &path, &e) == 1 && path.n == 1 && encap_lane_has(d, path.sa[0]) ?
	    path.sa[0] : NO_WAY;
	return known->sa;
}

/* The SA of the packet, n bytes of which are at p, and its own length; NO_WAY also if it has options, or is
 * otherwise unusual. */
static ALWAYS uint32_t find_sa4(struct encap *d, const uint8_t *p, uint32_t n, uint32_t *len)
{
	struct encap_way *known;
	uint64_t ends, ports;

	if (n < HEAD4 || p[0] != 0x45 || (load_be16(p + 6) & FRAGMENTED) != 0)
		return NO_WAY;
	*len = load_be16(p + 2);
	if (*len < HEAD4 || *len > n || !find_ports(d, &ports, p[9], p + HEAD4, *len - HEAD4))
		return NO_WAY;
	ends = d->by_addr ? word(p + 12) : 0;
	known = &d->way[encap_mix(ends ^ d->flow_key[0], ports ^ d->flow_key[1]) % LANE_FLOWS];
	if (known->version == 4 && known->key[0] == ends && known->key[1] == ports)
		return known->sa;
	*known = (struct encap_way){ .version = 4, .key = { ends, ports } };
	return ask_path(d, known, p, *len);
}

static uint32_t find_sa6(struct encap *d, const uint8_t *p, uint32_t n, uint32_t *len)
{
	struct encap_way w = { .version = 6 }, *known;
	uint64_t h;

	if (n < HEAD6 || p[0] >> 4 != 6 || is_extension(p[6]))
		return NO_WAY;
	*len = load_be16(p + 4) + HEAD6;
	if (*len == HEAD6 || *len > n || !find_ports(d, &w.key[4], p[6], p + HEAD6, *len - HEAD6))
		return NO_WAY;
	for (int i = 0; d->by_addr && i < 4; i++)
		w.key[i] = word(p + 8 + 8 * i);
	h = encap_mix(w.key[0] ^ d->flow_key[0], w.key[1] ^ d->flow_key[1]);
	known = &d->way[encap_mix(encap_mix(h, w.key[2]) ^ w.key[3], w.key[4] ^ d->flow_key[0]) % LANE_FLOWS];
	if (known->version == 6 && memcmp(known->key, w.key, sizeof w.key) == 0)
		return known->sa;
	*known = w;
	return ask_path(d, known, p, *len);
}

/* Numbers as encap_number() takes them, while there are some. */
static ALWAYS bool take_numbers(struct encap *d, struct encap_quick *q, const struct encap_lane *l,
    bool v4, const uint8_t *p)
{
	struct encap_sa *s = &d->sa[q->sa];
	bool df = !v4 || (load_be16(p + 6) & DONT_FRAGMENT) != 0;

	if (s->seq >= (l->endless ? UINT64_MAX : UINT32_MAX) || !ivgen_left(&s->iv))
		return false;
	q->df = l->df == SA_DF_COPY ? df : l->df == SA_DF_SET;
	q->ident = l->version == 6 || (q->df && d->opt.ident == IDENT_AUTO) ? 0 : encap_ident(d, q->df);
	if (d->opt.ident == IDENT_COPY && v4)
		q->ident = load_be16(p + 4);
	(void)ivgen_take(&s->iv, &d->rng, q->iv);
	q->seq = ++s->seq;
	s->packets++;
	return true;
}

static ALWAYS bool claim(struct encap *d, struct encap_side *side, const struct encap_frame *p, size_t *used)
{
	struct encap_quick *q = &side->quick[side->nquick];
	const struct encap_lane *l;
	uint8_t version = find_ip(p, &q->ip);
	const uint8_t *ip;
	uint32_t n;

	if (version == 0)
		return false;
	ip = p->data + q->ip;
	q->sa = version == 4 ? find_sa4(d, ip, p->caplen - q->ip, &n) : find_sa6(d, ip, p->caplen - q->ip, &n);
	if (q->sa == NO_WAY)
		return false;
	l = &d->lane[q->sa];
	q->pad = (uint8_t)(-(n + ESP_TRAILER) & (l->align - 1u));	/* esp_pad() */
	q->len = l->head_len + (uint32_t)ESP_HEAD + l->iv + n + q->pad + ESP_TRAILER + l->icv;
	if (q->len > d->lane_most || !take_numbers(d, q, l, version == 4, ip))
		return false;
	q->data = p->data;
	q->number = p->number;
	q->n = n;
	q->result = ENCAP_OK;
	*used += PCAP_RECORD + (size_t)q->ip + q->len + (side->nquick == 0 ? SLACK : 0);
	side->nquick++;
	return true;
}

bool encap_lane_claim(struct encap *d, struct encap_side *side, const struct encap_frame *f, size_t *used)
{
	return claim(d, side, f, used);
}

void encap_lane_claim_raw(struct encap *d, struct encap_side *side, struct encap_next *next, size_t *used)
{
	struct encap_frame f = next->frame;
	const uint8_t *rec = next->rec;
	size_t left = next->left, room = 0;
	int64_t caplen;

	for (; (caplen = batch_record(rec, left)) >= 0 && f.number < BATCH_PACKETS; f.number++) {
		f.data = rec + BATCH_RECORD;
		f.caplen = (uint32_t)caplen;
		if (!claim(d, side, &f, &room))
			break;
		rec += BATCH_RECORD + f.caplen;
		left -= BATCH_RECORD + f.caplen;
	}
	*used += room;
	*next = (struct encap_next){ f, rec, left };
}
