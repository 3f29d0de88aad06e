#include "sa/key_text.h"

#include <string.h>

#include "base/text.h"

static bool is_sep(char c)
{
	return c == ' ' || c == '\t' || c == ':' || c == '-' || c == '_' || c == '.';
}

static bool all_of(const char *p, size_t n, const char *set)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] == '\0' || strchr(set, p[i]) == NULL)
			return false;
	return n > 0;
}

static bool has(const char *p, size_t n, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= n; i++) {
		size_t k = 0;

		while (k < len && ascii_lower(p[i + k]) == word[k])
			k++;
		if (k == len)
			return true;
	}
	return false;
}

bool key_text_is_redacted(const char *p, size_t n)
{
	if (n > 1 && p[0] == '0' && ascii_lower(p[1]) == 'x' && n > 2 && hex_span(p + 2, 1) == 0) {
		p += 2;
		n -= 2;
	}
	return (n > 2 && all_of(p, n, "*xX.#?")) || has(p, n, "hidden") || has(p, n, "redacted") ||
	    has(p, n, "removed") || has(p, n, "omitted") || has(p, n, "censored") ||
	    (n > 0 && (p[0] == '<' || p[0] == '*'));
}

/* The digits of the groups, back to back; room for every one padded. */
struct digits { char p[2 * KEY_TEXT_MAX]; size_t n; };

static int digits_add(struct digits *d, const char *p, size_t n, size_t width, struct err *e)
{
	size_t pad = width > n ? width - n : 0;

	if (n + pad > sizeof d->p - d->n)
		return err_set(e, "found a key of more than %d bytes", KEY_TEXT_MAX);
	memset(d->p + d->n, '0', pad);
	memcpy(d->p + d->n + pad, p, n);
	d->n += pad + n;
	return 0;
}

/* What the groups of digits are: so many, the longest, whether one but the last is shorter, and whether
 * leading zeros are printed. */
struct groups { size_t count, width, last; bool uneven, zeros; };

static void measure(struct groups *g, const char *p, size_t n)
{
	size_t shortest = SIZE_MAX;

	*g = (struct groups){ 0 };
	for (size_t i = 0; i < n; ) {
		size_t from = i;

		while (i < n && !is_sep(p[i]))
			i++;
		if (i > from) {
			if (g->count > 0 && g->last < shortest)
				shortest = g->last;
			g->count++;
			g->last = i - from;
			g->zeros |= g->last > 1 && p[from] == '0';
			g->width = g->last > g->width ? g->last : g->width;
		}
		while (i < n && is_sep(p[i]))
			i++;
	}
	g->uneven = g->count > 1 && shortest < g->width;
	/* What a group holds: an octet, or 16, 32 or 64 bits. */
	if (g->count > 1)
		g->width = g->width <= 2 ? 2 : g->width <= 4 ? 4 : g->width <= 8 ? 8 : g->width <= 16 ? 16
			 : g->width;
}

/* A short last group is a rest, or has lost its leading zeros. */
static bool last_is_rest(const struct groups *g, key_fits_fn *fits, const void *arg)
{
	size_t whole = g->count * g->width / 2, rest = (g->count - 1) * g->width / 2 + g->last / 2;

	if (g->last % 2 != 0 || g->uneven)
		return false;
	if (fits == NULL)
		return g->width > 8;
	return fits(arg, rest) && !fits(arg, whole);
}

static int read_groups(struct digits *d, struct key_text *how, const char *p, size_t n,
    key_fits_fn *fits, const void *arg, struct err *e)
{
	struct groups g;
	size_t i = 0;

	measure(&g, p, n);
	if (g.count < 2)
		g.width = 0;
	for (size_t at = 0; at < g.count; at++) {
		size_t from, width = g.width;

		while (i < n && is_sep(p[i]))
			i++;
		from = i;
		while (i < n && !is_sep(p[i]))
			i++;
		if (at + 1 == g.count && width > 0 && g.last < width && last_is_rest(&g, fits, arg))
			width = 0;
		if (i - from < width && g.zeros)
			return err_set(e, "found a group of %zu digits, wanted %zu as others have: some are missing",
			    i - from, width);
		how->padded |= i - from < width;
		if (digits_add(d, p + from, i - from, width, e) < 0)
			return -1;
	}
	return 0;
}

int key_text_parse(struct secret *key, struct key_text *how, struct arena *a, const char *p, size_t n,
    key_fits_fn *fits, const void *arg, struct err *e)
{
	struct digits d = { .n = 0 };
	int rc;

	*key = (struct secret){ 0 };
	*how = (struct key_text){ 0 };
	if (n >= 2 && p[0] == '"' && p[n - 1] == '"') {
		how->quoted = true;
		if (n - 2 > KEY_TEXT_MAX)
			return err_set(e, "found a key of more than %d bytes", KEY_TEXT_MAX);
		return secret_copy(a, key, p + 1, n - 2, e);
	}
	how->redacted = key_text_is_redacted(p, n);
	if (how->redacted)
		return 0;
	if (n >= 2 && p[0] == '0' && ascii_lower(p[1]) == 'x') {
		p += 2;
		n -= 2;
	}
	rc = read_groups(&d, how, p, n, fits, arg, e);
	if (rc == 0)
		rc = secret_hex(a, key, d.p, d.n, e);
	wipe(d.p, sizeof d.p);
	return rc;
}

void key_text_write(FILE *to, struct secret key)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < key.n; i++) {
		putc(digit[key.p[i] >> 4], to);
		putc(digit[key.p[i] & 15], to);
	}
}
