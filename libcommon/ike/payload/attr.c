/* Attributes: type with value, or with length and bytes (RFC 7296 3.3.5, 3.15.1, RFC 2408 3.3). */
#include "ike/payload/row.h"

enum { ATTR_LEN = 4, ATTR_TV = 0x8000 };

static unsigned count(struct rd r, bool tv)
{
	unsigned n = 0;

	while (r.n >= ATTR_LEN && n < IKE_ATTRS_MAX) {
		uint16_t type = rd_u16(&r), length = rd_u16(&r);

		if (!tv || !(type & ATTR_TV))
			rd_take(&r, length);
		n++;
	}
	return n;
}

bool ike_attrs_decode(struct ike_attr **attr, unsigned *n, struct rd r, bool tv,
    struct ike_payload *at, struct ike_decoder *d)
{
	unsigned max = count(r, tv);

	*n = 0;
	if ((*attr = ike_decoder_array(d, at, max, sizeof **attr)) == NULL)
		return false;
	while (*n < max) {
		struct ike_attr *a = &(*attr)[*n];
		const uint8_t *start = r.p;
		uint16_t type = rd_u16(&r), length = rd_u16(&r);
		bool short_form = tv && (type & ATTR_TV);

		a->type = type & (ATTR_TV - 1);
		a->tv = type & ATTR_TV;
		if (short_form)
			a->value = length;
		else if (length > r.n)
			return ike_decoder_fault(d, at, IKE_FAULT_SHORT, start, "attribute", r.n, length);
		else
			a->data = rd_take(&r, length);
		(*n)++;
	}
	if (r.n >= ATTR_LEN)
		return ike_decoder_fault(d, at, IKE_FAULT_LIMIT, r.p, "attributes", max + 1, max);
	if (r.n > 0)
		return ike_decoder_fault(d, at, IKE_FAULT_SHORT, r.p, "attribute", r.n, ATTR_LEN);
	return true;
}

void ike_attrs_encode(const struct ike_attr *attr, unsigned n, bool tv, struct wr *w)
{
	for (unsigned i = 0; i < n; i++) {
		const struct ike_attr *a = &attr[i];

		wr_u16(w, (uint16_t)(a->tv ? a->type | ATTR_TV : a->type));
		if (tv && a->tv) {
			wr_u16(w, a->value);
			continue;
		}
		wr_u16(w, (uint16_t)a->data.n);
		wr_span(w, a->data);
	}
}

const struct ike_attr *ike_attr_find(const struct ike_attr *attr, unsigned n, uint16_t type)
{
	for (unsigned i = 0; i < n; i++)
		if (attr[i].type == type)
			return &attr[i];
	return NULL;
}

uint64_t ike_attr_number(const struct ike_attr *a)
{
	uint64_t v = 0;

	if (a->data.n == 0)
		return a->value;
	for (size_t i = 0; i < a->data.n && i < 8; i++)
		v = v << 8 | a->data.p[i];
	return v;
}

/* The attributes of IKEv1 whose values have names. */
static const struct { bool phase1; uint16_t type; const struct ike_ids *ids; } values[] = {
	{ true, 1, &ike_v1_ciphers }, { true, 2, &ike_v1_hashes }, { true, 3, &ike_v1_auths },
	{ true, 4, &ike_kes }, { true, 5, &ike_v1_group_types }, { true, 11, &ike_v1_life_types },
	{ false, 1, &ike_v1_life_types }, { false, 3, &ike_kes }, { false, 4, &ike_v1_modes },
	{ false, 5, &ike_v1_ipsec_auths },
};

static const struct ike_ids *value_ids(bool phase1, uint16_t type)
{
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (values[i].phase1 == phase1 && values[i].type == type)
			return values[i].ids;
	return NULL;
}

void ike_v1_attrs_show(struct out *o, const struct ike_attr *attr, unsigned n, bool phase1)
{
	for (unsigned i = 0; i < n; i++) {
		const struct ike_attr *a = &attr[i];
		const char *name = ike_id_name(phase1 ? &ike_v1_phase1_attrs : &ike_v1_phase2_attrs, a->type);
		const struct ike_ids *ids = value_ids(phase1, a->type);

		if (name == NULL) {
			out_number(o, "unknown_attribute", a->type);
			if (a->tv)
				out_number(o, "unknown_value", a->value);
			else
				out_bytes(o, "unknown_data", a->data);
		} else if (a->data.n > 8) {
			out_bytes(o, name, a->data);
		} else if (ids != NULL) {
			out_code(o, name, ike_attr_number(a), ike_id_name(ids, (uint32_t)ike_attr_number(a)));
		} else {
			out_number(o, name, ike_attr_number(a));
		}
	}
}
