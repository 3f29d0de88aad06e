/* Which findings are listed: of each id the worst ones, in an order that does not depend on how the work was shared out. */
#include <stdlib.h>
#include <string.h>

#include "report/diagnose.h"

/* What there is of one id: places in the list, worst first. */
struct diagnose_kept { const char *id; uint64_t more; unsigned n; size_t at[DIAGNOSES_OF_ID]; };

/* By the first packet; findings without any go last. */
static int by_packet(const struct diagnosis *x, const struct diagnosis *y)
{
	if (x->n == 0 || y->n == 0)
		return (x->n == 0) - (y->n == 0);
	if (x->at[0].file != y->at[0].file)
		return x->at[0].file < y->at[0].file ? -1 : 1;
	return x->at[0].frame < y->at[0].frame ? -1 : x->at[0].frame > y->at[0].frame;
}

static int worse(const void *a, const void *b)
{
	const struct diagnosis *x = a, *y = b;
	int c = by_packet(x, y);

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	if (c != 0)
		return c;
	return strcmp(x->id, y->id) != 0 ? strcmp(x->id, y->id) : strcmp(x->text, y->text);
}

static struct diagnose_kept *kept_of(struct diagnoses *ds, const char *id, struct err *e)
{
	struct diagnose_kept *kept;

	for (size_t i = 0; i < ds->nkept; i++)
		if (strcmp(ds->kept[i].id, id) == 0)
			return &ds->kept[i];
	if ((kept = realloc(ds->kept, (ds->nkept + 1) * sizeof *kept)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	ds->kept = kept;
	kept[ds->nkept] = (struct diagnose_kept){ .id = id };
	return &kept[ds->nkept++];
}

static int add(struct diagnoses *ds, const struct diagnosis *d, struct err *e)
{
	size_t room = ds->room == 0 ? 16 : ds->room * 2;
	struct diagnosis *list;

	if (ds->n == ds->room) {
		if ((list = realloc(ds->list, room * sizeof *list)) == NULL)
			return err_nomem(e);
		ds->list = list;
		ds->room = room;
	}
	ds->list[ds->n++] = *d;
	return 0;
}

int diagnoses_keep(struct diagnoses *ds, const struct diagnosis *d, struct err *e)
{
	struct diagnose_kept *k = kept_of(ds, d->id, e);
	size_t place;
	unsigned i;

	if (k == NULL)
		return -1;
	k->more += d->more;
	if (k->n < DIAGNOSES_OF_ID) {
		if (add(ds, d, e) < 0)
			return -1;
		place = ds->n - 1;
		k->n++;
	} else {
		place = k->at[k->n - 1];
		k->more++;
		if (worse(d, &ds->list[place]) >= 0)
			return 0;
		ds->list[place] = *d;
	}
	ds->list[place].more = 0;
	for (i = k->n - 1; i > 0 && worse(d, &ds->list[k->at[i - 1]]) < 0; i--)
		k->at[i] = k->at[i - 1];
	k->at[i] = place;
	return 0;
}

void diagnoses_end(struct diagnoses *ds)
{
	for (size_t i = 0; i < ds->nkept; i++)
		ds->list[ds->kept[i].at[ds->kept[i].n - 1]].more = ds->kept[i].more;
	if (ds->n > 0)
		qsort(ds->list, ds->n, sizeof *ds->list, worse);
	ds->nkept = 0;
}

void diagnoses_empty(struct diagnoses *ds)
{
	ds->n = ds->nkept = 0;
}

void diagnoses_clear(struct diagnoses *ds)
{
	free(ds->list);
	free(ds->kept);
	*ds = (struct diagnoses){ 0 };
}
