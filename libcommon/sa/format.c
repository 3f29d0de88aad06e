#include "sa/format.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/text.h"

extern const struct format format_native, format_xfrm;

static const struct format *const rows[] = { &format_native, &format_xfrm };
enum { NROWS = sizeof rows / sizeof rows[0] };

struct format_source {
	char *name;
	struct sad *sad;
	format_note_fn *note;
	void *arg;
	struct lines lines;
	void *states[NROWS];
	size_t open;			/* whose record is open; NROWS: nobody's */
	uint64_t count, skipped;
	bool any_text, ike;
	char *clean;			/* a line without terminal escapes */
	size_t clean_cap;
};

const struct format *format_row(size_t i)
{
	return i < NROWS ? rows[i] : NULL;
}

struct format_source *format_source_new(const char *name, struct sad *into, format_note_fn *note,
    void *arg, struct err *e)
{
	struct format_source *s = calloc(1, sizeof *s);

	if (s == NULL)
		goto nomem;
	s->sad = into;
	s->note = note;
	s->arg = arg;
	s->open = NROWS;
	if ((s->name = strdup(name)) == NULL)
		goto nomem;
	for (size_t i = 0; i < NROWS; i++)
		if (rows[i]->state > 0 && (s->states[i] = calloc(1, rows[i]->state)) == NULL)
			goto nomem;
	return s;
nomem:
	format_source_free(s);
	err_nomem(e);
	return NULL;
}

void format_source_free(struct format_source *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < NROWS; i++) {
		if (rows[i]->clear != NULL && s->states[i] != NULL)
			rows[i]->clear(s->states[i]);
		if (s->states[i] != NULL)
			wipe(s->states[i], rows[i]->state);
		free(s->states[i]);
	}
	if (s->clean != NULL)
		wipe(s->clean, s->clean_cap);
	free(s->clean);
	lines_clear(&s->lines);
	free(s->name);
	free(s);
}

uint64_t format_source_count(const struct format_source *s)
{
	return s->count;
}

uint64_t format_source_skipped(const struct format_source *s)
{
	return s->skipped;
}

struct sad *format_sad(const struct format_source *s)
{
	return s->sad;
}

void format_skip(struct format_source *s, bool ike)
{
	s->skipped++;
	s->ike |= ike;
}

int format_blame(const struct format_source *s, uint64_t line, size_t column, struct err *e)
{
	if (column == 0)
		return err_in(e, "%s:%llu", s->name, (unsigned long long)line);
	return err_in(e, "%s:%llu:%zu", s->name, (unsigned long long)line, column);
}

void format_note(const struct format_source *s, uint64_t line, size_t column, const char *fmt, ...)
{
	char where[512], text[512];
	va_list ap;

	if (s->note == NULL)
		return;
	snprintf(where, sizeof where, "%s:%llu:%zu", s->name, (unsigned long long)line, column);
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	s->note(s->arg, where, text);
}

int format_give(struct format_source *s, struct sa *sa, const struct format *f, uint64_t line,
    bool again, struct err *e)
{
	uint32_t spi = sa->spi;
	int rc;

	if (sa->origin_format == NULL && sa->origin_file == NULL) {
		sa->origin_format = strdup(f->name);
		sa->origin_file = strdup(s->name);
		sa->origin_line = line;
		if (sa->origin_format == NULL || sa->origin_file == NULL)
			return err_nomem(e);
	}
	if ((rc = sad_add(s->sad, sa, e)) < 0)
		return format_blame(s, line, 0, e);
	if (!again)
		s->count++;
	if (rc == 2)
		format_note(s, line, 1, "SA 0x%08x again with other keys: both are tried", spi);
	return 0;
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

/* Terminal escapes go; what a carriage return overwrote goes too. */
static int clean(struct format_source *s, struct format_line *l, struct err *e)
{
	size_t n = 0;

	if (memchr(l->p, '\033', l->n) == NULL)
		return 0;
	if (s->clean_cap < l->n) {
		char *p = malloc(l->n);

		if (p == NULL)
			return err_nomem(e);
		if (s->clean != NULL)
			wipe(s->clean, s->clean_cap);
		free(s->clean);
		s->clean = p;
		s->clean_cap = l->n;
	}
	for (size_t i = 0; i < l->n; )
		if (l->p[i] == '\033')
			i += escape_len(l->p + i, l->n - i);
		else
			s->clean[n++] = l->p[i++];
	l->p = s->clean;
	l->n = n;
	return 0;
}

static int flush(struct format_source *s, bool done, struct err *e)
{
	size_t open = s->open;

	if (open == NROWS)
		return 0;
	if (done)
		s->open = NROWS;
	if (rows[open]->flush == NULL)
		return 0;
	return rows[open]->flush(s, s->states[open], done, e);
}

static bool contains(const struct format_line *l, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= l->n; i++)
		if (memcmp(l->p + i, word, n) == 0)
			return true;
	return false;
}

/* Lines that hold the keys of IKE SAs in the forms that ike/keyfile reads. */
static bool is_ike_keys(const struct format_line *l)
{
	static const char *const words[] = { "Sk_ei secret", "Sk_d secret", "SK_ei", "ikev2 I 0x" };

	/* Wireshark's tables begin with an SPI of 16 digits. */
	if (l->n > 17 && hex_span(l->p, 16) == 16 && l->p[16] == ',')
		return true;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (contains(l, words[i]))
			return true;
	return false;
}

static int take(struct format_source *s, struct format_line *l, struct err *e)
{
	size_t i = 0, blank = 0;

	if (clean(s, l, e) < 0)
		return -1;
	while (blank < l->n && strchr(" \t\r", l->p[blank]) != NULL && l->p[blank] != '\0')
		blank++;
	if (blank == l->n)
		return 0;
	s->any_text = true;
	while (i < NROWS && !rows[i]->sniff(l))
		i++;
	if (i < NROWS) {
		if (flush(s, true, e) < 0)
			return -1;
		s->open = i;
	}
	if (s->open < NROWS)
		return rows[s->open]->line(s, s->states[s->open], l, e);
	s->ike |= is_ike_keys(l);
	return 0;
}

static int drain(struct format_source *s, bool last, struct err *e)
{
	struct line got;
	int rc;

	while ((rc = last ? lines_last(&s->lines, &got, e) : lines_next(&s->lines, &got, e)) > 0) {
		struct format_line l = { got.p, got.n, got.number };

		if (take(s, &l, e) < 0)
			return -1;
	}
	if (rc < 0)
		return format_blame(s, s->lines.line, 1, e);
	return 0;
}

int format_source_push(struct format_source *s, const void *p, size_t n, struct err *e)
{
	if (lines_push(&s->lines, p, n, e) < 0)
		return err_in(e, "%s", s->name);
	return drain(s, false, e);
}

int format_source_idle(struct format_source *s, struct err *e)
{
	return flush(s, false, e);
}

int format_source_end(struct format_source *s, struct err *e)
{
	if (drain(s, true, e) < 0 || flush(s, true, e) < 0)
		return -1;
	if (s->count > 0)
		return 0;
	if (!s->any_text) {
		err_data(e, "empty");
	} else if (s->ike) {
		err_set(e, "found keys of IKE SAs, wanted SAs; ipsec-ike decode --print-sa --keys %s "
		    "-r CAPTURE makes them", s->name);
	} else {
		err_set(e, "found no SA; wanted ipsec-sa(5) descriptors or the output of `ip xfrm state`");
	}
	return err_in(e, "%s", s->name);
}
