/* What is not IPsec and tells of it all the same: ICMP, clear traffic, lost fragments. */
#include "report/model_priv.h"

#include <string.h>

#include "base/rd.h"
#include "esp/place.h"
#include "packet/ip.h"
#include "packet/udp.h"

enum { ICMP_HEAD = 8, ICMP_UNREACHABLE = 3, ICMP_NEEDS_FRAG = 4, ICMP6_UNREACHABLE = 1, ICMP6_TOO_BIG = 2, V4_MIN_MTU = 68, PROTO_IPCOMP = 108 };

/* Whether the packet that an ICMP message quotes was IKE or ESP. */
static bool quotes_ipsec(struct span s, struct addr *dst)
{
	struct ip_view v;
	struct addr src;
	uint16_t a, b;

	/* the rest of the packet is not there, and need not be */
	if (s.n < 20 || ip_parse(&v, s.p, s.n) != IP_OK)
		return false;
	ip_addrs(&v, s.p, &src, dst);
	if (v.proto == IPPROTO_ESP_ || v.proto == IPPROTO_AH_)
		return true;
	if (v.proto != IP_UDP || s.n < v.payload + 4u)
		return false;
	a = load_be16(s.p + v.payload);
	b = load_be16(s.p + v.payload + 2);
	return a == PORT_IKE || b == PORT_IKE || a == PORT_NATT || b == PORT_NATT;
}

/* True if it is about IPsec. */
static bool take_icmp(struct model *m, const struct datagram *d)
{
	bool v6 = d->proto == IP_ICMP6;
	struct addr dst;
	uint8_t type, code;
	uint32_t mtu;

	if (d->body.n < ICMP_HEAD)
		return false;
	type = d->body.p[0];
	code = d->body.p[1];
	if (!quotes_ipsec((struct span){ d->body.p + ICMP_HEAD, d->body.n - ICMP_HEAD }, &dst))
		return false;
	if (v6 ? type == ICMP6_TOO_BIG : type == ICMP_UNREACHABLE && code == ICMP_NEEDS_FRAG) {
		mtu = v6 ? load_be32(d->body.p + 4) : load_be16(d->body.p + 6);
		model_note(m, &m->cap.too_big);
		if (mtu < V4_MIN_MTU)
			return true;
		if (m->cap.path_mtu == 0 || mtu < m->cap.path_mtu)
			m->cap.path_mtu = mtu;
		m->too_big.dst = dst;
		m->too_big.mtu = mtu;
		m->too_big.ns = d->ns;
	} else if (type == (v6 ? ICMP6_UNREACHABLE : ICMP_UNREACHABLE)) {
		model_note(m, &m->cap.unreachable);
	}
	return true;
}

static bool clear_eq(const void *thing, const void *key)
{
	const struct selector_view *a = &((const struct model_clear *)thing)->view, *b = key;

	return addr_eq(&a->src, &b->src) && addr_eq(&a->dst, &b->dst) && a->proto == b->proto;
}

static void take_clear(struct model *m, const struct datagram *d)
{
	struct { uint8_t src[16], dst[16], proto; } bytes = { .proto = d->proto };
	struct selector_view view;
	struct model_clear *c;
	uint64_t hash;
	uint32_t id;

	if (d->packet.n == 0 || addr_is_multicast(&d->dst))
		return;
	place_view(&view, d->packet.p, d->packet.n);
	memcpy(bytes.src, view.src.b, sizeof bytes.src);
	memcpy(bytes.dst, view.dst.b, sizeof bytes.dst);
	hash = model_hash(m, &bytes, sizeof bytes);
	if ((id = model_find(&m->clears, hash, clear_eq, &view)) == 0) {
		if (m->clears.n >= MODEL_CLEAR || (c = calloc(1, sizeof *c)) == NULL) {
			m->cap.dropped_clear++;
			return;
		}
		c->view = view;
		if ((id = model_put(&m->clears, hash, c)) == 0) {
			free(c);
			m->cap.dropped_clear++;
			return;
		}
	}
	c = m->clears.at[id - 1];
	c->id = id;
	c->packets++;
	c->bytes += d->ip.len;
	model_note(m, &c->at);
}

void model_take_other(struct model *m, const struct datagram *d)
{
	bool ike_ports = d->proto == IP_UDP && (d->sport == PORT_IKE || d->dport == PORT_IKE || d->sport == PORT_NATT ||
	    d->dport == PORT_NATT);

	if ((d->proto == IP_ICMP || d->proto == IP_ICMP6) && take_icmp(m, d))
		return;
	if (d->proto == PROTO_IPCOMP)
		model_take_ipcomp(m, d);
	else if (ike_ports)
		model_note(m, &m->cap.stray);
	else
		take_clear(m, d);
}

/* Of a negotiation that waits for an answer they are its messages', else ESP's. */
void model_take_lost(struct model *m, const struct datagram *d)
{
	bool natt = d->sport == PORT_NATT || d->dport == PORT_NATT, ike = d->sport == PORT_IKE || d->dport == PORT_IKE;

	for (uint32_t i = m->ikes.n; d->proto == IP_UDP && i-- > 0 && m->ikes.n - i <= 64;) {
		struct model_ike *k = m->ikes.at[i];
		const struct addr *a = &k->i.addr, *b = &k->r.addr;

		if (!(addr_eq(a, &d->src) && addr_eq(b, &d->dst)) && !(addr_eq(b, &d->src) && addr_eq(a, &d->dst)))
			continue;
		if (ike || (natt && k->up.frame == 0) || (d->sport == 0 && k->up.frame == 0)) {
			model_note(m, &k->ip_fragments);
			return;
		}
	}
	if (d->proto == IPPROTO_ESP_ || d->proto == IPPROTO_AH_ || natt)
		model_note(m, &m->cap.lost_fragments);
}
