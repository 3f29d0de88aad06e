#include <stdlib.h>
#include <string.h>

#include "sa/format.h"
#include "sa/key_text.h"

int format_blame_word(const struct format_source *s, const struct format_line *l,
    const struct word *w, struct err *e)
{
	return format_blame(s, l->number, w->column, e);
}

int format_guess(struct sa *sa, const char *key, struct err *e)
{
	const char *at = sa->guessed != NULL ? strstr(sa->guessed, key) : NULL;
	size_t n = strlen(key), had = sa->guessed != NULL ? strlen(sa->guessed) : 0;
	char *p;

	/* encr is no part of encr_key */
	while (at != NULL && !((at == sa->guessed || at[-1] == ',') && (at[n] == '\0' || at[n] == ',')))
		at = strstr(at + 1, key);
	if (at != NULL)
		return 0;
	if ((p = realloc(sa->guessed, had + n + 2)) == NULL)
		return err_nomem(e);
	if (had > 0)
		p[had++] = ',';
	memcpy(p + had, key, n + 1);
	sa->guessed = p;
	return 0;
}

static bool encr_fits(const void *arg, size_t n)
{
	const struct alg_encr *a = arg;

	return n > a->salt && alg_encr_size(a, n - a->salt) != NULL;
}

static bool integ_fits(const void *arg, size_t n)
{
	return n == ((const struct alg_integ *)arg)->key;
}

int format_wants_0x(struct format_source *s, const struct word *w, bool quoted, uint64_t line,
    struct err *e)
{
	if (word_starts(w, "0x") || word_starts(w, "0X") || (quoted && word_starts(w, "\"")) ||
	    key_text_is_redacted(w->p, w->n))
		return 0;
	err_set(e, "a key: wanted 0x%s", quoted ? ", or a text in quotes" : "");
	return format_blame(s, line, w->column, e);
}

static int say_padded(struct format_source *s, struct sa *sa, const struct word *w, uint64_t line,
    const char *key, struct err *e)
{
	format_note(s, line, w->column, "%s: put back the leading zeros that are not printed", key);
	return format_guess(sa, key, e);
}

static int take_key(struct format_source *s, struct sa *sa, const struct word *w, bool encr,
    uint64_t line, struct err *e)
{
	key_fits_fn *fits = encr ? (sa->encr != NULL ? encr_fits : NULL) : sa->integ != NULL ? integ_fits : NULL;
	const void *arg = encr ? (const void *)sa->encr : sa->integ;
	struct key_text how;

	if (key_text_parse(encr ? &sa->encr_key : &sa->integ_key, &how, sad_arena(format_sad(s)), w->p, w->n,
	    fits, arg, e) < 0)
		return format_blame(s, line, w->column, e);
	*(encr ? &sa->encr_key_known : &sa->integ_key_known) = !how.redacted;
	if (how.padded && say_padded(s, sa, w, line, encr ? "encr_key" : "integ_key", e) < 0)
		return -1;
	if ((encr ? sa_check_encr_key(sa, e) : sa_check_integ_key(sa, e)) < 0)
		return format_blame(s, line, w->column, e);
	return 0;
}

int format_encr_key(struct format_source *s, struct sa *sa, const struct word *w, uint64_t line,
    struct err *e)
{
	return take_key(s, sa, w, true, line, e);
}

int format_integ_key(struct format_source *s, struct sa *sa, const struct word *w, uint64_t line,
    struct err *e)
{
	return take_key(s, sa, w, false, line, e);
}

static int join_salt(struct format_source *s, struct sa *sa, uint64_t salt, struct err *e)
{
	unsigned n = sa->encr->salt;
	struct secret joined;

	if (secret_new(sad_arena(format_sad(s)), &joined, sa->encr_key.n + n, e) < 0)
		return -1;
	if (sa->encr_key.n > 0)
		memcpy(joined.p, sa->encr_key.p, sa->encr_key.n);
	for (unsigned i = 0; i < n; i++)
		joined.p[sa->encr_key.n + i] = (uint8_t)(salt >> 8 * (n - 1 - i));
	secret_clear(&sa->encr_key);
	sa->encr_key = joined;
	return 0;
}

int format_encr_key_salt(struct format_source *s, struct sa *sa, const struct word *w,
    const struct word *salt, uint64_t line, struct err *e)
{
	unsigned n = sa->encr != NULL ? sa->encr->salt : 0;
	struct key_text how;
	uint64_t v;

	if (n == 0 || salt->n == 0)
		return format_encr_key(s, sa, w, line, e);
	if (key_text_parse(&sa->encr_key, &how, sad_arena(format_sad(s)), w->p, w->n, NULL, NULL, e) < 0)
		return format_blame(s, line, w->column, e);
	if (how.redacted || key_text_is_redacted(salt->p, salt->n))
		return 0;
	if (!word_hex(salt, UINT64_MAX >> (64 - 8 * n), &v)) {
		err_set(e, "salt: wanted a number of up to %u hex digits", 2 * n);
		return format_blame(s, line, salt->column, e);
	}
	sa->encr_key_known = true;
	if (salt->n - (word_starts(salt, "0x") ? 2 : 0) < 2 * n && say_padded(s, sa, salt, line, "encr_key", e) < 0)
		return -1;
	/* Some print the joined key and the salt once more. */
	if (alg_encr_size(sa->encr, sa->encr_key.n) != NULL && join_salt(s, sa, v, e) < 0)
		return -1;
	if (sa_check_encr_key(sa, e) < 0)
		return format_blame(s, line, w->column, e);
	return 0;
}
