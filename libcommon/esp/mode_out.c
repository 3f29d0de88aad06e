#include "esp/mode_out.h"

#include <string.h>

#include "base/wr.h"
#include "packet/checksum.h"

enum { HOP_BY_HOP = 0, ROUTING = 43, DESTINATION = 60 };
enum { HEAD4 = 20, HEAD6 = 40, DONT_FRAGMENT = 0x4000, FLOW_MASK = 0xfffff };

static int64_t choose(int64_t option, int64_t sa, int64_t otherwise)
{
	return option != -1 ? option : sa != -1 ? sa : otherwise;
}

struct mode_policy mode_policy_of(const struct sa *sa, const struct mode_policy *options)
{
	return (struct mode_policy){
		.dscp = (int)choose(options->dscp, sa->dscp, SA_COPY),
		.ttl = (int)choose(options->ttl, sa->ttl, MODE_TTL),
		.ecn = (int)choose(options->ecn, sa->ecn, SA_ECN_RFC6040),
		.df = (int)choose(options->df, sa->df, SA_DF_COPY),
		.flow = choose(options->flow, sa->flow, SA_COPY),
	};
}

struct mode_fields mode_fields_of(const struct ip_view *v, const uint8_t *p)
{
	struct mode_fields f = { .tos = v->tos, .ttl = p[v->version == 4 ? 8 : 7] };

	if (v->version == 4) {
		f.df = (load_be16(p + 6) & DONT_FRAGMENT) != 0;
		f.id = (uint16_t)v->id;
	} else {
		f.flow = load_be32(p) & FLOW_MASK;
	}
	return f;
}

struct mode_fields mode_fields(const struct mode_policy *m, const struct ip_view *v,
    const uint8_t *inner)
{
	struct mode_fields in = mode_fields_of(v, inner), f;

	f.tos = (uint8_t)(m->dscp == SA_COPY ? in.tos & 0xfc : m->dscp << 2);
	/* RFC 6040 4.1: the normal mode copies; the compatibility mode is "clear" */
	if (m->ecn != SA_ECN_CLEAR)
		f.tos |= in.tos & 3;
	f.ttl = m->ttl == SA_COPY ? in.ttl : (uint8_t)m->ttl;
	/* IPv6 packets are divided by their source alone, as if DF were set */
	f.df = m->df == SA_DF_COPY ? in.df || v->version == 6 : m->df == SA_DF_SET;
	f.id = 0;
	f.flow = m->flow == SA_COPY ? in.flow : (uint32_t)m->flow;
	return f;
}

size_t mode_outer(uint8_t *p, const struct mode_fields *f, const struct addr *src,
    const struct addr *dst, uint8_t proto, uint32_t len)
{
	if (src->family == 4) {
		p[0] = 0x45;
		p[1] = f->tos;
		store_be16(p + 2, (uint16_t)len);
		store_be16(p + 4, f->id);
		store_be16(p + 6, f->df ? DONT_FRAGMENT : 0);
		p[8] = f->ttl;
		p[9] = proto;
		store_be16(p + 10, 0);
		memcpy(p + 12, src->b, 4);
		memcpy(p + 16, dst->b, 4);
		store_be16(p + 10, checksum(p, HEAD4));
		return HEAD4;
	}
	store_be32(p, 0x60000000 | (uint32_t)f->tos << 20 | (f->flow & FLOW_MASK));
	store_be16(p + 4, (uint16_t)(len - HEAD6));
	p[6] = proto;
	p[7] = f->ttl;
	memcpy(p + 8, src->b, 16);
	memcpy(p + 24, dst->b, 16);
	return HEAD6;
}

struct mode_place mode_place(const struct ip_view *v, const uint8_t *p)
{
	struct mode_place m = { HEAD6, 6 };
	bool routed = false;
	uint8_t proto = p[6];

	if (v->version == 4)
		return (struct mode_place){ v->payload, 9 };
	while (proto == HOP_BY_HOP || proto == ROUTING || (proto == DESTINATION && !routed)) {
		if (m.at >= v->payload)		/* ip_parse() went no further */
			break;
		routed = routed || proto == ROUTING;
		m.next = m.at;
		m.at = (uint16_t)(m.at + 8 + p[m.at + 1] * 8);
		proto = p[m.next];
	}
	return m;
}

bool mode_forward(uint8_t *p)
{
	bool v4 = p[0] >> 4 == 4;
	uint8_t *ttl = p + (v4 ? 8 : 7);
	uint16_t was;

	if (*ttl <= 1)
		return false;
	was = load_be16(p + 8);
	(*ttl)--;
	if (v4)
		store_be16(p + 10, checksum_change(load_be16(p + 10), was, load_be16(p + 8)));
	return true;
}
