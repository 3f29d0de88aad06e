#include "ike/pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum { NONE = UINT32_MAX, BUCKETS = 1 << 12 };

/* An address that was given once, or passed over.  Free ones stand in two lists: those nobody held yet, and those that
 * came back, in that order; these also by holder. */
struct slot {
	uint64_t holder;
	uint32_t next, prev;		/* free ones: the longest free first */
	uint32_t hnext, hprev;		/* free ones of this bucket */
	bool used, held;		/* held: holder is somebody */
};

struct range {
	struct addr_range a;		/* what is given */
	uint32_t size;			/* how many, at most POOL_LEASES */
	struct slot *slot;		/* n of them, heap */
	uint32_t n, room;
	uint32_t first[2], last[2];	/* free ones: by held */
	uint32_t bucket[BUCKETS];
};

struct pool {
	struct range range[POOL_RANGES];
	unsigned nrange;
	uint64_t leases;
	uint64_t key;			/* of the holders' hash: nobody may choose a bucket */
};

/* An address as a number above that of the range's first; false: not of the range's size, or not in it. */
static bool offset_of(const struct range *r, const struct addr *a, uint32_t *out)
{
	uint64_t off = 0;
	int borrow = 0;

	if (addr_cmp(a, &r->a.first) < 0 || addr_cmp(a, &r->a.last) > 0)
		return false;
	for (size_t i = addr_len(a); i-- > 0; ) {
		int d = a->b[i] - r->a.first.b[i] - borrow;
		size_t up = addr_len(a) - 1 - i;

		borrow = d < 0;
		if (up < 4)
			off |= (uint64_t)(d & 0xff) << 8 * up;
		else if ((d & 0xff) != 0)
			return false;
	}
	*out = (uint32_t)off;
	return off < r->size;
}

static struct addr addr_at(const struct range *r, uint32_t offset)
{
	struct addr a = r->a.first;
	uint64_t carry = offset;

	for (size_t i = addr_len(&a); i-- > 0 && carry > 0; carry >>= 8) {
		carry += a.b[i];
		a.b[i] = (uint8_t)carry;
	}
	return a;
}

static uint32_t size_of(const struct addr_range *a)
{
	struct range r = { .a = *a, .size = POOL_LEASES };
	uint32_t n;

	return offset_of(&r, &a->last, &n) ? n + 1 : POOL_LEASES;
}

/* One more, or one less; the range has another address on that side. */
static void step(struct addr *a, int by)
{
	for (size_t i = addr_len(a); i-- > 0; ) {
		a->b[i] = (uint8_t)(a->b[i] + by);
		if (a->b[i] != (by > 0 ? 0 : 0xff))
			return;
	}
}

static int add_range(struct pool *p, const char *text, size_t n, struct err *e)
{
	struct range *r = &p->range[p->nrange];
	bool prefix = memchr(text, '/', n) != NULL;

	if (p->nrange == POOL_RANGES)
		return err_set(e, "more than %d ranges of addresses", POOL_RANGES);
	if (addr_range_parse(&r->a, text, n, e) < 0)
		return -1;
	if (prefix && (r->size = size_of(&r->a)) > 2) {
		step(&r->a.first, 1);
		if (r->a.first.family == 4)
			step(&r->a.last, -1);
	}
	for (unsigned i = 0; i < p->nrange; i++)
		if (addr_cmp(&r->a.first, &p->range[i].a.last) <= 0 && addr_cmp(&p->range[i].a.first, &r->a.last) <= 0)
			return err_set(e, "\"%.*s\" overlaps a range before it", (int)n, text);
	r->size = size_of(&r->a);
	memset(r->first, 0xff, sizeof r->first);
	memset(r->last, 0xff, sizeof r->last);
	memset(r->bucket, 0xff, sizeof r->bucket);
	p->nrange++;
	return 0;
}

struct pool *pool_new(const char *text, struct err *e)
{
	struct pool *p = calloc(1, sizeof *p);
	int rc = 0;

	if (p == NULL) {
		err_nomem(e);
		return NULL;
	}
	random_bytes(&p->key, sizeof p->key);
	for (const char *at = text; rc == 0; ) {
		size_t n = strcspn(at, ", ");

		if (n > 0)
			rc = add_range(p, at, n, e);
		at += n;
		if (*at == '\0')
			break;
		at++;
	}
	if (rc == 0 && p->nrange == 0)
		rc = err_set(e, "found no address in \"%.100s\"", text);
	if (rc == 0)
		return p;
	pool_free(p);
	return NULL;
}

void pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	for (unsigned i = 0; i < p->nrange; i++)
		free(p->range[i].slot);
	free(p);
}

/* FNV-1a from a secret start, then mixed: no cryptography, but nobody sees what comes out. */
static uint64_t hash_of(const struct pool *p, struct span holder)
{
	uint64_t h = p->key;

	for (size_t i = 0; i < holder.n; i++)
		h = (h ^ holder.p[i]) * 0x100000001b3u;
	h ^= p->key << 1;
	h = (h ^ h >> 32) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static void list_add(struct range *r, uint32_t i)
{
	struct slot *s = &r->slot[i];
	uint32_t *last = &r->last[s->held];

	s->used = false;
	s->next = NONE;
	s->prev = *last;
	*(*last == NONE ? &r->first[s->held] : &r->slot[*last].next) = i;
	*last = i;
	if (s->held) {
		uint32_t *head = &r->bucket[s->holder % BUCKETS];

		s->hprev = NONE;
		s->hnext = *head;
		if (*head != NONE)
			r->slot[*head].hprev = i;
		*head = i;
	}
}

static void list_take(struct range *r, uint32_t i)
{
	struct slot *s = &r->slot[i];

	*(s->prev == NONE ? &r->first[s->held] : &r->slot[s->prev].next) = s->next;
	*(s->next == NONE ? &r->last[s->held] : &r->slot[s->next].prev) = s->prev;
	if (s->held) {
		*(s->hprev == NONE ? &r->bucket[s->holder % BUCKETS] : &r->slot[s->hprev].hnext) = s->hnext;
		if (s->hnext != NONE)
			r->slot[s->hnext].hprev = s->hprev;
	}
}

/* Slots up to and with number i; those between are free. */
static int grow(struct range *r, uint32_t i, struct err *e)
{
	if (i >= r->room) {
		uint32_t room = r->room < 64 ? 64 : r->room;
		struct slot *more;

		while (room <= i)
			room *= 2;
		if ((more = realloc(r->slot, room * sizeof *more)) == NULL)
			return err_nomem(e);
		r->slot = more;
		r->room = room;
	}
	while (r->n <= i) {
		r->slot[r->n] = (struct slot){ .used = false };
		list_add(r, r->n++);
	}
	return 0;
}

/* Which address of this range: wanted, had before, never given, free for the longest time; NONE. */
static uint32_t choose(const struct range *r, uint64_t holder, const struct addr *want)
{
	uint32_t i;

	if (want != NULL && want->family == r->a.first.family && offset_of(r, want, &i) &&
	    (i >= r->n || !r->slot[i].used))
		return i;
	for (i = r->bucket[holder % BUCKETS]; i != NONE; i = r->slot[i].hnext)
		if (r->slot[i].holder == holder)
			return i;
	return r->first[0] != NONE ? r->first[0] : r->n < r->size ? r->n : r->first[1];
}

/* Whether that is as good as it gets: the other ranges need not be asked. */
static bool is_best(const struct range *r, uint32_t i, uint64_t holder, const struct addr *want)
{
	uint32_t at;

	if (want != NULL && want->family == r->a.first.family && offset_of(r, want, &at) && at == i)
		return true;
	return i < r->n && r->slot[i].held && r->slot[i].holder == holder;
}

int pool_take(struct pool *p, int family, struct span holder, const struct addr *want, struct addr *out, struct err *e)
{
	uint64_t h = hash_of(p, holder);
	struct range *from = NULL;
	uint32_t at = NONE;

	for (unsigned i = 0; i < p->nrange; i++) {
		struct range *r = &p->range[i];
		uint32_t got = r->a.first.family == family ? choose(r, h, want) : NONE;
		bool best = got != NONE && is_best(r, got, h, want);

		if (got != NONE && (from == NULL || best)) {
			from = r;
			at = got;
		}
		if (best)
			break;
	}
	if (from == NULL || p->leases >= POOL_LEASES)
		return 0;
	if (grow(from, at, e) < 0)
		return -1;
	list_take(from, at);
	from->slot[at].used = from->slot[at].held = true;
	from->slot[at].holder = h;
	p->leases++;
	*out = addr_at(from, at);
	return 1;
}

void pool_give_back(struct pool *p, const struct addr *a)
{
	uint32_t at;

	for (unsigned i = 0; i < p->nrange; i++) {
		struct range *r = &p->range[i];

		if (r->a.first.family != a->family || !offset_of(r, a, &at) || at >= r->n || !r->slot[at].used)
			continue;
		list_add(r, at);
		p->leases--;
		return;
	}
}

uint64_t pool_leases(const struct pool *p)
{
	return p->leases;
}

bool pool_has(const struct pool *p, int family)
{
	for (unsigned i = 0; i < p->nrange; i++)
		if (p->range[i].a.first.family == family)
			return true;
	return false;
}
