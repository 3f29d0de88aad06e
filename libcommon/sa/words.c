#include "sa/words.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct word word_next(struct word *rest, const char *stop)
{
	struct word w;

	while (rest->n > 0 && is_blank(*rest->p)) {
		rest->p++;
		rest->n--;
		rest->column++;
	}
	w = (struct word){ rest->p, 0, rest->column };
	while (w.n < rest->n && !is_blank(w.p[w.n]) &&
	    (*stop == '\0' || w.p[w.n] == '\0' || strchr(stop, w.p[w.n]) == NULL))
		w.n++;
	rest->p += w.n;
	rest->n -= w.n;
	rest->column += w.n;
	return w;
}

void words_cut(struct words *ws, const char *p, size_t n, size_t column)
{
	struct word rest = { p, n, column };

	for (ws->n = 0; ws->n < WORDS_MAX; ws->n++) {
		ws->w[ws->n] = word_next(&rest, "");
		if (ws->w[ws->n].n == 0)
			break;
	}
}

bool word_is(const struct word *w, const char *text)
{
	return w->n == strlen(text) && memcmp(w->p, text, w->n) == 0;
}

bool word_starts(const struct word *w, const char *text)
{
	size_t n = strlen(text);

	return w->n >= n && memcmp(w->p, text, n) == 0;
}

bool word_like(const struct word *w, const char *text)
{
	size_t i = 0;

	while (i < w->n && text[i] != '\0' && ascii_lower(w->p[i]) == ascii_lower(text[i]))
		i++;
	return i == w->n && text[i] == '\0';
}

bool text_has(const char *p, size_t n, const char *text)
{
	size_t len = strlen(text);
	const char *at;

	while (n >= len && (at = memchr(p, text[0], n - len + 1)) != NULL) {
		if (memcmp(at, text, len) == 0)
			return true;
		n -= (size_t)(at + 1 - p);
		p = at + 1;
	}
	return false;
}

bool word_has(const struct word *w, const char *text)
{
	return text_has(w->p, w->n, text);
}

static const struct word none = { "", 0, 1 };

const struct word *words_at(const struct words *ws, size_t i)
{
	return i < ws->n ? &ws->w[i] : &none;
}

const struct word *words_after(const struct words *ws, const char *key)
{
	for (size_t i = 0; i + 1 < ws->n; i++)
		if (word_is(&ws->w[i], key))
			return &ws->w[i + 1];
	return &none;
}

struct word words_value(const struct words *ws, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < ws->n; i++) {
		const struct word *w = &ws->w[i];

		if (w->n > n && w->p[n] == '=' && memcmp(w->p, key, n) == 0)
			return (struct word){ w->p + n + 1, w->n - n - 1, w->column + n + 1 };
	}
	return none;
}

/* False for a "(second base)" that is another number. */
static bool agrees(const char *p, size_t n, uint64_t v)
{
	uint64_t other;
	struct err e;

	return n < 3 || p[0] != '(' || p[n - 1] != ')' || uint_parse(&other, p + 1, n - 2, 0, UINT64_MAX, &e) < 0 ||
	    other == v;
}

bool word_number(const struct word *w, uint64_t max, uint64_t *v)
{
	size_t n = 0;
	struct err e;

	while (n < w->n && w->p[n] != '(' && w->p[n] != ',')
		n++;
	return n > 0 && uint_parse(v, w->p, n, 0, max, &e) == 0 && agrees(w->p + n, w->n - n, *v);
}

bool word_hex(const struct word *w, uint64_t max, uint64_t *v)
{
	size_t from = word_starts(w, "0x") || word_starts(w, "0X") ? 2 : 0, n = w->n - from;

	if (n == 0 || n > 16 || hex_span(w->p + from, n) < n)
		return false;
	*v = 0;
	for (size_t i = from; i < w->n; i++)
		*v = *v << 4 | (uint64_t)(w->p[i] <= '9' ? w->p[i] - '0' : (w->p[i] | 32) - 'a' + 10);
	return *v <= max;
}

bool word_addr(const struct word *w, struct addr *a)
{
	static const struct addr zero;
	struct err e;

	/* Asked of many words that are none: a reason costs more than the look at it. */
	if (w->n < 2 || (hex_span(w->p, 1) == 0 && *w->p != ':') ||
	    (memchr(w->p, '.', w->n) == NULL && memchr(w->p, ':', w->n) == NULL) ||
	    addr_parse(a, w->p, w->n, &e) < 0)
		return false;
	if (memcmp(a->b, zero.b, addr_len(a)) == 0)
		*a = zero;
	return true;
}

bool word_text(char *out, size_t room, const struct word *w)
{
	size_t n = w->n < room && memchr(w->p, '\0', w->n) == NULL ? w->n : 0;

	memcpy(out, w->p, n);
	out[n] = '\0';
	return n == w->n && n > 0;
}
