/* Notify (RFC 7296 3.10, RFC 2408 3.14); what is in the data is in notify_data.c. */
#include "ike/payload/row.h"

static bool notify_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	struct pl_notify *n = &p->notify;
	uint8_t spi_size;

	if (ike_is_v1(p->version))
		n->doi = rd_u32(&r);
	n->protocol = rd_u8(&r);
	spi_size = rd_u8(&r);
	n->type = rd_u16(&r);
	if (spi_size > r.n)
		return ike_decoder_fault(d, p, IKE_FAULT_SHORT, r.p, "SPI", r.n, spi_size);
	n->spi = rd_take(&r, spi_size);
	n->data = rd_rest(&r);
	ike_notify_data_decode(p, d);
	return true;
}

static void notify_encode(const struct ike_payload *p, struct wr *w)
{
	const struct pl_notify *n = &p->notify;

	if (ike_is_v1(p->version))
		wr_u32(w, n->doi);
	wr_u8(w, n->protocol);
	wr_u8(w, (uint8_t)n->spi.n);
	wr_u16(w, n->type);
	wr_span(w, n->spi);
	wr_span(w, n->data);
}

static void notify_show(const struct ike_payload *p, struct out *o)
{
	const struct pl_notify *n = &p->notify;
	bool v1 = ike_is_v1(p->version);

	out_code_head(o, "notify", n->type, ike_notify_name(p->version, n->type));
	if (v1)
		out_number(o, "doi", n->doi);
	if (v1 || n->protocol != 0)
		ike_id_show(o, "protocol", v1 ? &ike_v1_protocols : &ike_protocols, n->protocol);
	if (n->spi.n > 0)
		out_bytes(o, "spi", n->spi);
	ike_notify_data_show(p, o);
}

const struct ike_payload_row ike_rows_notify[] = {
	{ IKE_V2, IKE_P_NOTIFY, "N", 4, notify_decode, notify_encode, notify_show },
	{ IKE_V1, IKE_V1_P_NOTIFY, "N", 8, notify_decode, notify_encode, notify_show },
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
