/* Findings of a report, read again. */
#include <stdio.h>
#include <string.h>

#include "report/merge_member.h"
#include "report/merge_priv.h"

static const struct model_sa *subject_sa(struct merge_capture *c, const struct jval *v)
{
	struct jval spi = jval_get(v, "spi");
	struct addr dst;
	struct err e;
	uint64_t n;
	struct model_sa *sa;

	if (jval_kind(&spi) == J_ABSENT || jval_uint(&spi, &n, 0, UINT32_MAX, &e) < 0 || merge_addr(v, "dst", &dst, &e) < 0)
		return NULL;
	sa = model_sa_of(&c->model, SA_ESP, (uint32_t)n, &dst, false);
	return sa != NULL ? sa : model_sa_of(&c->model, SA_AH, (uint32_t)n, &dst, false);
}

static const struct model_ike *subject_ike(struct merge_capture *c, const struct jval *v)
{
	struct jval number = jval_get(v, "negotiation");
	struct err e;
	uint64_t n;

	return jval_kind(&number) != J_ABSENT && jval_uint(&number, &n, 0, UINT64_MAX, &e) == 0 ?
	    model_ike_by_number(&c->model, n) : NULL;
}

static bool is_there(const struct merge_capture *c, const char *id, const char *text, const struct subject *of)
{
	for (size_t i = 0; i < c->found.n; i++)
		if (c->found.list[i].id == id && c->found.list[i].of.ike == of->ike && c->found.list[i].of.sa == of->sa &&
		    strcmp(c->found.list[i].text, text) == 0)
			return true;
	return false;
}

static int read_frames(struct diagnosis *d, const struct jval *v, struct err *e)
{
	struct jval list = jval_get(v, "packets");

	for (size_t i = 0; jval_kind(&list) == J_ARRAY && i < jval_count(&list) && i < DIAGNOSE_FRAMES; i++) {
		struct jval x = jval_at(&list, i);
		const char *text = jval_text(&x, NULL);
		unsigned file = 1;
		unsigned long long frame;
		uint64_t n;

		if (text != NULL && sscanf(text, "%u:%llu", &file, &frame) == 2)
			n = frame;
		else if (jval_uint(&x, &n, 1, UINT64_MAX, e) < 0)
			return -1;
		diagnosis_show_at(d, (struct seen_at){ (uint16_t)(file - 1), n, 0 });
	}
	return 0;
}

int merge_read_finding(struct merge_capture *c, const struct jval *v, struct err *e)
{
	struct jval name = jval_get(v, "id");
	const char *text = jval_text(&name, NULL), *severity = merge_word(v, "severity"), *id, *reference;
	struct subject of;
	struct diagnosis *d;
	unsigned weight;
	uint64_t times, more;

	if (text == NULL || (id = diagnose_id(text, &weight, &reference)) == NULL)
		return jval_err(&name, e, "found a finding that this version does not know");
	of = (struct subject){ .model = &c->model, .sa = subject_sa(c, v), .ike = subject_ike(c, v) };
	if (is_there(c, id, merge_word(v, "text"), &of))
		return 0;
	if (merge_may(v, "times", &times, e) < 0 || merge_may(v, "more", &more, e) < 0)
		return -1;
	if ((d = diagnoses_add(&c->found, e)) == NULL)
		return -1;
	*d = (struct diagnosis){ .id = id, .reference = merge_word(v, "reference")[0] != '\0' ? reference : NULL, .weight = weight,
		.times = times, .more = more, .severity = strcmp(severity, "error") == 0 ? SEVERITY_ERROR :
		strcmp(severity, "warning") == 0 ? SEVERITY_WARNING : SEVERITY_INFO };
	d->of = of;
	diagnosis_say(d, "%s", merge_word(v, "text"));
	diagnosis_advise(d, "%s", merge_word(v, "advice"));
	return read_frames(d, v, e);
}
