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

/* Where the next record goes. */
static size_t finish(struct opening *o, uint8_t *base, size_t at, bool move)
{
	opening_finish(o, base, move ? at : SIZE_MAX);
	return o->it->rec_len > 0 ? (size_t)o->it->rec + o->it->rec_len : at;
}

static size_t lot_end(struct decap_lot *lot, struct contexts *contexts, uint8_t *base, size_t at)
{
	lot_open(lot, contexts);
	for (uint32_t i = 0; i < lot->n; i++)
		at = finish(&lot->opening[i], base, at, true);
	lot->n = 0;
	return at;
}

static void open_lots(struct decap *d, struct unit *u, unsigned worker)
{
	struct contexts *contexts = &d->worker[worker].contexts;
	struct decap_lot *lot = d->worker[worker].lot;
	struct decap_side *side = u->side;
	size_t at = 0, room = 0;

	contexts->busy = lot->suite;
	for (uint32_t i = 0; i < side->n; i++) {
		struct decap_item *it = &side->item[i];
		struct opening *o = &lot->opening[lot->n];

		if (!it->ipsec)
			continue;
		o->job = &lot->job[lot->nwait];
		o->many = true;
		opening_start(o, d, it, worker, &plain_how, u->out, lot->n == 0 ? at : room, it->room_end);
		room = it->room_end;
		if (opening_run(o)) {
			lot->suite[lot->nwait] = o->suite;
			lot->waiting[lot->nwait++] = o;
			contexts->nbusy = lot->nwait;
			lot->n++;
		} else if (lot->n > 0) {
			lot->n++;
		} else {
			at = finish(o, u->out, at, false);
		}
		if (lot->n == DECAP_LOT)
			at = lot_end(lot, contexts, u->out, at);
	}
	(void)lot_end(lot, contexts, u->out, at);
}

/* Without memory for a lot, one after the other. */
static void open_singly(struct decap *d, struct unit *u, unsigned worker)
{
	struct decap_side *side = u->side;
	size_t at = 0;

	for (uint32_t i = 0; i < side->n; i++) {
		struct decap_item *it = &side->item[i];

		if (!it->ipsec)
			continue;
		decap_open(d, it, worker, &plain_how, u->out, at, it->room_end);
		if (it->rec_len > 0)
			at = (size_t)it->rec + it->rec_len;
	}
}

void decap_work(void *arg, struct unit *u, unsigned worker)
{
	struct decap *d = arg;
	struct decap_worker *w = &d->worker[worker];

	w->last.group = NULL;
	if (w->lot == NULL)
		w->lot = calloc(1, sizeof *w->lot);
	if (w->lot != NULL)
		open_lots(d, u, worker);
	else
		open_singly(d, u, worker);
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
