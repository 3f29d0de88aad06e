#include <stdlib.h>

#include "sa/lint.h"

/* The SAs by reqid, and which of them a policy means; skip: all from here to there are meant. */
struct asked { const struct sa *sa; bool meant; size_t skip; };

static uint32_t reqid_of(const struct sa *sa)
{
	return sa->reqid_known ? sa->reqid : 0;
}

static int cmp_asked(const void *va, const void *vb)
{
	uint32_t a = reqid_of(((const struct asked *)va)->sa), b = reqid_of(((const struct asked *)vb)->sa);

	return (a > b) - (a < b);
}

/* The first of the reqid, found by halving. */
static size_t first_of(const struct asked *all, size_t n, uint32_t reqid)
{
	size_t low = 0;

	while (n > 0) {
		size_t half = n / 2;

		if (reqid_of(all[low + half].sa) < reqid) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return low;
}

/* The first from i on that no policy means yet; the way there is short the next time. */
static size_t unmeant(struct asked *all, size_t n, size_t i)
{
	size_t at = i;

	while (at < n && all[at].meant)
		at = all[at].skip > at ? all[at].skip : at + 1;
	while (i < at) {
		size_t next = all[i].skip > i ? all[i].skip : i + 1;

		all[i].skip = at;
		i = next;
	}
	return at;
}

/* Marks the SAs that a template means; false: there are none.  One without a reqid may mean any. */
static bool mark(struct asked *all, size_t n, const struct policy *p, const struct policy_tmpl *t)
{
	size_t first = first_of(all, n, t->reqid);
	bool found = t->reqid == 0;

	for (size_t i = unmeant(all, n, first); i < n && reqid_of(all[i].sa) == t->reqid; i = unmeant(all, n, i + 1)) {
		all[i].meant = policy_tmpl_match(p, t, all[i].sa);
		found |= all[i].meant;
	}
	/* one that another policy means, too, will do */
	for (size_t i = first; !found && i < n && reqid_of(all[i].sa) == t->reqid; i++)
		found = policy_tmpl_match(p, t, all[i].sa);
	return found;
}

/* Template i; in transport mode around a tunnel the packet's own addresses are the tunnel's. */
static struct policy_tmpl tmpl_of(const struct policy *p, size_t i)
{
	struct policy_tmpl t = p->tmpl[i];

	for (size_t k = i; k-- > 0 && t.src.family == 0 && t.dst.family == 0;)
		if (p->tmpl[k].mode == SA_TUNNEL) {
			t.src = p->tmpl[k].src;
			t.dst = p->tmpl[k].dst;
		}
	return t;
}

static int check_policy(struct lint *l, struct asked *all, size_t n, const struct policy *p, struct err *e)
{
	bool missing = false;

	for (size_t i = 0; i < p->ntmpls; i++) {
		struct policy_tmpl t = tmpl_of(p, i);

		missing = (!mark(all, n, p, &t) && !t.optional) || missing;
	}
	/* what comes in for forwarding has the policy of dir in, too */
	if (!missing || p->dir == POLICY_FWD)
		return 0;
	return lint_add(l, (struct lint_hit){ .id = LINT_POLICY_NO_SA, .policy = p }, e);
}

int lint_policies(struct lint *l, const struct sad *sad, const struct policies *policies, struct err *e)
{
	size_t n = sad_count(sad);
	struct asked *all;
	int rc = 0;

	/* without policies nobody read any: that says nothing */
	if (policies->n == 0)
		return 0;
	if ((all = calloc(n + 1, sizeof *all)) == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++)
		all[i].sa = &sad_at(sad, (uint32_t)i)->sa;
	qsort(all, n, sizeof *all, cmp_asked);
	for (size_t i = 0; rc == 0 && i < policies->n; i++)
		rc = check_policy(l, all, n, &policies->p[i], e);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (!all[i].meant && reqid_of(all[i].sa) != 0)
			rc = lint_add(l, (struct lint_hit){ .id = LINT_NO_POLICY, .sa = all[i].sa }, e);
	free(all);
	return rc;
}
