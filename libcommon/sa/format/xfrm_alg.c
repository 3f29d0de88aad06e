#include <string.h>

#include "sa/format/xfrm.h"
#include "sa/key_text.h"

static bool has(const struct words *ws, const char *text)
{
	size_t i = 0;

	while (i < ws->n && !word_is(&ws->w[i], text))
		i++;
	return i < ws->n;
}

static bool has_bits(const struct words *ws)
{
	return word_is(&ws->w[0], "aead") || word_is(&ws->w[0], "auth-trunc");
}

/* A dump's key in more than one group, as those print it who are like ip, but not it. */
static bool is_groups(const struct xfrm_state *x, const struct words *ws, size_t i)
{
	size_t end = has_bits(ws) && ws->n > i + 1 ? ws->n - 1 : ws->n;

	if (x->command || (word_starts(&ws->w[i], "0x") ? end == i + 1 : !x->vendor) || has(ws, "bits)"))
		return false;
	for (size_t at = i; at < end; at++) {
		size_t skip = at == i && word_starts(&ws->w[at], "0x") ? 2 : 0, n = ws->w[at].n - skip;

		if (n == 0 || hex_span(ws->w[at].p + skip, n) < n)
			return false;
	}
	return end > i;
}

static int read_groups(struct xfrm_state *x, const struct words *ws, size_t i, size_t end,
    struct secret *key, struct err *e)
{
	const struct word *w = &ws->w[i], *last = &ws->w[end > i ? end - 1 : i];
	struct key_text how;

	if (key_text_parse(key, &how, sad_arena(format_sad(x->s)), w->p, (size_t)(last->p + last->n - w->p),
	    NULL, NULL, e) < 0)
		return format_blame(x->s, x->line->number, w->column, e);
	if (!how.padded)
		return 0;
	if (!x->quiet)
		format_note(x->s, x->line->number, w->column, "put back the leading zeros that are not printed");
	return format_guess(x->sa, key == &x->sa->encr_key ? "encr_key" : "integ_key", e);
}

/* The key at word i, which is missing when it is empty; next: the word behind it. */
static int read_key(struct xfrm_state *x, const struct words *ws, size_t i,
    struct secret *key, bool *known, size_t *next, struct err *e)
{
	const struct word *w = &ws->w[i];

	*next = i;
	*known = true;
	if (i >= ws->n)
		return 0;
	if (is_groups(x, ws, i)) {
		*next = has_bits(ws) ? ws->n - 1 : ws->n;
		return read_groups(x, ws, i, *next, key, e);
	}
	if (x->command && !key_text_is_redacted(w->p, w->n) && (w->n < 2 || memcmp(w->p, "0x", 2) != 0)) {
		*next = i + 1;
		if (w->n > 0)
			format_note(x->s, x->line->number, w->column, "a key without 0x is a text for ip");
		if (w->n > 0 && hex_span(w->p, w->n) == w->n &&
		    format_guess(x->sa, key == &x->sa->encr_key ? "encr_key" : "integ_key", e) < 0)
			return -1;
		return secret_copy(sad_arena(format_sad(x->s)), key, w->p, w->n, e);
	}
	if (w->n >= 2 && memcmp(w->p, "0x", 2) == 0) {
		*next = i + 1;
		/* "(128 bits)" was cut off if it was whole: what is left of it may be part of the key */
		if (has(ws, "bits)")) {
			err_set(e, "found \"bits)\" without what stands before it: the key may be damaged");
			return format_blame(x->s, x->line->number, w->column, e);
		}
		if (secret_hex(sad_arena(format_sad(x->s)), key, w->p + 2, w->n - 2, e) < 0)
			return format_blame(x->s, x->line->number, w->column, e);
		return 0;
	}
	/* <<Keys hidden>>, [redacted], ***: only the ICV's bits can stand behind it. */
	if (w->p[0] >= '0' && w->p[0] <= '9') {
		if (i + 1 == ws->n && has_bits(ws))
			return 0;
		err_set(e, "a key: wanted 0x");
		return format_blame(x->s, x->line->number, w->column, e);
	}
	*known = false;
	while (*next < ws->n && (ws->w[*next].p[0] < '0' || ws->w[*next].p[0] > '9'))
		++*next;
	return 0;
}

/* A name cut to a string; false if there is none or it is too long for any algorithm. */
static bool name_of(const struct words *ws, char out[64])
{
	const char *p = ws->n > 1 ? ws->w[1].p : "";
	size_t n = ws->n > 1 ? ws->w[1].n : 0;

	/* seqiv(rfc4106(gcm(aes))): how the IV is made is of no concern here. */
	if (n > 7 && memcmp(p, "seqiv(", 6) == 0 && p[n - 1] == ')') {
		p += 6;
		n -= 7;
	}
	out[0] = '\0';
	if (n == 0 || n >= 64)
		return false;
	memcpy(out, p, n);
	out[n] = '\0';
	return true;
}

static void unknown_alg(struct xfrm_state *x, const struct words *ws)
{
	const struct word *w = &ws->w[1];

	if (ws->n < 2)
		return;
	xfrm_extra(x, word_is(&ws->w[0], "auth-trunc") ? "auth" : word_is(&ws->w[0], "aead") ? "aead"
	    : word_is(&ws->w[0], "auth") ? "auth" : "enc", w->p, w->n);
	if (!x->quiet)
		format_note(x->s, x->line->number, w->column, "unknown algorithm \"%.*s\"",
		    (int)(w->n > 60 ? 60 : w->n), w->p);
}

/* The ICV's bits at word i, which the kernel always prints; 0: they are missing. */
static uint64_t icv_bits(const struct xfrm_state *x, const struct words *ws, size_t i)
{
	uint64_t bits = 0;

	if (!word_number(words_at(ws, i), 512, &bits) && !x->quiet)
		format_note(x->s, x->line->number, ws->w[0].column,
		    "the length of the ICV is missing: the key may be damaged, too");
	return bits;
}

int xfrm_do_auth(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	struct sa *sa = x->sa;
	uint64_t bits = 0;
	char name[64];
	size_t next;

	if (read_key(x, ws, 2, &sa->integ_key, &sa->integ_key_known, &next, e) < 0)
		return -1;
	/* Plain auth has no bits: the kernel's default, which for sha256 is 96. */
	if (word_is(&ws->w[0], "auth-trunc"))
		bits = icv_bits(x, ws, next);
	x->protection |= sa->proto == SA_AH;
	if (name_of(ws, name))
		sa->integ = alg_integ_by_xfrm(name, (unsigned)bits);
	sa->integ_unknown = sa->integ == NULL;
	if (sa->integ == NULL)
		unknown_alg(x, ws);
	/* digest_null has no bits */
	if (bits == 0 && sa->integ != NULL && sa->integ->kind != INTEG_KIND_NONE &&
	    word_is(&ws->w[0], "auth-trunc") && format_guess(sa, "integ", e) < 0)
		return -1;
	if (bits != 0 && bits % 8 == 0 && (sa->integ == NULL || sa->integ->icv * 8u != bits))
		sa->icv_bits = (unsigned)bits;
	if (sa->integ != NULL && sa->integ->kind == INTEG_KIND_NONE) {
		sa->integ_key_known = true;
		sa->icv_bits = 0;
	}
	if (sa_check_integ_key(sa, e) < 0 || (sa->integ != NULL && sa_check_icv(sa, e) < 0))
		return format_blame(x->s, x->line->number, ws->n > 2 ? ws->w[2].column : 1, e);
	return 0;
}

int xfrm_do_enc(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	bool aead = word_is(&ws->w[0], "aead");
	struct sa *sa = x->sa;
	uint64_t bits = 0;
	char name[64];
	size_t next;

	if (read_key(x, ws, 2, &sa->encr_key, &sa->encr_key_known, &next, e) < 0)
		return -1;
	if (aead)
		bits = icv_bits(x, ws, next);
	x->protection = true;
	if (name_of(ws, name))
		sa->encr = alg_encr_by_xfrm(name, (unsigned)bits);
	if (sa->encr != NULL) {
		sa->encr_unknown = false;
		if (aead && bits == 0 && format_guess(sa, "encr", e) < 0)
			return -1;
		if (sa_check_encr_key(sa, e) < 0)
			return format_blame(x->s, x->line->number,
			    ws->n > 2 ? ws->w[2].column : 1, e);
		return 0;
	}
	sa->encr_unknown = true;
	unknown_alg(x, ws);
	if (aead) {
		sa->integ_unknown = true;
		sa->icv_bits = bits % 8 == 0 ? (unsigned)bits : 0;
	}
	return 0;
}
