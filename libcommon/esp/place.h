/*
 * place.h - where in an IP datagram the protected part is: directly behind the
 * IP headers, or in UDP (RFC 3948).
 */
#ifndef ESP_PLACE_H
#define ESP_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "packet/ip.h"
#include "sa/sad.h"

enum place_kind {
	PLACE_ESP, PLACE_FRAGMENT,	/* of something that may be IPsec */
	PLACE_IKE, PLACE_KEEPALIVE, PLACE_OTHER,
	PLACE_CUT,			/* IPsec or not: the capture ends too early */
	PLACE_BAD,			/* IPsec whose outer headers contradict themselves */
	PLACE_UNSUPPORTED,		/* AH, IPComp */
};

struct place {
	struct ip_view ip;
	uint32_t at, n;			/* the protected part: offset and bytes */
	const char *why;		/* for PLACE_BAD and PLACE_UNSUPPORTED */
};

/* p: n captured bytes of a datagram; sad tells which UDP ports besides 4500 carry ESP. */
enum place_kind place_find(struct place *pl, const uint8_t *p, size_t n, const struct sad *sad);

/* What selectors see of a packet of n bytes. */
void place_view(struct selector_view *view, const uint8_t *p, size_t n);

#endif
