/*
 * flow.h - packets from a reader through three stages, on one thread or several.
 *
 *	fill -> claim (in order) -> work (any thread) -> settle (in order)
 *
 * A unit is one batch on its way.  One thread reads, claims and settles; the
 * others, and this one while it has nothing better to do, work.  The result is
 * the same for any number of threads if work only reads what claim left and
 * writes to its own unit.  Threads start when a second unit waits, so small
 * inputs start none.
 *
 * Units are handed on as soon as the reader would wait; before it waits with
 * nothing on its way, idle() is called (to flush, and to watch other inputs).
 */
#ifndef PACKET_FLOW_H
#define PACKET_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "packet/batch.h"
#include "packet/pcap_in.h"

struct unit {
	struct batch batch;
	void *side;		/* side_size zeroed bytes, the stages' own */
	uint8_t *out;		/* out_cap bytes, grown by unit_room() */
	size_t out_cap;
	int state;		/* flow.c's own */
};

/* Makes room for n bytes at u->out; what was there is lost. */
int unit_room(struct unit *u, size_t n, struct err *e);

struct flow {
	struct pcap_in *in;
	unsigned threads;	/* 1: no other thread */
	size_t side_size;
	bool lazy;		/* the stages take raw batches */
	void *arg;
	/* 1: this unit (shortened) is the last, *e says why the input ends with it.  Walks a raw batch. */
	int (*claim)(void *arg, struct unit *u, struct err *e);
	/* worker: 0..threads-1, for contexts that belong to a thread */
	void (*work)(void *arg, struct unit *u, unsigned worker);
	int (*settle)(void *arg, struct unit *u, struct err *e);
	/* nothing is on its way and in would wait */
	int (*idle)(void *arg, struct err *e);
	void (*unit_clear)(void *arg, struct unit *u);	/* frees what side holds; may be NULL */
	struct flow_state *state;	/* flow.c's own, during flow_run() */
};

/*
 * Runs to the end of the input.  A stage's -1 ends it; an error of the reader ends it once everything
 * read before was settled.
 */
int flow_run(struct flow *f, struct err *e);

/* From claim: settles every unit before this one, so that no worker runs and nothing is on its way. */
int flow_drain(struct flow *f, struct err *e);

#endif
