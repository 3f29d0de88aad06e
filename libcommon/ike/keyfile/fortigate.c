#include <string.h>

#include "ike/keyfile.h"

extern const struct format keyfile_fortigate;

/* `diagnose vpn ike gateway list`: a gateway, and below it its IKE SAs, each from "id/spi:" on. */
struct fortigate {
	int version;
	char name[KEYSET_LABEL];
	struct addr local, remote;
	struct keyset *set;
};

static bool sniff(const struct format_line *l)
{
	struct word rest = { l->p, l->n, l->column }, w = word_next(&rest, "");

	if (word_is(&w, "id/spi:"))
		return true;
	w = word_next(&rest, "");
	return l->n > 4 && memcmp(l->p, "vd: ", 4) == 0 && w.n > 2 && memchr(w.p, '/', w.n) != NULL;
}

/* "192.0.2.1:500", "2001:db8::1:500" */
static bool endpoint(struct word w, struct addr *a)
{
	size_t n = w.n;
	struct err e;

	while (n > 0 && w.p[n - 1] != ':')
		n--;
	return n > 1 && addr_parse(a, w.p, n - 1, &e) == 0;
}

static int take_addr(struct fortigate *f, struct word rest)
{
	struct word from = word_next(&rest, ""), to;

	(void)word_next(&rest, "");	/* -> */
	to = word_next(&rest, "");
	f->local = f->remote = (struct addr){ 0 };
	if (!endpoint(from, &f->local) || !endpoint(to, &f->remote))
		f->local = f->remote = (struct addr){ 0 };
	return 0;
}

/* "12 6e8d0532e7fe8d84/3694ac323138a024" */
static int take_spi(struct format_source *s, struct fortigate *f, struct word rest, uint64_t line,
    struct err *e)
{
	struct word w, i, r;
	struct ike_keys *k;

	(void)word_next(&rest, "");	/* a number */
	w = word_next(&rest, "");
	if (w.n != 33 || w.p[16] != '/') {
		err_set(e, "id/spi: wanted two SPIs of 16 hex digits with / between them");
		return format_blame(s, line, w.column, e);
	}
	if ((f->set = keyfile_add(s, &keyfile_fortigate, line, e)) == NULL)
		return -1;
	i = (struct word){ w.p, 16, w.column };
	r = (struct word){ w.p + 17, 16, w.column + 17 };
	k = &f->set->k;
	k->version = f->version;
	if (!keyfile_spi(&i, &k->spi_i) || !keyfile_spi(&r, &k->spi_r)) {
		err_set(e, "id/spi: wanted hex digits");
		return format_blame(s, line, w.column, e);
	}
	k->spi_i_known = true;
	k->spi_r_known = k->spi_r != 0;		/* 0: it has not answered yet */
	memcpy(f->set->label, f->name, sizeof f->name);
	return 0;
}

static void take_direction(struct fortigate *f, struct word rest)
{
	struct word w = word_next(&rest, "");
	bool initiator = word_is(&w, "initiator");

	if (!initiator && !word_is(&w, "responder"))
		return;
	f->set->role = initiator ? KEYSET_INITIATOR : KEYSET_RESPONDER;
	f->set->k.initiator = initiator ? f->local : f->remote;
	f->set->k.responder = initiator ? f->remote : f->local;
}

/* One name of "aes128-sha256", "aes256gcm-prfsha384". */
static bool take_name(struct ike_keys *k, const char *name)
{
	unsigned bits;

	if (k->encr == NULL && (k->encr = alg_encr_by_name(name, &bits)) != NULL) {
		k->encr_bits = bits;
		return true;
	}
	if (strncmp(name, "prf", 3) == 0)
		return (k->prf = alg_prf_by_name(name)) != NULL;
	if (alg_ke_by_name(name) != NULL)
		return true;
	/* FortiOS has one word for both */
	if (k->version != 1)
		k->integ = alg_integ_by_name(name);
	k->prf = alg_prf_by_name(name);
	return k->prf != NULL;
}

static void take_proposal(struct format_source *s, struct fortigate *f, struct word rest,
    uint64_t line)
{
	struct word w = word_next(&rest, "");
	char name[64];

	while (w.n > 0) {
		const char *dash = memchr(w.p, '-', w.n);
		struct word one = { w.p, dash != NULL ? (size_t)(dash - w.p) : w.n, w.column };
		size_t cut = one.n + (dash != NULL);

		if (!word_text(name, sizeof name, &one) || !take_name(&f->set->k, name))
			format_note(s, line, one.column, "unknown algorithm \"%.*s\"",
			    (int)(one.n > 60 ? 60 : one.n), one.p);
		w = (struct word){ w.p + cut, w.n - cut, w.column + cut };
	}
}

static const struct { const char *label; int version; size_t at; } keys[] = {
	{ "SK_ei:", 2, offsetof(struct ike_keys, sk_ei) },
	{ "SK_er:", 2, offsetof(struct ike_keys, sk_er) },
	{ "SK_ai:", 2, offsetof(struct ike_keys, sk_ai) },
	{ "SK_ar:", 2, offsetof(struct ike_keys, sk_ar) },
	{ "SK_d:", 2, offsetof(struct ike_keys, sk_d) },
	{ "key:", 1, offsetof(struct ike_keys, ka) },
};

static int take_key(struct format_source *s, struct fortigate *f, const struct word *label,
    struct word rest, uint64_t line, struct err *e)
{
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct secret *key = (struct secret *)((char *)&f->set->k + keys[i].at);
		struct word w = rest;

		if (!word_is(label, keys[i].label))
			continue;
		if (f->set->k.version == 0)
			f->set->k.version = keys[i].version;
		if (f->set->k.version != keys[i].version || w.n == 0)
			return 0;
		if (f->set->k.encr == NULL)
			format_note(s, line, label->column,
			    "no known proposal stands in front of the key: lines may be "
			    "missing");
		if (keyfile_hex(s, key, &w, line, e) < 0)
			return -1;
		keyset_settle(f->set);
		return keyfile_check(s, f->set, line, e);
	}
	return 0;
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct fortigate *f = state;
	struct word rest = { l->p, l->n, l->column }, label = word_next(&rest, ""), w = rest;

	if (word_is(&label, "vd:")) {
		*f = (struct fortigate){ 0 };
	} else if (word_is(&label, "name:")) {
		*f = (struct fortigate){ 0 };
		w = word_next(&w, "");
		word_text(f->name, sizeof f->name, &w);
	} else if (word_is(&label, "version:")) {
		w = word_next(&w, "");
		f->version = word_is(&w, "1") ? 1 : word_is(&w, "2") ? 2 : 0;
	} else if (word_is(&label, "addr:")) {
		return take_addr(f, rest);
	} else if (word_is(&label, "id/spi:")) {
		return take_spi(s, f, rest, l->number, e);
	}
	if (f->set == NULL)
		return 0;
	if (word_is(&label, "direction:"))
		take_direction(f, rest);
	else if (word_is(&label, "proposal:"))
		take_proposal(s, f, rest, l->number);
	else
		return take_key(s, f, &label, rest, l->number, e);
	return 0;
}

const struct format keyfile_fortigate = {
	.name = "fortigate", .what = "FortiGate's diagnose vpn ike gateway list",
	.state = sizeof(struct fortigate), .sniff = sniff, .line = take,
};
