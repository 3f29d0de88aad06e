/*
 * mode.h - what an opened payload is: an inner packet (tunnel mode) or the rest
 * of the outer one (transport mode), and how headers are put right again.
 */
#ifndef ESP_MODE_H
#define ESP_MODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/ip.h"
#include "packet/verdict.h"
#include "sa/sa.h"

/*
 * Tunnel mode: the n bytes at p should be an IP packet of the version next names (4 or 41).  *len is
 * its own length; what follows it is TFC padding (RFC 4303 2.7).  V_OK or V_BAD_HEADER.
 */
enum verdict mode_inner(const uint8_t *p, size_t n, uint8_t next, uint32_t *len);

/*
 * The mode of a payload: the SA's word, checked against the next header, else what the next header
 * says.  false: they contradict each other.
 */
bool mode_of(enum sa_mode said, uint8_t next, enum sa_mode *mode);

/*
 * ECN on decapsulation (RFC 6040 4.2): changes the inner header's bits by the outer's.  false: the
 * packet must be dropped (congestion experienced on a flow that cannot carry it).
 */
bool mode_ecn(uint8_t *inner, uint8_t outer_tos);

/*
 * Behind NAT the checksum in a transport-mode TCP or UDP packet was made with the original addresses
 * (RFC 3948 3.1.2): corrects it to those in the header.  oa of family 0 is left out.
 */
void mode_nat_checksum(uint8_t *p, size_t n, const struct addr *oa_src, const struct addr *oa_dst);

#endif
