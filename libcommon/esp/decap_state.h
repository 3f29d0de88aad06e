/*
 * decap_state.h - what the stages of decap share among themselves.
 */
#ifndef ESP_DECAP_STATE_H
#define ESP_DECAP_STATE_H

#include "esp/decap.h"

/* Datagrams put together for a unit: kept until it is settled. */
struct decap_pool { uint8_t *p; size_t n, cap; struct decap_pool *next; };

struct lane;

struct decap_side {
	struct decap_item *item;		/* grown; more than packets where TCP carries many messages */
	struct lane *lane;			/* as many: which of the items are made only if need be */
	uint32_t n, cap;
	struct decap_pool *pool;
	struct packet lost[FRAG_SLOTS];		/* datagrams given up, as packets */
};

/* What trials of all SAs may cost before they earn it, in blocks of 16 octets. */
#define DECAP_POOL (UINT64_C(1) << 26)

enum { PLAN_STARTED = 1, PLAN_ESN = 2, PLAN_CANDIDATE = 8 /* shift */ };

/* How a packet of one SA is opened. */
struct decap_plan { const struct sad_entry *entry; bool esn; uint32_t high; };

/* From what is published: a guess in a worker; in settle, the only writer, what stands. */
struct decap_plan decap_plan(const struct decap *d, const struct sad_entry *group, uint32_t low);

/* The first packet of a group verified: its window starts, the plan stands.  -1: out of memory. */
int decap_start_sa(struct decap *d, const struct sad_entry *group, const struct decap_plan *p);

enum { DECAP_SPARE = 64 };	/* bytes of a packet's room besides what it is long */

/* An item that is empty but for its packet. */
void decap_item_init(struct decap_item *it, const struct packet *p);
/* Room for one more item; it may move the others.  -1: no memory. */
int decap_side_grow(struct decap_side *side, struct err *e);
/* One more item, empty but for its packet; it may move the others.  NULL: no memory. */
struct decap_item *decap_item_add(struct decap_side *side, const struct packet *p, struct err *e);
/* n bytes that live until the unit is settled. */
uint8_t *decap_pool_take(struct decap_side *side, size_t n, struct err *e);
/* Where it is was found: opened later, unless the capture or the packet ends before it does. */
void decap_claim_ipsec(struct decap_item *it);
/* With --keep, parts of what became whole in the same unit share its fate. */
void decap_own_parts(struct decap_side *side, const struct decap_item *it);
/* Gives the items from that one on their room behind what is given out already; all that is, then. */
size_t decap_give_room(const struct decap *d, struct decap_side *side, uint32_t from, size_t room);

/*
 * The item is a TCP segment (PLACE_TCP).  If its stream carries IPsec, each message that it makes
 * whole becomes an item, the first in its place; otherwise nothing changes.
 */
int decap_tcp_claim(struct decap *d, struct decap_side *side, uint32_t index, struct err *e);
/* After the end of the input: messages behind octets that never came. */
int decap_tcp_finish(struct decap *d, struct err *e);
void decap_tcp_free(struct decap_tcp *t);

enum verdict decap_lost_verdict(const struct decap *d, const struct frag_lost *lost);

/* Makes room for SAs that were added; no worker runs. */
int decap_grow(struct decap *d, struct err *e);

/* True if what was in the layer comes out: it opened, or nobody vouches for it and the caller wants it. */
static inline bool decap_passes(const struct decap *d, const struct decap_layer *l)
{
	return l->verdict == V_OK || l->null || (l->verdict == V_BAD_ICV && d->opt.no_verify);
}

/* True if no selector of the SA has room for the packet of n bytes. */
bool decap_outside_ts(const struct sa *sa, const uint8_t *p, size_t n);

/* The worker's keyed context, made if need be; NULL if it cannot be. */
const struct context *decap_context(struct decap *d, unsigned worker,
    const struct sad_entry *entry);

/* The datagram that holds a layer, and where in it. */
struct decap_source { const uint8_t *p; struct place place; };

/* Where plans come from while a packet is opened, and one layer that is opened otherwise. */
struct decap_how {
	int layer;			/* this one with plan; -1: none */
	struct decap_plan plan;
	struct decap_source *stop;	/* not NULL: only say where it is */
};

/* Opens it layer by layer into the room from at to end, counted from base; fills the layers and the record. */
void decap_open(struct decap *d, struct decap_item *it, unsigned worker, const struct decap_how *how,
    uint8_t *base, size_t at, size_t end);
/* Bytes decap_open() mostly needs for it, and at most: it->cramped says that it needs more. */
size_t decap_room(const struct decap *d, const struct decap_item *it);
size_t decap_room_most(const struct decap_item *it);

/* Opens it again, elsewhere: the unit's own room belongs to the runs.  The place is used again by the
 * next call; NULL: no memory.  Settle only, as all below. */
const uint8_t *decap_reopen(struct decap *d, struct decap_item *it, const struct decap_how *how);
/* Where layer k is, in the packet or in decap_reopen()'s place.  it is not changed. */
bool decap_source(struct decap *d, const struct decap_item *it, int k, struct decap_source *src);
/*
 * Layer k did not verify: the other candidates, ESN where it is not known, other high halves.  Says
 * where the record is: was, if there is nothing better; NULL: no memory.
 */
const uint8_t *decap_alternatives(struct decap *d, struct decap_item *it, int k, struct unit *u,
    const uint8_t *was);

#endif
