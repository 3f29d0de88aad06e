/* Packets of several suites sealed together are what each would be alone. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "each.h"

enum { JOBS = 700, SUITES = 5, MOST = 1500 };

/* Jobs in no order, of lengths from nothing on; one in 50 fits no suite. */
static void check(struct suite *const suites[SUITES], const char *name)
{
	struct packet *k = calloc(JOBS, sizeof *k), *alone = calloc(JOBS, sizeof *alone);
	struct suite_job *jobs = calloc(JOBS, sizeof *jobs);
	struct suite **s = calloc(JOBS, sizeof(struct suite *));

	for (size_t i = 0; i < JOBS; i++) {
		size_t n;

		s[i] = suites[i % 7 < SUITES ? i % 7 : 0];
		n = (i * 61 % MOST) / suite_block(s[i]) * suite_block(s[i]);
		k[i] = packet_new(s[i], n);
		alone[i] = packet_new(s[i], n);
		memcpy(alone[i].p, k[i].p, k[i].n);
		jobs[i] = packet_job(&k[i], NULL, i & 1);
		if (i % 50 == 49)
			jobs[i].n = 3;
		else
			packet_seal(s[i], &alone[i], i & 1);
	}
	suite_seal_each(s, jobs, JOBS);
	for (size_t i = 0; i < JOBS; i++) {
		cr_expect_eq(jobs[i].result, i % 50 == 49 ? SUITE_BAD_LENGTH : SUITE_OK, "%s: %zu", name, i);
		cr_expect_eq(memcmp(k[i].p, alone[i].p, k[i].n), 0, "%s: %zu, %zu bytes", name, i, k[i].n_body);
		packet_free(&k[i]);
		packet_free(&alone[i]);
	}
	free(s);
	free(jobs);
	free(alone);
	free(k);
}

/* Suites of the five rows before, on both engines. */
Test(together, as_alone)
{
	struct suite_keys keys[SUITES];
	struct suite *s[SUITES];
	struct each c = { 0 };
	struct err e = { 0 };
	unsigned done = 0;

	cr_assert_eq(secret_init(&e), 0);
	while (each_next(&c)) {
		keys[done++ % SUITES] = c.keys;
		if (done < SUITES || done % 3 != 0)
			continue;
		for (size_t i = 0; i < SUITES; i++) {
			keys[i].use = SUITE_FOR_SEAL;
			cr_assert_not_null(s[i] = suite_new(&keys[i], &e), "%s: %s", c.name, e.text);
		}
		check(s, c.name);
		for (size_t i = 0; i < SUITES; i++)
			suite_free(s[i]);
	}
	cr_expect_gt(done, 200);
}

/* Only AES-CBC goes block by block. */
Test(together, who_batches)
{
	struct each c = { 0 };
	struct err e = { 0 };
	unsigned some = 0;

	cr_assert_eq(secret_init(&e), 0);
	while (each_next(&c)) {
		struct suite *s = suite_new(&c.keys, &e);
		const struct alg_size *size = alg_encr_size(c.keys.encr, c.keys.encr_key.n);
		bool cbc = c.keys.encr->kind == ENCR_KIND_CBC && size != NULL && size->evp != NULL &&
		    strncmp(size->evp, "AES", 3) == 0;

		cr_assert_not_null(s, "%s: %s", c.name, e.text);
		cr_expect_eq(suite_seal_batches(s), cbc || suite_batches(s), "%s", c.name);
		some += cbc;
		suite_free(s);
	}
	cr_expect_gt(some, 0);
}
