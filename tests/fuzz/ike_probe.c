/*
 * Answers to probes: each piece of the input (its length in front, two octets) is taken for one, with the SPI that was asked with, or
 * is silence if empty.  Whatever comes, a probe ends after a bounded number of questions.
 */
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "ike/probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { QUESTIONS = 2 * PROBE_ALGS + 16, MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct session_path path = { .local = { .family = 4, .b = { 192, 0, 2, 1 } },
		.remote = { .family = 4, .b = { 192, 0, 2, 2 } }, .local_port = 500, .remote_port = 500 };
	struct rd r = { p, n, false };
	struct span request;
	struct probe *probe;
	uint8_t answer[MAX];
	struct rng rng;
	struct err e;
	int asked = 0;

	if (secret_init(&e) < 0)
		abort();
	rng_init_seed(&rng, (struct span){ (const uint8_t *)"x", 1 }, "fuzz");
	if ((probe = probe_new(&path, 0, &rng, &e)) == NULL)
		abort();
	while (probe_ask(probe, &request, &e) > 0) {
		size_t len = rd_u16(&r) % MAX;
		struct span s = rd_take(&r, len < r.n ? len : r.n);

		if (++asked > QUESTIONS)
			abort();
		memcpy(answer, s.p != NULL ? s.p : answer, s.n);
		if (s.n >= 8)
			memcpy(answer, request.p, 8);
		if (s.n == 0 || probe_take(probe, (struct span){ answer, s.n }, &e) != 1)
			probe_silent(probe);
	}
	probe_free(probe);
	return 0;
}
