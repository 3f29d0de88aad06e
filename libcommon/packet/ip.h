/*
 * ip.h - a view of an IPv4 or IPv6 packet: header, options or extension
 * headers, lengths; and what changes when a header gets another payload.
 *
 * Offsets count from the first byte of the IP header.  Nothing is copied.
 */
#ifndef PACKET_IP_H
#define PACKET_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { IPPROTO_IP4 = 4, IPPROTO_IP6 = 41, IPPROTO_ESP_ = 50, IPPROTO_AH_ = 51, IPPROTO_NONE_ = 59,
	IP_TCP = 6, IP_UDP = 17, IP_ICMP = 1, IP_ICMP6 = 58 };

enum ip_result { IP_OK, IP_CUT, IP_BAD };

struct ip_view {
	uint8_t version;	/* 4 or 6 */
	uint8_t proto;		/* what follows the headers; of a later fragment: what follows the fragment header */
	uint8_t tos;		/* TOS or traffic class */
	bool frag;		/* has an offset or more fragments to come */
	bool frag_header;	/* IPv6: there is a fragment header, frag or not */
	bool more;
	uint16_t frag_offset;	/* bytes */
	uint32_t id;
	uint16_t payload;	/* where the headers end */
	uint16_t next;		/* the byte that holds proto */
	uint16_t frag_at;	/* IPv6: the fragment header; 0 without one */
	uint16_t frag_next;	/* IPv6: the byte that points to the fragment header */
	uint32_t len;		/* of the whole packet, as its header says */
	uint8_t src_at, dst_at;
};

/*
 * Reads the headers in the n bytes at p.  IP_CUT: they do not all fit; IP_BAD: they contradict
 * themselves.  IP_OK also when the packet goes on after n bytes: compare len.  A length of zero, as
 * captures of segmentation offload have it, means n.
 */
enum ip_result ip_parse(struct ip_view *v, const uint8_t *p, size_t n);

static inline size_t ip_addr_len(const struct ip_view *v)
{
	return v->version == 4 ? 4 : 16;
}

void ip_addrs(const struct ip_view *v, const uint8_t *p, struct addr *src, struct addr *dst);
/* In a header that ends at v->payload: the protocol, the whole length, and IPv4's checksum. */
void ip_fix(const struct ip_view *v, uint8_t *p, uint8_t proto, uint32_t len);
/* The checksum of n bytes at p that are proto's, under the addresses of the header at ip (RFC 8200 8.1,
 * RFC 9293 3.1); its own field holds zero. */
uint16_t ip_checksum(const uint8_t *ip, uint8_t proto, const uint8_t *p, uint32_t n);
/* Changes the ECN bits of TOS or traffic class and IPv4's checksum with them. */
void ip_set_tos(uint8_t *p, uint8_t tos);

#endif
