#include "ike/derive_priv.h"

int derive_word(const struct jval *v, const char **text, size_t *n, struct err *e)
{
	*text = jval_text(v, n);
	if (*text != NULL)
		return 0;
	err_set(e, "wanted a string");
	return jval_blame(v, e);
}

int derive_unknown(const struct jval *v, const char *word, const char *nearest, struct err *e)
{
	err_set(e, nearest != NULL ? "unknown name \"%.60s\", nearest is \"%s\"" : "unknown name \"%.60s\"", word,
	    nearest);
	return jval_blame(v, e);
}

int derive_hex(struct arena *arena, const struct jval *v, struct secret *s, struct err *e)
{
	const char *text;
	size_t n;

	if (derive_word(v, &text, &n, e) < 0)
		return -1;
	return secret_hex(arena, s, text, n, e) < 0 ? jval_blame(v, e) : 0;
}

/* One secret or a list of them. */
int derive_secrets(struct arena *arena, const struct jval *v, struct secret list[IKE_KE_MAX], unsigned *n,
    struct err *e)
{
	if (jval_kind(v) != J_ARRAY) {
		*n = 1;
		return derive_hex(arena, v, list, e);
	}
	if (jval_count(v) > IKE_KE_MAX)
		return jval_err(v, e, "%s: found %zu secrets, wanted up to %d", v->key, jval_count(v), IKE_KE_MAX);
	for (*n = 0; *n < jval_count(v); (*n)++) {
		struct jval one = jval_at(v, *n);

		if (derive_hex(arena, &one, &list[*n], e) < 0)
			return -1;
	}
	return 0;
}

int derive_encr(const struct jval *v, const struct alg_encr **a, unsigned *bits, struct err *e)
{
	unsigned named;
	const char *text;

	if (derive_word(v, &text, NULL, e) < 0)
		return -1;
	if ((*a = alg_encr_by_name(text, &named)) == NULL)
		return derive_unknown(v, text, alg_encr_nearest(text), e);
	if (named != 0 && *bits != 0 && named != *bits)
		return jval_err(v, e, "encr: \"%.60s\" has %u bits, encr_bits says %u", text, named, *bits);
	*bits = named != 0 ? named : *bits;
	return 0;
}

int derive_bits(const struct jval *v, unsigned *out, struct err *e)
{
	uint64_t n;

	if (jval_uint(v, &n, 8, 4096, e) < 0)
		return -1;
	if (*out != 0 && n != *out)
		return jval_err(v, e, "encr_bits: found %u, but encr's name has %u bits", (unsigned)n, *out);
	*out = (unsigned)n;
	return 0;
}

int derive_integ(const struct jval *v, const struct alg_integ **a, struct err *e)
{
	const char *text;

	if (derive_word(v, &text, NULL, e) < 0)
		return -1;
	*a = alg_integ_by_name(text);
	return *a != NULL ? 0 : derive_unknown(v, text, alg_integ_nearest(text), e);
}

int derive_prf(const struct jval *v, const struct alg_prf **a, struct err *e)
{
	const char *text;

	if (derive_word(v, &text, NULL, e) < 0)
		return -1;
	*a = alg_prf_by_name(text);
	return *a != NULL ? 0 : derive_unknown(v, text, alg_prf_nearest(text), e);
}
