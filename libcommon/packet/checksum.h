/*
 * checksum.h - the Internet checksum (RFC 1071), whole and incremental (RFC 1624).
 *
 * A sum is 32 bits of folded or unfolded ones' complement over big-endian words;
 * a checksum is the 16 bits that go into a header, in host order.
 */
#ifndef PACKET_CHECKSUM_H
#define PACKET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Adds n bytes to a sum; an odd byte counts as the high half of a word. */
uint32_t checksum_add(uint32_t sum, const uint8_t *p, size_t n);
uint16_t checksum_fold(uint32_t sum);
/* The checksum over n bytes whose own field holds zero. */
uint16_t checksum(const uint8_t *p, size_t n);
/* The checksum after a 16-bit word changed from was to now (RFC 1624 eqn. 3). */
uint16_t checksum_change(uint16_t sum, uint16_t was, uint16_t now);

#endif
