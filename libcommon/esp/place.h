/*
 * place.h - where in an IP datagram the protected part is: directly behind the
 * IP headers, in UDP (RFC 3948), behind WESP's header (RFC 5840).
 */
#ifndef ESP_PLACE_H
#define ESP_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/ip.h"
#include "sa/sad.h"

enum place_kind {
	PLACE_ESP, PLACE_AH, PLACE_IPCOMP,
	PLACE_PLAIN,			/* IP in IP that an IPComp tunnel left as it was, RFC 3173 2.2 */
	PLACE_FRAGMENT,			/* of something that may be IPsec */
	PLACE_IKE, PLACE_KEEPALIVE, PLACE_OTHER,
	PLACE_TCP,			/* a segment: IPsec may be in its stream */
	PLACE_CUT,			/* IPsec or not: the capture ends too early */
	PLACE_BAD,			/* IPsec whose outer headers contradict themselves */
	PLACE_UNSUPPORTED,		/* WESP of another version */
};

struct place {
	enum place_kind kind;		/* as place_find() returned it */
	struct ip_view ip;
	uint32_t at, n;			/* the protected part: offset and bytes */
	uint32_t wesp;			/* PLACE_ESP: offset of WESP, or of its identifier in UDP; 0: none */
	const struct sad_entry *tunnel;	/* of PLACE_PLAIN: the SA */
	const char *why;		/* for PLACE_BAD and PLACE_UNSUPPORTED */
};

/* p: n captured bytes of a datagram; sad tells which UDP ports besides 4500 carry ESP. */
enum place_kind place_find(struct place *pl, const uint8_t *p, size_t n, const struct sad *sad);

/* True if place_find() would surely find nothing to open: most inner packets, told apart quickly. */
bool place_is_plain(const uint8_t *p, size_t n, const struct sad *sad);

static inline bool place_is_ipsec(enum place_kind kind)
{
	return kind <= PLACE_PLAIN;
}

static inline enum sa_proto place_proto(const struct place *pl)
{
	return pl->kind == PLACE_ESP ? SA_ESP : pl->kind == PLACE_AH ? SA_AH : SA_IPCOMP;
}

/* SPI (IPComp: CPI) and sequence number of the packet at p, have bytes of the protected part; false if
 * cut.  IPComp has no sequence number. */
bool place_name(const struct place *pl, const uint8_t *p, size_t have, uint32_t *spi, uint32_t *seq);

/* What selectors see of a packet of n bytes. */
void place_view(struct selector_view *view, const uint8_t *p, size_t n);

#endif
