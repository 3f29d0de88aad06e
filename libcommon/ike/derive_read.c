#include <string.h>

#include "ike/derive.h"
#include "ike/keyfile.h"
#include "ike/member.h"
#include "sa/desc_row.h"

/* Where members go to. */
struct in { struct derive *d; struct arena *arena; };

struct row {
	const char *key;
	int (*read)(struct in *in, const struct row *row, const struct jval *v, struct err *e);
	size_t at;			/* in struct derive */
	int version;			/* that the name implies; 0: none */
};

static int read_hex(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	return member_hex(in->arena, v, (struct secret *)(void *)((char *)in->d + row->at), e);
}

static int read_shared(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	struct ike_keys *k = &in->d->set.k;

	(void)row;
	if (k->nshared > 0)
		return jval_err(v, e, "%s: the shared secret under two names", v->key);
	return member_secrets(in->arena, v, k->shared, &k->nshared, e);
}

/* 16 hex digits are the octets of the header, as keys are; else a number, 0x... */
static int read_spi(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	struct ike_keys *k = &in->d->set.k;
	bool i = row->at == 0;
	uint64_t *spi = i ? &k->spi_i : &k->spi_r;
	uint8_t octets[8];
	const char *text;
	size_t n, got;

	text = jval_text(v, &n);
	if (text != NULL && n == 16 && hex_span(text, n) == n)
		*spi = hex_parse(octets, sizeof octets, &got, text, n, e) == 0
		    ? load_be64(octets) : 0;
	else if (jval_uint(v, spi, 0, UINT64_MAX, e) < 0)
		return -1;
	*(i ? &k->spi_i_known : &k->spi_r_known) = true;
	return 0;
}

static int read_encr(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	(void)row;
	return member_encr(v, &in->d->set.k.encr, &in->d->set.k.encr_bits, e);
}

static int read_bits(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	(void)row;
	return member_bits(v, &in->d->set.k.encr_bits, e);
}

static int read_integ(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	(void)row;
	return member_integ(v, &in->d->set.k.integ, e);
}

static int read_prf(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	(void)row;
	return member_prf(v, &in->d->set.k.prf, e);
}

static int read_ke(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	(void)row;
	return member_ke(v, in->d->set.k.ke, &in->d->set.k.nke, e);
}

static int read_version(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	uint64_t n;

	(void)row;
	if (jval_uint(v, &n, 1, 2, e) < 0)
		return -1;
	in->d->set.k.version = (int)n;
	return 0;
}

static int read_type(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	const char *text;

	(void)row;
	if (member_word(v, &text, NULL, e) < 0)
		return -1;
	in->d->vector = strcmp(text, "ikev1-kdf") == 0 || strcmp(text, "ikev2-kdf") == 0;
	if (in->d->vector || strcmp(text, "ike") == 0)
		return 0;
	return jval_err(v, e, "type: found \"%.60s\", wanted ike, or none", text);
}

static int read_addr(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	return member_addr(v, (struct addr *)(void *)((char *)in->d + row->at), e);
}

static int read_flag(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	return jval_bool(v, (bool *)((char *)in->d + row->at), e);
}

static int read_auth(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	static const struct name words[] = {
		{ KEYMAT_V1_PSK, "psk" }, { KEYMAT_V1_SIG, "sig" }, { KEYMAT_V1_PKE, "pke" },
		{ 0, NULL },
	};
	uint32_t id;

	(void)row;
	if (desc_word(v, words, &id, e) < 0)
		return -1;
	in->d->auth = (enum keymat_v1_auth)id;
	return 0;
}

static int read_old(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	static const char *const keys[] = { "prf", "sk_d", NULL };
	struct jval p, s;

	(void)row;
	if (desc_object(v, e) < 0 || desc_only(v, keys, e) < 0)
		return -1;
	p = jval_get(v, "prf");
	s = jval_get(v, "sk_d");
	if (p.value == NULL || s.value == NULL)
		return jval_err(v, e, "old: no %s", p.value == NULL ? "prf" : "sk_d");
	if (member_prf(&p, &in->d->old_prf, e) < 0 ||
	    member_hex(in->arena, &s, &in->d->old_sk_d, e) < 0)
		return -1;
	if (in->d->old_sk_d.n != in->d->old_prf->key)
		return jval_err(&s, e, "sk_d: found a key of %zu bytes, wanted %u for %s",
		    in->d->old_sk_d.n, in->d->old_prf->key, in->d->old_prf->name);
	return 0;
}

static int read_spis(struct derive_child *c, const struct jval *v, struct err *e)
{
	bool many = jval_kind(v) == J_ARRAY;

	if (many && jval_count(v) > DERIVE_SPIS)
		return jval_err(v, e, "spi: found %zu SPIs, wanted up to %d", jval_count(v),
		    DERIVE_SPIS);
	for (c->nspi = 0; c->nspi < (many ? jval_count(v) : 1); c->nspi++) {
		struct jval one = many ? jval_at(v, c->nspi) : *v;
		uint64_t spi;

		if (jval_uint(&one, &spi, 1, UINT32_MAX, e) < 0)
			return -1;
		c->spi[c->nspi] = (uint32_t)spi;
	}
	return 0;
}

static int read_proto(struct derive_child *c, const struct jval *v, struct err *e)
{
	static const struct name words[] = { { 0, "esp" }, { 1, "ah" }, { 0, NULL } };
	uint32_t id;

	if (desc_word(v, words, &id, e) < 0)
		return -1;
	c->ah = id == 1;
	return 0;
}

static int child_member(struct in *in, const struct jval *v, struct err *e)
{
	struct derive_child *c = &in->d->child;

	if (strcmp(v->key, "encr") == 0)
		return member_encr(v, &c->want.encr, &c->want.encr_bits, e);
	if (strcmp(v->key, "encr_bits") == 0)
		return member_bits(v, &c->want.encr_bits, e);
	if (strcmp(v->key, "integ") == 0)
		return member_integ(v, &c->want.integ, e);
	if (strcmp(v->key, "spi") == 0)
		return read_spis(c, v, e);
	if (strcmp(v->key, "proto") == 0)
		return read_proto(c, v, e);
	if (strcmp(v->key, "shared") == 0)
		return member_secrets(in->arena, v, c->shared, &c->nshared, e);
	return member_hex(in->arena, v, strcmp(v->key, "ni") == 0 ? &c->ni : &c->nr, e);
}

static int read_child(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	static const char *const keys[] = { "encr", "encr_bits", "integ", "proto", "spi", "ni",
	    "nr", "shared", NULL };
	struct derive_child *c = &in->d->child;
	struct jval m = { 0 };

	(void)row;
	if (desc_object(v, e) < 0 || desc_only(v, keys, e) < 0)
		return -1;
	while (jval_next(v, &m))
		if (child_member(in, &m, e) < 0)
			return -1;
	c->asked = true;
	if (!c->ah && c->want.encr == NULL)
		return jval_err(v, e, "child: no encr");
	if (c->ah && (c->want.encr != NULL || c->want.integ == NULL))
		return jval_err(v, e, "child: AH has %s",
		    c->want.encr != NULL ? "no encr" : "an integ");
	return 0;
}

static int read_label(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	const char *text;

	(void)row;
	if (member_word(v, &text, NULL, e) < 0)
		return -1;
	snprintf(in->d->set.label, sizeof in->d->set.label, "%s", text);
	return 0;
}

/* The version of the form. */
static int read_v(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	uint64_t n;

	(void)in, (void)row;
	return jval_uint(v, &n, 1, 1, e);
}

/* What a vector says beside. */
static int read_nothing(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	(void)row;
	return in->d->vector ? 0 :
	    jval_err(v, e, "%s: unknown key, but in a vector, as its type would say", v->key);
}

/* A result of a vector says how long it is to be. */
static int read_length(struct in *in, const struct row *row, const struct jval *v, struct err *e)
{
	if (!in->d->vector)
		return read_nothing(in, row, v, e);
	return read_hex(in, row, v, e);
}

#define AT(field) offsetof(struct derive, field)

static const struct row rows[] = {
	{ "type", read_type, 0, 0 }, { "v", read_v, 0, 0 }, { "label", read_label, 0, 0 },
	{ "version", read_version, 0, 0 }, { "spi_i", read_spi, 0, 0 },
	{ "spi_r", read_spi, 1, 0 }, { "cky_i", read_spi, 0, 1 }, { "cky_r", read_spi, 1, 1 },
	{ "initiator", read_addr, AT(set.k.initiator), 0 },
	{ "responder", read_addr, AT(set.k.responder), 0 },
	{ "encr", read_encr, 0, 0 }, { "encr_bits", read_bits, 0, 0 },
	{ "integ", read_integ, 0, 0 },
	{ "prf", read_prf, 0, 0 }, { "ke", read_ke, 0, 0 }, { "shared", read_shared, 0, 0 },
	{ "gir", read_shared, 0, 2 }, { "gxy", read_shared, 0, 1 },
	{ "gir_new", read_hex, AT(gir_new), 2 },
	{ "ke_i", read_hex, AT(ke_i), 0 }, { "ke_r", read_hex, AT(ke_r), 0 },
	{ "auth", read_auth, 0, 1 },
	{ "old", read_old, 0, 2 }, { "resumed", read_flag, AT(resumed), 2 },
	{ "child", read_child, 0, 0 },
	{ "id", read_nothing, 0, 0 }, { "source", read_nothing, 0, 0 },
	{ "result", read_nothing, 0, 0 },
	{ "note", read_nothing, 0, 0 }, { "derived", read_nothing, 0, 0 },
	{ "dkm", read_length, AT(dkm), 2 },
	{ "dkm_child", read_length, AT(dkm_child), 2 },
	{ "dkm_child_dh", read_length, AT(dkm_child_dh), 2 },
	{ "skeyseed_rekey", read_length, AT(skeyseed_rekey), 2 },
};
enum { NROWS = sizeof rows / sizeof rows[0] };

static int check_version(struct in *in, const struct jval *v, int version, struct err *e)
{
	int *is = &in->d->set.k.version;

	if (version != 0 && *is != 0 && version != *is)
		return jval_err(v, e, "%s is of IKEv%d, other members are of IKEv%d", v->key,
		    version, *is);
	*is = version != 0 ? version : *is;
	return 0;
}

/* "psk" is in vectors of signatures, too. */
static bool is_empty(const struct jval *v)
{
	size_t n = 1;

	return jval_text(v, &n) != NULL && n == 0;
}

/* The single secrets of a line of type ike. */
static int read_secret(struct in *in, const struct jval *v, struct err *e)
{
	struct nearest near = { 0 };

	for (size_t i = 0; i < keys_nfields; i++) {
		const struct keys_field *f = &keys_fields[i];

		nearest_offer(&near, v->key, f->name);
		if (strcmp(f->name, v->key) != 0)
			continue;
		if (check_version(in, v, f->version, e) < 0)
			return -1;
		if (in->d->vector && (strncmp(f->name, "skey", 4) == 0 || is_empty(v)))
			return 0;
		return member_hex(in->arena, v, keys_secret(&in->d->set.k, f), e);
	}
	for (size_t i = 0; i < NROWS; i++)
		nearest_offer(&near, v->key, rows[i].key);
	return desc_unknown(v, &near, e);
}

static int read_member(struct in *in, const struct jval *v, struct err *e)
{
	for (size_t i = 0; i < NROWS; i++)
		if (strcmp(rows[i].key, v->key) == 0)
			return check_version(in, v, rows[i].version, e) < 0 ? -1 :
			    rows[i].read(in, &rows[i], v, e);
	return strncmp(v->key, "x-", 2) == 0 ? 0 : read_secret(in, v, e);
}

int derive_read(struct derive *d, const struct jval *root, struct arena *arena, struct err *e)
{
	struct in in = { .d = d, .arena = arena };
	struct jval m = { 0 }, type;
	struct keyset lengths;
	const char *field;

	*d = (struct derive){ 0 };
	if (desc_object(root, e) < 0)
		return -1;
	/* it says how the others are meant */
	type = jval_get(root, "type");
	if (type.value != NULL && read_type(&in, NULL, &type, e) < 0)
		return -1;
	while (jval_next(root, &m))
		if (read_member(&in, &m, e) < 0)
			return -1;
	if (d->set.k.version == 0)
		d->set.k.version = 2;
	keyset_settle(&d->set);
	/* vectors have shorter nonces than IKE may send, and secrets of groups that we do not know
	 * will do */
	lengths = d->set;
	lengths.k.ni = lengths.k.nr = (struct secret){ 0 };
	if (lengths.k.nke == 0)
		lengths.k.nshared = 0;
	if (keyset_check(&lengths, &field, e) < 0) {
		m = jval_get(root, field);
		return m.value != NULL ? jval_blame(&m, e) : err_in(e, "%s", field);
	}
	return 0;
}
