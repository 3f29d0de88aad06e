/*
 * split.h - an IP packet in fragments (RFC 791 3.2, RFC 8200 4.5).
 *
 * Offsets count from the first byte of what may be divided: behind IPv4's header,
 * behind the headers of IPv6 that every hop looks at.  A packet that is an IPv4
 * fragment already may be divided further.  Nothing is kept but the pointer.
 */
#ifndef PACKET_SPLIT_H
#define PACKET_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct split {
	const uint8_t *p;
	uint32_t id;			/* of all fragments */
	uint32_t n;			/* bytes that are divided */
	uint16_t head;			/* bytes in front of them */
	uint16_t next;			/* IPv6: the byte that says what they are */
	uint16_t base;			/* IPv4: where the packet was in its own datagram */
	uint8_t version, options;	/* options: bytes of IPv4 options that later fragments repeat */
	bool more;			/* IPv4: further ones of its own datagram follow */
};

/* The n bytes at p are a whole IP packet; id: of IPv6's fragments, IPv4's keep the packet's own.  False
 * if it cannot be divided: no IP, or an IPv6 fragment. */
bool split_init(struct split *s, const uint8_t *p, size_t n, uint32_t id);
/* How many bytes from offset at fit into a fragment of mtu bytes: all that are left, or a multiple of
 * 8; 0: none do. */
uint32_t split_room(const struct split *s, uint32_t at, uint32_t mtu);
/* Bytes in front of the fragment at this offset. */
size_t split_head(const struct split *s, uint32_t at);
/* Writes the fragment of n bytes from offset at on, headers first; gives its length. */
size_t split_write(const struct split *s, uint32_t at, uint32_t n, uint8_t *out);

#endif
