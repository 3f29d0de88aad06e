/* What a unit holds besides its batch: items, packets of the lane, and datagrams that were put together. */
#include "esp/decap_lane.h"

#include <stdlib.h>
#include <string.h>

enum { POOL_BLOCK = 256 * 1024 };

/* Blocks are kept for the next time. */
uint8_t *decap_pool_take(struct decap_side *side, size_t n, struct err *e)
{
	struct decap_pool **at = &side->pool, *b;

	while ((b = *at) != NULL && n > b->cap - b->n)
		at = &b->next;
	if (b == NULL) {
		size_t cap = n > POOL_BLOCK ? n : POOL_BLOCK;

		if ((b = calloc(1, sizeof *b)) == NULL || (b->p = malloc(cap)) == NULL) {
			free(b);
			err_nomem(e);
			return NULL;
		}
		b->cap = cap;
		*at = b;
	}
	b->n += n;
	return b->p + b->n - n;
}

void decap_item_init(struct decap_item *it, const struct packet *p)
{
	memset(it, 0, offsetof(struct decap_item, layer));
	it->packet = p;
	it->verdict = V_NOT_IPSEC;
}

int decap_side_grow(struct decap_side *side, struct err *e)
{
	uint32_t cap = side->cap > 0 ? 2 * side->cap : BATCH_PACKETS + FRAG_SLOTS;
	struct decap_item *item;
	struct lane *lane;

	if (side->n < side->cap)
		return 0;
	if ((item = realloc(side->item, cap * sizeof *item)) == NULL)
		return err_nomem(e);
	side->item = item;
	if ((lane = realloc(side->lane, cap * sizeof *lane)) == NULL)
		return err_nomem(e);
	side->lane = lane;
	side->cap = cap;
	return 0;
}

struct decap_item *decap_item_add(struct decap_side *side, const struct packet *p, struct err *e)
{
	struct decap_item *it;

	if (decap_side_grow(side, e) < 0)
		return NULL;
	it = &side->item[side->n];
	side->lane[side->n++].state = LANE_NONE;
	decap_item_init(it, p);
	return it;
}

void decap_unit_clear(void *arg, struct unit *u)
{
	struct decap_side *side = u->side;

	(void)arg;
	while (side->pool != NULL) {
		struct decap_pool *b = side->pool;

		side->pool = b->next;
		free(b->p);
		free(b);
	}
	free(side->item);
	free(side->lane);
	side->item = NULL;
	side->lane = NULL;
	side->n = side->cap = 0;
}
