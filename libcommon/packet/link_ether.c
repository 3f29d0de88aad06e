#include "packet/link_priv.h"

/* What may stand in a row before IP: more is not a packet, but somebody's joke. */
enum { TAGS = 8, LABELS = 16 };

static enum link_result ip_at(struct link_view *v, enum link_form form, size_t type, size_t ip,
    uint8_t family)
{
	v->form = form;
	v->type = (uint16_t)type;
	v->ip = (uint16_t)ip;
	v->family = family;
	return family != 0 ? LINK_IP : LINK_OTHER;
}

/* RFC 3032 2.1: 20 bits of label, 3 of class, the bottom bit, 8 of TTL. */
static enum link_result mpls_at(const uint8_t *p, size_t n, size_t at, struct link_view *v)
{
	for (int i = 0; i < LABELS; i++, at += 4) {
		if (n < at + 4)
			return LINK_CUT;
		if ((p[at + 2] & 1) == 0)
			continue;
		v->form = LINK_FORM_MPLS;
		v->type = (uint16_t)at;
		return link_nibble(p, n, at + 4, v);
	}
	return LINK_OTHER;
}

/* The low bit tells a whole protocol number's last octet (RFC 1661 2). */
static enum link_result ppp_at(const uint8_t *p, size_t n, size_t at, struct link_view *v)
{
	bool compressed;
	uint16_t proto;
	size_t next;

	if (n <= at)
		return LINK_CUT;
	compressed = (p[at] & 1) != 0;
	next = at + (compressed ? 1 : 2);
	if (n < next)
		return LINK_CUT;
	proto = compressed ? p[at] : load_be16(p + at);
	if (proto == PPP_MPLS || proto == PPP_MPLS_MULTICAST)
		return mpls_at(p, n, next, v);
	return ip_at(v, compressed ? LINK_FORM_PPP_SHORT : LINK_FORM_PPP, at, next,
	    proto == PPP_IP ? 4 : proto == PPP_IPV6 ? 6 : 0);
}

/* RFC 2516 4: version and type 1, code 0 for a session, its number, then a length. */
static enum link_result pppoe_at(const uint8_t *p, size_t n, size_t at, struct link_view *v)
{
	if (n < at + 6)
		return LINK_CUT;
	if (p[at] != 0x11 || p[at + 1] != 0)
		return LINK_OTHER;
	v->len_form = LINK_LEN_BIG16;
	v->len = (uint16_t)(at + 4);
	v->len_from = (uint16_t)(at + 6);
	return ppp_at(p, n, at + 6, v);
}

enum link_result link_ethertype(const uint8_t *p, size_t n, size_t type, size_t next,
    struct link_view *v)
{
	uint16_t is;

	for (int i = 0; i <= TAGS; i++) {
		if (n < type + 2 || n < next)
			return LINK_CUT;
		is = load_be16(p + type);
		if (is != ETH_VLAN && is != ETH_QINQ && is != ETH_QINQ_OLD)
			break;
		type = next + 2;
		next += 4;
	}
	if (is == ETH_MPLS || is == ETH_MPLS_MULTICAST)
		return mpls_at(p, n, next, v);
	if (is == ETH_PPPOE)
		return pppoe_at(p, n, next, v);
	return ip_at(v, LINK_FORM_ETHERTYPE, type, next, is == ETH_IP ? 4 : is == ETH_IPV6 ? 6 : 0);
}

enum link_result link_ethernet(const uint8_t *p, size_t n, struct link_view *v)
{
	return link_ethertype(p, n, 12, 14, v);
}

/* With these hardware types the protocol is no EtherType (LINKTYPE_LINUX_SLL). */
static bool sll_own_protocol(uint16_t arphrd)
{
	enum { FRAME_RELAY = 770, IEEE80211 = 801, PRISM = 802, RADIOTAP = 803, NETLINK = 824 };

	return arphrd == FRAME_RELAY || arphrd == IEEE80211 || arphrd == PRISM ||
	    arphrd == RADIOTAP || arphrd == NETLINK;
}

enum link_result link_sll(const uint8_t *p, size_t n, struct link_view *v)
{
	if (n < 16)
		return LINK_CUT;
	if (sll_own_protocol(load_be16(p + 2)))
		return LINK_OTHER;
	return link_ethertype(p, n, 14, 16, v);
}

enum link_result link_sll2(const uint8_t *p, size_t n, struct link_view *v)
{
	if (n < 20)
		return LINK_CUT;
	if (sll_own_protocol(load_be16(p + 8)))
		return LINK_OTHER;
	return link_ethertype(p, n, 0, 20, v);
}

/* An address, a control octet of 0, then an EtherType. */
enum link_result link_c_hdlc(const uint8_t *p, size_t n, struct link_view *v)
{
	return link_ethertype(p, n, 2, 4, v);
}

enum link_result link_mpls(const uint8_t *p, size_t n, struct link_view *v)
{
	return mpls_at(p, n, 0, v);
}

/* The address and control octets FF 03 may have been negotiated away (RFC 1662 3.2). */
static enum link_result framed_ppp(const uint8_t *p, size_t n, size_t at, struct link_view *v)
{
	if (n < at + 2)
		return LINK_CUT;
	return ppp_at(p, n, p[at] == 0xff && p[at + 1] == 0x03 ? at + 2 : at, v);
}

enum link_result link_ppp(const uint8_t *p, size_t n, struct link_view *v)
{
	return framed_ppp(p, n, 0, v);
}

/* Cisco's framing shares this link type; its addresses are no PPP's. */
enum link_result link_ppp_hdlc(const uint8_t *p, size_t n, struct link_view *v)
{
	if (n > 0 && (p[0] == 0x0f || p[0] == 0x8f))
		return link_c_hdlc(p, n, v);
	return framed_ppp(p, n, 0, v);
}

enum link_result link_ppp_ether(const uint8_t *p, size_t n, struct link_view *v)
{
	return pppoe_at(p, n, 0, v);
}

/* pppd puts the direction, 0 or 1, where the address octet was. */
enum link_result link_ppp_pppd(const uint8_t *p, size_t n, struct link_view *v)
{
	if (n >= 2 && p[0] <= 1 && p[1] == 0x03)
		return ppp_at(p, n, 2, v);
	return framed_ppp(p, n, 0, v);
}

enum link_result link_ppp_with_dir(const uint8_t *p, size_t n, struct link_view *v)
{
	return framed_ppp(p, n, 1, v);
}
