/*
 * bare_work.h - one batch of records: found, looked up, opened or sealed, and written as records again.
 */
#ifndef TESTS_BENCH_BARE_WORK_H
#define TESTS_BENCH_BARE_WORK_H

#include "bare.h"

enum { BARE_JOBS = 4096, BARE_GROWTH = 3, BARE_SLACK = 4096 };

/* What the threads share; written under the reader's lock only. */
struct bare_plan {
	const struct bare_suite *suite;
	const struct bare_engine *engine;
	bool seal;
	bool keep;		/* false: the input stays as it is, and no records are made */
	uint32_t nsa, mask;
	uint32_t *seq;		/* the last number of each SA */
};

/* A thread's own. */
struct bare_worker {
	const struct bare_plan *plan;
	void *engine;
	struct bare_sa *sa;
	uint32_t *table;	/* hash of SPI or address: index + 1 */
	void *ivs;		/* a key stream */
	uint8_t *in, *out, *iv;
	struct bare_job jobs[BARE_JOBS];
	size_t n, packets, inner;
};

struct bare_worker *bare_worker_new(const struct bare_plan *plan, size_t batch);
/* Takes whole records of the n bytes at p, at most BARE_JOBS; the bytes taken.  Takes sequence numbers. */
size_t bare_cut(struct bare_worker *w, uint8_t *p, size_t n);
/* Does the jobs; bytes at w->out (0 without keep). */
size_t bare_work(struct bare_worker *w);

#endif
