#include "packet/ip.h"

#include <string.h>

#include "base/rd.h"
#include "base/wr.h"
#include "packet/checksum.h"

enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION = 60, MOBILITY = 135, HIP = 139,
	SHIM6 = 140 };

static enum ip_result parse4(struct ip_view *v, const uint8_t *p, size_t n)
{
	size_t hlen;
	uint16_t frag;

	if (n < 20)
		return IP_CUT;
	hlen = (size_t)(p[0] & 15) * 4;
	v->tos = p[1];
	v->len = load_be16(p + 2);
	if (v->len == 0)
		v->len = (uint32_t)n;
	if (hlen < 20 || v->len < hlen)
		return IP_BAD;
	if (n < hlen)
		return IP_CUT;
	v->id = load_be16(p + 4);
	frag = load_be16(p + 6);
	v->more = (frag & 0x2000) != 0;
	v->frag_offset = (uint16_t)((frag & 0x1fff) * 8);
	v->frag = (frag & 0x3fff) != 0;
	v->proto = p[9];
	v->next = 9;
	v->payload = (uint16_t)hlen;
	v->src_at = 12;
	v->dst_at = 16;
	return IP_OK;
}

/* The fragment header (RFC 8200 4.5): the chain goes on behind it only in a first fragment. */
static void fragment6(struct ip_view *v, const uint8_t *p)
{
	uint16_t at = load_be16(p + 2);

	v->frag_header = true;
	v->frag_at = v->payload;
	v->frag_next = v->next;
	v->more = (at & 1) != 0;
	v->frag_offset = at & 0xfff8;
	v->frag = v->more || v->frag_offset > 0;
	v->id = load_be32(p + 4);
}

/* Walks the extension headers that may stand before a payload (RFC 8200 4). */
static enum ip_result chain6(struct ip_view *v, const uint8_t *p, size_t n)
{
	for (;;) {
		const uint8_t *h = p + v->payload;
		size_t left = n - v->payload, len;

		switch (v->proto) {
		case HOP_BY_HOP: case ROUTING: case DESTINATION: case MOBILITY: case HIP: case SHIM6:
			if (left < 8)
				return v->len < v->payload + 8u ? IP_BAD : IP_CUT;
			len = 8 + (size_t)h[1] * 8;
			break;
		case FRAGMENT:
			if (left < 8)
				return v->len < v->payload + 8u ? IP_BAD : IP_CUT;
			if (v->frag_header)
				return IP_BAD;
			fragment6(v, h);
			len = 8;
			break;
		default:
			return IP_OK;
		}
		if (v->len < v->payload + len)
			return IP_BAD;
		if (left < len)
			return IP_CUT;
		v->next = v->payload;
		v->proto = h[0];
		v->payload = (uint16_t)(v->payload + len);
		if (v->frag && v->frag_offset > 0 && v->next == v->frag_at)
			return IP_OK;		/* the middle of some payload */
		if (v->payload > 4096)		/* no sane chain is that long */
			return IP_BAD;
	}
}

static enum ip_result parse6(struct ip_view *v, const uint8_t *p, size_t n)
{
	if (n < 40)
		return IP_CUT;
	v->tos = (uint8_t)(load_be16(p) >> 4);
	v->len = load_be16(p + 4);
	v->len = v->len == 0 && p[6] != IPPROTO_NONE_ ? (uint32_t)n : v->len + 40;
	v->proto = p[6];
	v->next = 6;
	v->payload = 40;
	v->src_at = 8;
	v->dst_at = 24;
	return chain6(v, p, n < v->len ? n : v->len);
}

enum ip_result ip_parse(struct ip_view *v, const uint8_t *p, size_t n)
{
	*v = (struct ip_view){ 0 };
	if (n == 0)
		return IP_CUT;
	v->version = p[0] >> 4;
	if (v->version == 4)
		return parse4(v, p, n);
	if (v->version == 6)
		return parse6(v, p, n);
	return IP_BAD;
}

void ip_addrs(const struct ip_view *v, const uint8_t *p, struct addr *src, struct addr *dst)
{
	*src = (struct addr){ .family = v->version };
	*dst = (struct addr){ .family = v->version };
	if (v->version == 4) {		/* lengths that the compiler knows: this is done for each packet */
		memcpy(src->b, p + v->src_at, 4);
		memcpy(dst->b, p + v->dst_at, 4);
	} else {
		memcpy(src->b, p + v->src_at, 16);
		memcpy(dst->b, p + v->dst_at, 16);
	}
}

void ip_fix(const struct ip_view *v, uint8_t *p, uint8_t proto, uint32_t len)
{
	p[v->next] = proto;
	if (v->version == 4) {
		store_be16(p + 2, (uint16_t)len);
		store_be16(p + 10, 0);
		store_be16(p + 10, checksum(p, v->payload));
	} else {
		store_be16(p + 4, (uint16_t)(len - 40));
	}
}

uint16_t ip_checksum(const uint8_t *ip, uint8_t proto, const uint8_t *p, uint32_t n)
{
	bool v4 = ip[0] >> 4 == 4;
	uint32_t sum = checksum_add(0, ip + (v4 ? 12 : 8), v4 ? 8 : 32);
	uint8_t rest[8] = { 0 };

	store_be32(rest, n);
	rest[7] = proto;
	return checksum_fold(checksum_add(checksum_add(sum, rest, sizeof rest), p, n));
}

void ip_set_tos(uint8_t *p, uint8_t tos)
{
	uint16_t was = load_be16(p), now;

	if (p[0] >> 4 == 4) {
		now = (uint16_t)((was & 0xff00) | tos);
		store_be16(p, now);
		store_be16(p + 10, checksum_change(load_be16(p + 10), was, now));
	} else {
		store_be16(p, (uint16_t)((was & 0xf00f) | tos << 4));
	}
}
