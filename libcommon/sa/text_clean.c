#include "sa/text_clean.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

static int room(struct text_clean *c, size_t n, struct err *e)
{
	char *p;

	if (c->cap >= n)
		return 0;
	if ((p = malloc(n)) == NULL)
		return err_nomem(e);
	text_clean_clear(c);
	c->p = p;
	c->cap = n;
	return 0;
}

void text_clean_clear(struct text_clean *c)
{
	if (c->p != NULL)
		wipe(c->p, c->cap);
	free(c->p);
	*c = (struct text_clean){ 0 };
}

/* ECMA-48 sequences: ESC [ ... final, ESC ] ... BEL or ESC \, and ESC with one more byte. */
static size_t escape_len(const char *p, size_t n)
{
	size_t i = 2;

	if (n < 2)
		return n;
	if (p[1] == '[') {
		while (i < n && (p[i] < '@' || p[i] > '~'))
			i++;
		return i < n ? i + 1 : n;
	}
	if (p[1] == ']') {
		while (i < n && p[i] != '\a' && p[i] != '\033')
			i++;
		return i < n && p[i] == '\033' ? escape_len(p + i, n - i > 2 ? 2 : n - i) + i
		     : i < n ? i + 1 : n;
	}
	return 2;
}

static bool starts(const char *p, size_t n, const char *word)
{
	size_t len = strlen(word);

	return n >= len && memcmp(p, word, len) == 0;
}

/* The length of a pager's prompt and of the blanks before it; 0 if there is none. */
static size_t pager_len(const char *p, size_t n)
{
	static const struct { const char *from, *to; } prompts[] = {
		{ "--More--", "" }, { "-- More --", "" }, { "<--- More --->", "" },
		{ "---(more", ")---" }, { "-- [Q quit", "]" },
	};
	size_t i = 0;

	while (i < n && p[i] == ' ')
		i++;
	for (size_t k = 0; k < sizeof prompts / sizeof prompts[0]; k++) {
		size_t end = i + strlen(prompts[k].from);

		if (!starts(p + i, n - i, prompts[k].from))
			continue;
		while (end <= n && !starts(p + end, n - end, prompts[k].to))
			end++;
		if (end > n)
			return 0;
		return end + strlen(prompts[k].to);
	}
	return 0;
}

/* Where the cursor is and how much of the line is written. */
struct screen { char *p; size_t at, n; };

static void screen_erase(struct screen *s, const char *seq, size_t n)
{
	if (seq[n - 1] != 'K')
		return;
	if (n == 4 && (seq[2] == '1' || seq[2] == '2'))
		memset(s->p, ' ', s->at);
	if (n != 4 || seq[2] != '1')
		s->n = s->at;
}

static void screen_put(struct screen *s, char c)
{
	if (c == '\b' || c == '\r') {
		/* The pager takes its prompt back; whatever it writes over is gone. */
		if (s->n > 0 && pager_len(s->p, s->n) > 0)
			s->at = s->n = 0;
		else if (c == '\r')
			s->at = 0;
		else if (s->at > 0)
			s->at--;
		return;
	}
	s->p[s->at++] = c;
	if (s->n < s->at)
		s->n = s->at;
}

int text_clean(struct text_clean *c, const char **p, size_t *n, struct err *e)
{
	size_t off;

	if (memchr(*p, '\033', *n) != NULL || memchr(*p, '\b', *n) != NULL ||
	    memchr(*p, '\r', *n) != NULL) {
		struct screen s = { 0 };

		if (room(c, *n, e) < 0)
			return -1;
		s.p = c->p;
		for (size_t i = 0; i < *n; ) {
			size_t len = (*p)[i] == '\033' ? escape_len(*p + i, *n - i) : 0;

			if (len > 1)
				screen_erase(&s, *p + i, len);
			else if (len == 0)
				screen_put(&s, (*p)[i]);
			i += len > 0 ? len : 1;
		}
		*p = c->p;
		*n = s.n;
	}
	off = pager_len(*p, *n);
	*p += off;
	*n -= off;
	return 0;
}

int text_clean_tabs(struct text_clean *c, const char **p, size_t *n, struct err *e)
{
	size_t tabs = 0;
	char *old = NULL;

	while (starts(*p + 4 * tabs, *n - 4 * tabs, "#011"))
		tabs++;
	if (tabs == 0)
		return 0;
	/* The text may lie in c itself, then there is room. */
	if (c->cap < *n && (old = malloc(*n)) == NULL)
		return err_nomem(e);
	if (old != NULL) {
		memcpy(old + tabs, *p + 4 * tabs, *n - 4 * tabs);
		text_clean_clear(c);
		*c = (struct text_clean){ old, *n };
	} else {
		memmove(c->p + tabs, *p + 4 * tabs, *n - 4 * tabs);
	}
	memset(c->p, '\t', tabs);
	*p = c->p;
	*n -= 3 * tabs;
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* How much of p has this form: 0 a digit, _ a digit or a blank, A a letter, anything else itself. */
static size_t form(const char *p, size_t n, const char *f)
{
	size_t i = 0;

	for (; f[i] != '\0'; i++) {
		if (i == n)
			return 0;
		if (f[i] == '0' ? !is_digit(p[i]) : f[i] == '_' ? !is_digit(p[i]) && p[i] != ' '
		    : f[i] == 'A' ? (p[i] | 32) < 'a' || (p[i] | 32) > 'z' : p[i] != f[i])
			return 0;
	}
	return i;
}

/* "Nov 23 10:59:30", "Nov 23 2023 10:59:30", "2023-11-23T10:59:30.5+01:00", "2023-11-23 10:59:30". */
static size_t time_len(const char *p, size_t n)
{
	static const char *const forms[] = {
		"AAA _0 00:00:00", "AAA _0 0000 00:00:00", "0000 AAA _0 00:00:00",
		"0000-00-00T00:00:00", "0000-00-00 00:00:00",
	};
	size_t i = 0;

	for (size_t k = 0; i == 0 && k < sizeof forms / sizeof forms[0]; k++)
		i = form(p, n, forms[k]);
	if (i == 0)
		return 0;
	if (i < n && (p[i] == '.' || p[i] == ',')) {
		i++;
		while (i < n && is_digit(p[i]))
			i++;
	}
	if (i < n && p[i] == 'Z')
		i++;
	else if (i < n && (p[i] == '+' || p[i] == '-'))
		while (i < n && (is_digit(p[i]) || strchr("+-:", p[i]) != NULL))
			i++;
	return i < n && p[i] == ' ' ? i + 1 : 0;
}

size_t text_log_prefix(const char *p, size_t n)
{
	size_t i = 0, time;

	if (n > 3 && p[0] == '<' && is_digit(p[1])) {	/* the priority */
		for (i = 2; i < n && is_digit(p[i]); i++)
			continue;
		if (i == n || p[i++] != '>')
			return 0;
	}
	if ((time = time_len(p + i, n - i)) == 0)
		return 0;
	i += time;
	/* A host without brackets or colon, then the program's name, which ends in a colon. */
	for (int words = 0; words < 2; words++) {
		size_t from = i;

		while (i < n && p[i] != ' ')
			i++;
		if (i == from || i == n)
			return 0;
		if (p[i - 1] == ':')
			return i + 1;
		if (memchr(p + from, '[', i - from) != NULL)
			return 0;
		i++;
	}
	return 0;
}
