#include "report/diagnose.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct diagnose_row *const groups[] = { diagnose_capture_rows, diagnose_ike_rows, diagnose_sa_rows,
	diagnose_key_rows, diagnose_path_rows, diagnose_weak_rows };
enum { GROUPS = sizeof groups / sizeof groups[0], REFUSAL_WEIGHT = 90, REFUSAL_IDS = 28 };

static const char *const refusals[REFUSAL_IDS] = {
	"address", "auth-failed", "authorization", "certificate-expired", "certificate-identity", "certificate-untrusted",
	"child-not-found", "cookie-loop", "critical-payload", "eap-failed", "invalid-ke", "invalid-selectors",
	"invalid-spi", "invalid-syntax", "ke-not-retried", "mobike", "no-additional-sas", "no-answer", "no-answer-4500",
	"no-answer-large", "no-proposal", "peer-gone", "single-pair", "temporary-failure", "ts-unacceptable", "version",
	"wrong-psk", "xauth-failed",
};

const struct diagnose_row *diagnose_row(size_t i)
{
	for (size_t g = 0; g < GROUPS; g++)
		for (const struct diagnose_row *r = groups[g]; r->id != NULL; r++)
			if (i-- == 0)
				return r;
	return NULL;
}

const char *diagnose_refusal_id(size_t i)
{
	return i < REFUSAL_IDS ? refusals[i] : NULL;
}

/* --- what tests say --- */

__attribute__((format(printf, 2, 0)))
static void say(char out[DIAGNOSE_TEXT], const char *fmt, va_list ap)
{
	size_t n = strlen(out);

	vsnprintf(out + n, DIAGNOSE_TEXT - n, fmt, ap);
}

void diagnosis_say(struct diagnosis *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(d->text, fmt, ap);
	va_end(ap);
}

void diagnosis_advise(struct diagnosis *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(d->advice, fmt, ap);
	va_end(ap);
}

void diagnosis_show_at(struct diagnosis *d, struct seen_at at)
{
	unsigned i = d->n;

	if (at.frame == 0 || d->n == DIAGNOSE_FRAMES)
		return;
	for (unsigned k = 0; k < d->n; k++)
		if (d->at[k].file == at.file && d->at[k].frame == at.frame)
			return;
	while (i > 0 && (d->at[i - 1].file > at.file || (d->at[i - 1].file == at.file && d->at[i - 1].frame > at.frame))) {
		d->at[i] = d->at[i - 1];
		i--;
	}
	d->at[i] = at;
	d->n++;
}

void diagnosis_show(struct diagnosis *d, const struct evidence *ev)
{
	for (unsigned i = 0; i < ev->kept; i++)
		diagnosis_show_at(d, ev->at[i]);
	if (ev->n > d->times)
		d->times = ev->n;
}

/* --- all rows over all subjects --- */

/* Room for one more, empty; it counts once n does. */
static struct diagnosis *next(struct diagnoses *ds, struct err *e)
{
	size_t room = ds->room == 0 ? 16 : ds->room * 2;
	struct diagnosis *list;

	if (ds->n == ds->room) {
		if ((list = realloc(ds->list, room * sizeof *list)) == NULL) {
			err_nomem(e);
			return NULL;
		}
		ds->list = list;
		ds->room = room;
	}
	memset(&ds->list[ds->n], 0, sizeof ds->list[0]);
	return &ds->list[ds->n];
}

struct diagnosis *diagnoses_add(struct diagnoses *ds, struct err *e)
{
	struct diagnosis *d = next(ds, e);

	ds->n += d != NULL;
	return d;
}

struct run { struct diagnoses *ds; size_t found, last; };

static int try(struct run *run, const struct diagnose_row *row, const struct subject *s, struct err *e)
{
	struct diagnosis *d = next(run->ds, e);

	if (d == NULL)
		return -1;
	d->id = row->id;
	d->reference = row->reference;
	d->of = *s;
	d->severity = row->severity;
	d->weight = row->weight;
	if (!row->test(s, d))
		return 0;
	if (run->found++ >= DIAGNOSES_OF_ROW) {
		run->ds->list[run->last].more++;
		return 0;
	}
	if (d->times == 0)
		d->times = 1;
	if (d->advice[0] == '\0' && row->advice != NULL)
		diagnosis_advise(d, "%s", row->advice);
	run->last = run->ds->n++;
	return 0;
}

static int run_row(struct diagnoses *ds, const struct diagnose_row *row, const struct model *m, struct err *e)
{
	struct run run = { .ds = ds };
	struct subject s = { .model = m };
	int rc = 0;

	switch ((enum diagnose_scope)(row->scope & ~(unsigned)SCOPE_WHOLE)) {
	case SCOPE_CAPTURE:
		return try(&run, row, &s, e);
	case SCOPE_PEER:
		for (size_t i = 0; rc == 0 && (s.peer = model_peer_at(m, i)) != NULL; i++)
			rc = try(&run, row, &s, e);
		return rc;
	case SCOPE_IKE:
		for (size_t i = 0; rc == 0 && (s.ike = model_ike_at(m, i)) != NULL; i++)
			rc = try(&run, row, &s, e);
		return rc;
	case SCOPE_SA:
		for (size_t i = 0; rc == 0 && (s.sa = model_sa_at(m, i)) != NULL; i++)
			if (shard_has(&model_capture(m)->shard, s.sa->spi, &s.sa->dst))
				rc = try(&run, row, &s, e);
		return rc;
	case SCOPE_TUNNEL:
		for (size_t i = 0; rc == 0 && (s.tunnel = model_tunnel_at(m, i)) != NULL; i++)
			rc = try(&run, row, &s, e);
		return rc;
	case SCOPE_CLEAR:
		for (size_t i = 0; rc == 0 && (s.clear = model_clear_at(m, i)) != NULL; i++)
			rc = try(&run, row, &s, e);
		return rc;
	}
	return 0;
}

/* Of one negotiation: the same reason before this one. */
static bool is_told(const struct model_ike *k, unsigned j)
{
	for (unsigned i = 0; i < j; i++)
		if (k->why.row[i].id == k->why.row[j].id && strcmp(k->why.row[i].text, k->why.row[j].text) == 0)
			return true;
	return false;
}

static size_t refusal_index(const char *id)
{
	size_t i = 0;

	while (i < REFUSAL_IDS && strcmp(refusals[i], id) != 0)
		i++;
	return i;
}

/* of: by id, the last for those that have none of their own. */
static int add_refusal(struct diagnoses *ds, struct run of[], const struct subject *s, unsigned j, struct err *e)
{
	const struct reason *r = &s->ike->why.row[j];
	struct run *run = &of[refusal_index(r->id)];
	struct diagnosis *d;

	if (run->found++ >= DIAGNOSES_OF_ROW) {
		ds->list[run->last].more++;
		return 0;
	}
	if ((d = diagnoses_add(ds, e)) == NULL)
		return -1;
	run->last = ds->n - 1;
	*d = (struct diagnosis){ .id = r->id, .of = *s, .times = 1, .weight = REFUSAL_WEIGHT,
		.severity = r->level == REASON_ERROR ? SEVERITY_ERROR : r->level == REASON_WARNING ? SEVERITY_WARNING : SEVERITY_INFO };
	diagnosis_say(d, "%s", r->text);
	diagnosis_advise(d, "%s", r->advice);
	diagnosis_show_at(d, s->ike->why.at[j]);
	return 0;
}

/* What refusal.h told of each negotiation. */
static int take_refusals(struct diagnoses *ds, const struct model *m, struct err *e)
{
	struct run of[REFUSAL_IDS + 1] = { 0 };
	struct subject s = { .model = m };

	for (size_t i = 0; (s.ike = model_ike_at(m, i)) != NULL; i++)
		for (unsigned j = 0; j < s.ike->why.n; j++)
			if (!is_told(s.ike, j) && add_refusal(ds, of, &s, j, e) < 0)
				return -1;
	return 0;
}

static int worse(const void *a, const void *b)
{
	const struct diagnosis *x = a, *y = b;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	if (x->n > 0 && y->n > 0 && x->at[0].file != y->at[0].file)
		return x->at[0].file < y->at[0].file ? -1 : 1;
	if (x->n > 0 && y->n > 0 && x->at[0].frame != y->at[0].frame)
		return x->at[0].frame < y->at[0].frame ? -1 : 1;
	return strcmp(x->id, y->id) != 0 ? strcmp(x->id, y->id) : strcmp(x->text, y->text);
}

static int run_rows(struct diagnoses *ds, const struct model *m, bool parts, bool whole, struct err *e)
{
	const struct diagnose_row *row;

	for (size_t i = 0; (row = diagnose_row(i)) != NULL; i++)
		if (((row->scope & SCOPE_WHOLE) != 0 ? whole : parts) && run_row(ds, row, m, e) < 0)
			return -1;
	if (ds->n > 0)
		qsort(ds->list, ds->n, sizeof *ds->list, worse);
	return 0;
}

int diagnose(struct diagnoses *ds, const struct model *m, struct err *e)
{
	ds->n = 0;
	return take_refusals(ds, m, e) < 0 ? -1 : run_rows(ds, m, true, model_capture(m)->shard.n == 0, e);
}

int diagnose_merged(struct diagnoses *ds, const struct model *m, struct err *e)
{
	return run_rows(ds, m, false, true, e);
}

const char *diagnose_id(const char *id, unsigned *weight, const char **reference)
{
	const struct diagnose_row *row;
	const char *name;

	*reference = NULL;
	*weight = REFUSAL_WEIGHT;
	for (size_t i = 0; (name = diagnose_refusal_id(i)) != NULL; i++)
		if (strcmp(name, id) == 0)
			return name;
	for (size_t i = 0; (row = diagnose_row(i)) != NULL; i++)
		if (strcmp(row->id, id) == 0) {
			*weight = row->weight;
			*reference = row->reference;
			return row->id;
		}
	for (size_t i = 0; (name = diagnose_cause_id(i)) != NULL; i++)
		if (strcmp(name, id) == 0)
			return diagnose_id("bad-icv", weight, reference) != NULL ? name : NULL;
	return NULL;
}

void diagnoses_clear(struct diagnoses *ds)
{
	free(ds->list);
	*ds = (struct diagnoses){ 0 };
}
