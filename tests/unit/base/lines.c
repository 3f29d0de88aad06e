#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"

/* The same lines whatever the size of the pieces; BOM and CR go, NUL stays. */
Test(lines, pieces)
{
	static const char text[] = "\xef\xbb\xbfone\r\n\ntw\0o\nlast";
	static const struct { const char *p; size_t n; } want[] = {
		{ "one", 3 }, { "", 0 }, { "tw\0o", 4 }, { "last", 4 },
	};

	for (size_t step = 1; step < sizeof text; step++) {
		struct lines l = { 0 };
		struct line out;
		struct err e;
		size_t got = 0;

		for (size_t i = 0; i < sizeof text - 1; i += step) {
			size_t n = sizeof text - 1 - i < step ? sizeof text - 1 - i : step;

			cr_assert_eq(lines_push(&l, text + i, n, &e), 0);
			while (lines_next(&l, &out, &e) > 0) {
				cr_assert_lt(got, 3);
				cr_expect(out.n == want[got].n && memcmp(out.p, want[got].p, out.n) == 0);
				cr_expect_eq(out.number, ++got);
			}
		}
		cr_assert_eq(lines_last(&l, &out, &e), 1);
		cr_expect(out.n == 4 && memcmp(out.p, "last", 4) == 0 && got == 3);
		cr_expect_eq(lines_last(&l, &out, &e), 0);
		lines_clear(&l);
	}
}

Test(lines, too_long)
{
	size_t n = LINES_LONGEST + 100;
	char *big = malloc(n);
	struct lines l = { 0 };
	struct line out;
	struct err e;

	memset(big, 'a', n);
	cr_assert_eq(lines_push(&l, big, n, &e), 0);
	cr_expect_lt(lines_next(&l, &out, &e), 0);
	cr_expect_str_eq(e.text, "line is longer than 1048576 bytes");
	lines_clear(&l);
	lines_clear(NULL);
	free(big);
}
