/*
 * mtu.h - what one SA adds to a packet, byte by byte, without making it.
 *
 * Lengths are bytes of IP packets.  IPComp is counted as if nothing shrank: what it
 * gives is that long at most.
 */
#ifndef ESP_MTU_H
#define ESP_MTU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sa/sa.h"

enum { TCP_HEADER = 20, TCP_PREFIX = 6, TCP_LENGTH = 2 };	/* RFC 9329 3, 4 */

struct mtu_sa {
	enum sa_proto proto;
	enum sa_mode mode;
	enum sa_encap_type encap;
	bool wesp;
	uint8_t version;	/* of the outer header in tunnel and BEET mode */
	uint8_t align;		/* ESP: of what is encrypted; AH: of its header over IPv4 */
	uint8_t iv, icv;
};

/* A packet on its way out through the layers. */
struct mtu_packet {
	uint32_t len;
	uint16_t outside;	/* its headers that stay outside in transport mode */
	uint16_t inside;	/* BEET: its headers that are replaced */
	uint16_t options;	/* of IPv4, which BEET carries in a header of its own */
	uint8_t version;
	int32_t front;		/* bytes that came in front of it so far */
};

/* ah_align: 4, or what a receiver wants more than RFC 4302. */
void mtu_sa_init(struct mtu_sa *m, const struct sa *sa, unsigned ah_align, bool wesp);
/* Bytes between the IP headers and the payload: carrier, ESP with its IV, AH or IPComp. */
size_t mtu_front(const struct mtu_sa *m, uint8_t version);
/* One more layer around the packet, with tfc bytes of padding behind its payload. */
void mtu_wrap(const struct mtu_sa *m, struct mtu_packet *p, uint32_t tfc);

#endif
