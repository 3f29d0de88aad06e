#include "report/finding.h"

#include <stdlib.h>
#include <string.h>

#include "report/json_text.h"
#include "report/sa_text.h"

enum { SHOWN = 3 };			/* of findings that say the same */

int findings_add(struct findings *f, const struct advice *row, const char *text, const struct sa *sa,
    const struct sa *other, struct err *e)
{
	struct finding *it;

	if (f->n == f->room) {
		size_t room = f->room > 0 ? 2 * f->room : 32;
		struct finding *p = realloc(f->list, room * sizeof *p);

		if (p == NULL)
			return err_nomem(e);
		f->list = p;
		f->room = room;
	}
	f->list[f->n] = (struct finding){ .id = row->id, .severity = row->severity, .text = strdup(text),
		.advice = row->advice != NULL ? strdup(row->advice) : NULL, .sa = { sa, other }, .order = f->n };
	f->count[row->severity]++;
	it = &f->list[f->n++];
	return it->text == NULL || (row->advice != NULL && it->advice == NULL) ? err_nomem(e) : 0;
}

static const char *policy_dir_name(enum policy_dir dir)
{
	return dir == POLICY_IN ? "in" : dir == POLICY_OUT ? "out" : dir == POLICY_FWD ? "fwd" : "any";
}

int findings_add_lint(struct findings *f, const struct lint_hit *hit, struct err *e)
{
	const struct advice *row = advice_of_lint(hit->id);
	char text[ADVICE_TEXT], other[SA_TEXT] = "", policy[SA_TEXT + 8], ts[SA_TEXT];
	struct advice_words words = { .k = hit->name, .o = other, .n = hit->found, .w = hit->wanted };

	if (hit->other != NULL)
		sa_text_name(other, hit->other);
	if (hit->policy != NULL) {
		snprintf(policy, sizeof policy, "%s %s", policy_dir_name(hit->policy->dir),
		    sa_text_ts(ts, &hit->policy->ts));
		words.k = policy;
	}
	return findings_add(f, row, advice_fill(text, row->text, &words), hit->sa, hit->other, e);
}

static int cmp(const void *va, const void *vb)
{
	const struct finding *a = va, *b = vb;
	int c = (int)b->severity - (int)a->severity;

	if (c == 0)
		c = strcmp(a->id, b->id);
	return c != 0 ? c : (a->order > b->order) - (a->order < b->order);
}

void findings_sort(struct findings *f)
{
	if (f->n > 0)
		qsort(f->list, f->n, sizeof *f->list, cmp);
}

void findings_clear(struct findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->list[i].text);
		free(f->list[i].advice);
	}
	free(f->list);
	*f = (struct findings){ 0 };
}

static void json_sa(FILE *to, const struct sa *sa)
{
	char text[ADDR_TEXT];

	fprintf(to, "{\"proto\":\"%s\",\"spi\":\"0x%08x\"", sa_proto_name(sa->proto), sa->spi);
	if (sa->src.family != 0)
		json_text(to, "src", addr_format(text, &sa->src));
	if (sa->dst.family != 0)
		json_text(to, "dst", addr_format(text, &sa->dst));
	json_text(to, "file", sa->origin_file);
	if (sa->origin_line != 0)
		fprintf(to, ",\"line\":%llu", (unsigned long long)sa->origin_line);
	putc('}', to);
}

void findings_json(FILE *to, const struct findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct finding *it = &f->list[i];

		fprintf(to, "{\"type\":\"event\",\"event\":\"finding\",\"id\":\"%s\",\"severity\":\"%s\"", it->id,
		    severity_name(it->severity));
		json_text(to, "text", it->text);
		json_text(to, "advice", it->advice);
		if (it->sa[0] != NULL) {
			fputs(",\"sas\":[", to);
			json_sa(to, it->sa[0]);
			if (it->sa[1] != NULL) {
				putc(',', to);
				json_sa(to, it->sa[1]);
			}
			putc(']', to);
		}
		fputs("}\n", to);
	}
}

enum table_color severity_color(enum severity s)
{
	return s == SEVERITY_ERROR ? TABLE_RED : s == SEVERITY_WARNING ? TABLE_YELLOW : TABLE_PLAIN;
}

static void print_one(struct table *t, const struct finding *it, bool again)
{
	char name[SA_TEXT] = "";

	table_color(t, severity_color(it->severity));
	table_cell(t, "%s", severity_name(it->severity));
	table_cell(t, "%s", it->id);
	table_cell(t, "%s", it->sa[0] != NULL ? sa_text_name(name, it->sa[0]) : "");
	table_cell(t, "%s%s%s", it->text, it->advice != NULL && !again ? "; " : "",
	    it->advice != NULL && !again ? it->advice : "");
}

int findings_print(const struct table_place *place, const struct findings *f, bool all, struct err *e)
{
	static const struct table_column columns[] = {
		{ "SEVERITY", 0 }, { "FINDING", TABLE_SPARE }, { "SA", TABLE_WRAP | TABLE_SPARE },
		{ "WHAT, AND WHAT TO DO", TABLE_WRAP },
	};
	struct table *t;
	int rc;

	if (f->n == 0)
		return 0;
	if ((t = table_new(columns, sizeof columns / sizeof columns[0], e)) == NULL)
		return -1;
	for (size_t i = 0, same = 0; i < f->n; i++) {
		bool next = i + 1 < f->n && strcmp(f->list[i].id, f->list[i + 1].id) == 0;

		if (all || same < SHOWN)
			print_one(t, &f->list[i], same > 0);
		same++;
		if (next)
			continue;
		if (!all && same > SHOWN)
			table_line(t, 2, "and %zu more with %s (-v lists them)", same - SHOWN, f->list[i].id);
		same = 0;
	}
	rc = table_print(place, t, e);
	table_free(t);
	return rc;
}
