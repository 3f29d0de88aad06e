/* Key Exchange (RFC 7296 3.4, RFC 2408 3.7). */
#include "ike/payload/row.h"

static bool ke_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	(void)d;
	p->ke.group = rd_u16(&r);
	p->ke.reserved = rd_u16(&r);
	p->ke.value = rd_rest(&r);
	return true;
}

static void ke_encode(const struct ike_payload *p, struct wr *w)
{
	wr_u16(w, p->ke.group);
	wr_u16(w, p->ke.reserved);
	wr_span(w, p->ke.value);
}

static void ke_show(const struct ike_payload *p, struct out *o)
{
	ike_id_show(o, "group", &ike_kes, p->ke.group);
	out_bytes(o, "value", p->ke.value);
}

static bool v1_ke_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	(void)d;
	p->ke.value = rd_rest(&r);
	return true;
}

static void v1_ke_encode(const struct ike_payload *p, struct wr *w)
{
	wr_span(w, p->ke.value);
}

static void v1_ke_show(const struct ike_payload *p, struct out *o)
{
	out_bytes(o, "value", p->ke.value);
}

const struct ike_payload_row ike_rows_ke[] = {
	{ IKE_V2, IKE_P_KE, "KE", 4, ke_decode, ke_encode, ke_show },
	{ IKE_V1, IKE_V1_P_KE, "KE", 0, v1_ke_decode, v1_ke_encode, v1_ke_show },
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
