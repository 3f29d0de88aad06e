#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

typedef void esc_fn(FILE *to, const char *p, size_t n);

static char *escaped(esc_fn *esc, const char *p, size_t n)
{
	char *out = NULL;
	size_t len;
	FILE *to = open_memstream(&out, &len);

	esc(to, p, n);
	fclose(to);
	return out;
}

/* Text that a peer chose may not move a terminal's cursor, nor end a JSON string. */
Test(text, escapes)
{
	static const struct { const char *in; size_t n; const char *text, *json; } rows[] = {
		{ "plain", 5, "plain", "plain" },
		{ "a\0b", 3, "a\\x00b", "a\\u0000b" },
		{ "\033[2J", 4, "\\x1b[2J", "\\u001b[2J" },
		{ "\\\"", 2, "\\x5c\"", "\\\\\\\"" },
		{ "\x7f\n", 2, "\\x7f\\x0a", "\\u007f\\u000a" },
		{ "\xc3\xa9", 2, "\xc3\xa9", "\xc3\xa9" },
		{ "\xc2\x9b" "2J", 4, "\\xc2\\x9b2J", "\\u009b2J" },		/* C1: CSI */
		{ "\xe2\x80\xae", 3, "\\xe2\\x80\\xae", "\\u202e" },		/* RLO */
		{ "\xe2\x81\xa6", 3, "\\xe2\\x81\\xa6", "\\u2066" },		/* LRI */
		{ "\xc0\xaf", 2, "\\xc0\\xaf", "\\\\xc0\\\\xaf" },		/* overlong */
		{ "\xed\xa0\x80", 3, "\\xed\\xa0\\x80", "\\\\xed\\\\xa0\\\\x80" },	/* surrogate */
		{ "\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80" },
		{ "\xe2\x82", 2, "\\xe2\\x82", "\\\\xe2\\\\x82" },		/* cut */
		{ "\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ "\xff", 1, "\\xff", "\\\\xff" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *a = escaped(esc_text, rows[i].in, rows[i].n);
		char *b = escaped(esc_json, rows[i].in, rows[i].n);

		cr_expect_str_eq(a, rows[i].text, "row %zu: %s", i, a);
		cr_expect_str_eq(b, rows[i].json, "row %zu: %s", i, b);
		free(a);
		free(b);
	}
}

Test(text, numbers)
{
	uint8_t bytes[4];
	char hex[9];
	struct err e;
	uint64_t v;
	int64_t ns;
	size_t got;

	cr_expect(uint_parse(&v, "0xFf", 4, 0, 255, &e) == 0 && v == 255);
	cr_expect(uint_parse(&v, "18446744073709551615", 20, 0, UINT64_MAX, &e) == 0 && v == UINT64_MAX);
	cr_expect_lt(uint_parse(&v, "18446744073709551616", 20, 0, UINT64_MAX, &e), 0);
	cr_expect_lt(uint_parse(&v, "", 0, 0, 1, &e), 0);
	cr_expect_lt(uint_parse(&v, "0x", 2, 0, 1, &e), 0);
	cr_expect_lt(uint_parse(&v, "-1", 2, 0, 1, &e), 0);
	cr_expect_lt(uint_parse(&v, "1a", 2, 0, 100, &e), 0);
	cr_expect(hex_parse(bytes, 4, &got, "00fF1a", 6, &e) == 0 && got == 3 && bytes[1] == 0xff);
	cr_expect_lt(hex_parse(bytes, 4, &got, "00f", 3, &e), 0);
	cr_expect_lt(hex_parse(bytes, 4, &got, "0011223344", 10, &e), 0);
	cr_expect_lt(hex_parse(bytes, 4, &got, "0g", 2, &e), 0);
	cr_expect_str_eq(hex_format(hex, (struct span){ (const uint8_t *)"\x01\xab", 2 }), "01ab");
	cr_expect(seconds_parse(&ns, "1.5", &e) == 0 && ns == 1500000000);
	cr_expect_lt(seconds_parse(&ns, "-1", &e), 0);
	cr_expect_lt(seconds_parse(&ns, "nan", &e), 0);
}

/* Longer than what is written at once. */
Test(text, hex_write)
{
	uint8_t bytes[700];
	char want[2 * sizeof bytes + 1], *got;
	size_t n;
	FILE *to = open_memstream(&got, &n);

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 7);
	hex_write(to, (struct span){ bytes, sizeof bytes });
	hex_write(to, (struct span){ 0 });
	fclose(to);
	cr_expect_str_eq(got, hex_format(want, (struct span){ bytes, sizeof bytes }));
	free(got);
}

Test(text, clean)
{
	static const struct { const char *text; size_t n; bool clean; } rows[] = {
		{ "a.test", 6, true }, { "DOM\\user", 8, true }, { "\xc3\xa9", 2, true }, { "", 0, true },
		{ "a\0", 2, false }, { "\033[2J", 4, false }, { "\xff", 1, false }, { "\xe2\x80\xae", 3, false },
		{ "\x7f", 1, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(text_is_clean(rows[i].text, rows[i].n), rows[i].clean, "row %zu", i);
}

Test(text, addresses)
{
	static const char *const good[] = { "192.0.2.1", "2001:db8::1", "::" };
	static const char *const bad[] = {
		"", "192.0.2", "192.0.2.1 ", "fe80::1%eth0", "host", "1.2.3.4.5",
	};
	char out[ADDR_TEXT];
	struct addr a, b;
	struct err e;

	for (size_t i = 0; i < 3; i++) {
		cr_expect_eq(addr_parse(&a, good[i], strlen(good[i]), &e), 0);
		cr_expect_str_eq(addr_format(out, &a), good[i]);
	}
	for (size_t i = 0; i < 6; i++)
		cr_expect_lt(addr_parse(&a, bad[i], strlen(bad[i]), &e), 0, "%s", bad[i]);
	addr_parse(&a, "10.0.0.1", 8, &e);
	addr_parse(&b, "10.0.0.2", 8, &e);
	cr_expect(addr_cmp(&a, &b) < 0 && addr_cmp(&b, &a) > 0 && !addr_eq(&a, &b));
}

Test(text, times)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z" },
		{ "2026-11-24T12:00:00.25+02:00", "2026-11-24T10:00:00.25Z" },
		{ "1969-12-31t23:59:59.999999999z", "1969-12-31T23:59:59.999999999Z" },
		{ "2026-01-01T00:00:00-00:30", "2026-01-01T00:30:00Z" },
	};
	static const char *const bad[] = {
		"", "2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00+2",
		"2026-01-01T25:00:00Z", "9999-01-01T00:00:00Z", "2026-01-01T00:00:00.Z5",
	};
	char out[TIME_TEXT];
	struct err e;
	int64_t ns;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect_eq(time_parse(&ns, rows[i].in, strlen(rows[i].in), &e), 0);
		cr_expect_str_eq(time_format(out, ns), rows[i].out);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect_lt(time_parse(&ns, bad[i], strlen(bad[i]), &e), 0, "%s", bad[i]);
}
