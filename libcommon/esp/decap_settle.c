#include "esp/decap_lane.h"

#include <stdlib.h>

#include "packet/pcap_run.h"

/* The packet as it was read, for --keep. */
static int keep(struct decap *d, const struct decap_item *it, struct pcap_run *r, struct err *e)
{
	const struct packet *p = it->packet;

	if (p == d->kept || p->data == NULL || (d->opt.raw && it->ip == NULL))
		return 0;
	d->kept = p;
	return pcap_run_packet(r, d->out, p, d->opt.raw ? it->link.ip : 0, e);
}

static bool as_planned(const struct decap *d, const struct decap_layer *l)
{
	const struct sad_entry *entry, *group;
	struct decap_plan p;

	if (l->sa == DECAP_NO_SA || l->proto == SA_IPCOMP)
		return true;
	entry = sad_at(d->sad, l->sa);
	group = entry->group;
	if (atomic_load_explicit(&d->sa[group->index].plan, memory_order_relaxed) == PLAN_STARTED)
		return entry == group && !l->esn;	/* the first candidate, without ESN: most of them */
	p = decap_plan(d, group, l->seq);
	return p.entry->index == l->sa && p.esn == l->esn && (!p.esn || p.high == l->high);
}

static uint64_t seq_of(const struct decap_layer *l)
{
	return (l->esn ? (uint64_t)l->high << 32 : 0) | l->seq;
}

/* A layer that verified: its replay window has the last word. */
static enum verdict accept(struct decap *d, const struct decap_layer *l)
{
	const struct sad_entry *entry, *group;
	struct decap_sa *s;
	struct decap_plan p;

	if (l->proto == SA_IPCOMP)	/* numbers nothing */
		return l->outside && d->opt.ts == DECAP_TS_DROP ? V_OUTSIDE_TS : (enum verdict)l->verdict;
	entry = sad_at(d->sad, l->sa);
	group = entry->group;
	s = &d->sa[group->index];
	p = (struct decap_plan){ .entry = entry, .esn = l->esn };
	if (!s->settled && decap_start_sa(d, group, &p) < 0)
		return V_UNSUPPORTED;
	if (!replay_check(&s->replay, seq_of(l))) {
		d->replayed++;
		return V_REPLAYED;
	}
	replay_accept(&s->replay, seq_of(l));
	if (l->verdict == V_OK)
		s->opened++;
	else
		s->unfit++;
	s->missed = 0;
	atomic_store_explicit(&s->top, s->replay.top, memory_order_release);
	if (l->outside && d->opt.ts == DECAP_TS_DROP)
		return V_OUTSIDE_TS;
	return (enum verdict)l->verdict;
}

/* The packet's verdict from its layers', first to last; false: nothing may come out. */
static bool settle_layers(struct decap *d, struct decap_item *it)
{
	enum verdict unverified = V_OK;
	bool outside = false;

	for (int k = 0; k < it->nlayers; k++) {
		struct decap_layer *l = &it->layer[k];

		if (l->verified)
			l->verdict = (uint8_t)accept(d, l);
		it->verdict = l->verdict;
		if (!decap_passes(d, l))
			return false;
		if (l->verdict != V_OK)
			unverified = (enum verdict)l->verdict;
		if (l->outside && d->opt.ts == DECAP_TS_REPORT) {
			l->verdict = V_OUTSIDE_TS;
			outside = true;
		}
	}
	it->verdict = (uint8_t)(unverified != V_OK ? unverified : outside ? V_OUTSIDE_TS : V_OK);
	return it->nlayers > 0;
}

/* Where the record is in the end. */
static const uint8_t *settle_open(struct decap *d, struct decap_item *it, struct unit *u)
{
	static const struct decap_how plain = { .layer = -1 };
	const uint8_t *base = u->out;
	int k = 0;

	while (k < it->nlayers && as_planned(d, &it->layer[k]))
		k++;
	if ((k < it->nlayers || it->cramped) && (base = decap_reopen(d, it, &plain)) == NULL)
		return NULL;
	for (k = 0; k < it->nlayers && it->layer[k].verified; k++)
		;
	if (k < it->nlayers && it->layer[k].verdict == V_BAD_ICV && it->layer[k].sa != DECAP_NO_SA)
		base = decap_alternatives(d, it, k, u, base);
	return base;
}

/* A fragment of a packet that came out whole. */
static bool absorbed(const struct decap *d, const struct decap_side *side, const struct decap_item *it)
{
	return d->opt.keep == KEEP_CLOSED && it->part && it->owner != 0 &&
	    side->item[it->owner].rec_len > 0;
}

static int settle_item(struct decap *d, struct decap_item *it, struct unit *u, struct pcap_run *r,
    struct err *e)
{
	const uint8_t *base;
	bool opened = false;

	if (it->foreign)
		return 0;
	if (d->explainer != NULL)
		explainer_see(d->explainer, it);
	if (it->ipsec) {
		base = settle_open(d, it, u);
		if (base == NULL)
			return err_nomem(e);
		opened = settle_layers(d, it);
		if (opened && d->opt.keep == KEEP_ALL && keep(d, it, r, e) < 0)
			return -1;
		if (opened && it->other_family)
			d->other_family++;
		else if (opened && it->verdict != V_OK && it->verdict != V_OUTSIDE_TS)
			d->unverified++;
		if (opened && it->rec_len > 0 && pcap_run_add(r, base + it->rec, it->rec_len, e) < 0)
			return -1;
		if (base != u->out && pcap_run_end(r, e) < 0)	/* the scratch is used again */
			return -1;
	}
	if (!opened && d->opt.keep != KEEP_NOTHING && !absorbed(d, u->side, it) && keep(d, it, r, e) < 0)
		return -1;
	if (!it->part)
		d->tally.count[it->verdict]++;
	return 0;
}

static void report_item(struct decap *d, struct decap_item *it)
{
	if (it->part || it->foreign)
		return;
	if (d->explainer != NULL && (it->explained = explain(d->explainer, d, it)) != NULL)
		d->whys[it->explained->why]++;
	d->opt.report(d->opt.arg, it);
}

int decap_settle(void *arg, struct unit *u, struct err *e)
{
	struct decap_side *side = u->side;
	struct decap *d = arg;
	struct pcap_run run = { .emit = d->opt.emit, .arg = d->opt.arg };

	d->tally.packets += u->batch.n;
	d->kept = NULL;
	for (uint32_t i = 0; i < side->n; i++) {
		struct decap_item *it;

		if (side->lane[i].state == LANE_OPEN && lane_settle(d, u, &i, &run, e) < 0)
			return -1;
		if (i == side->n)
			break;
		it = side->lane[i].state == LANE_NONE ? &side->item[i] : lane_leave(d, u, i);
		if (settle_item(d, it, u, &run, e) < 0)
			return -1;
	}
	if (pcap_run_end(&run, e) < 0)
		return -1;
	/* last: what opened later in the unit helps to explain what did not */
	for (uint32_t i = 0; i < side->n && d->opt.report != NULL; i++)
		report_item(d, lane_item(d, u, i));
	return 0;
}

int decap_finish(struct decap *d, struct err *e)
{
	struct frag_lost lost;

	if (decap_tcp_finish(d, e) < 0)
		return -1;
	while (frags_expire(d->frags, INT64_MAX, &lost)) {
		struct packet p = { .number = lost.number, .ns = lost.ns, .file = lost.file };
		struct decap_item it = { .packet = &p,
			.verdict = (uint8_t)decap_lost_verdict(d, &lost) };

		d->tally.count[it.verdict]++;
		if (d->opt.report != NULL)
			d->opt.report(d->opt.arg, &it);
	}
	return 0;
}
