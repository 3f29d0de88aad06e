/* Fragments of IKEv1 messages as Cisco and Microsoft send them (MS-IKEE 2.2.3; payload 132). */
#include "ike/payload/row.h"

static bool fragment_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	p->fragment.id = rd_u16(&r);
	p->fragment.number = rd_u8(&r);
	p->fragment.flags = rd_u8(&r);
	p->fragment.data = rd_rest(&r);
	if (p->fragment.number == 0)
		ike_decoder_fault(d, p, IKE_FAULT_VALUE, NULL, "fragment number", 0, 1);
	return true;
}

static void fragment_encode(const struct ike_payload *p, struct wr *w)
{
	wr_u16(w, p->fragment.id);
	wr_u8(w, p->fragment.number);
	wr_u8(w, p->fragment.flags);
	wr_span(w, p->fragment.data);
}

static void fragment_show(const struct ike_payload *p, struct out *o)
{
	out_number(o, "fragment_id", p->fragment.id);
	out_number(o, "fragment", p->fragment.number);
	out_flag(o, "last", p->fragment.flags & IKE_FRAGMENT_LAST);
	out_bytes(o, "data", p->fragment.data);
}

const struct ike_payload_row ike_rows_fragment[] = {
	{ IKE_V1, IKE_V1_P_FRAGMENT, "FRAGMENT", 4, fragment_decode, fragment_encode,
	  fragment_show },
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
