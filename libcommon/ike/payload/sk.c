/* Encrypted payloads: whole (RFC 7296 3.14) and in fragments (RFC 7383 2.5).  What is in them is
 * not read here; the type of their first payload is in their own header. */
#include "ike/payload/row.h"

static bool sk_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	(void)d;
	p->sk.body = rd_rest(&r);
	return true;
}

static void sk_encode(const struct ike_payload *p, struct wr *w)
{
	wr_span(w, p->sk.body);
}

static void sk_show(const struct ike_payload *p, struct out *o)
{
	char first[IKE_ID_TEXT];

	if (p->sk.first == IKE_P_NONE)
		out_name(o, "first", "none");
	else
		out_name(o, "first", ike_payload_text(first, p->version, p->sk.first));
	out_number(o, "encrypted_octets", p->sk.body.n);
}

static bool skf_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	p->sk.number = rd_u16(&r);
	p->sk.total = rd_u16(&r);
	p->sk.body = rd_rest(&r);
	if (p->sk.number == 0 || p->sk.total == 0 || p->sk.number > p->sk.total)
		ike_decoder_fault(d, p, IKE_FAULT_VALUE, NULL, "fragment number", p->sk.number,
		    p->sk.total);
	return true;
}

static void skf_encode(const struct ike_payload *p, struct wr *w)
{
	wr_u16(w, p->sk.number);
	wr_u16(w, p->sk.total);
	wr_span(w, p->sk.body);
}

static void skf_show(const struct ike_payload *p, struct out *o)
{
	out_number(o, "fragment", p->sk.number);
	out_number(o, "total", p->sk.total);
	sk_show(p, o);
}

const struct ike_payload_row ike_rows_sk[] = {
	{ IKE_V2, IKE_P_SK, "SK", 0, sk_decode, sk_encode, sk_show },
	{ IKE_V2, IKE_P_SKF, "SKF", 4, skf_decode, skf_encode, skf_show },
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
