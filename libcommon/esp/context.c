#include "esp/context.h"

#include <stdlib.h>

void contexts_init(struct contexts *c, unsigned use, enum engine_kind want, bool alone)
{
	*c = (struct contexts){ .use = use, .want = want, .alone = alone };
}

enum { CHUNK = 512 };		/* slots */

int mb_ring_grow(struct mb_ring *r, uint32_t cap, struct err *e)
{
	uint32_t want = (cap + CHUNK - 1) / CHUNK;
	struct mb_keys ***chunk;

	if (want <= r->n)
		return 0;
	if ((chunk = realloc(r->chunk, want * sizeof *chunk)) == NULL)
		return err_nomem(e);
	r->chunk = chunk;
	for (; r->n < want; r->n++)
		if ((chunk[r->n] = calloc(CHUNK, sizeof **chunk)) == NULL)
			return err_nomem(e);
	return 0;
}

void mb_ring_clear(struct mb_ring *r)
{
	for (uint32_t i = 0; i < r->n; i++)
		free(r->chunk[i]);
	free(r->chunk);
	*r = (struct mb_ring){ 0 };
}

int contexts_grow(struct contexts *c, uint32_t cap, struct err *e)
{
	struct context *at;

	if (cap <= c->cap)
		return 0;
	if (c->at != NULL) {
		if ((at = realloc(c->at, cap * sizeof *at)) == NULL)
			return err_nomem(e);
		for (uint32_t i = c->cap; i < cap; i++)
			at[i] = (struct context){ 0 };
		c->at = at;
	}
	c->cap = cap;
	return 0;
}

static void clear_one(struct context *c)
{
	suite_free(c->suite);
	ah_mac_free(c->ah);
	*c = (struct context){ 0 };
}

void contexts_clear(struct contexts *c)
{
	for (uint32_t i = 0; c->at != NULL && i < c->cap; i++)
		clear_one(&c->at[i]);
	free(c->at);
	free(c->made);
	engine_free(c->engine);
	*c = (struct contexts){ 0 };
}

/* What the first packet needs. */
static int start(struct contexts *c)
{
	struct err e;

	if (c->at == NULL && (c->at = calloc(c->cap, sizeof *c->at)) == NULL)
		return -1;
	if (c->made == NULL && (c->made = calloc(CONTEXTS_KEPT, sizeof *c->made)) == NULL)
		return -1;
	return (c->engine = engine_new(c->want, &e)) != NULL ? 0 : -1;
}

static int make(const struct contexts *c, struct context *own, const struct sad_entry *entry, struct err *e)
{
	const struct sa *sa = &entry->sa;
	struct suite_keys keys;

	if (sa->proto == SA_AH) {
		own->ah = ah_mac_new(sa->integ, (struct span){ sa->integ_key.p, sa->integ_key.n },
		    sa->icv_bits, e);
		return own->ah != NULL ? 0 : -1;
	}
	sa_suite_keys(sa, &keys);
	keys.use = c->use;
	keys.engine = c->engine;
	keys.alone = c->alone;
	if (c->ring != NULL)
		keys.shared = &c->ring->chunk[entry->index / CHUNK][entry->index % CHUNK];
	return (own->suite = suite_new(&keys, e)) != NULL ? 0 : -1;
}

enum engine_kind context_engine(const struct sa *sa, enum engine_kind want, bool alone)
{
	struct suite_keys keys;

	if (sa->proto != SA_ESP)
		return ENGINE_OPENSSL;
	sa_suite_keys(sa, &keys);
	keys.alone = alone;
	return engine_serving(want, &keys);
}

static bool is_busy(const struct contexts *c, const struct context *at)
{
	for (uint32_t i = 0; i < c->nbusy; i++)
		if (c->busy[i] == at->suite)
			return true;
	return false;
}

const struct context *contexts_get(struct contexts *c, const struct sad_entry *entry)
{
	struct context *own;
	struct err e;

	if (c->engine == NULL && start(c) < 0)
		return NULL;
	own = &c->at[entry->index];
	if (own->suite != NULL || own->ah != NULL)
		return own;
	if (make(c, own, entry, &e) < 0)
		return NULL;
	if (c->nmade < CONTEXTS_KEPT) {
		c->nmade++;
	} else {
		while (is_busy(c, &c->at[c->made[c->next]]))
			c->next = (c->next + 1) % CONTEXTS_KEPT;
		clear_one(&c->at[c->made[c->next]]);
	}
	c->made[c->next] = entry->index;
	c->next = (c->next + 1) % CONTEXTS_KEPT;
	return own;
}
