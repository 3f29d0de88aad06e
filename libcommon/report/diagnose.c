#include "report/diagnose.h"

#include <stdarg.h>
#include <string.h>

#include "report/plural.h"

static const struct diagnose_row *const groups[] = { diagnose_capture_rows, diagnose_ike_rows, diagnose_sa_rows, diagnose_tunnel_rows,
	diagnose_key_rows, diagnose_path_rows, diagnose_weak_rows, diagnose_ends_rows };
enum { GROUPS = sizeof groups / sizeof groups[0], REFUSAL_WEIGHT = 90, REFUSAL_IDS = 28 };

/* Of IP's fragments there is a row, IKE's own are a refusal's. */
#define FRAGMENTS_LOST "ike-fragments-lost"

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
	plural_fix(out + n, DIAGNOSE_TEXT - n);
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

static bool is_before(const struct seen_at *a, const struct seen_at *b)
{
	return a->file != b->file ? a->file < b->file : a->frame < b->frame;
}

/* Of more than there is room for the first ones, in whatever order they are told. */
void diagnosis_show_at(struct diagnosis *d, struct seen_at at)
{
	unsigned i = d->n;

	if (at.frame == 0)
		return;
	for (unsigned k = 0; k < d->n; k++)
		if (d->at[k].file == at.file && d->at[k].frame == at.frame)
			return;
	if (d->n < DIAGNOSE_FRAMES)
		d->n++;
	else if (!is_before(&at, &d->at[--i]))
		return;
	while (i > 0 && is_before(&at, &d->at[i - 1])) {
		d->at[i] = d->at[i - 1];
		i--;
	}
	d->at[i] = at;
}

void diagnosis_show(struct diagnosis *d, const struct evidence *ev)
{
	for (unsigned i = 0; i < ev->kept; i++)
		diagnosis_show_at(d, ev->at[i]);
	if (ev->n > d->times)
		d->times = ev->n;
}

/* --- all rows over all subjects --- */

static int try(struct diagnoses *ds, const struct diagnose_row *row, const struct subject *s, struct err *e)
{
	struct diagnosis d;

	d.id = row->id;			/* the texts are long, and most rows find nothing: no initialiser */
	d.reference = row->reference;
	d.of = *s;
	d.severity = row->severity;
	d.weight = row->weight;
	d.text[0] = d.advice[0] = '\0';
	d.n = 0;
	d.times = d.more = 0;
	if (!row->test(s, &d))
		return 0;
	if (d.id != row->id)
		diagnose_id(d.id, &d.weight, &d.reference);
	if (d.times == 0)
		d.times = 1;
	if (d.advice[0] == '\0' && row->advice != NULL)
		diagnosis_advise(&d, "%s", row->advice);
	return diagnoses_keep(ds, &d, e);
}

static int run_row(struct diagnoses *ds, const struct diagnose_row *row, const struct model *m, struct err *e)
{
	struct subject s = { .model = m, .two = ds->two };
	int rc = 0;

	switch ((enum diagnose_scope)(row->scope & ~(unsigned)SCOPE_WHOLE)) {
	case SCOPE_CAPTURE:
		return try(ds, row, &s, e);
	case SCOPE_PEER:
		for (size_t i = 0; rc == 0 && (s.peer = model_peer_at(m, i)) != NULL; i++)
			rc = try(ds, row, &s, e);
		return rc;
	case SCOPE_IKE:
		for (size_t i = 0; rc == 0 && (s.ike = model_ike_at(m, i)) != NULL; i++)
			rc = try(ds, row, &s, e);
		return rc;
	case SCOPE_SA:
		for (size_t i = 0; rc == 0 && (s.sa = model_sa_at(m, i)) != NULL; i++)
			if (shard_has(&model_capture(m)->shard, s.sa->spi, &s.sa->dst))
				rc = try(ds, row, &s, e);
		return rc;
	case SCOPE_TUNNEL:
		for (size_t i = 0; rc == 0 && (s.tunnel = model_tunnel_at(m, i)) != NULL; i++)
			rc = try(ds, row, &s, e);
		return rc;
	case SCOPE_CLEAR:
		for (size_t i = 0; rc == 0 && (s.clear = model_clear_at(m, i)) != NULL; i++)
			rc = try(ds, row, &s, e);
		return rc;
	case SCOPE_FLOW:
		for (size_t i = 0; rc == 0 && ds->two != NULL && (s.flow = two_ends_at(ds->two, i)) != NULL; i++) {
			s.sa = s.flow->sa > 0 ? model_sa_at(m, s.flow->sa - 1) : NULL;
			s.ike = s.flow->ike_id > 0 ? model_ike_at(m, s.flow->ike_id - 1) : NULL;
			rc = try(ds, row, &s, e);
		}
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

static int add_refusal(struct diagnoses *ds, const struct subject *s, unsigned j, struct err *e)
{
	const struct reason *r = &s->ike->why.row[j];
	struct diagnosis d = { .id = r->id, .of = *s, .times = 1, .weight = REFUSAL_WEIGHT,
		.severity = r->level == REASON_ERROR ? SEVERITY_ERROR : r->level == REASON_WARNING ? SEVERITY_WARNING : SEVERITY_INFO };

	diagnosis_say(&d, "%s", r->text);
	diagnosis_advise(&d, "%s", r->advice);
	diagnosis_show_at(&d, s->ike->why.at[j]);
	if (strcmp(r->id, FRAGMENTS_LOST) == 0) {
		for (unsigned i = 0; i < s->ike->fragments.kept; i++)
			diagnosis_show_at(&d, s->ike->fragments.at[i]);
		diagnose_id(r->id, &d.weight, &d.reference);
	}
	return diagnoses_keep(ds, &d, e);
}

/* What refusal.h told of each negotiation. */
static int take_refusals(struct diagnoses *ds, const struct model *m, struct err *e)
{
	struct subject s = { .model = m };

	for (size_t i = 0; (s.ike = model_ike_at(m, i)) != NULL; i++)
		for (unsigned j = 0; j < s.ike->why.n; j++) {
			/* the same silence, and more of it */
			if (is_told(s.ike, j) || (strcmp(s.ike->why.row[j].id, "peer-gone") == 0 && diagnose_is_dead(s.ike)))
				continue;
			if (add_refusal(ds, &s, j, e) < 0)
				return -1;
		}
	return 0;
}

static int run_rows(struct diagnoses *ds, const struct model *m, bool parts, bool whole, struct err *e)
{
	const struct diagnose_row *row;

	for (size_t i = 0; (row = diagnose_row(i)) != NULL; i++)
		if (((row->scope & SCOPE_WHOLE) != 0 ? whole : parts) && run_row(ds, row, m, e) < 0)
			return -1;
	diagnoses_end(ds);
	return 0;
}

int diagnose(struct diagnoses *ds, const struct model *m, struct err *e)
{
	diagnoses_empty(ds);
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
