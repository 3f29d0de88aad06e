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
			return ike_decoder_fault(d, at, IKE_FAULT_SHORT, start, "attribute", r.n,
			    length);
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

/* What attributes of transforms are called, and the names of their values. */
static const struct { const struct ike_ids *keys; uint16_t life_type, life_duration; } sets[] = {
	[IKE_ATTRS_V2] = { &ike_transform_attrs, 0, 0 },
	[IKE_ATTRS_PHASE1] = { &ike_v1_phase1_attrs, 11, 12 },
	[IKE_ATTRS_PHASE2] = { &ike_v1_phase2_attrs, 1, 2 },
};

static const struct { enum ike_attrs_of of; uint16_t type; const struct ike_ids *ids; } values[] = {
	{ IKE_ATTRS_PHASE1, 1, &ike_v1_ciphers }, { IKE_ATTRS_PHASE1, 2, &ike_v1_hashes },
	{ IKE_ATTRS_PHASE1, 3, &ike_v1_auths }, { IKE_ATTRS_PHASE1, 4, &ike_kes },
	{ IKE_ATTRS_PHASE1, 5, &ike_v1_group_types }, { IKE_ATTRS_PHASE2, 3, &ike_kes },
	{ IKE_ATTRS_PHASE2, 4, &ike_v1_modes }, { IKE_ATTRS_PHASE2, 5, &ike_v1_ipsec_auths },
};

static const struct ike_ids *value_ids(enum ike_attrs_of of, uint16_t type)
{
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (values[i].of == of && values[i].type == type)
			return values[i].ids;
	return NULL;
}

/* RFC 2409 A: a duration is in the unit of the type before it.  Its name with the unit, or NULL. */
static const char *life_name(const struct ike_attr *attr, unsigned i, enum ike_attrs_of of)
{
	static const char *const names[] = { NULL, "life_seconds", "life_kilobytes" };
	uint64_t unit;

	if (i == 0 || sets[of].life_type == 0 || attr[i].type != sets[of].life_duration ||
	    attr[i - 1].type != sets[of].life_type)
		return NULL;
	unit = ike_attr_number(&attr[i - 1]);
	return unit < sizeof names / sizeof names[0] ? names[unit] : NULL;
}

/* The unit in front of a duration that tells it. */
static bool is_unit(const struct ike_attr *attr, unsigned n, unsigned i, enum ike_attrs_of of)
{
	return i + 1 < n && life_name(attr, i + 1, of) != NULL;
}

/* Under which key an attribute is shown; NULL: among the others, for it has none or has been. */
static const char *key_of(const struct ike_attr *attr, unsigned i, enum ike_attrs_of of)
{
	const char *life = life_name(attr, i, of), *name = life;

	if (name == NULL)
		name = ike_id_name(sets[of].keys, attr[i].type);
	for (unsigned k = 0; name != NULL && k < i; k++) {
		const char *before = life_name(attr, k, of);

		if (life != NULL ? before == life : before == NULL && attr[k].type == attr[i].type)
			return NULL;
	}
	return attr[i].data.n > 8 ? NULL : name;
}

static void value_show(struct out *o, const char *key, const struct ike_attr *a,
    enum ike_attrs_of of)
{
	const struct ike_ids *ids = value_ids(of, a->type);
	uint64_t v = ike_attr_number(a);

	if (ids != NULL)
		out_code(o, key, v, v <= UINT16_MAX ? ike_id_name(ids, (uint32_t)v) : NULL);
	else
		out_number(o, key, v);
}

static void other_show(struct out *o, const struct ike_attr *a, enum ike_attrs_of of)
{
	out_object(o, NULL);
	out_code_head(o, "attribute", a->type, ike_id_name(sets[of].keys, a->type));
	if (a->tv)
		out_number(o, "value", a->value);
	else
		out_bytes(o, "data", a->data);
	out_end(o);
}

void ike_attrs_show(struct out *o, const struct ike_attr *attr, unsigned n, enum ike_attrs_of of)
{
	unsigned others = 0;

	for (unsigned i = 0; i < n; i++) {
		const char *key = is_unit(attr, n, i, of) ? NULL : key_of(attr, i, of);

		if (key != NULL)
			value_show(o, key, &attr[i], of);
		else if (!is_unit(attr, n, i, of))
			others++;
	}
	if (others == 0)
		return;
	out_list(o, "other_attributes");
	for (unsigned i = 0; i < n; i++)
		if (!is_unit(attr, n, i, of) && key_of(attr, i, of) == NULL)
			other_show(o, &attr[i], of);
	out_end(o);
}
