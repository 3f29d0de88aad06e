#include "esp/decap_lane.h"

#include <stdlib.h>

#include "esp/esn.h"

/*
 * Trials are paid from an account of the packet's SA, in blocks of 16 octets (crypto/esn_solve.h): it
 * starts with what a search needs, taken from a pool for all SAs, and earns with each packet that fails
 * no more than that packet cost anyway.  So forged packets at most double what they cost.
 */
enum {
	EARNED = 24,		/* besides its blocks: what it takes to read, find and refuse a packet */
	TRIAL = 100,		/* the same for one more try, */
	SOLVER = 2000,		/* and to key a solver */
	TRIES = 4,		/* without ESN, and the likeliest halves */
	GRANT = 1 << 16,
	LEAST = 64,		/* halves for which it is worth to start a search */
	STEP = 1 << 22,
	SHORT_ICV = 12,		/* octets: with fewer, a half is believed when a second packet has it too */
};

static uint64_t blocks(const struct decap_item *it)
{
	return it->n / 16;
}

const uint8_t *decap_reopen(struct decap *d, struct decap_item *it, const struct decap_how *how)
{
	struct decap_worker *w = &d->worker[d->opt.threads];
	size_t n = decap_room_most(it);

	if (n > w->scratch_n) {
		free(w->scratch);
		w->scratch_n = 0;
		if ((w->scratch = malloc(n)) == NULL)
			return NULL;
		w->scratch_n = n;
	}
	decap_open(d, it, d->opt.threads, how, w->scratch, 0, n);
	return w->scratch;
}

bool decap_source(struct decap *d, const struct decap_item *it, int k, struct decap_source *src)
{
	struct decap_item copy = *it;
	struct decap_how how = { .layer = k, .stop = src };

	*src = (struct decap_source){ .p = it->ip, .place = it->place };
	if (k == 0)
		return true;
	src->p = NULL;
	return decap_reopen(d, &copy, &how) != NULL && src->p != NULL;
}

struct list { uint32_t high[3 * (SA_HINTS + 2)]; unsigned n; };

static void list_add(struct list *l, uint32_t high)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->high[i] == high)
			return;
	l->high[l->n++] = high;
}

static void list_around(struct list *l, uint32_t high)
{
	list_add(l, high);
	list_add(l, high + 1);
	if (high > 0)
		list_add(l, high - 1);
}

/* The distinct high halves worth trying first for a packet of this SA. */
static struct list highs(const struct decap *d, const struct sad_entry *group, const struct sa *sa,
    uint32_t low)
{
	const struct decap_sa *s = &d->sa[group->index];
	struct list l = { .n = 0 };

	if (s->settled)
		list_around(&l, decap_plan(d, group, low).high);
	if (s->suspected)
		list_around(&l, s->suspect);
	if (s->settled)
		return l;
	for (unsigned i = 0; i < sa->nhints; i++)
		list_around(&l, (uint32_t)(sa->seq_hint[i] >> 32));
	list_around(&l, 0);
	return l;
}

/* A layer that did not verify, and what may be tried with it. */
struct trial {
	struct decap *d;
	struct decap_item *it;
	int k;
	const struct sad_entry *group;
	struct decap_sa *s;
	struct unit *u;
	const uint8_t *base;		/* where the record is, once one verified */
	bool touched;			/* it and decap_reopen()'s place are not what they were, */
	struct decap_item before;	/* but it was this */
};

static bool pay(struct trial *t, uint64_t work)
{
	if (t->s->credit < work)
		return false;
	t->s->credit -= work;
	if (!t->touched)
		t->before = *t->it;
	t->touched = true;
	return true;
}

static bool try_plan(struct trial *t, const struct decap_plan *p)
{
	struct decap_how how = { .layer = t->k, .plan = *p };

	if (!pay(t, TRIAL + blocks(t->it)))
		return false;
	t->base = decap_reopen(t->d, t->it, &how);
	return t->base != NULL && t->it->nlayers > t->k && t->it->layer[t->k].verified;
}

/* True if a later packet of the unit verifies with the same half, as its number follows. */
static bool confirmed(struct trial *t, const struct decap_plan *p, uint32_t low)
{
	struct replay r = { .top = (uint64_t)p->high << 32 | low, .size = SA_REPLAY_DEFAULT,
		.started = true };
	struct decap_side *side = t->u->side;

	for (uint32_t i = (uint32_t)(t->it - side->item) + 1; i < side->n; i++) {
		const struct decap_item *it = lane_item(t->d, t->u, i);
		struct decap_how how = { .layer = t->k, .plan = *p };
		struct decap_item copy;
		const struct decap_layer *l;

		if (!it->ipsec || it->nlayers <= t->k || it->layer[t->k].sa == DECAP_NO_SA ||
		    sad_at(t->d->sad, it->layer[t->k].sa)->group != t->group)
			continue;
		copy = *it;
		l = &copy.layer[t->k];
		how.plan.high = replay_high(&r, l->seq);
		if (l->seq == low || !pay(t, TRIAL + blocks(it)))
			continue;
		if (decap_reopen(t->d, &copy, &how) != NULL && copy.nlayers > t->k && l->verified)
			return true;
	}
	return false;
}

/*
 * Where a window stands, one packet of another half does not move it: the next one must be of that half,
 * too.  Otherwise whoever sends a single one, by mistake or not, would shut out all that follow.
 */
static bool may_jump(struct trial *t, const struct decap_plan *p)
{
	bool seen = t->s->suspected && p->high - t->s->suspect <= 1;

	if (!t->s->settled || seen)
		return true;
	t->s->suspect = p->high;
	t->s->suspected = true;
	return confirmed(t, p, t->it->layer[t->k].seq) && try_plan(t, p);
}

/* The first search of an SA may be a whole one, on credit from the pool; who asks for a longer one than
 * usual pays for it himself. */
static uint64_t borrow(struct trial *t, uint64_t each)
{
	uint64_t want = each * t->d->opt.esn_search;

	if (t->s->searched)
		return 0;
	t->s->searched = true;
	if (t->d->opt.esn_search > DECAP_ESN_SEARCH)
		return want;
	want = want < t->d->pool ? want : t->d->pool;
	t->d->pool -= want;
	return want;
}

static void repay(struct trial *t, uint64_t left)
{
	if (t->d->opt.esn_search <= DECAP_ESN_SEARCH)
		t->d->pool += left;
}

/* A step at a time: a long search obeys who stops the program. */
static void find(const struct decap *d, struct esn *x, const struct decap_source *src, struct esn_find *f)
{
	uint64_t left = f->budget, step;
	struct err e;

	while (!f->done && left > 0 && (d->opt.stop == NULL || *d->opt.stop == 0)) {
		f->budget = step = left < STEP ? left : STEP;
		if (esn_find(x, src->p, &src->place, f, &e) < 0 || f->budget == step)
			break;
		left -= step - f->budget;
	}
	f->budget = left;
}

/* Halves from where the last search ended, as far as the credit goes: each time another packet's, for the
 * last one may have been forged. */
static void search(struct trial *t, struct esn *x, const struct decap_source *src, struct esn_find *f)
{
	struct decap_sa *s = t->s;
	uint64_t each = esn_try_cost(x, src->place.n), lent = borrow(t, each);
	uint64_t last = (uint64_t)f->first + t->d->opt.esn_search - 1, all = s->credit + lent;

	f->last = last < UINT32_MAX ? (uint32_t)last : UINT32_MAX;
	f->at = s->search_at;
	f->budget = all;
	if (all >= LEAST * each) {
		find(t->d, x, src, f);
		s->search_at = f->done ? 0 : (uint32_t)f->at;
	}
	lent -= lent < all - f->budget ? lent : all - f->budget;	/* that is spent first */
	s->credit = f->budget - lent;
	repay(t, lent);
}

/* None of the likely halves: whichever the packet itself lets us find. */
static bool try_search(struct trial *t, const struct sad_entry *entry)
{
	struct decap_plan p = { .entry = entry, .esn = true };
	struct esn_find f = { 0 };
	uint32_t low = t->it->layer[t->k].seq;
	struct decap_source src;
	struct esn *x;
	struct err e;
	bool believed;

	if (!pay(t, t->s->searched ? SOLVER : 0))
		return false;
	if (!decap_source(t->d, t->it, t->k, &src) || (x = esn_new(&entry->sa, &e)) == NULL)
		return false;
	believed = esn_icv_len(x) >= SHORT_ICV;
	f.max = believed ? 1 : ESN_FOUND_MAX;
	if (t->s->settled)
		f.first = decap_plan(t->d, t->group, low).high;
	search(t, x, &src, &f);
	esn_free(x);
	for (unsigned i = 0; i < f.found; i++) {
		p.high = f.high[i];
		if ((believed && !t->s->settled) || confirmed(t, &p, low)) {
			if (try_plan(t, &p))
				return true;
		}
		t->s->suspect = p.high;
		t->s->suspected = true;
	}
	return false;
}

/* One candidate, with each reading of its sequence numbers. */
static bool try_entry(struct trial *t, const struct sad_entry *entry)
{
	const struct decap *d = t->d;
	const struct sa *sa = &entry->sa;
	bool settled = t->s->settled, forced = d->opt.esn != DECAP_ESN_AUTO;
	bool esn = settled ? decap_plan(d, t->group, 0).esn : d->opt.esn == DECAP_ESN_ON;
	struct decap_plan p = { .entry = entry };
	struct list l;

	if (!sa_has_keys(sa))
		return false;
	if (settled || forced ? !esn : sa->esn != SA_YES)
		if (try_plan(t, &p))
			return true;
	if (settled || forced ? !esn : sa->esn == SA_NO)
		return false;
	p.esn = true;
	l = highs(d, t->group, sa, t->it->layer[t->k].seq);
	for (unsigned i = 0; i < l.n; i++) {
		p.high = l.high[i];
		if (try_plan(t, &p) && (i == 0 || may_jump(t, &p)))
			return true;
	}
	return d->opt.esn_search > 0 && try_search(t, entry);
}

/* Saved up for, or the first tries would eat what the last ones need. */
static uint64_t round_cost(const struct decap_sa *s, const struct sad_entry *group,
    const struct decap_item *it)
{
	uint64_t each = TRIES * (TRIAL + blocks(it)) + SOLVER, all = each;

	if (!s->settled)
		for (const struct sad_entry *c = group->candidate; c != NULL; c = c->candidate)
			all += each;
	return all < GRANT ? all : GRANT;
}

/* True once something verifies. */
static bool try_all(struct trial *t)
{
	const struct decap_plan p = decap_plan(t->d, t->group, 0);

	if (t->s->settled)
		return p.esn && try_entry(t, p.entry);
	for (const struct sad_entry *c = t->group; c != NULL; c = c->candidate)
		if (try_entry(t, c))
			return true;
	return false;
}

const uint8_t *decap_alternatives(struct decap *d, struct decap_item *it, int k, struct unit *u,
    const uint8_t *was)
{
	static const struct decap_how plain = { .layer = -1 };
	const struct sad_entry *group = sad_at(d->sad, it->layer[k].sa)->group;
	struct decap_sa *s = &d->sa[group->index];
	struct trial t;

	if (!s->granted) {
		s->granted = true;
		s->credit = GRANT < d->pool ? GRANT : d->pool;
		d->pool -= s->credit;
	}
	s->credit += EARNED + blocks(it);
	it->missed = ++s->missed;
	if (s->credit < round_cost(s, group, it))
		return was;
	t.d = d;
	t.it = it;
	t.k = k;
	t.group = group;
	t.s = s;
	t.u = u;
	t.touched = false;
	if (try_all(&t))
		return t.base;
	if (t.touched)
		*it = t.before;
	return t.touched && d->opt.no_verify ? decap_reopen(d, it, &plain) : was;
}
