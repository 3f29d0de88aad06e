/* SAs of any text through all that looks at them: the table, the checks, the comparison, sizes. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/printable.h"
#include "report/finding.h"
#include "report/mtu_text.h"
#include "report/sa_table.h"
#include "sa/format.h"

#define NOW INT64_C(1700000000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check(FILE *to, const struct sad *sad)
{
	struct findings f = { 0 };
	struct lint lint = { 0 };
	struct err e;

	if (lint_all(&lint, sad, NOW, &e) < 0 || lint_policies(&lint, sad, sad_policies((struct sad *)(uintptr_t)sad), &e) < 0)
		abort();
	for (size_t i = 0; i < lint.n; i++)
		if (findings_add_lint(&f, &lint.hit[i], &e) < 0)
			abort();
	findings_sort(&f);
	findings_json(to, &f);
	if (findings_print(&(struct table_place){ to, 80, false }, &f, false, &e) < 0)
		abort();
	findings_clear(&f);
	lint_clear(&lint);
}

/* Nothing differs from itself. */
static void compare(const struct sad *sad)
{
	struct diff diff = { 0 };
	struct err e;

	if (diff_all(&diff, sad, sad, NOW, &e) < 0 || diff.n > 0)
		abort();
	diff_clear(&diff);
}

static void left_out(void *arg, const struct sa *sa, const char *why)
{
	(void)arg;
	if (sa == NULL || why == NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct mtu_plan plan = { .link = 1500, .ah_align = 4, .width = 80, .left_out = left_out };
	struct err e;
	struct sad *sad = sad_new(&e);
	struct format_source *s;
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (to == NULL || sad == NULL || (s = format_source_new("fuzz", sad, NULL, NULL, &e)) == NULL)
		abort();
	if (format_source_push(s, p, n, &e) == 0)
		format_source_end(s, &e);
	if (sa_table_print(&(struct table_place){ to, 20 + n % 200, n % 3 == 0 }, sad, n % 2 != 0, NOW, &e) < 0)
		abort();
	check(to, sad);
	compare(sad);
	plan.json = n % 2 != 0;
	if (mtu_text(to, sad, &plan, &e) < 0)
		abort();
	fclose(to);
	want_text(text, len, n % 3 == 0);
	free(text);
	format_source_free(s);
	sad_free(sad);
	return 0;
}
