#include "ike/choose.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_MEMORY = 1 << 16 };

static const struct offer_list nothing = { .n = 1 };	/* NONE, and no extended sequence numbers */

static const struct offer_list *list_of(const struct offer *o, unsigned type)
{
	return o->of[type].n == 0 && type != IKE_T_ENCR && type != IKE_T_PRF ? &nothing : &o->of[type];
}

/* The first of a that b has. */
static bool common(const struct offer_list *a, const struct offer_list *b, struct offer_alg *alg)
{
	for (unsigned i = 0; i < a->n; i++)
		for (unsigned j = 0; j < b->n; j++)
			if (a->alg[i].id == b->alg[j].id && a->alg[i].bits == b->alg[j].bits) {
				*alg = a->alg[i];
				return true;
			}
	return false;
}

static bool has_encr(const struct offer_list *l, struct offer_alg alg)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->alg[i].id == alg.id && l->alg[i].bits == alg.bits)
			return true;
	return false;
}

/* Cipher and integrity belong together: the first cipher that both have, if need be an AEAD. */
static void try_encr(struct choice_gap *g, const struct offer *a, const struct offer *b)
{
	const struct offer_list *la = &a->of[IKE_T_ENCR], *lb = &b->of[IKE_T_ENCR];
	struct offer_alg integ = { 0 };
	bool same = common(list_of(a, IKE_T_INTEG), list_of(b, IKE_T_INTEG), &integ), some = false;

	for (unsigned i = 0; i < la->n; i++) {
		bool aead = offer_alg_is_aead(la->alg[i]);

		if (!has_encr(lb, la->alg[i]))
			continue;
		if (!some || aead || same) {
			g->suite.of[IKE_T_ENCR].n = 0;
			offer_add(&g->suite, IKE_T_ENCR, la->alg[i].id, la->alg[i].bits);
		}
		some = true;
		if (aead)
			return;
		if (same) {
			offer_add(&g->suite, IKE_T_INTEG, integ.id, 0);
			return;
		}
	}
	if (!some && a->protocol != IKE_PROTO_AH)
		g->type[g->n++] = IKE_T_ENCR;
	/* where the cipher differs so that one needs no integrity, that is no second difference */
	if (same)
		offer_add(&g->suite, IKE_T_INTEG, integ.id, 0);
	else if (some || a->protocol == IKE_PROTO_AH ||
	    (la->n > 0 && lb->n > 0 && offer_alg_is_aead(la->alg[0]) == offer_alg_is_aead(lb->alg[0])))
		g->type[g->n++] = IKE_T_INTEG;
}

static void try_pair(struct choice_gap *g, const struct offer *a, const struct offer *b, unsigned flags)
{
	struct offer_alg alg;

	*g = (struct choice_gap){ .suite.protocol = a->protocol };
	if (a->v1_auth != b->v1_auth && a->v1_auth != 0 && b->v1_auth != 0)
		g->type[g->n++] = 0;
	g->suite.v1_auth = a->v1_auth;
	try_encr(g, a, b);
	for (unsigned t = IKE_T_PRF; t < OFFER_TYPES; t++) {
		if (t == IKE_T_INTEG || (t == IKE_T_PRF && a->protocol != IKE_PROTO_IKE))
			continue;
		if (t == IKE_T_SN && a->protocol == IKE_PROTO_IKE)
			continue;
		if ((flags & CHOOSE_WITHOUT_KE) && (t == IKE_T_KE || t >= IKE_T_ADDKE1))
			continue;
		if (!common(list_of(a, t), list_of(b, t), &alg))
			g->type[g->n++] = (uint8_t)t;
		else if (alg.id != 0 || t == IKE_T_SN)
			offer_add(&g->suite, t, alg.id, alg.bits);
	}
}

bool offers_choose(struct choice *c, const struct offers *mine, const struct offers *theirs, unsigned flags)
{
	struct choice_gap g;

	for (unsigned i = 0; i < mine->n; i++)
		for (unsigned j = 0; j < theirs->n; j++) {
			if (mine->offer[i].protocol != theirs->offer[j].protocol)
				continue;
			try_pair(&g, &mine->offer[i], &theirs->offer[j], flags);
			if (g.n == 0) {
				*c = (struct choice){ .mine = i, .theirs = j, .suite = g.suite };
				return true;
			}
		}
	return false;
}

const char *offers_answered(struct choice *c, const struct offers *mine, const struct ike_payload *sa, unsigned flags)
{
	struct offers theirs = { 0 };
	const char *wrong = NULL;
	struct mem mem;
	struct err e;

	mem_init(&mem, ANSWER_MEMORY);
	if (sa->sa.nproposal != 1 || offers_of_payload(&theirs, sa, &mem, &e) < 0 || theirs.n != 1)
		wrong = "it chooses not one proposal";
	for (unsigned t = 0; wrong == NULL && t < OFFER_TYPES; t++)
		if (theirs.offer[0].of[t].n > 1)
			wrong = "it chooses not one proposal";
	if (wrong == NULL && !offers_choose(c, mine, &theirs, flags))
		wrong = "it chooses what was not offered";
	mem_clear(&mem);
	return wrong;
}

struct offer_alg offer_list_best(uint8_t protocol, const struct offer_list *l, unsigned type)
{
	struct offer_alg best = l->n > 0 ? l->alg[0] : (struct offer_alg){ 0 };

	for (unsigned i = 1; i < l->n; i++)
		if (offer_alg_status(protocol, type, l->alg[i]) > offer_alg_status(protocol, type, best))
			best = l->alg[i];
	return best;
}

/* Fewer differences first, then those that better algorithms mend. */
static int cost_of(const struct choice_gap *g, const struct offer *a, const struct offer *b)
{
	int cost = 0;

	for (unsigned i = 0; i < g->n; i++) {
		unsigned t = g->type[i];
		enum alg_status x, y;

		cost += 1000;
		if (t == 0)
			continue;
		x = offer_alg_status(a->protocol, t, offer_list_best(a->protocol, list_of(a, t), t));
		y = offer_alg_status(a->protocol, t, offer_list_best(a->protocol, list_of(b, t), t));
		cost -= (int)(x > y ? x : y);
	}
	return cost;
}

bool offers_nearest(struct choice_gap *g, const struct offers *a, const struct offers *b, unsigned flags)
{
	struct choice_gap one;
	int best = INT_MAX;

	for (unsigned i = 0; i < a->n; i++)
		for (unsigned j = 0; j < b->n; j++) {
			int cost;

			if (a->offer[i].protocol != b->offer[j].protocol)
				continue;
			try_pair(&one, &a->offer[i], &b->offer[j], flags);
			cost = cost_of(&one, &a->offer[i], &b->offer[j]);
			if (cost < best) {
				best = cost;
				*g = one;
				g->a = i;
				g->b = j;
			}
		}
	return best != INT_MAX;
}

bool offers_all_weak(const struct offers *os, unsigned *type, struct offer_alg *weak)
{
	for (unsigned i = 0; i < os->n; i++) {
		bool bad = false;

		for (unsigned t = IKE_T_ENCR; !bad && t < OFFER_TYPES; t++) {
			const struct offer_list *l = &os->offer[i].of[t];
			struct offer_alg best = offer_list_best(os->offer[i].protocol, l, t);

			if (l->n == 0 || (best.id == 0 && t != IKE_T_ENCR) ||
			    offer_alg_status(os->offer[i].protocol, t, best) > ALG_SHOULD_NOT)
				continue;
			if (i == 0) {
				*type = t;
				*weak = best;
			}
			bad = true;
		}
		if (!bad)
			return false;
	}
	return os->n > 0;
}
