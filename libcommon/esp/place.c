#include "esp/place.h"

#include <string.h>

#include "base/rd.h"
#include "esp/ipcomp.h"
#include "packet/wesp.h"
#include "packet/udp.h"

/* ESP may travel on any port that an SA names, and on others where it begins with a known SPI. */
static bool other_port(const struct place *pl, const uint8_t *p, size_t have, const struct sad *sad)
{
	const uint8_t *udp = p + pl->ip.payload;
	struct addr src, dst;

	if (have < UDP_HEADER + 8)
		return have >= 4 && sad_has_udp_port(sad, load_be16(udp), load_be16(udp + 2));
	if (sad_has_udp_port(sad, load_be16(udp), load_be16(udp + 2)))
		return true;
	if (!sad_may_have(sad, load_be32(udp + UDP_HEADER)))
		return false;
	ip_addrs(&pl->ip, p, &src, &dst);
	return sad_find(sad, SA_ESP, load_be32(udp + UDP_HEADER), &src, &dst) != NULL;
}

/* ESP behind WESP's header at pl->at. */
static enum place_kind in_wesp(struct place *pl, const uint8_t *p, size_t n, bool udp)
{
	size_t have = n > pl->at ? n - pl->at : 0;
	struct wesp_view w;

	pl->wesp = pl->at;
	switch (wesp_parse(&w, p + pl->at, have < pl->n ? have : pl->n, pl->ip.version, udp)) {
	case V_OK:
		pl->at += (uint32_t)w.esp;
		pl->n -= (uint32_t)w.esp;
		return PLACE_ESP;
	case V_TRUNCATED:
		return PLACE_CUT;
	case V_UNSUPPORTED:
		pl->why = "WESP of another version";
		return PLACE_UNSUPPORTED;
	default:
		pl->why = "the fields of the WESP header contradict each other";
		return PLACE_BAD;
	}
}

static enum place_kind in_udp(struct place *pl, const uint8_t *p, size_t n, const struct sad *sad)
{
	struct udp_view u = { 0 };
	size_t have = n - pl->ip.payload, whole = pl->ip.len - pl->ip.payload;
	enum udp_kind kind = udp_parse(&u, p + pl->ip.payload, have, whole, false);

	if (kind == UDP_OTHER && other_port(pl, p, have, sad))
		kind = udp_parse(&u, p + pl->ip.payload, have, whole, true);
	switch (kind) {
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
		if (have > UDP_HEADER && wesp_in_udp(p + pl->at, have - UDP_HEADER))
			return in_wesp(pl, p, n, true);
		return PLACE_ESP;
	case UDP_OTHER:
		break;
	}
	return PLACE_OTHER;
}

/* What IPComp made no shorter travels as it was, RFC 3173 2.2: in tunnel mode as IP in IP. */
static const struct sad_entry *find_tunnel(const struct place *pl, const uint8_t *p,
    const struct sad *sad)
{
	struct addr src, dst;

	if (!sad_has_ipcomp(sad) || (pl->ip.proto != IPPROTO_IP4 && pl->ip.proto != IPPROTO_IP6))
		return NULL;
	ip_addrs(&pl->ip, p, &src, &dst);
	return sad_find_tunnel(sad, &src, &dst);
}

static bool may_be_ipsec(const struct place *pl, const uint8_t *p, const struct sad *sad)
{
	switch (pl->ip.proto) {
	case IPPROTO_ESP_:
	case IPPROTO_AH_:
	case IPPROTO_IPCOMP_:
	case IPPROTO_WESP:
	case IP_UDP:
	case IP_TCP:
		return true;
	}
	return find_tunnel(pl, p, sad) != NULL;
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
	pl->at = pl->n = pl->wesp = 0;
	if ((r = ip_parse(&pl->ip, p, n)) != IP_OK)
		return unreadable(pl, p, n, r);
	if (n > pl->ip.len)
		n = pl->ip.len;
	if (pl->ip.frag)
		return !may_be_ipsec(pl, p, sad) && pl->ip.version == 4 ? PLACE_OTHER : PLACE_FRAGMENT;
	pl->at = pl->ip.payload;
	pl->n = pl->ip.len - pl->ip.payload;
	switch (pl->ip.proto) {
	case IP_UDP:
		return in_udp(pl, p, n, sad);
	case IP_TCP:
		return PLACE_TCP;
	case IPPROTO_ESP_:
		return PLACE_ESP;
	case IPPROTO_AH_:
		return PLACE_AH;
	case IPPROTO_IPCOMP_:
		return PLACE_IPCOMP;
	case IPPROTO_WESP:
		return in_wesp(pl, p, n, false);
	}
	pl->tunnel = find_tunnel(pl, p, sad);
	return pl->tunnel != NULL ? PLACE_PLAIN : PLACE_OTHER;
}

bool place_is_plain(const uint8_t *p, size_t n, const struct sad *sad)
{
	const uint8_t *udp;
	uint16_t sport, dport;

	if (n < 20 || p[0] >> 4 != 4)
		return false;
	if (p[9] == IP_TCP || p[9] == IP_ICMP)
		return true;
	udp = p + (p[0] & 15) * 4;
	if (p[9] != IP_UDP || n < (p[0] & 15u) * 4 + UDP_HEADER + 8)
		return false;
	sport = load_be16(udp);
	dport = load_be16(udp + 2);
	return sport != PORT_NATT && dport != PORT_NATT && !sad_has_udp_port(sad, sport, dport) &&
	    !sad_may_have(sad, load_be32(udp + UDP_HEADER));
}

enum place_kind place_find(struct place *pl, const uint8_t *p, size_t n, const struct sad *sad)
{
	return pl->kind = find(pl, p, n, sad);
}

bool place_name(const struct place *pl, const uint8_t *p, size_t have, uint32_t *spi, uint32_t *seq)
{
	size_t at = pl->kind == PLACE_AH ? 4 : 0;	/* RFC 4302 2: what follows and the length come first */

	*seq = 0;
	p += pl->at;
	if (pl->kind == PLACE_PLAIN) {
		*spi = pl->tunnel->sa.spi;
		return true;
	}
	if (pl->kind == PLACE_IPCOMP) {
		*spi = have >= IPCOMP_HEAD ? load_be16(p + 2) : 0;
		return have >= IPCOMP_HEAD;
	}
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
