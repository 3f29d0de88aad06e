#include "sa/policy.h"

#include <stdlib.h>
#include <string.h>

#include "sa/sad.h"

enum { SELECTORS = 64 };		/* of one SA; more say nothing any more */

int policies_add(struct policies *all, const struct policy *p, struct err *e)
{
	if (all->n == all->cap) {
		size_t cap = all->cap > 0 ? 2 * all->cap : 16;
		struct policy *more = realloc(all->p, cap * sizeof *more);

		if (more == NULL)
			return err_nomem(e);
		all->p = more;
		all->cap = cap;
	}
	all->p[all->n] = *p;
	all->p[all->n].index = all->n;
	all->n++;
	all->sorted = false;
	return 0;
}

void policies_clear(struct policies *all)
{
	free(all->p);
	*all = (struct policies){ 0 };
}

static bool covers(const struct addr_range *r, size_t n, const struct addr *a)
{
	struct selector s = { .nsrc = (uint8_t)n, .proto = -1, .icmp_type = -1, .icmp_code = -1 };
	struct selector_view v = { .src = *a };

	memcpy(s.src, r, n * sizeof *r);
	return selector_match(&s, &v);
}

bool policy_tmpl_match(const struct policy *p, const struct policy_tmpl *t, const struct sa *sa)
{
	if (t->proto != sa->proto || t->reqid == 0 || !sa->reqid_known || t->reqid != sa->reqid)
		return false;
	if (t->spi != 0 && t->spi != sa->spi)
		return false;
	if (t->mode != SA_MODE_UNKNOWN && sa->mode != SA_MODE_UNKNOWN && t->mode != sa->mode)
		return false;
	if (p->if_id != (sa->if_id_known ? sa->if_id : 0))
		return false;
	/* A transport mode template takes the packet's addresses, which are the selectors'. */
	if (sa->src.family != 0 && !(t->src.family != 0 ? addr_eq(&t->src, &sa->src)
	    : covers(p->ts.src, p->ts.nsrc, &sa->src)))
		return false;
	return sa->dst.family == 0 || (t->dst.family != 0 ? addr_eq(&t->dst, &sa->dst)
	    : covers(p->ts.dst, p->ts.ndst, &sa->dst));
}

static uint32_t key_of(const struct policy *p)
{
	return p->ntmpls > 0 ? p->tmpl[0].reqid : 0;
}

static int by_reqid(const void *a, const void *b)
{
	const struct policy *p = a, *q = b;

	if (key_of(p) != key_of(q))
		return key_of(p) < key_of(q) ? -1 : 1;
	return p->index < q->index ? -1 : p->index > q->index;
}

static size_t first_of(const struct policies *all, uint32_t reqid)
{
	size_t from = 0, to = all->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (key_of(&all->p[mid]) < reqid)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static bool ranges_eq(const struct addr_range *a, const struct addr_range *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!addr_eq(&a[i].first, &b[i].first) || !addr_eq(&a[i].last, &b[i].last))
			return false;
	return true;
}

static bool same_ports(bool set, struct port_range a, bool bset, struct port_range b)
{
	return set == bset && (!set || (a.first == b.first && a.last == b.last));
}

static bool same(const struct selector *a, const struct selector *b)
{
	return a->nsrc == b->nsrc && a->ndst == b->ndst && ranges_eq(a->src, b->src, a->nsrc) &&
	    ranges_eq(a->dst, b->dst, a->ndst) && a->proto == b->proto &&
	    same_ports(a->sport_set, a->sport, b->sport_set, b->sport) &&
	    same_ports(a->dport_set, a->dport, b->dport_set, b->dport) &&
	    a->icmp_type == b->icmp_type && a->icmp_code == b->icmp_code;
}

static bool is_any(const struct selector *s)
{
	return s->nsrc == 0 && s->ndst == 0 && s->proto < 0 && !s->sport_set && !s->dport_set;
}

static void drop(struct sad_entry *entry)
{
	free(entry->sa.ts);
	entry->sa.ts = NULL;
	entry->sa.nts = 0;
	entry->policy_ts = false;
}

/* False: not one more can be said. */
static int give_one(struct sad_entry *entry, const struct selector *ts, struct err *e)
{
	struct selector *more;

	for (size_t i = 0; i < entry->sa.nts; i++)
		if (same(&entry->sa.ts[i], ts))
			return 1;
	if (is_any(ts) || entry->sa.nts == SELECTORS)
		return 0;
	if ((more = realloc(entry->sa.ts, (entry->sa.nts + 1) * sizeof *more)) == NULL)
		return err_nomem(e);
	more[entry->sa.nts++] = *ts;
	entry->sa.ts = more;
	entry->policy_ts = true;
	return 1;
}

static int give(const struct policies *all, struct sad_entry *entry, struct err *e)
{
	const struct sa *sa = &entry->sa;
	int rc = 1;

	for (size_t i = first_of(all, sa->reqid); rc > 0 && i < all->n && key_of(&all->p[i]) == sa->reqid; i++)
		if (policy_tmpl_match(&all->p[i], &all->p[i].tmpl[0], sa))
			rc = give_one(entry, &all->p[i].ts, e);
	if (rc == 0)			/* any traffic, or too much to list */
		drop(entry);
	return rc < 0 ? -1 : 0;
}

int policies_apply(struct sad *sad, struct err *e)
{
	struct policies *all = sad_policies(sad);
	size_t n = sad_count(sad), from = all->applied == all->n ? all->applied_sas : 0;

	if (all->n == 0 || from == n)
		return 0;
	if (!all->sorted)
		qsort(all->p, all->n, sizeof *all->p, by_reqid);
	all->sorted = true;
	for (size_t i = from; i < n; i++) {
		struct sad_entry *entry = sad_at(sad, (uint32_t)i);

		if (!entry->sa.reqid_known || entry->sa.reqid == 0)
			continue;
		if (entry->policy_ts)
			drop(entry);
		if (entry->sa.nts == 0 && give(all, entry, e) < 0)
			return -1;
	}
	all->applied = all->n;
	all->applied_sas = n;
	return 0;
}
