/*
 * carrier.h - what an IP packet may carry another IP packet in: GRE, IP in IP,
 * VXLAN, Geneve, GTP-U, MPLS, EtherIP.
 *
 * Offsets count from the first byte of the outermost IP header; nothing is
 * copied.  Fragments are not looked into: reassemble first.  Ciphers are not
 * either: a chain of carriers ends before ESP.
 */
#ifndef PACKET_CARRIER_H
#define PACKET_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CARRIER_DEPTH = 8 };

struct carrier {
	const char *name;	/* "GRE" */
	size_t at, n;		/* the IP packet inside and the captured bytes from there on */
};

struct carrier_path {
	unsigned depth;		/* carriers gone through */
	const char *name[CARRIER_DEPTH];	/* outermost first */
	size_t at, n;		/* the innermost IP packet */
};

/*
 * The n captured bytes at p are an IP packet.  True if the carrier in it is known and holds IP; a
 * header that is cut, or contradicts itself, holds nothing.
 */
bool carrier_next(const uint8_t *p, size_t n, struct carrier *inner);

/* True if the IP protocol is one of a carrier: its fragments are worth putting together. */
bool carrier_is_proto(uint8_t proto);

/* Goes on to the innermost packet, CARRIER_DEPTH deep at most; gives the depth. */
unsigned carrier_dig(const uint8_t *p, size_t n, struct carrier_path *path);

#endif
