/*
 * udp_make.h - an IP packet with a UDP datagram, made anew (RFC 791, 8200, 768).
 */
#ifndef PACKET_UDP_MAKE_H
#define PACKET_UDP_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "base/wr.h"

enum { UDP_MAKE_HEADERS = 40 + 8 };	/* octets before the body, at most */

struct udp_ends { struct addr src, dst; uint16_t sport, dport; };	/* addresses of one family */

/* Headers and body with lengths and checksums; false, and the writer spoilt, if they do not fit into it
 * or into 65,535 octets. */
bool udp_make(struct wr *w, const struct udp_ends *ends, struct span body);

#endif
