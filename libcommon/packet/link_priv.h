/*
 * link_priv.h - the parsers behind the rows of link.c.
 *
 * Each gets an empty view and the n captured bytes of a packet.
 */
#ifndef PACKET_LINK_PRIV_H
#define PACKET_LINK_PRIV_H

#include "base/rd.h"
#include "packet/link.h"

enum { ETH_VLAN = 0x8100, ETH_QINQ = 0x88a8,
	ETH_QINQ_OLD = 0x9100, ETH_MPLS = 0x8847, ETH_MPLS_MULTICAST = 0x8848, ETH_PPPOE = 0x8864 };
enum { PPP_IP = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281, PPP_MPLS_MULTICAST = 0x0283 };
/* AF_INET6 differs; NetBSD has OpenBSD's. */
enum { AF_4 = 2, AF_6_LINUX = 10, AF_6_OPENBSD = 24, AF_6_SOLARIS = 26, AF_6_FREEBSD = 28,
	AF_6_MACOS = 30 };
enum { MPLS_NULL_4 = 0, MPLS_NULL_6 = 2 };	/* explicit null labels, RFC 3032 2.1 */

typedef enum link_result link_parser(const uint8_t *p, size_t n, struct link_view *v);

/* link_ether.c */
link_parser link_ethernet, link_sll, link_sll2, link_c_hdlc, link_mpls, link_ppp, link_ppp_hdlc,
    link_ppp_ether, link_ppp_pppd, link_ppp_with_dir;
/* link_rows.c */
link_parser link_raw, link_only4, link_only6, link_null, link_loop, link_enc, link_pflog,
    link_nflog, link_ipnet, link_upper_pdu, link_ipoib, link_slip;

/* IP of either version at p + at, which the first nibble tells. */
static inline enum link_result link_nibble(const uint8_t *p, size_t n, size_t at,
    struct link_view *v)
{
	if (n <= at)
		return LINK_CUT;
	if (at > UINT16_MAX)
		return LINK_OTHER;
	v->ip = (uint16_t)at;
	v->family = p[at] >> 4;
	return v->family == 4 || v->family == 6 ? LINK_IP : LINK_OTHER;
}

#endif
