#include "sa/format/xfrm.h"

#include <string.h>

struct piece { const char *p; size_t n; };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of *rest, or an empty one. */
static struct piece word(struct piece *rest)
{
	struct piece w;

	while (rest->n > 0 && is_blank(*rest->p)) {
		rest->p++;
		rest->n--;
	}
	w = (struct piece){ rest->p, 0 };
	while (w.n < rest->n && !is_blank(w.p[w.n]) && w.p[w.n] != '\\')
		w.n++;
	rest->p += w.n;
	rest->n -= w.n;
	return w;
}

static bool is(struct piece w, const char *text)
{
	return w.n == strlen(text) && memcmp(w.p, text, w.n) == 0;
}

/* "src ADDR dst ADDR" and nothing more, or more after a backslash (-o). */
static bool is_head(struct piece rest, size_t *end)
{
	const char *start = rest.p;
	struct addr a;
	struct piece w;
	struct err e;

	if (!is(word(&rest), "src"))
		return false;
	w = word(&rest);
	if (addr_parse(&a, w.p, w.n, &e) < 0 || !is(word(&rest), "dst"))
		return false;
	w = word(&rest);
	if (addr_parse(&a, w.p, w.n, &e) < 0)
		return false;
	*end = (size_t)(rest.p - start);
	while (rest.n > 0 && is_blank(*rest.p)) {
		rest.p++;
		rest.n--;
	}
	return rest.n == 0 || *rest.p == '\\';
}

/* Where a head starts in the line: behind "Updated ", a log's prefix, but not behind a policy's
 * "tmpl" or "sel", or VPP's "tunnel". */
static bool find_head(const struct format_line *l, size_t *at, size_t *end)
{
	struct piece before = { l->p, 0 }, rest = { l->p, l->n };

	while (rest.n > 0) {
		struct piece w = word(&rest);

		if (is(w, "src")) {
			*at = (size_t)(w.p - l->p);
			if (is(before, "tmpl") || is(before, "sel") || is(before, "tunnel"))
				return false;
			if (is_head((struct piece){ w.p, l->n - *at }, end))
				return true;
		}
		if (w.n == 0 && rest.n > 0) {	/* a backslash */
			rest.p++;
			rest.n--;
		}
		before = w;
	}
	return false;
}

static bool sniff(const struct format_line *l)
{
	size_t at, end;

	return find_head(l, &at, &end);
}

/* Lines that do not fit are left out: no record of the kernel's is that long. */
static void add(struct xfrm *x, const struct format_line *l, size_t at, size_t n)
{
	if (x->nlines == XFRM_LINES || n > XFRM_BYTES - x->n)
		return;
	memcpy(x->text + x->n, l->p + at, n);
	x->lines[x->nlines++] = (struct xfrm_line){ x->n, n, at, l->number };
	x->n += n;
}

/* Adds what follows a keyword; a log's prefix stands in front of it or not. */
static void add_line(struct xfrm *x, const struct format_line *l, size_t at, size_t n)
{
	struct piece rest = { l->p + at, n };
	bool first = true;

	while (rest.n > 0) {
		struct piece w = word(&rest);

		/* syslog writes a tab as #011. */
		while (w.n > 4 && memcmp(w.p, "#011", 4) == 0) {
			w.p += 4;
			w.n -= 4;
		}
		if (w.n > 0 && xfrm_is_keyword(w.p, w.n)) {
			size_t from = (size_t)(w.p - l->p);

			add(x, l, from, at + n - from);
			return;
		}
		if (!x->prefixed && !first)
			return;
		first = false;
		if (w.n == 0 && rest.n > 0) {
			rest.p++;
			rest.n--;
		}
	}
}

/* Text that begins something else of ip's. */
static bool ends_record(const struct format_line *l)
{
	struct piece rest = { l->p, l->n }, w = word(&rest);

	return is(w, "src") || is(w, "acquire") || is(w, "Async") || is(w, "Flushed") ||
	    is(w, "tmpl");
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct xfrm *x = state;
	size_t at, end, from;

	if (find_head(l, &at, &end)) {
		x->open = true;
		x->prefixed = at > 0;
		x->n = x->nlines = x->given = 0;
		add(x, l, at, end);
		for (from = at + end; from < l->n; from++) {
			const char *cut = memchr(l->p + from, '\\', l->n - from);
			size_t n = cut == NULL ? l->n - from : (size_t)(cut - l->p) - from;

			add_line(x, l, from, n);
			from += n;
		}
	} else if (ends_record(l)) {
		if (format_xfrm.flush(s, x, true, e) < 0)
			return -1;
	} else if (x->open) {
		add_line(x, l, 0, l->n);
	}
	return 0;
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	struct xfrm *x = state;
	struct sa sa;
	int rc = 0;

	if (x->open && x->nlines > x->given) {
		sa_init(&sa);
		rc = xfrm_sa(s, x, done, &sa, e);
		if (rc > 0) {
			rc = format_give(s, &sa, &format_xfrm, x->lines[0].number, x->given > 0, e);
			x->given = x->nlines;
		}
		sa_clear(&sa);
	}
	if (done || rc < 0) {
		wipe(x->text, x->n);
		x->open = false;
		x->n = x->nlines = x->given = 0;
	}
	return rc;
}

const struct format format_xfrm = {
	.name = "xfrm", .what = "ip xfrm state, ip xfrm monitor (iproute2)",
	.state = sizeof(struct xfrm), .raw = true, .sniff = sniff, .line = take, .flush = flush,
};
