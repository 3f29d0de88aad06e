#include "report/sa_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/finding.h"
#include "report/sa_text.h"
#include "sa/lint.h"
#include "sa/pair.h"

enum { NOTES = 256, SELECTORS = 3 };

struct view {
	const struct sad *sad;
	struct table *table;
	uint32_t *other;		/* the opposite of each SA */
	bool *done;
	const struct lint_hit **first;	/* of each SA's hits, which follow each other */
	struct lint lint;
	char heading[2 * SA_TEXT];	/* the one that stands */
	int64_t now;
	bool show_keys;
};

/* By SA, worst first. */
static int cmp_hit(const void *va, const void *vb)
{
	const struct lint_hit *a = va, *b = vb;
	int c = (a->sa > b->sa) - (a->sa < b->sa);

	if (c == 0)
		c = (int)advice_of_lint(b->id)->severity - (int)advice_of_lint(a->id)->severity;
	return c != 0 ? c : (int)a->id - (int)b->id;
}

/* The SAs of a database are the first member of its entries. */
static uint32_t index_of(const struct sa *sa)
{
	return ((const struct sad_entry *)(const void *)sa)->index;
}

static int look(struct view *v, struct err *e)
{
	size_t count = sad_count(v->sad);

	v->other = calloc(count + 1, sizeof *v->other);
	v->done = calloc(count + 1, sizeof *v->done);
	v->first = calloc(count + 1, sizeof(void *));
	if (v->other == NULL || v->done == NULL || v->first == NULL)
		return err_nomem(e);
	if (pair_all(v->sad, v->other, e) < 0 || lint_all(&v->lint, v->sad, v->now, e) < 0)
		return -1;
	if (v->lint.n > 0)
		qsort(v->lint.hit, v->lint.n, sizeof *v->lint.hit, cmp_hit);
	for (size_t i = v->lint.n; i-- > 0;)
		v->first[index_of(v->lint.hit[i].sa)] = &v->lint.hit[i];
	return 0;
}

/* What is wrong or weak, each once, and that keys are missing. */
static const char *notes_of(const struct view *v, uint32_t index, char out[NOTES], enum severity *worst)
{
	const struct lint_hit *hit = v->first[index];
	size_t left = hit != NULL ? v->lint.n - (size_t)(hit - v->lint.hit) : 0;
	const struct sa *sa = &sad_at(v->sad, index)->sa;
	enum lint_id last = LINT_COUNT;
	size_t at = 0;

	out[0] = '\0';
	*worst = SEVERITY_INFO;
	for (; left > 0 && hit->sa == sa && at < NOTES; hit++, left--) {
		const struct advice *row = advice_of_lint(hit->id);

		if (hit->id == last || (row->severity == SEVERITY_INFO && hit->id != LINT_NO_KEY &&
		    hit->id != LINT_GUESSED))
			continue;
		at += (size_t)snprintf(out + at, NOTES - at, "%s%s", at > 0 ? ", " : "", row->id);
		last = hit->id;
		*worst = row->severity > *worst ? row->severity : *worst;
	}
	return out;
}

static void append(char *out, size_t room, const char *word, const char *value)
{
	size_t n = strlen(out);

	snprintf(out + n, room - n, "%s%s", word, value);
}

static void append_number(char *out, size_t room, const char *word, bool known, uint32_t v)
{
	char text[16];

	snprintf(text, sizeof text, "%u", v);
	if (known)
		append(out, room, word, text);
}

/* What both directions have in common. */
static void heading_of(const struct sa *sa, char *out, size_t room)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT], encap[SA_TEXT];

	snprintf(out, room, "%s%s%s %s - %s", sa_proto_name(sa->proto), sa->mode != SA_MODE_UNKNOWN ? " " : "",
	    sa->mode != SA_MODE_UNKNOWN ? sa_mode_name(sa->mode) : "",
	    sa->src.family != 0 ? addr_format(src, &sa->src) : "any",
	    sa->dst.family != 0 ? addr_format(dst, &sa->dst) : "any");
	if (sa->encap.type != SA_ENCAP_NONE)
		append(out, room, ", ", sa_text_encap(encap, sa));
	append_number(out, room, ", reqid ", sa->reqid_known, sa->reqid);
	append_number(out, room, ", mark ", sa->mark_known, sa->mark);
	append_number(out, room, ", if_id ", sa->if_id_known, sa->if_id);
	if (sa->bundle != NULL)
		append(out, room, ", bundle ", sa->bundle);
	append_number(out, room, ", layer ", sa->layer >= 0, (uint32_t)sa->layer);
	if (sa->label != NULL)
		append(out, room, ", ", sa->label);
}

static void add_key(struct view *v, const char *name, const struct secret *key)
{
	char hex[2 * 256 + 1];

	if (key->n == 0 || key->n > 256)
		return;
	table_line(v->table, 4, "%s %s", name, hex_format(hex, (struct span){ key->p, key->n }));
	wipe(hex, sizeof hex);
}

/* back: goes the other way than the heading. */
static void add_sa(struct view *v, uint32_t index, bool back)
{
	const struct sa *sa = &sad_at(v->sad, index)->sa;
	char algs[SA_TEXT], life[SA_TEXT], notes[NOTES];
	enum severity worst;

	v->done[index] = true;
	table_cell(v->table, "%s", sa->dir == SA_IN ? "  in" : sa->dir == SA_OUT ? "  out" : back ? "  <" : "  >");
	table_cell(v->table, "0x%0*x", sa->proto == SA_IPCOMP ? 4 : 8, sa->spi);
	table_cell(v->table, "%s", sa_text_algs(algs, sa));
	if (sa->replay_window >= 0)
		table_cell(v->table, "%lld", (long long)sa->replay_window);
	else
		table_cell(v->table, "%s", "");
	table_cell(v->table, "%s", sa->esn == SA_YES ? "yes" : sa->esn == SA_NO ? "no" : "");
	if (sa->seq_known && sa->seq > 0)
		table_cell(v->table, "%llu", (unsigned long long)sa->seq);
	else
		table_cell(v->table, "%s", "");
	table_cell(v->table, "%s", sa_text_life(life, sa, v->now));
	notes_of(v, index, notes, &worst);
	table_color(v->table, severity_color(worst));
	table_cell(v->table, "%s", notes);
	if (v->show_keys) {
		add_key(v, "encr_key", &sa->encr_key);
		add_key(v, "integ_key", &sa->integ_key);
	}
}

static void add_selectors(struct view *v, const struct sa *sa)
{
	char text[SA_TEXT];

	for (size_t i = 0; i < sa->nts && i < SELECTORS; i++)
		table_line(v->table, 4, "carries %s", sa_text_ts(text, &sa->ts[i]));
	if (sa->nts > SELECTORS)
		table_line(v->table, 4, "and %zu more selectors", sa->nts - SELECTORS);
}

static void add_all(struct view *v)
{
	for (uint32_t i = 0; i < sad_count(v->sad); i++) {
		const struct sad_entry *it = sad_at(v->sad, i);
		char heading[sizeof v->heading];

		if (v->done[i])
			continue;
		heading_of(&it->sa, heading, sizeof heading);
		if (strcmp(heading, v->heading) != 0)
			table_line(v->table, 0, "%s", heading);
		memcpy(v->heading, heading, sizeof heading);
		add_sa(v, i, false);
		for (const struct sad_entry *c = it->candidate; c != NULL; c = c->candidate)
			if (!v->done[c->index])
				add_sa(v, c->index, false);
		if (v->other[i] != PAIR_NONE && !v->done[v->other[i]])
			add_sa(v, v->other[i], true);
		add_selectors(v, &it->sa);
	}
}

int sa_table_print(const struct table_place *place, const struct sad *sad, bool show_keys, int64_t now,
    struct err *e)
{
	static const struct table_column columns[] = {
		{ "", 0 }, { "SPI", 0 }, { "ALGORITHMS", TABLE_WRAP | TABLE_SPARE },
		{ "WINDOW", TABLE_RIGHT | TABLE_SPARE }, { "ESN", TABLE_SPARE },
		{ "SEQ", TABLE_RIGHT | TABLE_SPARE }, { "USED", TABLE_WRAP | TABLE_SPARE },
		{ "NOTES", TABLE_WRAP | TABLE_SPARE },
	};
	struct view v = { .sad = sad, .now = now, .show_keys = show_keys };
	int rc = -1;

	if ((v.table = table_new(columns, sizeof columns / sizeof columns[0], e)) != NULL && look(&v, e) == 0) {
		add_all(&v);
		rc = table_print(place, v.table, e);
	}
	table_free(v.table);
	lint_clear(&v.lint);
	free(v.other);
	free(v.done);
	free(v.first);
	return rc;
}
