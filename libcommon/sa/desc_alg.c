#include <string.h>

#include "base/text.h"
#include "sa/desc_row.h"

/* Algorithms and keys wait until all members are read: their order is free. */
int desc_read_alg(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	const struct { const char *key; struct jval *at; } wait[] = {
		{ "encr", &in->encr }, { "encr_key", &in->encr_key }, { "integ", &in->integ },
		{ "integ_key", &in->integ_key }, { "salt", &in->salt },
	};

	if (jval_kind(v) != J_STRING)
		return jval_err(v, e, "%s: wanted a string", row->key);
	for (size_t i = 0; i < sizeof wait / sizeof wait[0]; i++)
		if (strcmp(row->key, wait[i].key) == 0)
			*wait[i].at = *v;
	return 0;
}

/* "aes256-sha256": strongSwan says both in one word. */
static bool read_proposal(struct desc_in *in, const char *name)
{
	char left[64];

	for (const char *dash = strchr(name, '-'); dash != NULL; dash = strchr(dash + 1, '-')) {
		size_t n = (size_t)(dash - name);
		const struct alg_encr *encr;
		const struct alg_integ *integ;

		if (n >= sizeof left)
			return false;
		memcpy(left, name, n);
		left[n] = '\0';
		encr = alg_encr_by_name(left, &in->encr_bits);
		integ = alg_integ_by_name(dash + 1);
		if (encr != NULL && integ != NULL) {
			in->sa->encr = encr;
			in->sa->integ = integ;
			return true;
		}
	}
	return false;
}

static int unknown(const struct jval *v, const char *what, const char *name, const char *near,
    struct err *e)
{
	if (near != NULL)
		return jval_err(v, e, "unknown %s \"%.60s\", nearest is \"%s\"", what, name, near);
	return jval_err(v, e, "unknown %s \"%.60s\"", what, name);
}

static int settle_encr(struct desc_in *in, struct err *e)
{
	const char *name = jval_text(&in->encr, NULL);
	struct sa *sa = in->sa;

	if (name == NULL)
		return 0;
	sa->encr_unknown = name_eq(name, "unknown");
	if (sa->encr_unknown)
		return 0;
	sa->encr = alg_encr_by_name(name, &in->encr_bits);
	if (sa->encr == NULL && !read_proposal(in, name))
		return unknown(&in->encr, "encr", name, alg_encr_nearest(name), e);
	if (sa->proto == SA_AH)
		return jval_err(&in->encr, e, "encr: found \"%.60s\", but ah does not encrypt", name);
	return 0;
}

static int settle_integ(struct desc_in *in, struct err *e)
{
	const char *name = jval_text(&in->integ, NULL);
	const struct alg_integ *integ;
	struct sa *sa = in->sa;

	if (name == NULL)
		return 0;
	sa->integ_unknown = name_eq(name, "unknown") && sa->integ == NULL;
	if (name_eq(name, "unknown"))
		return 0;
	if ((integ = alg_integ_by_name(name)) == NULL)
		return unknown(&in->integ, "integ", name, alg_integ_nearest(name), e);
	if (sa->integ != NULL && sa->integ != integ)
		return jval_err(&in->integ, e, "integ: found \"%.60s\", but encr says %s", name,
		    sa->integ->name);
	sa->integ = integ;
	if (sa->encr != NULL && alg_encr_is_aead(sa->encr) && integ->kind != INTEG_KIND_NONE)
		return jval_err(&in->integ, e, "integ: found \"%.60s\", but %s has its own "
		    "integrity check, wanted \"none\" or no integ", name, sa->encr->name);
	return 0;
}

/* Hex, also after 0x and with ':' between groups, as people paste it. */
static int read_key(struct desc_in *in, const struct jval *v, struct secret *s, bool *known,
    struct err *e)
{
	size_t n;
	const char *hex = jval_text(v, &n);

	if (hex == NULL)
		return 0;
	if (n >= 2 && hex[0] == '0' && ascii_lower(hex[1]) == 'x') {
		hex += 2;
		n -= 2;
	}
	if (hex_span(hex, n) < n)
		return jval_err(v, e, "%s: found something else than a hex digit as digit %zu, wanted hex",
		    v->key, hex_span(hex, n) + 1);
	if (secret_hex(in->arena, s, hex, n, e) < 0)
		return jval_blame(v, e);
	*known = true;
	return 0;
}

static int append_salt(struct desc_in *in, struct err *e)
{
	struct secret salt = { 0 }, key = in->sa->encr_key, both = { 0 };
	const struct alg_encr *a = in->sa->encr;
	bool known = false;

	if (read_key(in, &in->salt, &salt, &known, e) < 0)
		return -1;
	if (!known)
		return 0;
	if (!in->sa->encr_key_known)
		return jval_err(&in->salt, e, "salt: found without encr_key");
	if (a != NULL && salt.n != a->salt)
		return jval_err(&in->salt, e, "salt: found %zu bytes, wanted %u for %s", salt.n,
		    a->salt, a->name);
	if (secret_new(in->arena, &both, key.n + salt.n, e) < 0)
		return -1;
	if (key.n > 0)
		memcpy(both.p, key.p, key.n);
	if (salt.n > 0)
		memcpy(both.p + key.n, salt.p, salt.n);
	secret_clear(&key);
	secret_clear(&salt);
	in->sa->encr_key = both;
	return 0;
}

/* A name such as aes128gcm16 and a key of another size contradict each other. */
static int check_implied(struct desc_in *in, struct err *e)
{
	const struct sa *sa = in->sa;
	size_t want = in->encr_bits / 8;

	if (sa->encr == NULL || in->encr_bits == 0 || !sa->encr_key_known)
		return 0;
	want += sa->encr->salt;
	if (sa->encr_key.n == want)
		return 0;
	return jval_err(&in->encr_key, e, "encr_key: found %zu bytes, wanted %zu for \"%.60s\"",
	    sa->encr_key.n, want, jval_text(&in->encr, NULL));
}

int desc_settle_algs(struct desc_in *in, struct err *e)
{
	struct sa *sa = in->sa;

	if (settle_encr(in, e) < 0 || settle_integ(in, e) < 0)
		return -1;
	if (read_key(in, &in->encr_key, &sa->encr_key, &sa->encr_key_known, e) < 0 ||
	    read_key(in, &in->integ_key, &sa->integ_key, &sa->integ_key_known, e) < 0 ||
	    append_salt(in, e) < 0)
		return -1;
	if (sa->encr_key_known && sa->encr == NULL && !sa->encr_unknown)
		return jval_err(&in->encr_key, e, "encr_key: found a key, but no encr");
	if (sa->integ_key_known && sa->integ == NULL && !sa->integ_unknown && sa->integ_key.n > 0)
		return jval_err(&in->integ_key, e, "integ_key: found a key, but no integ");
	if (sa_check_encr_key(sa, e) < 0)
		return jval_blame(&in->encr_key, e);
	if (check_implied(in, e) < 0)
		return -1;
	if (sa_check_integ_key(sa, e) < 0)
		return jval_blame(&in->integ_key, e);
	if (in->icv_bits.value != NULL && sa_check_icv(sa, e) < 0)
		return jval_blame(&in->icv_bits, e);
	return 0;
}

static void write_key(struct desc_out *o, const char *key, const struct secret *s)
{
	static const char digit[] = "0123456789abcdef";

	/* Digit by digit: no copy of the key is left on the stack. */
	desc_key(o, key);
	fputc('"', o->to);
	for (size_t i = 0; i < s->n; i++) {
		fputc(digit[s->p[i] >> 4], o->to);
		fputc(digit[s->p[i] & 15], o->to);
	}
	fputc('"', o->to);
}

void desc_write_encr(struct desc_out *o, const struct desc_row *row)
{
	if (o->sa->encr == NULL && !o->sa->encr_unknown)
		return;
	desc_key(o, row->key);
	desc_text(o->to, o->sa->encr != NULL ? o->sa->encr->name : "unknown");
}

void desc_write_encr_key(struct desc_out *o, const struct desc_row *row)
{
	bool none = o->sa->encr != NULL && o->sa->encr->kind == ENCR_KIND_NULL;

	if (o->show_keys && o->sa->encr_key_known && !none)
		write_key(o, row->key, &o->sa->encr_key);
}

void desc_write_integ(struct desc_out *o, const struct desc_row *row)
{
	/* An AEAD's "none" goes without saying. */
	if (o->sa->encr != NULL && alg_encr_is_aead(o->sa->encr))
		return;
	if (o->sa->integ == NULL && !o->sa->integ_unknown)
		return;
	desc_key(o, row->key);
	desc_text(o->to, o->sa->integ != NULL ? o->sa->integ->name : "unknown");
}

void desc_write_integ_key(struct desc_out *o, const struct desc_row *row)
{
	bool none = o->sa->integ == NULL ? !o->sa->integ_unknown
					 : o->sa->integ->kind == INTEG_KIND_NONE;

	if (o->show_keys && o->sa->integ_key_known && !none)
		write_key(o, row->key, &o->sa->integ_key);
}

void desc_write_icv(struct desc_out *o, const struct desc_row *row)
{
	if (o->sa->icv_bits == 0)
		return;
	desc_key(o, row->key);
	desc_uint(o->to, o->sa->icv_bits);
}
