#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* Text, the value that is blamed as a path of keys, and its column. */
Test(json, columns)
{
	const char *text = "{ \"a\" : 1, \"b\\\"c\":[ 10, {\"x\":\"y\\\\\"} , [true]],\"\xc3\xa9\":null }";
	struct jval root, b, x, t, last;
	struct jdoc d;
	struct err e;

	cr_assert_eq(jdoc_parse(&d, text, strlen(text), &e), 0, "%s", e.text);
	root = jdoc_root(&d);
	b = jval_get(&root, "b\"c");
	jval_err(&b, &e, "here");
	cr_expect_eq(d.column, 19);
	t = jval_at(&b, 1);
	x = jval_get(&t, "x");
	jval_err(&x, &e, "here");
	cr_expect_eq(d.column, 30);
	jval_blame_key(&x);
	cr_expect_eq(d.column, 26);
	t = jval_at(&b, 2);
	x = jval_at(&t, 0);
	cr_expect_eq(jval_kind(&x), J_BOOL);
	jval_err(&x, &e, "here");
	cr_expect_eq(d.column, 40);
	last = jval_get(&root, "\xc3\xa9");
	cr_expect_eq(jval_kind(&last), J_NULL);
	jval_err(&last, &e, "here");
	cr_expect_eq(d.column, 51);	/* characters, not bytes */
	jdoc_clear(&d);
}

Test(json, refuses)
{
	static const struct { const char *text, *reason; size_t column; } rows[] = {
		{ "{\"a\":1,\"a\":2}", "duplicate", 10 },
		{ "{\"key\":\"00112233445566\",}", "not JSON", 25 },
		{ "{\"key\":\"0011", "breaks off", 0 },
		{ "{\"a\":1} x", "not JSON", 9 },
		{ "{\"a\":18446744073709551616}", "too big", 0 },
		{ "{\"a\":\"\\u0000\"}", "not JSON", 0 },
		{ "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "nested", 17 },
		{ "{\"a\":", "breaks off", 0 },
		{ "", "breaks off", 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct jdoc d;
		struct err e;

		cr_assert_lt(jdoc_parse(&d, rows[i].text, strlen(rows[i].text), &e), 0);
		cr_expect(strstr(e.text, rows[i].reason) != NULL, "%s: %s", rows[i].text, e.text);
		cr_expect(strstr(e.text, "0011") == NULL, "quotes a key: %s", e.text);
		if (rows[i].column != 0)
			cr_expect_eq(d.column, rows[i].column, "%s: %zu", rows[i].text, d.column);
		jdoc_clear(&d);
	}
}

Test(json, numbers_and_raw)
{
	const char *text = "{\"a\":\"0xffffffffffffffff\",\"b\":\"12\",\"c\":7,\"d\":-1,\"e\":1.5,"
	    "\"x-\xf0\x9f\x98\x80\":{\"n\":0.1,\"u\":\"\xe2\x80\xae\x7f\"}}";
	struct jval root, v;
	struct jdoc d;
	struct err e;
	uint64_t n;
	char *raw = NULL;
	size_t len = 0;

	cr_assert_eq(jdoc_parse(&d, text, strlen(text), &e), 0, "%s", e.text);
	root = jdoc_root(&d);
	v = jval_get(&root, "a");
	cr_expect(jval_uint(&v, &n, 0, UINT64_MAX, &e) == 0 && n == UINT64_MAX);
	cr_expect_lt(jval_uint(&v, &n, 0, 100, &e), 0);
	v = jval_get(&root, "b");
	cr_expect(jval_uint(&v, &n, 0, 100, &e) == 0 && n == 12);
	v = jval_get(&root, "c");
	cr_expect(jval_uint(&v, &n, 0, 100, &e) == 0 && n == 7);
	v = jval_get(&root, "d");
	cr_expect_lt(jval_uint(&v, &n, 0, 100, &e), 0);
	cr_expect_str_eq(e.text, "d: found -1, wanted 0 to 100");
	v = jval_get(&root, "e");
	cr_expect_lt(jval_uint(&v, &n, 0, 100, &e), 0);
	v = jval_get(&root, "x-\xf0\x9f\x98\x80");
	cr_expect_eq(jval_raw(&v, true, &raw, &len, &e), 0);
	cr_expect_str_eq(raw, "\"x-\\ud83d\\ude00\":{\"n\":0.1,\"u\":\"\\u202e\\u007f\"}");
	cr_expect_eq(len, strlen(raw));
	free(raw);
	jdoc_clear(&d);
}
