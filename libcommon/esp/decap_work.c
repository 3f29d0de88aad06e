#include "esp/decap_lane.h"
#include "esp/decap_opening.h"

#include <stdlib.h>

static const struct decap_how plain_how = { .layer = -1 };

/* Opens what waits, layer by layer, until nothing does. */
static void lot_open(struct decap_lot *lot, struct contexts *contexts)
{
	uint32_t still;

	for (; lot->nwait > 0; lot->nwait = contexts->nbusy = still) {
		suite_open_each(lot->suite, lot->job, lot->nwait);
		still = 0;
		for (uint32_t i = 0; i < lot->nwait; i++) {
			struct opening *o = lot->waiting[i];

			if (!opening_run(o))
				continue;
			lot->job[still] = *o->job;
			o->job = &lot->job[still];
			lot->suite[still] = o->suite;
			lot->waiting[still++] = o;
		}
	}
}

/* Where the next record goes. */
static size_t finish(struct opening *o, uint8_t *base, size_t at, bool move)
{
	opening_finish(o, base, move ? at : SIZE_MAX);
	return o->it->rec_len > 0 ? (size_t)o->it->rec + o->it->rec_len : at;
}

/* All before packet n are opened, and their records put together. */
static void end_waiting(struct road *r, uint32_t n)
{
	struct decap_lot *lot = r->own->lot;
	uint32_t job = 0, opening = 0, i = r->first;

	if (!r->waits)
		return;
	engine_end(r->own->contexts.engine);
	if (lot != NULL)
		lot_open(lot, &r->own->contexts);
	while (i < n) {
		if (r->side->lane[i].state == LANE_WAITS) {
			i = lane_end(r, i, &job);
			continue;
		}
		if (lot != NULL && r->side->item[i].ipsec)
			r->at = finish(&lot->opening[opening++], r->u->out, r->at, true);
		i++;
	}
	if (lot != NULL)
		lot->n = 0;
	r->njob = 0;
	r->waits = false;
}

/* Without memory for what waits, one after the other. */
static void open_singly(struct road *r, uint32_t i)
{
	struct decap_item *it = &r->side->item[i];

	end_waiting(r, i);
	decap_open(r->d, it, r->worker, &plain_how, r->u->out, r->at, it->room_end);
	if (it->rec_len > 0)
		r->at = (size_t)it->rec + it->rec_len;
}

static void open_item(struct road *r, uint32_t i)
{
	struct contexts *contexts = &r->own->contexts;
	struct decap_item *it = &r->side->item[i];
	struct decap_lot *lot;
	struct opening *o;

	if (r->own->lot == NULL && (r->own->lot = calloc(1, sizeof *r->own->lot)) == NULL) {
		open_singly(r, i);
		return;
	}
	lot = r->own->lot;
	contexts->busy = lot->suite;
	o = &lot->opening[lot->n];
	o->job = &lot->job[lot->nwait];
	o->many = true;
	opening_start(o, r->d, it, r->worker, &plain_how, r->u->out, r->waits ? r->room : r->at, it->room_end);
	if (opening_run(o)) {
		lot->suite[lot->nwait] = o->suite;
		lot->waiting[lot->nwait++] = o;
		contexts->nbusy = lot->nwait;
		road_wait(r, i);
	}
	if (r->waits)
		lot->n++;
	else
		r->at = finish(o, r->u->out, r->at, false);
	if (lot->n == DECAP_LOT)
		end_waiting(r, i + 1);
}

void decap_work(void *arg, struct unit *u, unsigned worker)
{
	struct decap *d = arg;
	struct road r;

	road_init(&r, d, u, worker);
	r.own->last.group = NULL;
	for (uint32_t i = 0; i < r.side->n; i++) {
		const struct lane *f = &r.side->lane[i];

		if (f->state == LANE_CLAIMED)
			f = &r.side->lane[i = lane_open(&r, i)];
		if (i == r.side->n)
			break;
		if (f->state == LANE_CLAIMED) {		/* still: for lack of memory, or of an algorithm */
			size_t end = r.room + lane_room(f);

			lane_leave(d, u, i)->room_end = end;
		}
		if (!r.side->item[i].ipsec)
			continue;
		open_item(&r, i);
		r.suite = NULL;
		r.room = r.side->item[i].room_end;
	}
	end_waiting(&r, r.side->n);
}

int decap_one(struct decap *d, const uint8_t *p, size_t n, struct err *e)
{
	struct packet packet = { .data = p, .caplen = (uint32_t)n, .len = (uint32_t)n, .number = 1,
		.dlt = LINKTYPE_RAW };
	struct unit u = { .batch = { .pkt = &packet, .n = 1 } };
	int rc = -1;

	if ((u.side = calloc(1, decap_side_size())) == NULL)
		return err_nomem(e);
	if (decap_claim(d, &u, e) == 0) {
		decap_work(d, &u, 0);
		rc = decap_settle(d, &u, e);
	}
	decap_unit_clear(d, &u);
	free(u.side);
	free(u.out);
	return rc < 0 ? -1 : decap_finish(d, e);
}
