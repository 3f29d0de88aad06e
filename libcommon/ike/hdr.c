#include "ike/hdr.h"

#include <inttypes.h>
#include <stdio.h>

int ike_hdr_decode(struct ike_hdr *h, struct rd *r, struct err *e)
{
	size_t n = r->n;

	h->spi_i = rd_u64(r);
	h->spi_r = rd_u64(r);
	h->next = rd_u8(r);
	h->version = rd_u8(r);
	h->exchange = rd_u8(r);
	h->flags = rd_u8(r);
	h->message_id = rd_u32(r);
	h->length = rd_u32(r);
	if (!rd_ok(r))
		return err_set(e, "%zu octets, too short for an IKE header (%d)", n, IKE_HDR_LEN);
	return 0;
}

void ike_hdr_encode(const struct ike_hdr *h, struct wr *w)
{
	wr_u64(w, h->spi_i);
	wr_u64(w, h->spi_r);
	wr_u8(w, h->next);
	wr_u8(w, h->version);
	wr_u8(w, h->exchange);
	wr_u8(w, h->flags);
	wr_u32(w, h->message_id);
	wr_u32(w, h->length);
}

static void show_spi(struct out *o, const char *key, uint64_t spi)
{
	char text[24];

	snprintf(text, sizeof text, "0x%016" PRIx64, spi);
	out_name(o, key, text);
}

void ike_hdr_show(struct out *o, const struct ike_hdr *h)
{
	out_number(o, "version", h->version >> 4);
	if ((h->version & 0x0f) != 0)
		out_number(o, "minor_version", h->version & 0x0f);
	show_spi(o, "spi_i", h->spi_i);
	show_spi(o, "spi_r", h->spi_r);
	out_code(o, "exchange", h->exchange, ike_exchange_name(h->version, h->exchange));
	out_number(o, "message_id", h->message_id);
	if (ike_hdr_is_v1(h)) {
		out_flag(o, "encrypted", h->flags & IKE_V1_FLAG_ENCRYPTION);
		out_flag(o, "commit", h->flags & IKE_V1_FLAG_COMMIT);
		out_flag(o, "auth_only", h->flags & IKE_V1_FLAG_AUTH);
	} else {
		out_flag(o, "response", h->flags & IKE_FLAG_RESPONSE);
		out_flag(o, "initiator", h->flags & IKE_FLAG_INITIATOR);
		out_flag(o, "higher_version", h->flags & IKE_FLAG_VERSION);
	}
	out_number(o, "flags", h->flags);
	out_number(o, "length", h->length);
}
