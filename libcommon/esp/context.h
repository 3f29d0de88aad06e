/*
 * context.h - the keyed contexts of one worker: made when an SA's first packet
 * comes, a stated number kept, the oldest given up for a new one.
 */
#ifndef ESP_CONTEXT_H
#define ESP_CONTEXT_H

#include <stdint.h>

#include "base/err.h"
#include "crypto/suite.h"
#include "esp/ah.h"
#include "sa/sad.h"

enum { CONTEXTS_KEPT = 4096 };

/* An SA's: one of them. */
struct context { struct suite *suite; struct ah_mac *ah; };

struct contexts {
	struct context *at;		/* by SA index, cap of them */
	uint32_t cap;
	uint32_t *made;			/* ring of those kept, oldest first */
	uint32_t nmade, next;
	unsigned use;			/* SUITE_FOR_... */
};

int contexts_init(struct contexts *c, unsigned use, struct err *e);
void contexts_clear(struct contexts *c);
/* Makes room for SAs up to index cap - 1. */
int contexts_grow(struct contexts *c, uint32_t cap, struct err *e);
/* The SA's context, made if need be; NULL if it cannot be. */
const struct context *contexts_get(struct contexts *c, const struct sad_entry *entry);

#endif
