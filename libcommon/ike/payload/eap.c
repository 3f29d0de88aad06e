/* EAP (RFC 7296 3.16, RFC 3748 4); what its methods say is in eap_method.c. */
#include "ike/payload/row.h"

enum { EAP_LEN = 4 };

static bool eap_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	struct pl_eap *eap = &p->eap;
	uint16_t length;
	uint32_t vendor;

	eap->code = rd_u8(&r);
	eap->identifier = rd_u8(&r);
	length = rd_u16(&r);
	if (length != r.n + EAP_LEN)
		ike_decoder_fault(d, p, IKE_FAULT_LENGTH, NULL, "EAP packet", length,
		    r.n + EAP_LEN);
	if (eap->code != EAP_REQUEST && eap->code != EAP_RESPONSE) {
		eap->data = rd_rest(&r);
		return true;
	}
	if (r.n == 0) {
		ike_decoder_fault(d, p, IKE_FAULT_SHORT, NULL, "EAP type", 0, 1);
		return true;
	}
	eap->has_type = true;
	eap->type = rd_u8(&r);
	if (eap->type == EAP_EXPANDED && r.n >= 7) {	/* RFC 3748 5.7 */
		vendor = (uint32_t)rd_u8(&r) << 16;
		eap->vendor = vendor | rd_u16(&r);
		eap->vendor_type = rd_u32(&r);
	} else if (eap->type == EAP_EXPANDED) {
		ike_decoder_fault(d, p, IKE_FAULT_SHORT, r.p, "expanded type", r.n, 7);
	}
	eap->data = rd_rest(&r);
	return true;
}

static void eap_encode(const struct ike_payload *p, struct wr *w)
{
	const struct pl_eap *eap = &p->eap;
	bool expanded = eap->has_type && eap->type == EAP_EXPANDED;

	wr_u8(w, eap->code);
	wr_u8(w, eap->identifier);
	wr_u16(w, (uint16_t)(EAP_LEN + (eap->has_type ? 1 : 0) + (expanded ? 7 : 0) + eap->data.n));
	if (eap->has_type)
		wr_u8(w, eap->type);
	if (expanded) {
		wr_u8(w, (uint8_t)(eap->vendor >> 16));
		wr_u16(w, (uint16_t)eap->vendor);
		wr_u32(w, eap->vendor_type);
	}
	wr_span(w, eap->data);
}

static void eap_show(const struct ike_payload *p, struct out *o)
{
	const struct pl_eap *eap = &p->eap;

	out_code_head(o, "code", eap->code, ike_id_name(&ike_eap_codes, eap->code));
	out_number(o, "identifier", eap->identifier);
	if (eap->has_type)
		ike_eap_method_show(o, eap);
	else if (eap->data.n > 0)
		out_bytes(o, "data", eap->data);
}

const struct ike_payload_row ike_rows_eap[] = {
	{ IKE_V2, IKE_P_EAP, "EAP", 4, eap_decode, eap_encode, eap_show },
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
