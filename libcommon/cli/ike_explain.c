#include "cli/ike_explain.h"

#include "report/reason_out.h"

int ike_explain_init(struct ike_explain *x, FILE *to, bool json, struct err *e)
{
	*x = (struct ike_explain){ .to = to, .json = json };
	return (x->seen = refusals_new(false, e)) != NULL ? 0 : -1;
}

void ike_explain_clear(struct ike_explain *x)
{
	refusals_free(x->seen);
	x->seen = NULL;
}

static void show(struct ike_explain *x, const struct reasons *rows, uint64_t ike_sa, uint64_t frame)
{
	for (unsigned i = 0; i < rows->n; i++)
		x->refused += rows->row[i].level == REASON_ERROR;
	if (x->to != NULL && x->json)
		reasons_findings(x->to, rows, ike_sa, frame);
	else if (x->to != NULL)
		reasons_print(x->to, 8, rows);
}

int ike_explain_message(struct ike_explain *x, const struct follow_message *m, struct err *e)
{
	if (refusals_message(x->seen, m, &x->rows, e) < 0)
		return -1;
	if (x->rows.n > 0)
		show(x, &x->rows, m->sa->number, m->frame[m->nframes - 1]);
	return 0;
}

static int give(void *arg, const struct refusal_end *of, const struct reasons *rows, struct err *e)
{
	struct ike_explain *x = arg;
	char i[ADDR_TEXT], r[ADDR_TEXT];

	(void)e;
	if (x->to != NULL && !x->json)
		fprintf(x->to, "IKE SA %llu, %s --> %s, frame %llu:\n", (unsigned long long)of->ike_sa, addr_format(i, &of->i.addr),
		    addr_format(r, &of->r.addr), (unsigned long long)of->frame);
	show(x, rows, of->ike_sa, of->frame);
	return 0;
}

int ike_explain_end(struct ike_explain *x, struct err *e)
{
	return refusals_end(x->seen, give, x, e);
}
