/*
 * ipcomp.h - IP payload compression (RFC 3173) with DEFLATE (RFC 2394).
 *
 * Pure but for zlib's state, which an ipcomp keeps: one per worker, made once, no
 * allocation for each packet.
 */
#ifndef ESP_IPCOMP_H
#define ESP_IPCOMP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "packet/verdict.h"

enum {
	IPPROTO_IPCOMP_ = 108,
	IPCOMP_HEAD = 4,
	IPCOMP_MAX = 65535,		/* no IP packet is longer */
	IPCOMP_DEFLATE = 2,		/* the CPI that says so without negotiation, RFC 3173 3.3 */
};

struct ipcomp_view {
	uint16_t cpi;
	uint8_t next;			/* what the payload is once opened */
};

struct ipcomp;

struct ipcomp *ipcomp_new(struct err *e);
void ipcomp_free(struct ipcomp *c);

/* V_TRUNCATED when the n bytes do not hold the header. */
enum verdict ipcomp_parse(struct ipcomp_view *v, const uint8_t *p, size_t n);
/*
 * The payload behind the header, n bytes with it, to out, at most cap or IPCOMP_MAX bytes; *len of
 * them.  A negotiated CPI (256 up) is taken for DEFLATE.  V_UNSUPPORTED: the CPI of another
 * algorithm; V_TRUNCATED: the stream does not end; V_BAD_HEADER: it is no DEFLATE, more than fits
 * comes out, or bytes follow it.
 */
enum verdict ipcomp_open(struct ipcomp *c, const uint8_t *p, size_t n, uint8_t *out, size_t cap,
    size_t *len, struct ipcomp_view *v);

/* The other direction: 256 KiB, one per worker. */
struct ipcomp_sealer;

struct ipcomp_sealer *ipcomp_sealer_new(struct err *e);
void ipcomp_sealer_free(struct ipcomp_sealer *c);
/* The header and the n bytes at p compressed to out, which has n bytes; gives how many, or 0 when the
 * packet would not shrink: it goes without IPComp then, RFC 3173 2.2. */
size_t ipcomp_seal(struct ipcomp_sealer *c, const struct ipcomp_view *v, const uint8_t *p, size_t n,
    uint8_t *out);

#endif
