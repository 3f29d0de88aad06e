
#include <stdlib.h>

#include "esp/decap_lane.h"
#include "esp/decap_opening.h"
#include "esp/ipcomp.h"

/* Arrays grow by half more than is needed, so that an SA stream does not copy them for each line. */
int decap_grow(struct decap *d, struct err *e)
{
	size_t want = sad_count(d->sad), cap = want + want / 2 + 16;

	if (want > d->cap) {
		struct decap_sa *sa = calloc(cap, sizeof *sa);

		if (sa == NULL)
			return err_nomem(e);
		for (uint32_t i = 0; i < d->nsa; i++)
			sa[i] = d->sa[i];
		free(d->sa);
		d->sa = sa;
		for (unsigned w = 0; w <= d->opt.threads; w++)
			if (contexts_grow(&d->worker[w].contexts, (uint32_t)cap, e) < 0)
				return -1;
		if (mb_ring_grow(&d->keys, (uint32_t)cap, e) < 0)
			return -1;
		d->cap = (uint32_t)cap;
	}
	d->nsa = (uint32_t)want;
	return 0;
}

int decap_init(struct decap *d, const struct decap_options *opt, struct sad *sad, struct flow *flow,
    const struct pcap_out *out, struct err *e)
{
	*d = (struct decap){ .opt = *opt, .sad = sad, .flow = flow, .out = out };
	d->pool = DECAP_POOL;
	d->worker = calloc(opt->threads + 1, sizeof *d->worker);
	if (d->worker == NULL)
		return err_nomem(e);
	for (unsigned w = 0; w <= opt->threads; w++) {
		contexts_init(&d->worker[w].contexts, SUITE_FOR_OPEN, opt->engine, w == opt->threads);
		d->worker[w].contexts.ring = &d->keys;
	}
	if (opt->explain && (d->explainer = explainer_new(e)) == NULL)
		return -1;
	if ((d->frags = frags_new(e)) == NULL)
		return -1;
	if ((d->lane_sa = calloc(LANE_SAS, sizeof *d->lane_sa)) == NULL)
		return err_nomem(e);
	return decap_grow(d, e);
}

void decap_clear(struct decap *d)
{
	for (unsigned w = 0; d->worker != NULL && w <= d->opt.threads; w++) {
		struct decap_worker *k = &d->worker[w];

		contexts_clear(&k->contexts);
		free(k->lot);
		free(k->lane_job);
		free(k->aside);
		ipcomp_free(k->ipcomp);
		free(k->scratch);
	}
	mb_ring_clear(&d->keys);
	for (uint32_t i = 0; i < d->nsa; i++)
		free(d->sa[i].replay.seen);
	free(d->worker);
	free(d->sa);
	free(d->lane_sa);
	frags_free(d->frags);
	explainer_free(d->explainer);
	decap_tcp_free(d->tcp);
	*d = (struct decap){ 0 };
}

size_t decap_side_size(void)
{
	return sizeof(struct decap_side);
}

const struct context *decap_context(struct decap *d, unsigned worker, const struct sad_entry *entry)
{
	return contexts_get(&d->worker[worker].contexts, entry);
}

static uint32_t window_of(const struct decap *d, const struct sa *sa)
{
	int64_t n = d->opt.replay_window >= 0 ? d->opt.replay_window :
	    sa->replay_window >= 0 ? sa->replay_window : SA_REPLAY_DEFAULT;

	return n > REPLAY_MAX ? REPLAY_MAX : (uint32_t)n;
}

/* Before the first packet verified, the descriptor's hint says where the stream may stand. */
static uint32_t first_high(const struct decap *d, const struct sa *sa, uint32_t low)
{
	struct replay r = { .size = window_of(d, sa), .started = true };

	if (sa->nhints == 0)
		return 0;
	r.top = sa->seq_hint[0];
	return replay_high(&r, low);
}

static struct decap_plan make_plan(const struct decap *d, const struct sad_entry *group, uint32_t low,
    uint64_t top, uint32_t plan)
{
	const struct sad_entry *entry = group;
	struct decap_plan p;

	for (uint32_t i = plan / PLAN_CANDIDATE; i > 0 && entry->candidate != NULL; i--)
		entry = entry->candidate;
	p = (struct decap_plan){ .entry = entry };
	if (plan & PLAN_STARTED)
		p.esn = (plan & PLAN_ESN) != 0;
	else if (d->opt.esn != DECAP_ESN_AUTO)
		p.esn = d->opt.esn == DECAP_ESN_ON;
	else
		p.esn = entry->sa.esn == SA_YES;
	if (p.esn && (plan & PLAN_STARTED)) {
		struct replay r = { .top = top, .size = window_of(d, &entry->sa), .started = true };

		p.high = replay_high(&r, low);
	} else if (p.esn) {
		p.high = first_high(d, &entry->sa, low);
	}
	return p;
}

struct decap_plan decap_plan(const struct decap *d, const struct sad_entry *group, uint32_t low)
{
	const struct decap_sa *s = &d->sa[group->index];
	uint32_t plan = atomic_load_explicit(&s->plan, memory_order_acquire);

	return make_plan(d, group, low, atomic_load_explicit(&s->top, memory_order_relaxed), plan);
}

int decap_start_sa(struct decap *d, const struct sad_entry *group, const struct decap_plan *p)
{
	struct decap_sa *s = &d->sa[group->index];
	const struct sa *sa = &p->entry->sa;
	uint32_t size = window_of(d, sa), which = 0;
	uint64_t *seen = NULL;

	for (const struct sad_entry *c = group; c != p->entry; c = c->candidate)
		which++;
	if (size > 0 && (seen = calloc(replay_words(size), sizeof *seen)) == NULL)
		return -1;
	replay_init(&s->replay, size, seen);
	if (d->opt.resume_window && sa->seq_known && size > 0)
		replay_accept(&s->replay, sa->seq);
	s->settled = true;
	atomic_store_explicit(&s->top, s->replay.top, memory_order_relaxed);
	atomic_store_explicit(&s->plan, PLAN_STARTED | (p->esn ? PLAN_ESN : 0u) | which * PLAN_CANDIDATE,
	    memory_order_release);
	return 0;
}

const struct sad_entry *decap_winner(const struct decap *d, const struct sad_entry *group)
{
	const struct decap_sa *s = &d->sa[group->index];

	return s->settled ? decap_plan(d, group, 0).entry : NULL;
}

void decap_served(const struct decap *d, unsigned served[ENGINE_COUNT])
{
	for (uint32_t i = 0; i < d->nsa; i++) {
		const struct sad_entry *winner = decap_winner(d, sad_at(d->sad, i));

		if (d->sa[i].opened > 0 && winner != NULL)
			served[context_engine(&winner->sa, d->opt.engine, false)]++;
	}
}

bool decap_uses_esn(const struct decap *d, uint32_t index)
{
	const struct sad_entry *group = sad_at(d->sad, index);

	return decap_plan(d, group, 0).esn;
}
