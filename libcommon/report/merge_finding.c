/* Findings of a report, read again. */
#include <string.h>

#include "report/merge_member.h"
#include "report/merge_priv.h"

static const struct model_sa *subject_sa(struct merge_capture *c, const struct jval *v)
{
	struct jval spi = jval_get(v, "spi");
	struct addr dst;
	struct err e;
	uint64_t n;
	int proto = merge_proto(v);

	if (proto < 0 || jval_uint(&spi, &n, 0, UINT32_MAX, &e) < 0 || merge_addr(v, "dst", &dst, &e) < 0)
		return NULL;
	return model_sa_of(&c->model, (enum sa_proto)proto, (uint32_t)n, &dst, false);
}

static const struct model_ike *subject_ike(struct merge_capture *c, const struct jval *v)
{
	struct jval number = jval_get(v, "negotiation");
	struct err e;
	uint64_t n;

	return jval_kind(&number) != J_ABSENT && jval_uint(&number, &n, 0, UINT64_MAX, &e) == 0 ?
	    model_ike_by_number(&c->model, n) : NULL;
}

/* What is not about an SA all shares say alike: the first one's words are enough. */
static bool is_told(const struct merge_capture *c, const struct jval *v)
{
	struct jval spi = jval_get(v, "spi");

	return c->read > 1 && jval_kind(&spi) == J_ABSENT;
}

int merge_read_finding(struct merge_capture *c, const struct jval *v, struct err *e)
{
	struct jval name = jval_get(v, "id");
	const char *text = jval_text(&name, NULL), *severity = merge_word(v, "severity");
	struct diagnosis d = { .of = { .model = &c->model, .sa = subject_sa(c, v), .ike = subject_ike(c, v) },
		.severity = strcmp(severity, "error") == 0 ? SEVERITY_ERROR : strcmp(severity, "warning") == 0 ? SEVERITY_WARNING : SEVERITY_INFO };
	int n;

	if (text == NULL || (d.id = diagnose_id(text, &d.weight, &d.reference)) == NULL)
		return jval_err(&name, e, "found a finding that this version does not know");
	if (is_told(c, v))
		return 0;
	if (merge_may(v, "times", &d.times, e) < 0 || merge_may(v, "more", &d.more, e) < 0 ||
	    (n = merge_frames(v, "packets", d.at, DIAGNOSE_FRAMES, e)) < 0)
		return -1;
	d.n = (unsigned)n;
	diagnosis_say(&d, "%s", merge_word(v, "text"));
	diagnosis_advise(&d, "%s", merge_word(v, "advice"));
	return diagnoses_keep(&c->found, &d, e);
}
