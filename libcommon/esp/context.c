#include "esp/context.h"

#include <stdlib.h>

int contexts_init(struct contexts *c, unsigned use, struct err *e)
{
	*c = (struct contexts){ .use = use };
	if ((c->made = calloc(CONTEXTS_KEPT, sizeof *c->made)) == NULL)
		return err_nomem(e);
	return 0;
}

int contexts_grow(struct contexts *c, uint32_t cap, struct err *e)
{
	struct context *at = cap > c->cap ? realloc(c->at, cap * sizeof *at) : c->at;

	if (cap <= c->cap)
		return 0;
	if (at == NULL)
		return err_nomem(e);
	for (uint32_t i = c->cap; i < cap; i++)
		at[i] = (struct context){ 0 };
	c->at = at;
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
	for (uint32_t i = 0; i < c->cap; i++)
		clear_one(&c->at[i]);
	free(c->at);
	free(c->made);
	*c = (struct contexts){ 0 };
}

static int make(struct context *c, const struct sa *sa, unsigned use, struct err *e)
{
	struct suite_keys keys;

	if (sa->proto == SA_AH) {
		c->ah = ah_mac_new(sa->integ, (struct span){ sa->integ_key.p, sa->integ_key.n },
		    sa->icv_bits, e);
		return c->ah != NULL ? 0 : -1;
	}
	sa_suite_keys(sa, &keys);
	keys.use = use;
	return (c->suite = suite_new(&keys, e)) != NULL ? 0 : -1;
}

const struct context *contexts_get(struct contexts *c, const struct sad_entry *entry)
{
	struct context *own = &c->at[entry->index];
	struct err e;
	uint32_t *slot;

	if (own->suite != NULL || own->ah != NULL)
		return own;
	if (make(own, &entry->sa, c->use, &e) < 0)
		return NULL;
	slot = &c->made[c->next];
	if (c->nmade == CONTEXTS_KEPT)
		clear_one(&c->at[*slot]);
	else
		c->nmade++;
	*slot = entry->index;
	c->next = (c->next + 1) % CONTEXTS_KEPT;
	return own;
}
