#include "esp/mode.h"

#include "base/rd.h"
#include "base/wr.h"
#include "packet/checksum.h"

enum verdict mode_inner(const uint8_t *p, size_t n, uint8_t next, uint32_t *len)
{
	struct ip_view v;

	if (n < 20 || p[0] >> 4 != (next == IPPROTO_IP4 ? 4 : 6))
		return V_BAD_HEADER;
	if (ip_parse(&v, p, n) == IP_OK) {
		*len = v.len;
	} else {
		/* extension headers that make no sense are the inner packet's own affair */
		if (v.version != 6 || n < 40)
			return V_BAD_HEADER;
		*len = load_be16(p + 4) + 40u;
	}
	return *len <= n ? V_OK : V_BAD_HEADER;
}

bool mode_of(enum sa_mode said, uint8_t next, enum sa_mode *mode)
{
	bool ip = next == IPPROTO_IP4 || next == IPPROTO_IP6;

	*mode = said != SA_MODE_UNKNOWN ? said : ip ? SA_TUNNEL : SA_TRANSPORT;
	return *mode != SA_TUNNEL || ip;
}

enum { NOT_ECT, ECT_1, ECT_0, CE };

/* RFC 6040 figure 4, rows by the inner and columns by the outer bits; -1: drop. */
static const int8_t ecn[4][4] = {
	[NOT_ECT] = { [NOT_ECT] = NOT_ECT, [ECT_0] = NOT_ECT, [ECT_1] = NOT_ECT, [CE] = -1 },
	[ECT_0] = { [NOT_ECT] = ECT_0, [ECT_0] = ECT_0, [ECT_1] = ECT_1, [CE] = CE },
	[ECT_1] = { [NOT_ECT] = ECT_1, [ECT_0] = ECT_1, [ECT_1] = ECT_1, [CE] = CE },
	[CE] = { [NOT_ECT] = CE, [ECT_0] = CE, [ECT_1] = CE, [CE] = CE },
};

bool mode_ecn(uint8_t *inner, uint8_t outer_tos)
{
	uint8_t tos = inner[0] >> 4 == 4 ? inner[1] : (uint8_t)(load_be16(inner) >> 4);
	int8_t now = ecn[tos & 3][outer_tos & 3];

	if (now < 0)
		return false;
	if (now != (tos & 3))
		ip_set_tos(inner, (uint8_t)((tos & 0xfc) | now));
	return true;
}

static uint16_t readdress(uint16_t sum, const struct addr *was, const uint8_t *now)
{
	for (size_t i = 0; i < addr_len(was); i += 2)
		sum = checksum_change(sum, load_be16(was->b + i), load_be16(now + i));
	return sum;
}

void mode_nat_checksum(uint8_t *p, size_t n, const struct addr *oa_src, const struct addr *oa_dst)
{
	struct ip_view v;
	size_t at;
	uint16_t sum;

	if (ip_parse(&v, p, n) != IP_OK || v.frag_offset > 0)
		return;
	at = v.payload + (v.proto == IP_TCP ? 16u : 6u);
	if ((v.proto != IP_TCP && v.proto != IP_UDP) || at + 2 > n)
		return;
	sum = load_be16(p + at);
	if (v.proto == IP_UDP && sum == 0)	/* none was sent */
		return;
	if (oa_src->family == v.version)
		sum = readdress(sum, oa_src, p + v.src_at);
	if (oa_dst->family == v.version)
		sum = readdress(sum, oa_dst, p + v.dst_at);
	store_be16(p + at, v.proto == IP_UDP && sum == 0 ? 0xffff : sum);
}
