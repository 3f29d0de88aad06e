#include <string.h>

#include "ike/keylog.h"
#include "ike/member.h"
#include "sa/desc.h"
#include "sa/desc_row.h"
#include "sa/format/strongswan_log.h"
#include "sa/key_text.h"

extern const struct format keyfile_native;

/* One line being read. */
struct ike_in {
	struct format_source *s;
	struct keyset *set;
	struct jval ke, shared;
	size_t extra;			/* length of set->extra so far */
	int named;			/* the version that the keys' names imply; 0: none did */
};

struct ike_row {
	const char *key;
	int (*read)(struct ike_in *in, const struct ike_row *row, const struct jval *v, struct err *e);
	size_t at;
	int version;
};

static bool sniff(const struct format_line *l)
{
	size_t i = 0;

	while (i < l->n && (l->p[i] == ' ' || l->p[i] == '\t'))
		i++;
	return i < l->n && l->p[i] == '{' && !strongswan_log_is(l->p, l->n);
}

static int read_type(struct ike_in *in, const struct ike_row *row, const struct jval *v, struct err *e)
{
	(void)in, (void)row, (void)v, (void)e;	/* desc_type() has */
	return 0;
}

static int read_version(struct ike_in *in, const struct ike_row *row, const struct jval *v, struct err *e)
{
	uint64_t n;

	(void)row;
	if (jval_uint(v, &n, 1, 2, e) < 0)
		return -1;
	in->set->k.version = (int)n;
	return 0;
}

static int read_spi(struct ike_in *in, const struct ike_row *row, const struct jval *v, struct err *e)
{
	struct ike_keys *k = &in->set->k;
	bool i = row->at == 0;

	if (i ? k->spi_i_known : k->spi_r_known)
		return jval_err(v, e, "%s: the same SPI under two names", row->key);
	if (jval_uint(v, i ? &k->spi_i : &k->spi_r, 1, UINT64_MAX, e) < 0)
		return -1;
	*(i ? &k->spi_i_known : &k->spi_r_known) = true;
	return 0;
}

static int read_addr(struct ike_in *in, const struct ike_row *row, const struct jval *v, struct err *e)
{
	return member_addr(v, (struct addr *)(void *)((char *)&in->set->k + row->at), e);
}

static int read_encr(struct ike_in *in, const struct ike_row *row, const struct jval *v, struct err *e)
{
	(void)row;
	return member_encr(v, &in->set->k.encr, &in->set->k.encr_bits, e);
}

static int read_bits(struct ike_in *in, const struct ike_row *row, const struct jval *v, struct err *e)
{
	(void)row;
	return member_bits(v, &in->set->k.encr_bits, e);
}

static int read_integ(struct ike_in *in, const struct ike_row *row, const struct jval *v, struct err *e)
{
	(void)row;
	return member_integ(v, &in->set->k.integ, e);
}

static int read_prf(struct ike_in *in, const struct ike_row *row, const struct jval *v, struct err *e)
{
	(void)row;
	return member_prf(v, &in->set->k.prf, e);
}

static int read_ke(struct ike_in *in, const struct ike_row *row, const struct jval *v, struct err *e)
{
	(void)row;
	return member_ke(v, in->set->k.ke, &in->set->k.nke, e);
}

static int read_shared(struct ike_in *in, const struct ike_row *row, const struct jval *v, struct err *e)
{
	(void)row;
	return member_secrets(keyfile_arena(in->s), v, in->set->k.shared, &in->set->k.nshared, e);
}

static int read_label(struct ike_in *in, const struct ike_row *row, const struct jval *v, struct err *e)
{
	const char *text;

	(void)row;
	if (member_word(v, &text, NULL, e) < 0)
		return -1;
	snprintf(in->set->label, sizeof in->set->label, "%s", text);
	return 0;
}

#define AT(field) offsetof(struct ike_keys, field)

/* The keys that are no single secrets. */
static const struct ike_row rows[] = {
	{ "type", read_type, 0, 0 }, { "v", read_type, 0, 0 }, { "version", read_version, 0, 0 },
	{ "spi_i", read_spi, 0, 0 }, { "spi_r", read_spi, 1, 0 }, { "cky_i", read_spi, 0, 1 },
	{ "cky_r", read_spi, 1, 1 }, { "initiator", read_addr, AT(initiator), 0 },
	{ "responder", read_addr, AT(responder), 0 }, { "encr", read_encr, 0, 0 },
	{ "encr_bits", read_bits, 0, 0 }, { "integ", read_integ, 0, 2 }, { "prf", read_prf, 0, 0 },
	{ "ke", read_ke, 0, 0 }, { "shared", read_shared, 0, 0 }, { "label", read_label, 0, 0 },
};
enum { NROWS = sizeof rows / sizeof rows[0] };

static int check_version(struct ike_in *in, const struct jval *v, int version, struct err *e)
{
	if (version == 0)
		return 0;
	if (in->named != 0 && in->named != version)
		return jval_err(v, e, "%s is of IKEv%d, other keys are of IKEv%d", v->key, version, in->named);
	in->named = version;
	return 0;
}

static int unknown_key(const struct jval *v, struct err *e)
{
	struct nearest near = { 0 };

	for (size_t i = 0; i < NROWS; i++)
		nearest_offer(&near, v->key, rows[i].key);
	for (size_t i = 0; i < keys_nfields; i++)
		nearest_offer(&near, v->key, keys_fields[i].name);
	return desc_unknown(v, &near, e);
}

static int read_member(struct ike_in *in, const struct jval *v, struct err *e)
{
	if (v->key[0] == 'x' && v->key[1] == '-')
		return desc_extra(&in->set->extra, &in->extra, v, e);
	for (size_t i = 0; i < NROWS; i++)
		if (strcmp(rows[i].key, v->key) == 0)
			return check_version(in, v, rows[i].version, e) < 0 ? -1 : rows[i].read(in, &rows[i], v, e);
	for (size_t i = 0; i < keys_nfields; i++)
		if (strcmp(keys_fields[i].name, v->key) == 0)
			return check_version(in, v, keys_fields[i].version, e) < 0 ? -1
			     : member_hex(keyfile_arena(in->s), v, keys_secret(&in->set->k, &keys_fields[i]), e);
	return unknown_key(v, e);
}

/* What the members say together. */
static int check(struct ike_in *in, const struct jval *root, struct err *e)
{
	struct ike_keys *k = &in->set->k;
	const char *field;
	struct jval v;

	if (!k->spi_i_known)
		return jval_err(root, e, "wanted %s", in->named == 1 || k->version == 1 ? "cky_i" : "spi_i");
	if (k->version == 0)
		k->version = in->named;
	if (in->named != 0 && k->version != in->named) {
		v = jval_get(root, "version");
		return jval_err(&v, e, "version: found %d, but there are keys of IKEv%d", k->version, in->named);
	}
	if (k->integ != NULL && k->integ->kind == INTEG_KIND_NONE) {
		v = jval_get(root, "integ");
		if (k->encr != NULL && !alg_encr_is_aead(k->encr))
			return jval_err(&v, e, "integ: none is for ciphers that check integrity, %s does not",
			    k->encr->name);
		k->integ = NULL;
	}
	keyset_settle(in->set);
	if (keyset_check(in->set, &field, e) < 0) {
		v = jval_get(root, field);
		return jval_blame(v.value != NULL ? &v : root, e);
	}
	return desc_extra_end(&in->set->extra, in->extra, e);
}

static int read_ike(struct ike_in *in, const struct jval *root, struct err *e)
{
	struct jval m = { 0 };

	while (jval_next(root, &m))
		if (read_member(in, &m, e) < 0)
			return -1;
	return check(in, root, e);
}

/* A set that was refused stays without anything. */
static void empty(struct keyset *set)
{
	for (size_t i = 0; i < keys_nfields; i++)
		secret_clear(keys_secret(&set->k, &keys_fields[i]));
	for (unsigned i = 0; i < IKE_KE_MAX; i++)
		secret_clear(&set->k.shared[i]);
	set->k = (struct ike_keys){ .format = set->k.format, .line = set->k.line };
}

static int take_line(struct format_source *s, struct jdoc *doc, const struct format_line *l, struct err *e)
{
	struct jval root;
	struct ike_in in = { .s = s };
	int type;

	if (jdoc_parse(doc, l->p, l->n, e) < 0)
		return l->n < 3 ? err_set(e, "wanted one whole object in a line (jq -c writes such)") : -1;
	root = jdoc_root(doc);
	if (desc_object(&root, e) < 0 || (type = desc_type(&root, e)) < 0)
		return -1;
	if (type != DESC_IKE) {
		keyfile_skip(s, type == DESC_SA);
		return 0;
	}
	if ((in.set = keyfile_add(s, &keyfile_native, l->number, e)) == NULL)
		return -1;
	if (read_ike(&in, &root, e) == 0)
		return 0;
	empty(in.set);
	return -1;
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct jdoc doc = { 0 };
	size_t column;
	int rc;

	(void)state;
	if (!sniff(l))
		return 0;		/* a comment, or what ipsec-sa tells about */
	rc = take_line(s, &doc, l, e);
	column = doc.column;
	jdoc_clear(&doc);
	return rc < 0 ? format_blame(s, l->number, column, e) : 0;
}

const struct format keyfile_native = {
	.name = "native", .what = "lines of type ike, ipsec-sa(5)", .sniff = sniff, .line = take, .no_keys = true,
};
