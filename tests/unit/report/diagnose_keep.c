#include "report/diagnose.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { MANY = 450, STEP = 181 };		/* STEP: has no divisor in common with MANY */

/* The i-th of a crowd: the first 30 are errors, the frames of the others go up. */
static struct diagnosis make(unsigned i, const char *id)
{
	struct diagnosis d = { .id = id, .severity = i < 30 ? SEVERITY_ERROR : SEVERITY_WARNING, .weight = 45, .times = 1,
		.at = { { 0, i < 30 ? 1000 - i : i, 0 } }, .n = 1 };

	snprintf(d.text, sizeof d.text, "number %u", i);
	return d;
}

static void keep(struct diagnoses *ds, const struct diagnosis *d)
{
	struct err e;

	cr_assert_eq(diagnoses_keep(ds, d, &e), 0, "%s", e.text);
}

static void expect_same(const struct diagnoses *a, const struct diagnoses *b)
{
	cr_assert_eq(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		cr_expect_str_eq(a->list[i].text, b->list[i].text);
		cr_expect_eq(a->list[i].more, b->list[i].more);
	}
}

Test(diagnose_keep, the_worst_are_listed_in_whatever_order_they_come)
{
	struct diagnoses up = { 0 }, mixed = { 0 };

	for (unsigned i = 0; i < MANY; i++) {
		struct diagnosis a = make(i, "loss"), b = make(i * STEP % MANY, "loss"), c = make(i, "one-way-esp");

		keep(&up, &a);
		keep(&mixed, &b);
		if (i < 3) {
			keep(&up, &c);
			keep(&mixed, &c);
		}
	}
	diagnoses_end(&up);
	diagnoses_end(&mixed);
	expect_same(&up, &mixed);
	cr_assert_eq(up.n, DIAGNOSES_OF_ID + 3);
	cr_expect_str_eq(up.list[0].text, "number 29", "errors first, by frame: %s", up.list[0].text);
	cr_expect_str_eq(up.list[up.n - 1].text, "number 99", "%s", up.list[up.n - 1].text);
	cr_expect_eq(up.list[up.n - 1].more, MANY - DIAGNOSES_OF_ID);
	cr_expect_eq(up.list[0].more, 0);
	diagnoses_clear(&up);
	diagnoses_clear(&mixed);
}

/* As shares of the work do it: each lists its own, and says how many more it had. */
Test(diagnose_keep, lists_of_parts_give_the_list_of_all)
{
	struct diagnoses whole = { 0 }, part[7] = { 0 }, merged = { 0 };

	for (unsigned i = 0; i < MANY; i++) {
		struct diagnosis d = make(i, "loss");

		keep(&whole, &d);
		keep(&part[i * STEP % MANY % 2 == 0 ? 0 : i % 7], &d);
	}
	diagnoses_end(&whole);
	for (unsigned k = 7; k-- > 0; diagnoses_clear(&part[k])) {
		diagnoses_end(&part[k]);
		for (size_t i = 0; i < part[k].n; i++)
			keep(&merged, &part[k].list[i]);
	}
	diagnoses_end(&merged);
	expect_same(&whole, &merged);
	diagnoses_clear(&whole);
	diagnoses_clear(&merged);
}

/* Of more frames than there is room for the first ones are shown. */
Test(diagnose_keep, first_frames)
{
	struct diagnosis d = { 0 };

	for (uint64_t i = 0; i < 100; i++)
		diagnosis_show_at(&d, (struct seen_at){ 0, 1 + i * 37 % 100, 0 });
	cr_assert_eq(d.n, DIAGNOSE_FRAMES);
	for (unsigned i = 0; i < d.n; i++)
		cr_expect_eq(d.at[i].frame, i + 1);
}
