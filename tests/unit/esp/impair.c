#include <criterion/criterion.h>
#include <string.h>

#include "base/secret.h"
#include "esp/impair.h"

static struct impair i;

static void start(void)
{
	struct err e;

	secret_init(&e);
	rng_init_seed(&i.rng, (struct span){ (const uint8_t *)"x", 1 }, "test");
}

static void stop(void)
{
	impair_clear(&i);
}

TestSuite(impair, .init = start, .fini = stop);

Test(impair, parse)
{
	struct err e;

	cr_assert_eq(impair_parse(&i, "drop,replay:at=5:back=3,truncate:every=10:by=2,corrupt-icv:prob=0.5", &e), 0, "%s",
	    e.text);
	cr_expect(i.fault[IMPAIR_DROP].on && i.fault[IMPAIR_DROP].n == 1);
	cr_expect(i.fault[IMPAIR_REPLAY].when == IMPAIR_AT && i.fault[IMPAIR_REPLAY].n == 5 &&
	    i.fault[IMPAIR_REPLAY].value == 3);
	cr_expect(i.fault[IMPAIR_TRUNCATE].n == 10 && i.fault[IMPAIR_TRUNCATE].value == 2);
	cr_expect_eq(i.fault[IMPAIR_CORRUPT_ICV].prob, 1u << 31);
	cr_expect_not(i.fault[IMPAIR_REORDER].on);
}

Test(impair, wrong_lists)
{
	static const struct { const char *list, *says; } rows[] = {
		{ "", "wanted the name" }, { "drop,", "wanted the name" }, { "corupt-icv", "nearest is \"corrupt-icv\"" },
		{ "drop:every=0", "every" }, { "drop:at=x", "at" }, { "drop:prob=2", "0 to 1" }, { "drop:by=1", "wanted every" },
		{ "replay:back=64", "back" }, { "bad-pad-length:value=256", "value" }, { "drop:prob=nan", "0 to 1" },
		{ "drop:", "wanted every" }, { "drop:every", "every" },
	};

	for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
		struct err e;

		cr_expect_eq(impair_parse(&i, rows[k].list, &e), -1, "%s", rows[k].list);
		cr_expect_not_null(strstr(e.text, rows[k].says), "%s: %s", rows[k].list, e.text);
	}
}

Test(impair, every_row_is_named)
{
	for (unsigned k = 0; k < IMPAIR_COUNT; k++) {
		const struct impair_row *row = impair_row(k);

		cr_assert(row != NULL && row->name != NULL && row->what != NULL);
		cr_expect(row->key == NULL || (row->min <= row->value && row->value <= row->max), "%s", row->name);
	}
	cr_expect_null(impair_row(IMPAIR_COUNT));
}
