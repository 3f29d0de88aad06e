/* Vendor ID (RFC 7296 3.12, RFC 2408 3.16). */
#include "ike/payload/row.h"

static bool vendor_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	(void)d;
	p->vendor.data = rd_rest(&r);
	p->vendor.row = ike_vendor_find(p->vendor.data);
	return true;
}

static void vendor_encode(const struct ike_payload *p, struct wr *w)
{
	wr_span(w, p->vendor.data);
}

static void vendor_show(const struct ike_payload *p, struct out *o)
{
	if (p->vendor.row != NULL)
		out_text(o, "vendor", p->vendor.row->name);
	out_bytes(o, "vendor_id", p->vendor.data);
	if (p->vendor.data.n > 0 && text_is_clean((const char *)p->vendor.data.p, p->vendor.data.n))
		out_span(o, "vendor_text", p->vendor.data);
}

const struct ike_payload_row ike_rows_vendor[] = {
	{ IKE_V2, IKE_P_VENDOR, "V", 0, vendor_decode, vendor_encode, vendor_show },
	{ IKE_V1, IKE_V1_P_VENDOR, "V", 0, vendor_decode, vendor_encode, vendor_show },
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
