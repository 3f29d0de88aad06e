#include "esp/place.h"

#include <string.h>

#include "base/rd.h"
#include "packet/udp.h"

enum { IPCOMP = 108 };

/* ESP may travel on any port that an SA names, and on others where it begins with a known SPI. */
static bool other_port(const struct place *pl, const uint8_t *p, size_t have, const struct sad *sad)
{
	const uint8_t *udp = p + pl->ip.payload;
	struct addr src, dst;

	if (have < UDP_HEADER + 8)
		return have >= 4 && sad_has_udp_port(sad, load_be16(udp), load_be16(udp + 2));
	if (sad_has_udp_port(sad, load_be16(udp), load_be16(udp + 2)))
		return true;
	ip_addrs(&pl->ip, p, &src, &dst);
	return sad_find(sad, SA_ESP, load_be32(udp + UDP_HEADER), &src, &dst) != NULL;
}

static enum place_kind in_udp(struct place *pl, const uint8_t *p, size_t n, const struct sad *sad)
{
	struct udp_view u = { 0 };
	size_t have = n - pl->ip.payload, whole = pl->ip.len - pl->ip.payload;
	bool named = other_port(pl, p, have, sad);

	switch (udp_parse(&u, p + pl->ip.payload, have, whole, named)) {
	case UDP_IKE:
		return PLACE_IKE;
	case UDP_KEEPALIVE:
		return PLACE_KEEPALIVE;
	case UDP_CUT:
		return PLACE_CUT;
	case UDP_BAD:
		pl->why = "the UDP length does not fit its packet, or leaves no room for ESP";
		return PLACE_BAD;
	case UDP_ESP:
		pl->at = pl->ip.payload + UDP_HEADER;
		pl->n = u.len - UDP_HEADER;
		return PLACE_ESP;
	case UDP_OTHER:
		break;
	}
	return PLACE_OTHER;
}

static bool may_be_ipsec(uint8_t proto)
{
	return proto == IPPROTO_ESP_ || proto == IPPROTO_AH_ || proto == IP_UDP || proto == IPCOMP;
}

/* What the headers do not let us read: IPsec if the protocol field says so. */
static enum place_kind unreadable(struct place *pl, const uint8_t *p, size_t n, enum ip_result r)
{
	uint8_t proto = pl->ip.version == 4 && n >= 10 ? p[9] : pl->ip.version == 6 && n >= 7 ? p[6] : 0;

	if (r == IP_CUT)
		return PLACE_CUT;
	pl->why = "the IP header contradicts itself";
	return proto == IPPROTO_ESP_ || pl->ip.proto == IPPROTO_ESP_ ? PLACE_BAD : PLACE_OTHER;
}

static enum place_kind find(struct place *pl, const uint8_t *p, size_t n, const struct sad *sad)
{
	enum ip_result r;

	pl->why = NULL;
	pl->at = pl->n = 0;
	if ((r = ip_parse(&pl->ip, p, n)) != IP_OK)
		return unreadable(pl, p, n, r);
	if (n > pl->ip.len)
		n = pl->ip.len;
	if (pl->ip.frag)
		return !may_be_ipsec(pl->ip.proto) && pl->ip.version == 4 ? PLACE_OTHER : PLACE_FRAGMENT;
	if (pl->ip.proto == IP_UDP)
		return in_udp(pl, p, n, sad);
	if (pl->ip.proto == IPCOMP) {
		pl->why = "IPComp";
		return PLACE_UNSUPPORTED;
	}
	if (pl->ip.proto != IPPROTO_ESP_ && pl->ip.proto != IPPROTO_AH_)
		return PLACE_OTHER;
	pl->at = pl->ip.payload;
	pl->n = pl->ip.len - pl->ip.payload;
	return pl->ip.proto == IPPROTO_AH_ ? PLACE_AH : PLACE_ESP;
}

enum place_kind place_find(struct place *pl, const uint8_t *p, size_t n, const struct sad *sad)
{
	return pl->kind = find(pl, p, n, sad);
}

bool place_name(const struct place *pl, const uint8_t *p, size_t have, uint32_t *spi, uint32_t *seq)
{
	size_t at = pl->kind == PLACE_AH ? 4 : 0;	/* RFC 4302 2: what follows and the length come first */

	p += pl->at;
	*spi = have >= at + 4 ? load_be32(p + at) : 0;
	*seq = have >= at + 8 ? load_be32(p + at + 4) : 0;
	return have >= at + 8;
}

void place_view(struct selector_view *view, const uint8_t *p, size_t n)
{
	struct ip_view v;

	*view = (struct selector_view){ 0 };
	if (ip_parse(&v, p, n) != IP_OK)
		return;
	ip_addrs(&v, p, &view->src, &view->dst);
	view->proto = v.proto;
	if (v.frag_offset > 0 || n < v.payload + 4u)
		return;
	p += v.payload;
	if (v.proto == IP_ICMP || v.proto == IP_ICMP6) {
		view->has_ports = true;
		view->icmp_type = p[0];
		view->icmp_code = p[1];
	} else if (v.proto == IP_TCP || v.proto == IP_UDP || v.proto == 132 || v.proto == 136) {
		view->has_ports = true;
		view->sport = load_be16(p);
		view->dport = load_be16(p + 2);
	}
}
