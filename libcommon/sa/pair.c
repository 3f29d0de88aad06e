#include "sa/pair.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* An SA as the pairing sees it: its ends in order, and whether it goes from the higher to the lower. */
struct side { const struct sa *sa; uint32_t index; bool down; };

static int cmp_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static const struct addr *low(const struct side *s)
{
	return s->down ? &s->sa->dst : &s->sa->src;
}

static const struct addr *high(const struct side *s)
{
	return s->down ? &s->sa->src : &s->sa->dst;
}

/* Ports belong to the ends: both directions have the same at the same end. */
static uint32_t ports(const struct side *s)
{
	const struct sa_encap *c = &s->sa->encap;

	return s->down ? (uint32_t)c->dport << 16 | c->sport : (uint32_t)c->sport << 16 | c->dport;
}

/* By what both directions have in common; 0: these may be a pair. */
static int cmp_common(const struct side *a, const struct side *b)
{
	const struct sa *x = a->sa, *y = b->sa;
	const uint64_t of[][2] = {
		{ x->proto, y->proto }, { x->mode, y->mode }, { x->encap.type, y->encap.type },
		{ ports(a), ports(b) },
		{ x->reqid_known ? x->reqid + 1ULL : 0, y->reqid_known ? y->reqid + 1ULL : 0 },
		{ x->mark_known ? x->mark + 1ULL : 0, y->mark_known ? y->mark + 1ULL : 0 },
		{ x->if_id_known ? x->if_id + 1ULL : 0, y->if_id_known ? y->if_id + 1ULL : 0 },
		{ (uint64_t)x->layer, (uint64_t)y->layer },
		{ (uintptr_t)x->encr, (uintptr_t)y->encr }, { x->encr_key.n, y->encr_key.n },
		{ (uintptr_t)x->integ, (uintptr_t)y->integ },
	};
	int c = addr_cmp(low(a), low(b));

	if (c == 0)
		c = addr_cmp(high(a), high(b));
	for (size_t i = 0; c == 0 && i < sizeof of / sizeof of[0]; i++)
		c = cmp_u64(of[i][0], of[i][1]);
	return c;
}

static int cmp_side(const void *va, const void *vb)
{
	const struct side *a = va, *b = vb;
	int c = cmp_common(a, b);

	if (c == 0)
		c = (int)a->down - (int)b->down;
	/* those whose time is not known come first, so that the order is one of all */
	if (c == 0)
		c = (int)a->sa->created_known - (int)b->sa->created_known;
	if (c == 0 && a->sa->created_known)
		c = (a->sa->created > b->sa->created) - (a->sa->created < b->sa->created);
	return c != 0 ? c : cmp_u64(a->index, b->index);
}

static int cmp_id(const void *va, const void *vb)
{
	const struct side *a = va, *b = vb;
	int c = strcmp(a->sa->id, b->sa->id);

	return c != 0 ? c : cmp_u64(a->index, b->index);
}

static int cmp_name(const void *name, const void *vb)
{
	return strcmp(name, ((const struct side *)vb)->sa->id);
}

/* Those that name their peer; side is scratch. */
static void pair_named(const struct sad *sad, struct side *side, uint32_t *other)
{
	uint32_t count = (uint32_t)sad_count(sad);
	size_t n = 0;

	for (uint32_t i = 0; i < count; i++)
		if (sad_at(sad, i)->sa.id != NULL)
			side[n++] = (struct side){ &sad_at(sad, i)->sa, i, false };
	qsort(side, n, sizeof *side, cmp_id);
	for (uint32_t i = 0; i < count; i++) {
		const char *peer = sad_at(sad, i)->sa.peer;
		const struct side *s = peer == NULL || other[i] != PAIR_NONE ? NULL :
		    bsearch(peer, side, n, sizeof *side, cmp_name);

		if (s == NULL || s->index == i || other[s->index] != PAIR_NONE)
			continue;
		other[i] = s->index;
		other[s->index] = i;
	}
}

/* A run of equal ones: first those that go up, then those that go down. */
static void pair_run(const struct side *side, size_t n, uint32_t *other)
{
	size_t up = 0, down;

	while (up < n && !side[up].down)
		up++;
	down = n - up;
	for (size_t i = 0; i < up && i < down; i++) {
		other[side[i].index] = side[up + i].index;
		other[side[up + i].index] = side[i].index;
	}
}

int pair_all(const struct sad *sad, uint32_t *other, struct err *e)
{
	uint32_t count = (uint32_t)sad_count(sad);
	struct side *side = calloc(count + 1ULL, sizeof *side);
	size_t n = 0;

	if (side == NULL)
		return err_nomem(e);
	for (uint32_t i = 0; i < count; i++)
		other[i] = PAIR_NONE;
	pair_named(sad, side, other);
	for (uint32_t i = 0; i < count; i++) {
		const struct sad_entry *it = sad_at(sad, i);
		const struct sa *sa = &it->sa;

		/* of candidates for one SA only the first is paired */
		if (other[i] != PAIR_NONE || it->group != it || sa->src.family == 0 || sa->dst.family == 0)
			continue;
		side[n++] = (struct side){ sa, i, addr_cmp(&sa->src, &sa->dst) > 0 };
	}
	qsort(side, n, sizeof *side, cmp_side);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && cmp_common(&side[i], &side[end]) == 0; end++)
			;
		pair_run(side + i, end - i, other);
	}
	free(side);
	return 0;
}
