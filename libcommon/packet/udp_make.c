#include "packet/udp_make.h"

#include "packet/checksum.h"
#include "packet/ip.h"
#include "packet/udp.h"

enum { HOPS = 64, IP4_HEADER = 20, IP6_HEADER = 40, CHECKSUM_AT = 6, IP4_CHECKSUM_AT = 10 };

static void put_ip(struct wr *w, const struct udp_ends *ends, size_t n)
{
	if (ends->src.family == 4) {
		wr_u16(w, 0x4500);
		wr_u16(w, (uint16_t)(IP4_HEADER + n));
		wr_u32(w, 0);
		wr_u8(w, HOPS);
		wr_u8(w, IP_UDP);
		wr_u16(w, 0);
	} else {
		wr_u32(w, 0x60000000);
		wr_u16(w, (uint16_t)n);
		wr_u8(w, IP_UDP);
		wr_u8(w, HOPS);
	}
	wr_span(w, (struct span){ ends->src.b, addr_len(&ends->src) });
	wr_span(w, (struct span){ ends->dst.b, addr_len(&ends->dst) });
}

bool udp_make(struct wr *w, const struct udp_ends *ends, struct span body)
{
	size_t n = UDP_HEADER + body.n, head = ends->src.family == 4 ? IP4_HEADER : IP6_HEADER, from = w->n;
	uint16_t sum;

	if (ends->src.family != ends->dst.family || head + n > UINT16_MAX) {
		w->bad = true;
		return false;
	}
	put_ip(w, ends, n);
	wr_u16(w, ends->sport);
	wr_u16(w, ends->dport);
	wr_u16(w, (uint16_t)n);
	wr_u16(w, 0);
	wr_span(w, body);
	if (!wr_ok(w))
		return false;
	if (head == IP4_HEADER)
		store_be16(w->p + from + IP4_CHECKSUM_AT, checksum(w->p + from, head));
	sum = ip_checksum(w->p + from, IP_UDP, w->p + from + head, (uint32_t)n);
	store_be16(w->p + from + head + CHECKSUM_AT, sum != 0 ? sum : UINT16_MAX);	/* RFC 768: 0 means none */
	return true;
}
