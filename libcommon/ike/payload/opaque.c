/*
 * Payloads that are bytes and no more: Nonce, HASH, SIG, NAT-D (RFC 3947 3.2; 15 and 130 of its
 * drafts), and those known by name alone: GSPM (RFC 6467), GSA and KD (G-IKEv2), PS (RFC 8019).
 */
#include "ike/payload/row.h"

static bool opaque_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	(void)d;
	p->opaque.data = rd_rest(&r);
	return true;
}

static void opaque_encode(const struct ike_payload *p, struct wr *w)
{
	wr_span(w, p->opaque.data);
}

static void opaque_show(const struct ike_payload *p, struct out *o)
{
	out_bytes(o, "data", p->opaque.data);
}

/* RFC 7296 2.10: a nonce has 16 to 256 octets; RFC 2409 5 wants 8 at least. */
static bool nonce_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	unsigned min = ike_is_v1(p->version) ? 8 : 16;

	if (r.n < min || r.n > 256)
		ike_decoder_fault(d, p, IKE_FAULT_LENGTH, NULL, "nonce", r.n,
		    r.n < min ? min : 256);
	return opaque_decode(p, r, d);
}

#define OPAQUE(version, type, name) \
	{ version, type, name, 0, opaque_decode, opaque_encode, opaque_show }

const struct ike_payload_row ike_rows_opaque[] = {
	{ IKE_V2, IKE_P_NONCE, "Nonce", 0, nonce_decode, opaque_encode, opaque_show },
	{ IKE_V1, IKE_V1_P_NONCE, "Nonce", 0, nonce_decode, opaque_encode, opaque_show },
	OPAQUE(IKE_V2, IKE_P_GSPM, "GSPM"), OPAQUE(IKE_V2, IKE_P_GSA, "GSA"),
	OPAQUE(IKE_V2, IKE_P_KD, "KD"), OPAQUE(IKE_V2, IKE_P_PS, "PS"),
	OPAQUE(IKE_V1, IKE_V1_P_HASH, "HASH"), OPAQUE(IKE_V1, IKE_V1_P_SIG, "SIG"),
	OPAQUE(IKE_V1, IKE_V1_P_NATD, "NAT-D"), OPAQUE(IKE_V1, IKE_V1_P_NATD_DRAFT, "NAT-D"),
	OPAQUE(IKE_V1, IKE_V1_P_NATD_DRAFT4, "NAT-D"),
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
