/* What is sealed opens, for every row and key size. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "each.h"

static const char *round_trip(struct suite *s, size_t n, bool esn, bool in_place, bool no_verify)
{
	struct packet k = packet_new(s, n);
	uint8_t *plain = malloc(n + 1), *out = malloc(n + 2);
	const char *why = NULL;
	struct suite_job j;

	memcpy(plain, k.p + k.body, n);
	packet_seal(s, &k, esn);
	out[n + 1] = 0x5a;
	j = packet_job(&k, in_place ? k.p + k.body : out + 1, esn);
	j.no_verify = no_verify;
	suite_open_many(s, &j, 1);
	if (j.result != SUITE_OK)
		why = "refused";
	else if (memcmp(j.out, plain, n) != 0)
		why = "other plain text";
	else if (out[n + 1] != 0x5a)
		why = "written behind out";
	packet_free(&k);
	free(plain);
	free(out);
	return why;
}

static void lengths(struct suite *s, const char *name, size_t from, size_t to)
{
	size_t step = suite_block(s);
	const char *why;

	for (size_t n = (from + step - 1) / step * step; n <= to; n += step)
		for (int how = 0; how < 8; how++) {
			why = round_trip(s, n, how & 1, how & 2, how & 4);
			cr_expect_null(why, "%s: %zu bytes, %d: %s", name, n, how, why);
		}
}

Test(suite, seal_then_open)
{
	struct each c = { 0 };
	struct err e = { 0 };
	unsigned suites = 0;

	cr_assert_eq(secret_init(&e), 0);
	while (each_next(&c)) {
		struct suite *s = suite_new(&c.keys, &e);

		cr_assert_not_null(s, "%s: %s", c.name, e.text);
		lengths(s, c.name, 0, 300);
		lengths(s, c.name, 9000, 9000 + suite_block(s) - 1);
		lengths(s, c.name, 65000, 65000 + suite_block(s) - 1);
		suite_free(s);
		suites++;
	}
	cr_expect_gt(suites, 160);
}

/* Opening and sealing suites apart, and a whole batch at once. */
Test(suite, batch)
{
	enum { BATCH = 64 };
	struct each c = { 0 };
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	while (each_next(&c)) {
		struct packet k[BATCH];
		struct suite_job j[BATCH];
		struct suite *in, *out;

		c.keys.use = SUITE_FOR_SEAL;
		cr_assert_not_null(out = suite_new(&c.keys, &e), "%s: %s", c.name, e.text);
		c.keys.use = SUITE_FOR_OPEN;
		cr_assert_not_null(in = suite_new(&c.keys, &e), "%s: %s", c.name, e.text);
		for (size_t i = 0; i < BATCH; i++) {
			k[i] = packet_new(out, i * suite_block(out));
			j[i] = packet_job(&k[i], NULL, i % 3 == 0);
		}
		suite_seal_many(out, j, BATCH);
		k[7].p[0] ^= 1;
		j[9].n = 3;
		for (size_t i = 0; i < BATCH; i++)
			j[i].out = k[i].p + k[i].body;
		suite_open_many(in, j, BATCH);
		for (size_t i = 0; i < BATCH; i++)
			cr_expect_eq(j[i].result, i == 9 ? SUITE_BAD_LENGTH : i == 7 && (c.keys.integ == NULL ||
			    c.keys.integ->icv > 0) ? SUITE_BAD_ICV : SUITE_OK, "%s: %zu", c.name, i);
		for (size_t i = 0; i < BATCH; i++)
			packet_free(&k[i]);
		suite_free(in);
		suite_free(out);
	}
}

Test(suite, icv_bits)
{
	struct each c = { 0 };
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	while (each_next(&c)) {
		if (c.keys.integ == NULL || c.keys.integ->icv == 0)
			continue;
		for (c.keys.icv_bits = 8; c.keys.icv_bits <= c.keys.integ->full * 8u; c.keys.icv_bits += 8) {
			struct suite *s = suite_new(&c.keys, &e);

			cr_assert_not_null(s, "%s: %s", c.name, e.text);
			cr_expect_eq(suite_icv_len(s), c.keys.icv_bits / 8);
			lengths(s, c.name, 48, 48);
			suite_free(s);
		}
		cr_expect_null(suite_new(&c.keys, &e), "%s: %u bits", c.name, c.keys.icv_bits);
		c.keys.icv_bits = 97;
		cr_expect_null(suite_new(&c.keys, &e));
	}
}

/* RFC 4303 2.2.1, RFC 4106 5: the high half is authenticated, and only if esn. */
Test(suite, esn_counts)
{
	struct each c = { 0 };
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	while (each_next(&c)) {
		struct suite *s = suite_new(&c.keys, &e);
		struct packet k = packet_new(s, 32);
		uint8_t out[32];

		packet_seal(s, &k, true);
		for (int how = 0; how < 3 && (c.keys.integ == NULL || c.keys.integ->icv > 0); how++) {
			struct suite_job j = packet_job(&k, out, how != 2);

			j.esn_high += how == 1;
			suite_open_many(s, &j, 1);
			cr_expect_eq(j.result, how == 0 ? SUITE_OK : SUITE_BAD_ICV, "%s: %d", c.name, how);
		}
		packet_free(&k);
		suite_free(s);
	}
}

static int many(void *arg)
{
	int *bad = arg;
	struct each c = { 0 };
	struct err e;

	while (each_next(&c)) {
		struct suite *s = suite_new(&c.keys, &e);

		*bad += s == NULL || round_trip(s, 48, true, false, false) != NULL;
		suite_free(s);
	}
	return 0;
}

Test(suite, four_threads_at_once)
{
	thrd_t t[4];
	int bad[4] = { 0 };
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(thrd_create(&t[i], many, &bad[i]), thrd_success);
	for (int i = 0; i < 4; i++) {
		thrd_join(t[i], NULL);
		cr_expect_eq(bad[i], 0);
	}
}
