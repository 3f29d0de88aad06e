#include "ike/member.h"

#include <string.h>

int member_word(const struct jval *v, const char **text, size_t *n, struct err *e)
{
	*text = jval_text(v, n);
	if (*text != NULL)
		return 0;
	err_set(e, "wanted a string");
	return jval_blame(v, e);
}

int member_addr(const struct jval *v, struct addr *a, struct err *e)
{
	const char *text;
	size_t n;

	if (member_word(v, &text, &n, e) < 0)
		return -1;
	return addr_parse(a, text, n, e) < 0 ? jval_blame(v, e) : 0;
}

/* nearest may be NULL */
static int unknown(const struct jval *v, const char *word, const char *nearest, struct err *e)
{
	err_set(e, nearest != NULL ? "unknown name \"%.60s\", nearest is \"%s\"" :
	    "unknown name \"%.60s\"", word, nearest);
	return jval_blame(v, e);
}

int member_hex(struct arena *arena, const struct jval *v, struct secret *s, struct err *e)
{
	size_t n = 0;
	const char *text = jval_text(v, &n);

	if (text == NULL || n == 0) {
		err_set(e, "wanted hex digits in a string");
		return jval_blame(v, e);
	}
	return secret_hex(arena, s, text, n, e) < 0 ? jval_blame(v, e) : 0;
}

int member_secrets(struct arena *arena, const struct jval *v, struct secret list[IKE_KE_MAX],
    unsigned *n, struct err *e)
{
	if (jval_kind(v) != J_ARRAY) {
		*n = 1;
		return member_hex(arena, v, list, e);
	}
	if (jval_count(v) > IKE_KE_MAX)
		return jval_err(v, e, "%s: found %zu secrets, wanted up to %d", v->key,
		    jval_count(v), IKE_KE_MAX);
	for (*n = 0; *n < jval_count(v); (*n)++) {
		struct jval one = jval_at(v, *n);

		if (member_hex(arena, &one, &list[*n], e) < 0)
			return -1;
	}
	return 0;
}

/* Native names are what files of many lines have: other dialects cost more. */
static const struct alg_encr *find_encr(const char *name, unsigned *bits)
{
	const struct alg_encr *a;

	*bits = 0;
	for (size_t i = 0; (a = alg_encr_row(i)) != NULL; i++)
		if (strcmp(a->name, name) == 0)
			return a;
	return alg_encr_by_name(name, bits);
}

int member_encr(const struct jval *v, const struct alg_encr **a, unsigned *bits, struct err *e)
{
	unsigned named;
	const char *text;

	if (member_word(v, &text, NULL, e) < 0)
		return -1;
	if ((*a = find_encr(text, &named)) == NULL)
		return unknown(v, text, alg_encr_nearest(text), e);
	if (named != 0 && *bits != 0 && named != *bits)
		return jval_err(v, e, "encr: \"%.60s\" has %u bits, encr_bits says %u", text, named,
		    *bits);
	*bits = named != 0 ? named : *bits;
	return 0;
}

int member_bits(const struct jval *v, unsigned *out, struct err *e)
{
	uint64_t n;

	if (jval_uint(v, &n, 8, 4096, e) < 0)
		return -1;
	if (*out != 0 && n != *out)
		return jval_err(v, e, "encr_bits: found %u, but encr's name has %u bits",
		    (unsigned)n, *out);
	*out = (unsigned)n;
	return 0;
}

int member_integ(const struct jval *v, const struct alg_integ **a, struct err *e)
{
	const char *text;

	if (member_word(v, &text, NULL, e) < 0)
		return -1;
	*a = alg_integ_by_name(text);
	return *a != NULL ? 0 : unknown(v, text, alg_integ_nearest(text), e);
}

int member_prf(const struct jval *v, const struct alg_prf **a, struct err *e)
{
	const char *text;

	if (member_word(v, &text, NULL, e) < 0)
		return -1;
	*a = alg_prf_by_name(text);
	return *a != NULL ? 0 : unknown(v, text, alg_prf_nearest(text), e);
}

int member_ke(const struct jval *v, const struct alg_ke *list[IKE_KE_MAX], unsigned *n,
    struct err *e)
{
	bool many = jval_kind(v) == J_ARRAY;
	const char *text;

	if (many && jval_count(v) > IKE_KE_MAX)
		return jval_err(v, e, "%s: found %zu key exchanges, wanted up to %d", v->key,
		    jval_count(v), IKE_KE_MAX);
	for (*n = 0; *n < (many ? jval_count(v) : 1); (*n)++) {
		struct jval one = many ? jval_at(v, *n) : *v;

		if (member_word(&one, &text, NULL, e) < 0)
			return -1;
		if ((list[*n] = alg_ke_by_name(text)) == NULL)
			return unknown(&one, text, alg_ke_nearest(text), e);
	}
	return 0;
}
