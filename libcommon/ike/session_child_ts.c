/* Which selectors a child SA is asked for and allowed. */
#include <string.h>

#include "ike/session_child.h"

/* The address that the configuration payload gives is the first initiator's. */
static void of_dynamic(struct ts_list *out, const struct sess_ike *ike, const struct selector *sel, bool mine)
{
	const struct session_ike *pub = &ike->pub;
	const struct session_conf *conf = ike->s->conf;
	struct addr given[2] = { pub->virtual4, pub->virtual6 };
	bool has = given[0].family != 0 || given[1].family != 0, client = ike->s->initiator == mine;

	if (client && has) {
		ts_of_addrs(out, sel, mine, given, 2);
	} else if (client && mine && (conf->want4 || conf->want6)) {
		/* RFC 7296 2.19: not known yet, so any of the families that are asked for */
		out->n = 0;
		if (conf->want4)
			ts_add_any(out, sel, mine, 4);
		if (conf->want6)
			ts_add_any(out, sel, mine, 6);
	} else {
		ts_of_addrs(out, sel, mine, mine ? &pub->path.local : &pub->path.remote, 1);
	}
}

/* Those of the SA that is rekeyed (RFC 7296 2.9.2). */
static void of_old(struct ts_list *out, const struct sa *sa, bool mine)
{
	struct ts_list one, all = { 0 };
	struct pl_ts asked;

	for (size_t i = 0; i < sa->nts; i++) {
		ts_of_selector(&one, &sa->ts[i], mine);
		for (unsigned j = 0; j < one.n && all.n < TS_MAX; j++)
			all.ts[all.n++] = one.ts[j];
	}
	asked = ts_payload(&all);
	ts_narrow(out, &asked, &all);
}

void child_selectors(struct ts_list *out, const struct sess_ike *ike, const struct session_child_conf *conf, bool mine)
{
	if (mine ? conf->mine_dynamic : conf->theirs_dynamic)
		of_dynamic(out, ike, &conf->ts, mine);
	else
		ts_of_selector(out, &conf->ts, mine);
}

void child_propose_ts(struct ts_list *out, const struct sess_ike *ike, const struct child_try *t, bool mine)
{
	if (t->rekeys != NULL && t->rekeys->pub.out.nts > 0)
		of_old(out, &t->rekeys->pub.out, mine);
	else
		child_selectors(out, ike, t->conf, mine);
}

int child_ts_add(struct build *b, uint8_t type, const struct ts_list *l, struct err *e)
{
	struct ike_payload *p = build_add(b, type);

	if (p == NULL || (p->ts.ts = mem_array(&b->mem, l->n, sizeof l->ts[0])) == NULL)
		return err_nomem(e);
	memcpy(p->ts.ts, l->ts, l->n * sizeof l->ts[0]);
	p->ts.nts = l->n;
	return 0;
}

bool child_ts_copy(struct ts_list *out, const struct ike_payload *p)
{
	if (p == NULL || !p->decoded || p->ts.nts == 0)
		return false;
	out->n = p->ts.nts < TS_MAX ? p->ts.nts : TS_MAX;
	memcpy(out->ts, p->ts.ts, out->n * sizeof out->ts[0]);
	return true;
}

bool child_see_hosts(const struct sess_ike *ike, struct child_deal *d)
{
	const struct session_ike *pub = &ike->pub;
	struct pl_ts mine = ts_payload(&d->mine), theirs = ts_payload(&d->theirs);

	if (d->mode != SA_TRANSPORT || !(pub->nat_here || pub->nat_there))
		return true;
	d->oa_mine = d->mine.ts[0].first;
	d->oa_theirs = d->theirs.ts[0].first;
	if (!ts_is_host(&mine, &d->oa_mine) || !ts_is_host(&theirs, &d->oa_theirs))
		return false;
	if (pub->nat_there)
		ts_set_host(&d->theirs, &pub->path.remote);
	if (pub->nat_here)
		ts_set_host(&d->mine, &pub->path.local);
	return true;
}

/* Of l what is of this host. */
static void limit(struct ts_list *l, const struct addr *host)
{
	struct ts_list was = *l, one = { .n = 1, .ts = { { .last_port = UINT16_MAX } } };
	struct pl_ts asked = ts_payload(&was);

	ts_set_host(&one, host);
	ts_narrow(l, &asked, &one);
}

void child_limit_hosts(const struct sess_ike *ike, struct ts_list *mine, struct ts_list *theirs)
{
	limit(mine, &ike->pub.path.local);
	limit(theirs, &ike->pub.path.remote);
}

void child_show_hosts(struct child_deal *d)
{
	if (d->oa_mine.family != 0)
		ts_set_host(&d->mine, &d->oa_mine);
	if (d->oa_theirs.family != 0)
		ts_set_host(&d->theirs, &d->oa_theirs);
}
