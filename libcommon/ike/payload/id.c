/* Identification (RFC 7296 3.5, RFC 2407 4.6.2) and NAT-OA (RFC 3947 5.2), which looks the same. */
#include <stdio.h>

#include "crypto/cert.h"
#include "ike/payload/row.h"

static bool id_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	(void)d;
	p->id.type = rd_u8(&r);
	p->id.protocol = rd_u8(&r);
	p->id.port = rd_u16(&r);
	p->id.data = rd_rest(&r);
	return true;
}

static void id_encode(const struct ike_payload *p, struct wr *w)
{
	wr_u8(w, p->id.type);
	wr_u8(w, p->id.protocol);
	wr_u16(w, p->id.port);
	wr_span(w, p->id.data);
}

void ike_show_addr(struct out *o, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT];

	out_name(o, key, addr_format(text, a));
}

bool ike_addr_take(struct addr *a, struct rd *r, uint8_t family)
{
	struct span s = rd_take(r, family == 4 ? 4 : 16);

	*a = (struct addr){ 0 };
	if (!rd_ok(r))
		return false;
	a->family = family;
	memcpy(a->b, s.p, s.n);
	return true;
}

void ike_addr_put(const struct addr *a, struct wr *w)
{
	wr_span(w, (struct span){ a->b, addr_len(a) });
}

void ike_show_text(struct out *o, const char *key, const char *hex, struct span s)
{
	if (text_is_clean((const char *)s.p, s.n))
		out_span(o, key, s);
	else
		out_bytes(o, hex, s);
}

void ike_show_dn(struct out *o, const char *key, const char *hex, struct span der)
{
	char text[DN_TEXT];
	struct err e;
	int n = dn_format(der, text, &e);

	if (n >= 0)
		out_span(o, key, (struct span){ (const uint8_t *)text, (size_t)n });
	else
		out_bytes(o, hex, der);
}

/* Of IKEv1: address and mask, or first and last address, as one text. */
static bool pair_show(struct out *o, struct span data, uint8_t family, bool mask)
{
	struct rd r = rd_of(data.p, data.n);
	char first[ADDR_TEXT], last[ADDR_TEXT], text[2 * ADDR_TEXT + 1];
	struct addr a, b;

	if (!ike_addr_take(&a, &r, family) || !ike_addr_take(&b, &r, family) || !rd_done(&r))
		return false;
	snprintf(text, sizeof text, "%s%c%s", addr_format(first, &a), mask ? '/' : '-',
	    addr_format(last, &b));
	out_name(o, "id", text);
	return true;
}

static bool addr_show(struct out *o, struct span data, uint8_t family)
{
	struct rd r = rd_of(data.p, data.n);
	struct addr a;

	if (!ike_addr_take(&a, &r, family) || !rd_done(&r))
		return false;
	ike_show_addr(o, "id", &a);
	return true;
}

void ike_id_data_show(struct out *o, uint8_t version, const struct pl_id *id)
{
	bool v1 = ike_is_v1(version), done = false;

	switch (id->type) {
	case IKE_ID_IPV4_ADDR:
		done = addr_show(o, id->data, 4);
		break;
	case IKE_ID_IPV6_ADDR:
		done = addr_show(o, id->data, 6);
		break;
	case IKE_ID_FQDN:
	case IKE_ID_RFC822_ADDR:
	case IKE_ID_KEY_ID:
		ike_show_text(o, "id", "id_hex", id->data);
		done = true;
		break;
	case IKE_ID_DER_ASN1_DN:
		ike_show_dn(o, "id", "id_hex", id->data);
		done = true;
		break;
	case IKE_ID_IPV4_ADDR_SUBNET:
		done = v1 && pair_show(o, id->data, 4, true);
		break;
	case IKE_ID_IPV6_ADDR_SUBNET:
		done = v1 && pair_show(o, id->data, 6, true);
		break;
	case IKE_ID_IPV4_ADDR_RANGE:
		done = v1 && pair_show(o, id->data, 4, false);
		break;
	case IKE_ID_IPV6_ADDR_RANGE:
		done = v1 && pair_show(o, id->data, 6, false);
		break;
	}
	if (!done)
		out_bytes(o, "id_hex", id->data);
}

static void id_show(const struct ike_payload *p, struct out *o)
{
	ike_id_show(o, "type", &ike_id_types, p->id.type);
	ike_id_data_show(o, p->version, &p->id);
}

static void v1_id_show(const struct ike_payload *p, struct out *o)
{
	ike_id_show(o, "type", &ike_v1_id_types, p->id.type);
	out_code(o, "protocol", p->id.protocol, ike_id_name(&ike_ip_protocols, p->id.protocol));
	out_number(o, "port", p->id.port);
	ike_id_data_show(o, p->version, &p->id);
}

static void natoa_show(const struct ike_payload *p, struct out *o)
{
	ike_id_show(o, "type", &ike_v1_id_types, p->id.type);
	ike_id_data_show(o, p->version, &p->id);
}

const struct ike_payload_row ike_rows_id[] = {
	{ IKE_V2, IKE_P_IDI, "IDi", 4, id_decode, id_encode, id_show },
	{ IKE_V2, IKE_P_IDR, "IDr", 4, id_decode, id_encode, id_show },
	{ IKE_V2, IKE_P_IDG, "IDg", 4, id_decode, id_encode, id_show },
	{ IKE_V1, IKE_V1_P_ID, "ID", 4, id_decode, id_encode, v1_id_show },
	{ IKE_V1, IKE_V1_P_NATOA, "NAT-OA", 4, id_decode, id_encode, natoa_show },
	{ IKE_V1, IKE_V1_P_NATOA_DRAFT, "NAT-OA", 4, id_decode, id_encode, natoa_show },
	{ IKE_V1, IKE_V1_P_NATOA_DRAFT4, "NAT-OA", 4, id_decode, id_encode, natoa_show },
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
