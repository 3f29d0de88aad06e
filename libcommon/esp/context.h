/*
 * context.h - the keyed contexts of one worker: made when an SA's first packet
 * comes, a stated number kept, the oldest given up for a new one.  What they share is
 * here, too: the engine (crypto/engine.h).  Nothing is taken before the first packet.
 */
#ifndef ESP_CONTEXT_H
#define ESP_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/suite.h"
#include "esp/ah.h"
#include "sa/sad.h"

enum { CONTEXTS_KEPT = 4096 };

/* An SA's: one of them. */
struct context { struct suite *suite; struct ah_mac *ah; };

/* What the workers of one SAD share: a slot of each SA, for suite_keys.shared.  Slots stay where they are. */
struct mb_ring { struct mb_keys ***chunk; uint32_t n; };

/* Slots for SAs up to index cap - 1; no worker runs. */
int mb_ring_grow(struct mb_ring *r, uint32_t cap, struct err *e);
/* After the contexts that used it. */
void mb_ring_clear(struct mb_ring *r);

struct contexts {
	struct context *at;		/* by SA index, cap of them */
	uint32_t cap;
	uint32_t *made;			/* ring of those kept, oldest first */
	uint32_t nmade, next;
	unsigned use;			/* SUITE_FOR_... */
	enum engine_kind want;
	struct engine *engine;
	bool alone;			/* packets of the next one made come one at a time */
	const struct mb_ring *ring;	/* or NULL: keys are not shared */
	struct suite *const *busy;	/* nbusy suites with packets on their way: not given up */
	uint32_t nbusy;
};

void contexts_init(struct contexts *c, unsigned use, enum engine_kind want, bool alone);
void contexts_clear(struct contexts *c);
/* Makes room for SAs up to index cap - 1. */
int contexts_grow(struct contexts *c, uint32_t cap, struct err *e);
/* Which library serves such an SA's contexts; AH is OpenSSL's alone. */
enum engine_kind context_engine(const struct sa *sa, enum engine_kind want, bool alone);
/* The SA's context, made if need be; NULL if it cannot be. */
const struct context *contexts_get(struct contexts *c, const struct sad_entry *entry);

#endif
