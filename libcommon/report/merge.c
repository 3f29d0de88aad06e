#include "report/merge_priv.h"

#include <stdlib.h>
#include <string.h>

#include "report/inspect_json.h"

struct merge *merge_new(struct err *e)
{
	struct merge *g = calloc(1, sizeof *g);

	if (g == NULL || (g->capture = calloc(MERGE_CAPTURES, sizeof(struct merge_capture *))) == NULL) {
		free(g);
		err_nomem(e);
		return NULL;
	}
	return g;
}

void merge_free(struct merge *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; i < g->n; i++)
		merge_capture_free(g->capture[i]);
	free(g->capture);
	free(g);
}

/* A report's line by its event; the others belong to other tools. */
static int take(struct merge *g, const struct jval *v, const char *text, size_t n, struct err *e)
{
	struct jval event = jval_get(v, "event");
	const char *name = jval_text(&event, NULL);
	struct merge_capture *c = g->now;

	if (name == NULL) {
		g->skipped++;
		return 0;
	}
	if (strcmp(name, "capture") == 0)
		return merge_read_capture(g, v, e);
	if (strcmp(name, "tunnel") == 0)
		return 0;			/* made anew */
	if (c == NULL) {
		g->skipped++;
		return 0;
	}
	if (strcmp(name, "peer") == 0)
		return merge_read_peer(c, v, e);
	if (strcmp(name, "negotiation") == 0)
		return merge_read_negotiation(c, v, text, n, e);
	if (strcmp(name, "sa") == 0)
		return merge_read_sa(c, v, text, n, e);
	if (strcmp(name, "finding") == 0)
		return merge_read_finding(c, v, e);
	g->skipped++;
	return 0;
}

int merge_line(struct merge *g, const char *text, size_t n, size_t *column, struct err *e)
{
	struct jdoc d = { 0 };
	struct jval root;
	int rc;

	*column = 0;
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	if (n == 0)
		return 0;
	if ((rc = jdoc_parse(&d, text, n, e)) == 0) {
		root = jdoc_root(&d);
		rc = take(g, &root, text, n, e);
	}
	*column = d.column;
	jdoc_clear(&d);
	return rc;
}

void merge_file_end(struct merge *g)
{
	g->now = NULL;
}

/* --- the end --- */

static int by_time(const void *a, const void *b)
{
	return model_sa_order(((const struct merge_line *)a)->sa, ((const struct merge_line *)b)->sa);
}

static int by_number(const void *a, const void *b)
{
	const struct merge_line *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static int end_capture(struct merge_capture *c, struct err *e)
{
	for (unsigned i = 0; i < c->shares; i++)
		if (!c->share[i])
			return err_set(e, "%s: found no share %u/%u, wanted all of them", c->model.cap.name, i + 1, c->shares);
	if (c->sas.n > 0)
		qsort(c->sas.at, c->sas.n, sizeof *c->sas.at, by_time);
	if (c->ikes.n > 0)
		qsort(c->ikes.at, c->ikes.n, sizeof *c->ikes.at, by_number);
	if (model_settle(&c->model, e) < 0)
		return -1;
	if (c->shares > 0)
		return diagnose_merged(&c->found, &c->model, e);
	diagnoses_end(&c->found);
	return 0;
}

int merge_end(struct merge *g, struct err *e)
{
	for (size_t i = 0; i < g->n; i++)
		if (end_capture(g->capture[i], e) < 0)
			return -1;
	return 0;
}

uint64_t merge_skipped(const struct merge *g)
{
	return g->skipped;
}

bool merge_failed(const struct merge *g)
{
	for (size_t i = 0; i < g->n; i++)
		for (size_t j = 0; j < g->capture[i]->found.n; j++)
			if (g->capture[i]->found.list[j].severity == SEVERITY_ERROR)
				return true;
	return false;
}

static void put_lines(FILE *to, const struct merge_lines *l)
{
	for (size_t i = 0; i < l->n; i++) {
		fwrite(l->at[i].text, 1, l->at[i].n, to);
		putc('\n', to);
	}
}

void merge_json(FILE *to, const struct merge *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct merge_capture *c = g->capture[i];

		inspect_json_capture(to, &c->model);
		inspect_json_peers(to, &c->model);
		put_lines(to, &c->ikes);
		put_lines(to, &c->sas);
		inspect_json_tunnels(to, &c->model);
		for (size_t j = 0; j < c->found.n; j++)
			inspect_json_finding(to, &c->model, &c->found.list[j]);
	}
}

int merge_text(const struct merge *g, const struct inspect_text *t, struct err *e)
{
	struct inspect_text one = *t;

	for (size_t i = 0; i < g->n; i++) {
		one.name = g->capture[i]->model.cap.name;
		if (i > 0)
			putc('\n', t->place.to);
		if (inspect_text(&one, &g->capture[i]->model, &g->capture[i]->found, e) < 0)
			return -1;
	}
	return 0;
}
