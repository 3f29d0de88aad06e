#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/names.h"
#include "base/secret.h"
#include "base/wr.h"

Test(err, kinds_and_context)
{
	struct err e;
	char long_text[600];

	cr_expect_eq(err_set(&e, "found %d", 1), -1);
	cr_expect_eq(e.kind, ERR_INPUT);
	errno = ENOENT;
	err_sys(&e, "file");
	cr_expect_eq(e.kind, ERR_SYSTEM);
	cr_expect_str_eq(e.text, "file: No such file or directory");
	cr_expect_eq(err_in(&e, "a%c", 'b'), -1);
	cr_expect_str_eq(e.text, "ab: file: No such file or directory");
	cr_expect_eq(e.kind, ERR_SYSTEM);
	err_data(&e, "cut");
	cr_expect_eq(e.kind, ERR_DATA);
	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	err_set(&e, "%s", long_text);
	err_in(&e, "%s", long_text);
	cr_expect_eq(strlen(e.text), sizeof e.text - 1);
}

Test(names, both_ways_and_nearest)
{
	static const struct name rows[] = { { 1, "tunnel" }, { 2, "transport" } };
	struct nearest near = { 0 };

	cr_expect_str_eq(name_by_id(rows, 2, 2), "transport");
	cr_expect_null(name_by_id(rows, 2, 3));
	cr_expect_eq(name_by_name(rows, 2, "TUNNEL")->id, 1);
	cr_expect_null(name_by_name(rows, 2, "tunne"));
	cr_expect(!name_eq(NULL, "a") && !name_eq("a", NULL));
	nearest_offer(&near, "tunenl", "transport");
	nearest_offer(&near, "tunenl", "tunnel");
	nearest_offer(&near, "tunenl", NULL);
	cr_expect_str_eq(nearest_name(&near, "tunenl"), "tunnel");
	near = (struct nearest){ 0 };
	nearest_offer(&near, "zebra", "tunnel");
	cr_expect_null(nearest_name(&near, "zebra"));
}

Test(secret, hex_and_comparison)
{
	struct arena a = { 0 };
	struct secret s, t;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	cr_expect_eq(secret_hex(&a, &s, "00fFaB", 6, &e), 0);
	cr_expect(s.n == 3 && memcmp(s.p, "\x00\xff\xab", 3) == 0);
	cr_expect_eq(secret_copy(&a, &t, s.p, 3, &e), 0);
	cr_expect(secret_eq(&s, &t));
	secret_clear(&t);
	cr_expect(t.n == 0 && !secret_eq(&s, &t));
	cr_expect_lt(secret_hex(&a, &t, "abc", 3, &e), 0);
	cr_expect_str_eq(e.text, "found 3 hex digits, wanted an even number");
	cr_expect_lt(secret_hex(&a, &t, "abxd", 4, &e), 0);
	cr_expect_eq(secret_hex(&a, &t, "", 0, &e), 0);
	cr_expect(t.p == NULL && t.n == 0);
	cr_expect_eq(secret_new(&a, &t, 200000, &e), 0);	/* larger than a block */
	cr_expect_lt(secret_new(&a, &t, SIZE_MAX - 2, &e), 0);
	arena_clear(&a);
	arena_clear(&a);
	arena_clear(NULL);
	secret_clear(NULL);
}

/* sodium_malloc for each of them fails at 16,377 (the limit of mappings). */
Test(secret, twenty_thousand)
{
	struct arena a = { 0 };
	struct secret first = { 0 }, s;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (int i = 0; i < 20000; i++) {
		cr_assert_eq(secret_new(&a, &s, 36, &e), 0, "%s", e.text);
		cr_assert_eq((uintptr_t)s.p % 8, 0);
		memset(s.p, i & 0xff, s.n);
		if (i == 7)
			first = s;
	}
	cr_expect(first.p[0] == 7 && first.p[35] == 7);
	arena_clear(&a);
}

Test(rd, spoils_for_good)
{
	struct rd r = rd_of("\x01\x02\x03\x04\x05", 5), child;

	cr_expect_eq(rd_u16(&r), 0x0102);
	child = rd_sub(&r, 2);
	cr_expect_eq(rd_u16(&child), 0x0304);
	cr_expect(rd_done(&child));
	cr_expect_eq(rd_u8(&child), 0);
	cr_expect(!rd_ok(&child) && rd_ok(&r));
	cr_expect_eq(rd_u32(&r), 0);
	cr_expect(!rd_ok(&r));
	cr_expect_eq(rd_u8(&r), 0, "a spoilt reader gives nothing any more");
	cr_expect_eq(rd_rest(&r).n, 0);
	r = rd_of("\x01\x02\x03", 3);
	cr_expect_eq(*rd_take_end(&r, 1).p, 3);
	cr_expect_eq(rd_rest(&r).n, 2);
	r = rd_of(NULL, 0);
	cr_expect(rd_done(&r) && rd_take(&r, 0).n == 0);
}

Test(wr, writes_nothing_that_does_not_fit)
{
	uint8_t out[8];
	struct wr w = wr_of(out, sizeof out);

	wr_u32(&w, 0x01020304);
	wr_u16(&w, 0x0506);
	cr_expect(wr_ok(&w) && memcmp(out, "\1\2\3\4\5\6", 6) == 0 && wr_room(&w) == 2);
	wr_u32(&w, 1);
	cr_expect(!wr_ok(&w) && w.n == 6 && wr_room(&w) == 0);
	wr_u8(&w, 1);
	cr_expect_eq(w.n, 6);
	w = wr_of(out, sizeof out);
	wr_u64(&w, 0x0102030405060708);
	cr_expect(wr_ok(&w) && load_be64(out) == 0x0102030405060708);
	w = wr_of(out, 2);
	wr_zero(&w, 2);
	wr_span(&w, (struct span){ 0 });
	cr_expect(wr_ok(&w) && out[1] == 0);
}
