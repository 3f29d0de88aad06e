/*
 * hdr.h - the header of an IKE message, both versions (RFC 7296 3.1, RFC 2408 3.1).
 *
 * SPIs (IKEv1: cookies) are in the order of the wire, read as big-endian numbers; all else in host
 * order.
 */
#ifndef IKE_HDR_H
#define IKE_HDR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "base/wr.h"
#include "ike/ids.h"

enum { IKE_HDR_LEN = 28, IKE_GENERIC_LEN = 4 };	/* octets of the header, of a payload's header */

struct ike_hdr {
	uint64_t spi_i, spi_r;
	uint8_t next;			/* type of the first payload */
	uint8_t version;		/* major << 4 | minor */
	uint8_t exchange, flags;
	uint32_t message_id;
	uint32_t length;		/* of the message, this header included */
};

/* Reads 28 octets; fails only if there are fewer. */
int ike_hdr_decode(struct ike_hdr *h, struct rd *r, struct err *e);
void ike_hdr_encode(const struct ike_hdr *h, struct wr *w);
void ike_hdr_show(struct out *o, const struct ike_hdr *h);

static inline bool ike_hdr_is_v1(const struct ike_hdr *h)
{
	return ike_is_v1(h->version);
}

/* IKEv2: an answer.  IKEv1 has no such flag. */
static inline bool ike_hdr_is_response(const struct ike_hdr *h)
{
	return !ike_hdr_is_v1(h) && (h->flags & IKE_FLAG_RESPONSE);
}

/* IKEv2: sent by whoever began the IKE SA. */
static inline bool ike_hdr_is_initiator(const struct ike_hdr *h)
{
	return !ike_hdr_is_v1(h) && (h->flags & IKE_FLAG_INITIATOR);
}

/* IKEv1: all after the header is encrypted. */
static inline bool ike_hdr_is_encrypted(const struct ike_hdr *h)
{
	return ike_hdr_is_v1(h) && (h->flags & IKE_V1_FLAG_ENCRYPTION);
}

#endif
