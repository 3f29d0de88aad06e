/* impair.c: the text form, rows. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "ike/impair.h"

static struct rng rng;
static struct err e;

static void start(void)
{
	secret_init(&e);
	rng_init_seed(&rng, (struct span){ (const uint8_t *)"x", 1 }, "test");
}

TestSuite(ike_impair_text, .init = start);

Test(ike_impair_text, conduct)
{
	struct ike_impair *im = ike_impair_new(&rng, &e);

	cr_assert_eq(ike_impair_add(im, "early-delete,drop", &e), 0);
	cr_expect(ike_impair_has(im, "early-delete") && !ike_impair_has(im, "force-cookie"));
	cr_expect_not(ike_impair_has(NULL, "early-delete"));
	ike_impair_free(im);
}

Test(ike_impair_text, wrong_lists)
{
	static const struct { const char *list, *says; } rows[] = {
		{ "", "found \"\", wanted the name of a fault" }, { "drop,", "wanted the name of a fault" },
		{ "corupt-icv", "found \"corupt-icv\", nearest is \"corrupt-icv\"" },
		{ "drop:1", "drop: found \"1\", wanted no argument" }, { "omit", "omit: found no argument, wanted \"omit:PAYLOAD\"" },
		{ "omit:AUHT", "omit: found \"AUHT\", wanted a payload" }, { "add-notify:x", "wanted a notify's name or number" },
		{ "replay:8", "replay: " }, { "replay:x", "replay: " }, { "bad-exchange:256", "bad-exchange: " },
		{ "drop@IKE_AUHT", "drop: found \"@IKE_AUHT\", wanted @IKE_SA_INIT" }, { "drop@IKE_AUTH:0", "wanted @IKE_SA_INIT" },
		{ "drop@IKE_AUTH-answer", "wanted @IKE_SA_INIT" }, { "drop@", "wanted @IKE_SA_INIT" },
		{ "early-delete@IKE_AUTH", "found \"@IKE_AUTH\", wanted nothing" },
		{ "add-vendor:0123456789012345678901234567890123456789012345678901234567890123", "found 64 characters" },
		{ "drop,drop,drop,drop,drop,drop,drop,drop,drop,drop,drop,drop,drop,drop,drop,drop,drop", "more than 16 faults" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ike_impair *im = ike_impair_new(&rng, &e);

		cr_expect_eq(ike_impair_add(im, rows[i].list, &e), -1, "%s", rows[i].list);
		cr_expect(strstr(e.text, rows[i].says) != NULL, "%s: %s", rows[i].list, e.text);
		ike_impair_free(im);
	}
}

/* Names are unique, and what a row says of its argument is so. */
Test(ike_impair_text, rows)
{
	const struct ike_impair_row *row;
	unsigned n = 0;

	for (; (row = ike_impair_row(n)) != NULL; n++) {
		struct ike_impair *im = ike_impair_new(&rng, &e);

		cr_expect(row->what[0] != '\0' && row->name[0] != '\0');
		for (unsigned k = 0; k < n; k++)
			cr_expect_str_neq(row->name, ike_impair_row(k)->name);
		cr_expect_eq(ike_impair_add(im, row->name, &e) == 0, row->arg == NULL || row->arg[0] == '[', "%s: %s",
		    row->name, e.text);
		ike_impair_free(im);
	}
	cr_expect_gt(n, 40);
}

/* The manual page has each of them. */
Test(ike_impair_text, page)
{
	static char page[1 << 17];
	const struct ike_impair_row *row;
	FILE *f = fopen("man/ipsec-ike.1", "r");

	cr_assert_not_null(f);
	page[fread(page, 1, sizeof page - 1, f)] = '\0';
	fclose(f);
	for (unsigned i = 0; (row = ike_impair_row(i)) != NULL; i++) {
		char entry[2][80];

		snprintf(entry[0], sizeof entry[0], "Li %s ", row->name);
		snprintf(entry[1], sizeof entry[1], "Li %s\n", row->name);
		cr_expect(strstr(page, entry[0]) != NULL || strstr(page, entry[1]) != NULL, "%s", row->name);
	}
}
