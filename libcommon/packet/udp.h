/*
 * udp.h - UDP, and what RFC 3948 puts into it: ESP, IKE behind the non-ESP
 * marker, NAT keepalives.
 */
#ifndef PACKET_UDP_H
#define PACKET_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UDP_HEADER = 8, PORT_IKE = 500, PORT_NATT = 4500 };

enum udp_kind { UDP_OTHER, UDP_ESP, UDP_IKE, UDP_KEEPALIVE, UDP_CUT, UDP_BAD };

struct udp_view { uint16_t sport, dport, len; };	/* len: header and payload */

/*
 * The n bytes at p are a UDP packet of whole bytes (more than n if the capture was cut).  On port
 * 500 everything is IKE; encap: also other ports than 4500 carry ESP (an SA says so).
 */
enum udp_kind udp_parse(struct udp_view *v, const uint8_t *p, size_t n, size_t whole, bool encap);

#endif
