/*
 * mtu_fit.h - what fits through a link, and where the bytes of a packet go.
 *
 * Lengths are bytes of IP packets.  Layers are innermost first, as they are
 * applied.  IPComp is counted as if nothing shrank.
 */
#ifndef ESP_MTU_FIT_H
#define ESP_MTU_FIT_H

#include <stddef.h>
#include <stdint.h>

#include "esp/mtu.h"

/* MTU_MIN: the least link of RFC 791; MTU_INNER: a header. */
enum { MTU_LAYERS = 8, MTU_MIN = 68, MTU_INNER = 20, MTU_MAX = 65535 };

/* One layer around a packet, in the order of the wire. */
struct mtu_parts {
	uint32_t outer;			/* IP headers that stay in front */
	uint32_t carrier;		/* UDP, or TCP with the length of RFC 9329 */
	uint32_t wesp;
	uint32_t head;			/* ESP's SPI and number, AH without ICV, IPComp */
	uint32_t iv;
	uint32_t pseudo;		/* BEET's header for IPv4 options */
	uint32_t payload;
	uint32_t pad, trailer;		/* ESP: the padding; its length and the next header */
	uint32_t icv;
	uint32_t icv_pad;		/* AH: up to its alignment */
	uint32_t total;
};

/* A packet with headers and nothing odd: no options, no extension headers. */
struct mtu_packet mtu_plain(uint8_t version, uint32_t len);
/* The layers around the packet; parts: n of them, or NULL.  Gives the length on the link. */
uint32_t mtu_around(const struct mtu_sa *layer, size_t n, struct mtu_packet p, struct mtu_parts *parts);
/* The longest packet of this version that still fits into link bytes; 0: not even its header does. */
uint32_t mtu_largest(const struct mtu_sa *layer, size_t n, uint8_t version, uint32_t link);

#endif
