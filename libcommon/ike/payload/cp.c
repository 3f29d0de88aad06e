/* Configuration (RFC 7296 3.15) and what it was in IKEv1: mode config
 * (draft-dukes-ike-mode-cfg-02), XAuth (draft-beaulieu-ike-xauth-02), Cisco's Unity. */
#include "ike/payload/row.h"

enum { XAUTH_TYPE = 16520 };
enum form { FORM_BYTES, FORM_IP4, FORM_IP6, FORM_PREFIX6, FORM_SUBNET4, FORM_TEXT, FORM_NUMBER,
	FORM_TYPES, FORM_XAUTH, FORM_SECRET };

/* Type, form; both versions number them alike where both have them. */
static const struct { uint16_t type; enum form form; } forms[] = {
	{ 1, FORM_IP4 }, { 2, FORM_IP4 }, { 3, FORM_IP4 }, { 4, FORM_IP4 }, { 5, FORM_NUMBER },
	{ 6, FORM_IP4 }, { 7, FORM_TEXT }, { 8, FORM_PREFIX6 }, { 10, FORM_IP6 }, { 12, FORM_IP6 },
	{ 13, FORM_SUBNET4 }, { 14, FORM_TYPES }, { 15, FORM_PREFIX6 }, { 18, FORM_PREFIX6 },
	{ 20, FORM_IP4 }, { 21, FORM_IP6 }, { 25, FORM_TEXT }, { 23456, FORM_IP4 },
	{ 23457, FORM_IP6 },
	{ XAUTH_TYPE, FORM_XAUTH }, { 16521, FORM_TEXT }, { 16522, FORM_SECRET },
	{ 16523, FORM_SECRET },
	{ 16524, FORM_TEXT }, { 16526, FORM_TEXT }, { 16527, FORM_NUMBER }, { 16528, FORM_SECRET },
	{ 16529, FORM_SECRET }, { 28672, FORM_TEXT }, { 28673, FORM_NUMBER }, { 28674, FORM_TEXT },
	{ 28675, FORM_TEXT }, { 28677, FORM_NUMBER }, { 28679, FORM_NUMBER }, { 28681, FORM_TEXT },
	{ 28682, FORM_TEXT },
};

static enum form form_of(uint16_t type)
{
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (forms[i].type == type)
			return forms[i].form;
	return FORM_BYTES;
}

static bool cp_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	bool v1 = ike_is_v1(p->version);

	p->cp.type = rd_u8(&r);
	ike_reserved_take(p->cp.reserved, v1 ? 1 : 3, &r);
	if (v1)
		p->cp.identifier = rd_u16(&r);
	ike_attrs_decode(&p->cp.attr, &p->cp.nattr, r, v1, p, d);
	return true;
}

static void cp_encode(const struct ike_payload *p, struct wr *w)
{
	bool v1 = ike_is_v1(p->version);

	wr_u8(w, p->cp.type);
	wr_span(w, (struct span){ p->cp.reserved, v1 ? 1 : 3 });
	if (v1)
		wr_u16(w, p->cp.identifier);
	ike_attrs_encode(p->cp.attr, p->cp.nattr, v1, w);
}

static void prefix_show(struct out *o, const char *key, struct rd r)
{
	struct addr a;
	uint8_t bits;

	ike_addr_take(&a, &r, 6);
	bits = rd_u8(&r);
	ike_show_addr(o, key, &a);
	out_number(o, "prefix", bits);
}

static void types_show(struct out *o, struct rd r, const struct ike_ids *ids)
{
	out_list(o, "supported");
	while (r.n >= 2) {
		uint16_t type = rd_u16(&r) & 0x7fff;

		ike_id_show(o, NULL, ids, type);
	}
	out_end(o);
}

/* Whether it has the length its form wants; then it was shown. */
static bool form_show(const struct ike_attr *a, bool v1, struct out *o)
{
	struct rd r = rd_of(a->data.p, a->data.n);
	struct addr first, second;

	switch (form_of(a->type)) {
	case FORM_IP4:
		if (r.n != 4 || !ike_addr_take(&first, &r, 4))
			return false;
		ike_show_addr(o, "address", &first);
		return true;
	case FORM_IP6:
		if (r.n != 16 || !ike_addr_take(&first, &r, 6))
			return false;
		ike_show_addr(o, "address", &first);
		return true;
	case FORM_PREFIX6:
		if (r.n != 17)
			return false;
		prefix_show(o, "address", r);
		return true;
	case FORM_SUBNET4:
		if (r.n != 8 || !ike_addr_take(&first, &r, 4) || !ike_addr_take(&second, &r, 4))
			return false;
		ike_show_addr(o, "address", &first);
		ike_show_addr(o, "netmask", &second);
		return true;
	case FORM_TEXT:
		ike_show_text(o, "text", "text_hex", a->data);
		return true;
	case FORM_NUMBER:
		if (r.n > 8)
			return false;
		out_number(o, "value", ike_attr_number(a));
		return true;
	case FORM_XAUTH:
		if (r.n > 2)
			return false;
		ike_id_show(o, "xauth", &ike_v1_xauth_types, (uint32_t)ike_attr_number(a));
		return true;
	case FORM_TYPES:
		types_show(o, r, v1 ? &ike_v1_config_attrs : &ike_cfg_attrs);
		return true;
	case FORM_SECRET:		/* never shown, as no key is */
		out_number(o, "secret_octets", r.n);
		return true;
	default:
		return false;
	}
}

static void cp_show(const struct ike_payload *p, struct out *o)
{
	bool v1 = ike_is_v1(p->version);
	const struct ike_ids *ids = v1 ? &ike_v1_config_attrs : &ike_cfg_attrs;

	out_code_head(o, "type", p->cp.type, ike_id_name(&ike_cfg_types, p->cp.type));
	if (v1)
		out_number(o, "identifier", p->cp.identifier);
	out_list(o, "attributes");
	for (unsigned i = 0; i < p->cp.nattr; i++) {
		const struct ike_attr *a = &p->cp.attr[i];

		out_object(o, NULL);
		out_code_head(o, "attribute", a->type, ike_id_name(ids, a->type));
		if (v1 && a->tv && a->type != XAUTH_TYPE)
			out_number(o, "value", a->value);
		else if ((a->data.n > 0 || (v1 && a->tv)) && !form_show(a, v1, o))
			out_bytes(o, "data", a->data);
		out_end(o);
	}
	out_end(o);
}

const struct ike_payload_row ike_rows_cp[] = {
	{ IKE_V2, IKE_P_CP, "CP", 4, cp_decode, cp_encode, cp_show },
	{ IKE_V1, IKE_V1_P_ATTR, "ATTR", 4, cp_decode, cp_encode, cp_show },
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
