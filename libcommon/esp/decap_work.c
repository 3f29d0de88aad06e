#include "esp/decap_lane.h"
#include "esp/decap_opening.h"

#include <stdlib.h>

/*
 * Records are put one behind the other without gaps, so that settle can write long runs.  Each is made
 * there at once, as long as it is known where that is.  When a packet waits to be opened together with
 * others, those behind it are made in the rooms of their own, and moved when all of the lot are open.
 */

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

/* A unit while its packets are opened. */
struct work {
	struct decap *d;
	struct unit *u;
	struct decap_side *side;
	unsigned worker;
	struct decap_worker *own;
	struct lane_out out;
	uint32_t first;			/* waits: the first that does */
	bool waits;
	uint32_t njob;			/* of the lane that wait */
	struct suite *batches;		/* one of those that end them, or NULL */
};

/* Where the next record goes. */
static size_t finish(struct opening *o, uint8_t *base, size_t at, bool move)
{
	opening_finish(o, base, move ? at : SIZE_MAX);
	return o->it->rec_len > 0 ? (size_t)o->it->rec + o->it->rec_len : at;
}

/* All before packet n are opened, and their records put together. */
static void end_waiting(struct work *w, uint32_t n)
{
	struct decap_lot *lot = w->own->lot;
	uint32_t job = 0, opening = 0;

	if (!w->waits)
		return;
	if (w->batches != NULL)
		suite_open_end(w->batches);
	if (lot != NULL)
		lot_open(lot, &w->own->contexts);
	for (uint32_t i = w->first; i < n; i++) {
		if (w->side->lane[i].state == LANE_WAITS)
			lane_end(w->d, w->worker, w->u, i, &w->own->lane_job[job++], &w->out);
		else if (w->side->item[i].ipsec)
			w->out.at = finish(&lot->opening[opening++], w->u->out, w->out.at, true);
	}
	if (lot != NULL)
		lot->n = 0;
	w->njob = 0;
	w->batches = NULL;
	w->waits = false;
}

static void wait(struct work *w, uint32_t i)
{
	if (!w->waits)
		w->first = i;
	w->waits = true;
}

/* Without memory for what waits, one after the other. */
static void open_singly(struct work *w, uint32_t i)
{
	struct decap_item *it = &w->side->item[i];

	end_waiting(w, i);
	decap_open(w->d, it, w->worker, &plain_how, w->u->out, w->out.at, it->room_end);
	if (it->rec_len > 0)
		w->out.at = (size_t)it->rec + it->rec_len;
}

static void open_item(struct work *w, uint32_t i)
{
	struct contexts *contexts = &w->own->contexts;
	struct decap_item *it = &w->side->item[i];
	struct decap_lot *lot;
	struct opening *o;

	if (w->own->lot == NULL && (w->own->lot = calloc(1, sizeof *w->own->lot)) == NULL) {
		open_singly(w, i);
		return;
	}
	lot = w->own->lot;
	contexts->busy = lot->suite;
	o = &lot->opening[lot->n];
	o->job = &lot->job[lot->nwait];
	o->many = true;
	opening_start(o, w->d, it, w->worker, &plain_how, w->u->out, w->waits ? w->out.room : w->out.at, it->room_end);
	if (opening_run(o)) {
		lot->suite[lot->nwait] = o->suite;
		lot->waiting[lot->nwait++] = o;
		contexts->nbusy = lot->nwait;
		wait(w, i);
	}
	if (w->waits)
		lot->n++;
	else
		w->out.at = finish(o, w->u->out, w->out.at, false);
	if (lot->n == DECAP_LOT)
		end_waiting(w, i + 1);
}

/* A packet of the lane that waits, or comes behind one that does; without memory for that it is an item. */
static void open_lane(struct work *w, uint32_t i)
{
	struct lane *f = &w->side->lane[i];
	struct suite_job *job;
	struct suite *suite;

	if (w->own->lane_job == NULL)
		w->own->lane_job = malloc(BATCH_PACKETS * sizeof *w->own->lane_job);
	job = &w->own->lane_job[w->njob];
	if (w->own->lane_job == NULL || w->njob == BATCH_PACKETS ||
	    !lane_start(w->d, w->worker, w->u, i, job, w->out.room, &suite)) {
		lane_leave(w->d, w->u, i)->room_end = w->out.room + lane_room(f);
		open_item(w, i);
		return;
	}
	w->njob++;
	wait(w, i);
	if (suite_batches(suite))
		w->batches = suite;
}

void decap_work(void *arg, struct unit *u, unsigned worker)
{
	struct decap *d = arg;
	struct work w = { .d = d, .u = u, .side = u->side, .worker = worker, .own = &d->worker[worker] };

	w.own->last.group = NULL;
	for (uint32_t i = 0; i < w.side->n; i++) {
		size_t end;

		if (!w.waits)
			i = lane_open(d, worker, u, i, &w.out);
		if (i == w.side->n)
			break;
		if (w.side->lane[i].state == LANE_CLAIMED) {
			end = w.out.room + lane_room(&w.side->lane[i]);
			open_lane(&w, i);
			w.out.room = end;
		} else if (w.side->item[i].ipsec) {
			open_item(&w, i);
			w.out.room = w.side->item[i].room_end;
		}
	}
	end_waiting(&w, w.side->n);
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
