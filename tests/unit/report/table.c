#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "report/table.h"

static const struct table_column columns[] = {
	{ "NAME", 0 }, { "N", TABLE_RIGHT }, { "SPARE", TABLE_SPARE }, { "WORDS", TABLE_WRAP },
};

static char *printed(size_t width)
{
	struct err e;
	struct table *t = table_new(columns, 4, &e);
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	table_cell(t, "%s", "a");
	table_cell(t, "%d", 7);
	table_cell(t, "%s", "");
	table_cell(t, "%s", "one two three");
	table_line(t, 2, "a line of its own");
	table_cell(t, "%s", "b\033[2Jc");
	table_cell(t, "%d", 1000);
	table_cell(t, "%s", "");
	table_cell(t, "%s", "x");
	cr_assert_eq(table_print(&(struct table_place){ to, width, false }, t, &e), 0);
	fclose(to);
	table_free(t);
	return text;
}

Test(table, wide)
{
	char *text = printed(0);

	cr_expect_str_eq(text,
	    "NAME          N  WORDS\n"
	    "a             7  one two three\n"
	    "  a line of its own\n"
	    "b\\x1b[2Jc  1000  x\n", "%s", text);
	free(text);
}

Test(table, wrapped)
{
	char *text = printed(26);

	cr_expect_str_eq(text,
	    "NAME          N  WORDS\n"
	    "a             7  one two\n"
	    "                 three\n"
	    "  a line of its own\n"
	    "b\\x1b[2Jc  1000  x\n", "%s", text);
	free(text);
}

/* No line is longer than asked, as long as the columns that do not wrap leave room. */
Test(table, never_wider)
{
	for (size_t width = 25; width < 40; width++) {
		char *text = printed(width), *line = text;

		while (*line != '\0') {
			size_t n = strcspn(line, "\n");

			cr_expect_leq(n, width, "%zu: %.*s", width, (int)n, line);
			line += n + 1;
		}
		free(text);
	}
}

/* Letters of two bytes take one column, and are never cut in two. */
Test(table, utf8)
{
	static const struct table_column two[] = { { "A", TABLE_WRAP }, { "B", 0 } };
	struct err e;
	struct table *t = table_new(two, 2, &e);
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	table_cell(t, "%s", "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4\xc3\xb6");
	table_cell(t, "%s", "\xff");
	table_cell(t, "%s", "abcd");
	table_cell(t, "%s", "x");
	cr_assert_eq(table_print(&(struct table_place){ to, 14, false }, t, &e), 0);
	fclose(to);
	cr_expect_str_eq(text, "A         B\n"
	    "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f  \\xff\n\xc3\xa4\xc3\xb6\nabcd      x\n",
	    "%s", text);
	free(text);
	table_free(t);
}

/* Colours take no columns; a cell that goes on in the next line keeps its own. */
Test(table, colors)
{
	static const struct table_column two[] = { { "A", 0 }, { "B", TABLE_WRAP } };
	static const char *const want[] = {
		"A  B\nx  12345678\n   90\ny  z\n",
		"A  B\nx  \033[31m12345678\033[0m\n   \033[31m90\033[0m\n\033[33my\033[0m  z\n",
	};

	for (int color = 0; color < 2; color++) {
		struct err e;
		struct table *t = table_new(two, 2, &e);
		char *text = NULL;
		size_t n;
		FILE *to = open_memstream(&text, &n);

		table_cell(t, "x");
		table_color(t, TABLE_RED);
		table_cell(t, "12345678 90");
		table_color(t, TABLE_YELLOW);
		table_cell(t, "y");
		table_cell(t, "z");
		cr_assert_eq(table_print(&(struct table_place){ to, 11, color == 1 }, t, &e), 0);
		fclose(to);
		cr_expect_str_eq(text, want[color], "%s", text);
		free(text);
		table_free(t);
	}
}

Test(amount, words)
{
	static const struct { uint64_t n; const char *bytes, *seconds; } rows[] = {
		{ 0, "0 bytes", "0 s" }, { 1, "1 byte", "1 s" }, { 60, "60 bytes", "1 min" }, { 1023, "1023 bytes", "17 min 3 s" },
		{ 1024, "1 KiB", "17 min 4 s" }, { 1536, "1.5 KiB", "25 min 36 s" }, { 3600, "3.5 KiB", "1 h" },
		{ 90061, "87.9 KiB", "1 d 1 h" }, { UINT64_C(1) << 32, "4 GiB", "49710 d 6 h" },
		{ UINT64_MAX, "15.9 EiB", "213503982334601 d 7 h" },
	};
	char text[AMOUNT_TEXT];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect_str_eq(amount_bytes(text, rows[i].n), rows[i].bytes, "%s", text);
		cr_expect_str_eq(amount_seconds(text, rows[i].n), rows[i].seconds, "%s", text);
	}
}
