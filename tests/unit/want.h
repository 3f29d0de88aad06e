/* want.h - what was printed against a file of what is wanted; UPDATE=1 writes it. */
#ifndef TESTS_UNIT_WANT_H
#define TESTS_UNIT_WANT_H

#include <criterion/criterion.h>
#include <stdlib.h>

#include "unit/text.h"

static inline void expect_want(const char *path, const char *got)
{
	char *want = NULL;
	size_t n;

	if (getenv("UPDATE") != NULL) {
		FILE *f = fopen(path, "w");

		cr_assert_not_null(f, "%s", path);
		fputs(got, f);
		fclose(f);
		return;
	}
	want = load_file(path, &n);
	cr_assert_not_null(want, "%s", path);
	cr_expect_str_eq(got, want, "%s", path);
	free(want);
}

#endif
