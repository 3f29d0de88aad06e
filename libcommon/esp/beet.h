/*
 * beet.h - BEET mode (draft-nikander-esp-beet-mode): the inner addresses are the SA's
 * and do not travel; the inner packet is put together from them, the outer header
 * and the payload.
 *
 * Pure.  Which outer fields the inner header takes over is what Linux does: TOS, TTL,
 * and over equal versions ID and DF, or the flow label.
 */
#ifndef ESP_BEET_H
#define ESP_BEET_H

#include <stdint.h>

#include "base/text.h"
#include "base/wr.h"
#include "packet/ip.h"
#include "packet/verdict.h"

enum {
	IPPROTO_BEET = 94,	/* the pseudo header that carries IPv4 options, draft 5.5 */
	BEET_ROOM = 60,		/* the most that the inner packet is longer than its payload */
};

/*
 * Writes the inner packet to out.  outer: ip_parse's of the packet at p; plain, next: ESP's payload
 * and its next header; src, dst: the SA's inner addresses.  V_OK; V_UNSUPPORTED when the addresses
 * are not two of one family; V_BAD_HEADER for a pseudo header that makes no sense, or when out is
 * too small or the packet longer than IP allows.
 */
enum verdict beet_restore(struct wr *out, const struct ip_view *outer, const uint8_t *p,
    struct span plain, uint8_t next, const struct addr *src, const struct addr *dst);

/* The pseudo header that carries IPv4 options in front of the payload: its length, 0 without any. */
size_t beet_pseudo_len(size_t options);
void beet_pseudo_encode(uint8_t *p, uint8_t next, struct span options);

#endif
