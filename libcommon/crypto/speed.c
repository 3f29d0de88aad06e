#include "crypto/speed.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/keymake.h"
#include "crypto/suite.h"

enum { BATCH = 32, HEAD = 8, ROOM = 128 };	/* ROOM: IV, padding, ICV */

struct run {
	struct suite *suite;
	struct suite_job job[BATCH];
	uint8_t *packet;		/* BATCH of them, apart by stride */
	size_t stride, len, body;	/* len: of a packet; body: its payload, in whole blocks */
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int prepare(struct run *r, const struct suite_keys *keys, unsigned payload, struct err *e)
{
	size_t block;

	if ((r->suite = suite_new(keys, e)) == NULL)
		return -1;
	block = suite_block(r->suite);
	r->body = (payload + block - 1) / block * block;
	r->len = HEAD + suite_iv_len(r->suite) + r->body + suite_icv_len(r->suite);
	r->stride = HEAD + r->body + ROOM;
	if (r->len > r->stride)
		return err_set(e, "found more than %d bytes of IV and ICV", ROOM);
	if ((r->packet = calloc(BATCH, r->stride)) == NULL)
		return err_nomem(e);
	return 0;
}

static void set_jobs(struct run *r, bool open)
{
	size_t iv = suite_iv_len(r->suite);

	for (size_t i = 0; i < BATCH; i++) {
		uint8_t *p = r->packet + i * r->stride;

		r->job[i] = (struct suite_job){ .p = p, .n = r->len, .out = open ? p + HEAD + iv : NULL,
			.head = HEAD };
	}
}

/* Only the one half is counted: opened in place, packets must be sealed again before the next turn. */
static double run_for(struct run *r, bool open, unsigned payload, int64_t ns)
{
	int64_t start, spent = 0, limit = now_ns() + 4 * ns;
	uint64_t packets = 0;

	do {
		start = now_ns();
		set_jobs(r, false);
		suite_seal_many(r->suite, r->job, BATCH);
		if (open) {
			start = now_ns();
			set_jobs(r, true);
			suite_open_many(r->suite, r->job, BATCH);
		}
		spent += now_ns() - start;
		packets += BATCH;
	} while (spent < ns && start < limit);
	return (double)packets * payload * 8e9 / (double)spent;
}

int speed_measure(struct speed *s, const struct alg_encr *encr, unsigned bits,
    const struct alg_integ *integ, unsigned payload, int64_t ns, struct err *e)
{
	struct suite_keys keys = { .encr = encr, .integ = integ };
	struct arena arena = { 0 };
	struct run r = { 0 };
	struct rng rng;
	int rc = -1;

	rng_init_system(&rng);
	if (keymake_encr(&arena, &keys.encr_key, encr, bits, &rng, e) == 0 &&
	    (integ == NULL || keymake_integ(&arena, &keys.integ_key, integ, &rng, e) == 0) &&
	    prepare(&r, &keys, payload, e) == 0) {
		run_for(&r, false, payload, ns / 8);		/* caches, clocks */
		s->seal = run_for(&r, false, payload, ns);
		s->open = run_for(&r, true, payload, ns);
		rc = 0;
	}
	suite_free(r.suite);
	free(r.packet);
	rng_clear(&rng);
	arena_clear(&arena);
	return rc;
}
