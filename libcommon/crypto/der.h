/*
 * der.h - reading and writing the few DER structures that IKE carries itself:
 * AlgorithmIdentifier (RFC 7427), and what tells one kind of file from another.
 *
 * A read spoils its reader as those of rd.h do.  Lengths go up to four octets
 * and must be minimal (X.690 10.1); indefinite ones are refused.
 */
#ifndef CRYPTO_DER_H
#define CRYPTO_DER_H

#include "base/rd.h"
#include "base/wr.h"

enum {
	DER_INTEGER = 0x02, DER_BIT_STRING = 0x03, DER_OCTET_STRING = 0x04, DER_NULL = 0x05,
	DER_OID = 0x06, DER_SEQUENCE = 0x30, DER_CONTEXT = 0xa0,	/* constructed [n]: | n */
};

/* The tag of what comes next, 0 at the end. */
static inline uint8_t der_peek(const struct rd *r)
{
	return r->bad || r->n == 0 ? 0 : r->p[0];
}

static inline size_t der_length(struct rd *r)
{
	size_t n = rd_u8(r), octets = n & 0x7f, v = 0;

	if (n < 0x80)
		return n;
	if (octets == 0 || octets > 4) {
		r->bad = true;
		return 0;
	}
	for (size_t i = 0; i < octets; i++)
		v = v << 8 | rd_u8(r);
	if (v < 0x80 || (octets > 1 && v >> (8 * (octets - 1)) == 0))
		r->bad = true;
	return v;
}

/* The content of the element with this tag; any other spoils r. */
static inline struct rd der_take(struct rd *r, uint8_t tag)
{
	size_t n;

	if (rd_u8(r) != tag)
		r->bad = true;
	n = der_length(r);
	return rd_sub(r, r->bad ? 0 : n);
}

/* Bytes in front of a content of n bytes. */
static inline size_t der_head(size_t n)
{
	return n < 0x80 ? 2 : n < 0x100 ? 3 : 4;
}

/* n up to 65535 */
static inline void der_put_head(struct wr *w, uint8_t tag, size_t n)
{
	wr_u8(w, tag);
	if (n >= 0x100) {
		wr_u8(w, 0x82);
		wr_u16(w, (uint16_t)n);
		return;
	}
	if (n >= 0x80)
		wr_u8(w, 0x81);
	wr_u8(w, (uint8_t)n);
}

#endif
