/*
 * link.h - link types: one row each, where IP starts and where the header says
 * which IP it is and how long it is.
 *
 * Numbers are LINKTYPE_ numbers as in files (https://www.tcpdump.org/linktypes.html).
 * VLAN and QinQ tags, MPLS labels and PPPoE sessions count as part of the
 * header they stand in.
 */
#ifndef PACKET_LINK_H
#define PACKET_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINKTYPE_NULL = 0, LINKTYPE_ETHERNET = 1, LINKTYPE_SLIP = 8, LINKTYPE_PPP = 9,
	LINKTYPE_PPP_HDLC = 50, LINKTYPE_PPP_ETHER = 51, LINKTYPE_RAW = 101, LINKTYPE_C_HDLC = 104,
	LINKTYPE_LOOP = 108, LINKTYPE_ENC = 109, LINKTYPE_SLL = 113, LINKTYPE_PFLOG = 117,
	LINKTYPE_PPP_PPPD = 166, LINKTYPE_PPP_WITH_DIR = 204, LINKTYPE_MPLS = 219,
	LINKTYPE_IPNET = 226, LINKTYPE_IPV4 = 228, LINKTYPE_IPV6 = 229, LINKTYPE_NFLOG = 239,
	LINKTYPE_IPOIB = 242, LINKTYPE_UPPER_PDU = 252, LINKTYPE_SLL2 = 276 };

enum { LINK_ETHERNET = 14, ETH_IP = 0x0800, ETH_IPV6 = 0x86dd };	/* bytes of header; EtherTypes */

enum link_result { LINK_IP, LINK_OTHER, LINK_CUT, LINK_UNKNOWN };

/* How the header names what follows it. */
enum link_form {
	LINK_FORM_NONE,		/* it does not: the packet's first nibble tells */
	LINK_FORM_ETHERTYPE,	/* 16 bits, big-endian */
	LINK_FORM_PPP,		/* 16 bits of PPP protocol, big-endian */
	LINK_FORM_PPP_SHORT,	/* its low 8 bits alone: protocol field compression, RFC 1661 6.5 */
	LINK_FORM_MPLS,		/* the last label: names a family only as an explicit null */
	LINK_FORM_AF,		/* 32 bits, the capturing host's AF_ number in its byte order */
	LINK_FORM_AF_BIG,	/* the same, big-endian */
	LINK_FORM_AF_BYTE,	/* the same in 8 bits */
	LINK_FORM_PDU_NAME,	/* "ip" or "ipv6" in 4 octets or more */
	LINK_FORM_ONLY_4,	/* raw IP of one version alone */
	LINK_FORM_ONLY_6,
};

enum link_len { LINK_LEN_NONE, LINK_LEN_BIG16, LINK_LEN_LITTLE16, LINK_LEN_BIG32 };

struct link_view {
	uint16_t ip;		/* offset of the IP header */
	uint16_t type;		/* offset of the field of that form */
	uint16_t len;		/* offset of the field that tells the packet's length, if any */
	uint16_t len_from;	/* where that length starts to count */
	enum link_form form;
	enum link_len len_form;
	uint8_t family;		/* 4 or 6, as the header (or, without one, the packet) says */
	uint8_t af6;		/* AF_INET6 as the system behind such captures numbers it */
};

/* LINK_OTHER: no IP inside; LINK_CUT: too short to tell; LINK_UNKNOWN: no such row. */
enum link_result link_parse(uint16_t dlt, const uint8_t *p, size_t n, struct link_view *v);
/* The same from an EtherType at p + type on, whose payload starts at p + next (GRE has one too). */
enum link_result link_ethertype(const uint8_t *p, size_t n, size_t type, size_t next,
    struct link_view *v);
/* Corrects a copy of the header for the other family; false if the link type cannot carry it. */
bool link_set_family(const struct link_view *v, uint8_t *header, uint8_t family);
/* Corrects a copy of the header for len bytes of IP; false if its field cannot hold that. */
bool link_set_len(const struct link_view *v, uint8_t *header, size_t len);
/* "EN10MB", or NULL. */
const char *link_name(uint16_t dlt);

#endif
