#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sa/key_text.h"

static bool fits(const void *arg, size_t n)
{
	return n == *(const size_t *)arg;
}

#define KEY "000102030405060708090a0b0c0d0e0f"

/* want NULL: refused; flags: p padded, r redacted, q quoted */
Test(key_text, forms)
{
	static const struct { const char *text, *want; size_t fit; const char *flags; } rows[] = {
		{ "0x" KEY, KEY, 0, "" },
		{ KEY, KEY, 0, "" },
		{ "0X000102030405060708090A0B0C0D0E0F", KEY, 0, "" },
		{ "00010203 04050607 08090a0b 0c0d0e0f", KEY, 16, "" },
		{ "00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f", KEY, 16, "" },
		{ "0:1:2:3:4:5:6:7:8:9:a:b:c:d:e:f0", "000102030405060708090a0b0c0d0e" "f0", 16, "p" },
		{ "0001020304050607-08090a0b0c0d0e0f", KEY, 16, "" },
		/* the words of formats.md */
		{ "7cf1de2c 794f4fd 1020304 c0d0e0f", "7cf1de2c0794f4fd010203040c0d0e0f", 16, "p" },
		{ "0 0 0 12345678", "00000000000000000000000012345678", 16, "p" },
		/* a last group that is a rest (CCM's salt) or has lost zeros */
		{ "00010203 04050607 08090a0b 0c0d0e0f 101112", KEY "101112", 19, "" },
		{ "10010203 14050607 18090a0b 1c0d0e0f 101112", "1001020314050607" "18090a0b1c0d0e0f" "00101112", 20, "p" },
		/* where zeros are printed, a short group was cut */
		{ "00010203 04050607 08090a0b 0c0d0e0f 101112", NULL, 20, "" },
		{ "00010203 4050607 08090a0b 0c0d0e0f", NULL, 16, "" },
		{ "0001020304050607-08090a0b0c0d0e0f-10111213", KEY "10111213", 20, "" },
		{ "\"abcdefgh\"", "6162636465666768", 0, "q" },
		{ "\"\"", "", 0, "q" },
		{ "", "", 0, "" },
		{ "0x", "", 0, "" },
		{ "<<Keys hidden>>", "", 0, "r" }, { "[redacted]", "", 0, "r" }, { "***", "", 0, "r" },
		{ "xxxxxxxx", "", 0, "r" }, { "0xXXXX", "", 0, "r" }, { "(hidden)", "", 0, "r" },
		{ "000", NULL, 0, "" }, { "0x00zz", NULL, 0, "" }, { "\"", NULL, 0, "" },
		{ "00 01 0203 zz", NULL, 0, "" }, { "hello", NULL, 0, "" },
	};
	struct arena arena = { 0 };
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct secret key;
		struct key_text how;
		char *got = NULL;
		size_t n;
		FILE *to;
		int rc = key_text_parse(&key, &how, &arena, rows[i].text, strlen(rows[i].text),
		    rows[i].fit > 0 ? fits : NULL, &rows[i].fit, &e);

		cr_expect_eq(rc, rows[i].want != NULL ? 0 : -1, "row %zu: %s", i, rc < 0 ? e.text : "");
		if (rc < 0 || rows[i].want == NULL)
			continue;
		to = open_memstream(&got, &n);
		key_text_write(to, key);
		fclose(to);
		cr_expect_str_eq(got, rows[i].want, "row %zu: %s", i, got);
		cr_expect_eq(how.padded, strchr(rows[i].flags, 'p') != NULL, "row %zu", i);
		cr_expect_eq(how.redacted, strchr(rows[i].flags, 'r') != NULL, "row %zu", i);
		cr_expect_eq(how.quoted, strchr(rows[i].flags, 'q') != NULL, "row %zu", i);
		free(got);
	}
	arena_clear(&arena);
}

/* No key is longer than any algorithm's: memory is bounded. */
Test(key_text, long_ones)
{
	static char text[8 * KEY_TEXT_MAX];
	struct arena arena = { 0 };
	struct key_text how;
	struct secret key;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	memset(text, '1', sizeof text);
	cr_expect_eq(key_text_parse(&key, &how, &arena, text, 2 * KEY_TEXT_MAX, NULL, NULL, &e), 0);
	cr_expect_eq(key_text_parse(&key, &how, &arena, text, sizeof text, NULL, NULL, &e), -1);
	for (size_t i = 0; i < sizeof text; i += 2)
		text[i] = ' ';
	cr_expect_eq(key_text_parse(&key, &how, &arena, text, sizeof text, NULL, NULL, &e), -1);
	arena_clear(&arena);
}
