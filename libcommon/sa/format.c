#include "sa/format.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/names.h"
#include "base/text.h"
#include "sa/text_clean.h"

extern const struct format format_native, format_xfrm, format_xfrm_add, format_xfrm_policy,
    format_wireshark, format_tcpdump, format_setkey, format_setkey_dump, format_openbsd,
    format_vpp, format_vpp_show, format_scapy, format_ipdecap, format_strongswan,
    format_libreswan, format_fortigate, format_mikrotik, format_cisco, format_juniper,
    format_paloalto;

static const struct format *const rows[] = {
	&format_native, &format_strongswan, &format_libreswan, &format_xfrm_add, &format_xfrm,
	&format_xfrm_policy, &format_wireshark, &format_tcpdump, &format_setkey, &format_setkey_dump,
	&format_openbsd, &format_vpp, &format_vpp_show, &format_scapy, &format_ipdecap,
	&format_fortigate, &format_mikrotik, &format_cisco, &format_juniper, &format_paloalto,
};
static const struct format_set all = { rows, sizeof rows / sizeof rows[0] };

struct format_source {
	char *name;
	const struct format_set *set;
	struct sad *sad;		/* NULL: the records are no SAs, and user is what they go to */
	void *user;
	format_note_fn *note;
	void *arg;
	struct lines lines;
	void **states;			/* one for each row */
	size_t open;			/* whose record is open; set->n: nobody's */
	uint64_t count, skipped;
	bool any_text, ike, policies;
	uint8_t start[4];		/* the first bytes */
	size_t nstart;
	const struct format *only;	/* NULL: any */
	struct text_clean clean, tabs;
};

const struct format *format_row(size_t i)
{
	return i < all.n ? rows[i] : NULL;
}

const struct format *format_own(void)
{
	return &format_native;
}

int format_by_name(const struct format **f, const char *name, struct err *e)
{
	return format_in_set(f, &all, name, e);
}

int format_in_set(const struct format **f, const struct format_set *set, const char *name, struct err *e)
{
	struct nearest near = { 0 };
	const char *best;

	for (size_t i = 0; i < set->n; i++) {
		if (name_eq(set->rows[i]->name, name)) {
			*f = set->rows[i];
			return 0;
		}
		nearest_offer(&near, name, set->rows[i]->name);
	}
	if ((best = nearest_name(&near, name)) != NULL)
		return err_set(e, "unknown format \"%s\", nearest is \"%s\"", name, best);
	return err_set(e, "unknown format \"%s\"", name);
}

void format_source_only(struct format_source *s, const struct format *f)
{
	s->only = f;
}

struct format_source *format_source_over(const char *name, const struct format_set *set, void *user,
    format_note_fn *note, void *arg, struct err *e)
{
	struct format_source *s = calloc(1, sizeof *s);

	if (s == NULL)
		goto nomem;
	s->set = set;
	s->user = user;
	s->note = note;
	s->arg = arg;
	s->open = set->n;
	if ((s->name = strdup(name)) == NULL || (s->states = calloc(set->n, sizeof *s->states)) == NULL)
		goto nomem;
	for (size_t i = 0; i < set->n; i++)
		if (set->rows[i]->state > 0 && (s->states[i] = calloc(1, set->rows[i]->state)) == NULL)
			goto nomem;
	return s;
nomem:
	format_source_free(s);
	err_nomem(e);
	return NULL;
}

struct format_source *format_source_new(const char *name, struct sad *into, format_note_fn *note,
    void *arg, struct err *e)
{
	struct format_source *s = format_source_over(name, &all, NULL, note, arg, e);

	if (s != NULL)
		s->sad = into;
	return s;
}

void *format_user(const struct format_source *s)
{
	return s->user;
}

void format_source_free(struct format_source *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; s->states != NULL && i < s->set->n; i++) {
		const struct format *f = s->set->rows[i];

		if (f->clear != NULL && s->states[i] != NULL)
			f->clear(s->states[i]);
		if (s->states[i] != NULL)
			wipe(s->states[i], f->state);
		free(s->states[i]);
	}
	free(s->states);
	text_clean_clear(&s->clean);
	text_clean_clear(&s->tabs);
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

int format_give_policy(struct format_source *s, const struct policy *p, struct err *e)
{
	s->policies = true;
	return policies_add(sad_policies(s->sad), p, e);
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
	bool alternatives = sa->candidate != NULL;	/* the format has said so */
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
	if (rc == 2 && !alternatives)
		format_note(s, line, 1, "SA 0x%08x again with other keys: both are tried", spi);
	return 0;
}

static int flush(struct format_source *s, bool done, struct err *e)
{
	size_t open = s->open;

	if (open == s->set->n)
		return 0;
	if (done)
		s->open = s->set->n;
	if (s->set->rows[open]->flush == NULL)
		return 0;
	return s->set->rows[open]->flush(s, s->states[open], done, e);
}

/* Lines that hold the keys of IKE SAs in the forms that ike/keyfile reads. */
static bool is_ike_keys(const struct format_line *l)
{
	static const char *const words[] = { "Sk_ei secret", "Sk_d secret", "SK_ei", "ikev2 I 0x" };

	/* Wireshark's tables begin with an SPI of 16 digits. */
	if (l->n > 17 && hex_span(l->p, 16) == 16 && l->p[16] == ',')
		return true;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (text_has(l->p, l->n, words[i]))
			return true;
	return false;
}

/* The row whose record starts in the line, or set->n. */
static size_t sniff(const struct format_source *s, const struct format_line *raw,
    const struct format_line *bare)
{
	const struct format *const *f = s->set->rows;
	size_t i = 0;

	/* most lines of a log are for the one that is open */
	if (s->open < s->set->n && f[s->open]->log && f[s->open]->sniff(f[s->open]->raw ? raw : bare))
		return s->open;
	while (i < s->set->n && (f[i]->sniff == NULL || (s->only != NULL && s->only != f[i]) ||
	    !f[i]->sniff(f[i]->raw ? raw : bare)))
		i++;
	return i;
}

static int take(struct format_source *s, struct format_line *l, struct err *e)
{
	const struct format *const *f = s->set->rows;
	size_t i, blank = 0, prefix;
	struct format_line bare;

	if (text_clean(&s->clean, &l->p, &l->n, e) < 0)
		return -1;
	while (blank < l->n && (l->p[blank] == ' ' || l->p[blank] == '\t'))
		blank++;
	if (blank == l->n)
		return 0;
	s->any_text = true;
	bare = *l;
	if ((prefix = text_log_prefix(l->p, l->n)) > 0) {
		bare.p += prefix;
		bare.n -= prefix;
		bare.column += prefix;
		/* a pager's prompt may stand behind the prefix, too */
		if (text_clean_tabs(&s->tabs, &bare.p, &bare.n, e) < 0 ||
		    text_clean(&s->clean, &bare.p, &bare.n, e) < 0)
			return -1;
	}
	i = sniff(s, l, &bare);
	if (i < s->set->n && !(i == s->open && f[i]->log)) {
		if (flush(s, true, e) < 0)
			return -1;
		s->open = i;
	}
	if (s->open < s->set->n)
		return f[s->open]->line(s, s->states[s->open], f[s->open]->raw ? l : &bare, e);
	s->ike |= is_ike_keys(l);
	return 0;
}

static int drain(struct format_source *s, bool last, struct err *e)
{
	struct line got;
	int rc;

	while ((rc = last ? lines_last(&s->lines, &got, e) : lines_next(&s->lines, &got, e)) > 0) {
		struct format_line l = { got.p, got.n, got.number, 1 };

		if (take(s, &l, e) < 0)
			return -1;
	}
	if (rc < 0)
		return format_blame(s, s->lines.line, 1, e);
	return 0;
}

/* Files that are no text are known by their first bytes. */
static int check_start(struct format_source *s, const uint8_t *p, size_t n, struct err *e)
{
	static const struct { const char *start; size_t n; const char *words; } kinds[] = {
		{ "\x1f\x8b", 2, "gzip, wanted text: zcat unpacks it" },
		{ "\xff\xfe", 2, "UTF-16, wanted UTF-8: iconv -f UTF-16 -t UTF-8 converts it" },
		{ "\xfe\xff", 2, "UTF-16, wanted UTF-8: iconv -f UTF-16 -t UTF-8 converts it" },
		{ "\xd4\xc3\xb2\xa1", 4, "a capture, wanted SAs" }, { "\xa1\xb2\xc3\xd4", 4, "a capture, wanted SAs" },
		{ "\x4d\x3c\xb2\xa1", 4, "a capture, wanted SAs" }, { "\xa1\xb2\x3c\x4d", 4, "a capture, wanted SAs" },
		{ "\x0a\x0d\x0d\x0a", 4, "a capture, wanted SAs" },
	};

	if (s->nstart == sizeof s->start)
		return 0;
	for (size_t i = 0; i < n && s->nstart < sizeof s->start; i++)
		s->start[s->nstart++] = p[i];
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (s->nstart >= kinds[i].n && memcmp(s->start, kinds[i].start, kinds[i].n) == 0)
			return err_set(e, "found %s", kinds[i].words);
	return 0;
}

int format_source_push(struct format_source *s, const void *p, size_t n, struct err *e)
{
	if (check_start(s, p, n, e) < 0)
		return err_in(e, "%s", s->name);
	if (lines_push(&s->lines, p, n, e) < 0)
		return err_in(e, "%s", s->name);
	return drain(s, false, e);
}

int format_source_idle(struct format_source *s, struct err *e)
{
	if (flush(s, false, e) < 0)
		return -1;
	return s->sad != NULL ? policies_apply(s->sad, e) : 0;
}

int format_source_finish(struct format_source *s, struct err *e)
{
	return drain(s, true, e) < 0 || flush(s, true, e) < 0 ? -1 : 0;
}

bool format_source_has_text(const struct format_source *s)
{
	return s->any_text;
}

int format_source_end(struct format_source *s, struct err *e)
{
	if (format_source_finish(s, e) < 0 || policies_apply(s->sad, e) < 0)
		return -1;
	if (s->count > 0 || s->policies)
		return 0;
	if (!s->any_text) {
		err_data(e, "empty");
	} else if (s->ike) {
		err_set(e, "found keys of IKE SAs, wanted SAs; ipsec-ike decode --print-sa --keys %s "
		    "-r CAPTURE makes them", s->name);
	} else {
		err_set(e, "found no SA; wanted descriptors, ipsec-sa(5), or a format of ipsec-formats(5)");
	}
	return err_in(e, "%s", s->name);
}
