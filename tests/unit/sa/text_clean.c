#include <criterion/criterion.h>
#include <string.h>

#include "sa/text_clean.h"

Test(text_clean, lines)
{
	static const struct { const char *from, *to; } rows[] = {
		{ "plain", "plain" },
		{ "\033[1;32mgreen\033[0m \033]0;title\aand", "green and" },
		{ "--More--\r        \r  ah=null", "  ah=null" },
		{ " --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\bspi: 0x1 x", "spi: 0x1 x" },
		{ "<--- More --->\r              \r    spi: 0xC0A80001 (1)", "    spi: 0xC0A80001 (1)" },
		{ "---(more 45%)---\r\033[Knext", "next" },
		{ "--More--  pasted", "  pasted" },
		{ "-- [Q quit|D dump|down]\r\033[K 0 E", " 0 E" },
		{ "console\r", "console" },
		{ "abc\b\bXY", "aXY" },
		{ "\b\b\bx", "x" },
		{ "12345\033[2K\rab", "ab" },
		{ "\033", "" }, { "\033[", "" }, { "x\033[12", "x" }, { "--More-", "--More-" },
		{ "---(more", "---(more" },
	};
	struct text_clean c = { 0 };
	struct err e;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *p = rows[i].from;
		size_t n = strlen(p);

		cr_assert_eq(text_clean(&c, &p, &n, &e), 0);
		while (n > 0 && p[n - 1] == ' ' && rows[i].to[strlen(rows[i].to) - 1] != ' ')
			n--;
		cr_expect_eq(n, strlen(rows[i].to), "row %zu: %.*s", i, (int)n, p);
		cr_expect(memcmp(p, rows[i].to, n) == 0, "row %zu: %.*s", i, (int)n, p);
	}
	text_clean_clear(&c);
}

Test(text_clean, tabs)
{
	static const char *const rows[][2] = {
		{ "#011#011x #011", "\t\tx #011" }, { "#01", "#01" }, { "#011", "\t" }, { "", "" },
	};
	struct text_clean c = { 0 };
	struct err e;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *p = rows[i][0];
		size_t n = strlen(p);

		cr_assert_eq(text_clean_tabs(&c, &p, &n, &e), 0);
		cr_expect(n == strlen(rows[i][1]) && memcmp(p, rows[i][1], n) == 0, "row %zu", i);
	}
	text_clean_clear(&c);
}

Test(text_clean, log_prefix)
{
	static const struct { const char *line; size_t n; } rows[] = {
		{ "Nov 23 10:59:30 gw charon: x", 27 },
		{ "Nov  3 10:59:30 gw charon[12]:  x", 31 },
		{ "<30>Nov 23 10:59:30 gw sh[1]: x", 30 },
		{ "2023-11-23T10:59:30.123456+00:00 gw root: x", 42 },
		{ "2023-11-23 10:59:30 root: x", 26 },
		/* charon's own form is the reader's */
		{ "Nov 23 10:59:30 12[IKE] <t|1> x: y", 0 },
		{ "Nov 23 10:59:30 12[IKE] IKE_SA: y", 0 },
		{ "Nov 23 10:59:30", 0 }, { "src 192.0.2.1 dst 192.0.2.2", 0 }, { "<30", 0 }, { "", 0 },
		{ "Nov 23 10:59:30 gw charon[12]:", 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(text_log_prefix(rows[i].line, strlen(rows[i].line)), rows[i].n, "row %zu: %zu", i,
		    text_log_prefix(rows[i].line, strlen(rows[i].line)));
}
