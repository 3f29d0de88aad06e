#include "ike/pool.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"

static struct pool *pool(const char *text)
{
	struct pool *p;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	cr_assert((p = pool_new(text, &e)) != NULL, "%s", e.text);
	return p;
}

static struct addr addr(const char *text)
{
	struct addr a;
	struct err e;

	cr_assert_eq(addr_parse(&a, text, strlen(text), &e), 0);
	return a;
}

/* Who gets which address; "none". */
static const char *take(struct pool *p, int family, const char *who, const char *want)
{
	static char text[ADDR_TEXT];
	struct addr a = { 0 }, w = { 0 };
	struct err e;
	int got;

	if (want != NULL)
		w = addr(want);
	got = pool_take(p, family, (struct span){ (const uint8_t *)who, strlen(who) }, &w, &a, &e);
	cr_assert_geq(got, 0);
	return got == 0 ? "none" : addr_format(text, &a);
}

static void give(struct pool *p, const char *text)
{
	struct addr a = addr(text);

	pool_give_back(p, &a);
}

Test(pool, in_order_then_again)
{
	struct pool *p = pool("10.9.0.0/29");

	cr_expect_str_eq(take(p, 4, "a", NULL), "10.9.0.1");
	cr_expect_str_eq(take(p, 4, "b", NULL), "10.9.0.2");
	cr_expect_str_eq(take(p, 4, "c", NULL), "10.9.0.3");
	cr_expect_str_eq(take(p, 6, "c", NULL), "none");
	cr_expect_eq(pool_leases(p), 3);
	give(p, "10.9.0.2");
	give(p, "10.9.0.2");
	give(p, "10.9.0.6");
	give(p, "10.8.0.1");
	cr_expect_eq(pool_leases(p), 2);
	cr_expect_str_eq(take(p, 4, "d", NULL), "10.9.0.4", "those never given come first");
	cr_expect_str_eq(take(p, 4, "b", NULL), "10.9.0.2", "the one it had");
	cr_expect_str_eq(take(p, 4, "b", NULL), "10.9.0.5", "a second time at once");
	cr_expect_str_eq(take(p, 4, "e", NULL), "10.9.0.6");
	cr_expect_str_eq(take(p, 4, "f", NULL), "none", "the last of the prefix is not given");
	give(p, "10.9.0.3");
	give(p, "10.9.0.1");
	cr_expect_str_eq(take(p, 4, "f", NULL), "10.9.0.3", "longest free");
	cr_expect_str_eq(take(p, 4, "c", NULL), "10.9.0.1");
	cr_expect_eq(pool_leases(p), 6);
	pool_free(p);
}

Test(pool, wanted)
{
	struct pool *p = pool("10.9.0.0/24, 10.10.0.5-10.10.0.7");

	cr_expect_str_eq(take(p, 4, "a", "10.9.0.77"), "10.9.0.77");
	cr_expect_str_eq(take(p, 4, "b", "10.9.0.77"), "10.9.0.1", "taken");
	cr_expect_str_eq(take(p, 4, "c", "192.0.2.1"), "10.9.0.2", "not ours");
	cr_expect_str_eq(take(p, 4, "d", "10.9.0.0"), "10.9.0.3");
	cr_expect_str_eq(take(p, 4, "e", "10.9.0.255"), "10.9.0.4");
	cr_expect_str_eq(take(p, 4, "f", "10.10.0.6"), "10.10.0.6", "of the second range");
	give(p, "10.10.0.6");
	cr_expect_str_eq(take(p, 4, "f", NULL), "10.10.0.6", "had, of the second range");
	cr_expect_str_eq(take(p, 4, "f", "2001:db8::1"), "10.9.0.5");
	pool_free(p);
}

Test(pool, both_families)
{
	struct pool *p = pool("10.9.0.1/32,fd00:9::/112");

	cr_expect(pool_has(p, 4) && pool_has(p, 6));
	cr_expect_str_eq(take(p, 4, "a", NULL), "10.9.0.1");
	cr_expect_str_eq(take(p, 4, "b", NULL), "none");
	cr_expect_str_eq(take(p, 6, "a", NULL), "fd00:9::1");
	cr_expect_str_eq(take(p, 6, "b", "fd00:9::ffff"), "fd00:9::ffff");
	cr_expect_str_eq(take(p, 6, "c", "fd00:9::1:0"), "fd00:9::2");
	pool_free(p);
	p = pool("fd00::/64");
	cr_expect(!pool_has(p, 4));
	cr_expect_str_eq(take(p, 6, "a", "fd00::10:0"), "fd00::10:0");
	cr_expect_str_eq(take(p, 6, "b", "fd00::1:0:0:1"), "fd00::1", "too far to be given");
	pool_free(p);
	p = pool("0.0.0.0-255.255.255.255");
	cr_expect_str_eq(take(p, 4, "a", NULL), "0.0.0.0");
	pool_free(p);
}

/* All of a /16, given back and taken by the same again; then by others. */
Test(pool, full)
{
	struct pool *p = pool("10.9.0.0/16");
	struct addr a[65534], b;
	char who[16];
	struct err e;
	unsigned other = 0;

	for (int i = 0; i < 65534; i++) {
		int n = snprintf(who, sizeof who, "%d", i);

		cr_assert_eq(pool_take(p, 4, (struct span){ (uint8_t *)who, (size_t)n }, NULL, &a[i], &e), 1);
	}
	cr_expect_str_eq(take(p, 4, "x", NULL), "none");
	for (int i = 0; i < 65534; i++)
		pool_give_back(p, &a[i]);
	cr_expect_eq(pool_leases(p), 0);
	for (int i = 65533; i >= 0; i--) {
		int n = snprintf(who, sizeof who, "%d", i);

		cr_assert_eq(pool_take(p, 4, (struct span){ (uint8_t *)who, (size_t)n }, NULL, &b, &e), 1);
		other += !addr_eq(&a[i], &b);
	}
	cr_expect_eq(other, 0);
	for (int i = 0; i < 65534; i++)
		pool_give_back(p, &a[i]);
	cr_expect_str_eq(take(p, 4, "x", NULL), "10.9.0.1");
	pool_free(p);
}

static const struct { const char *text, *why; } wrong[] = {
	{ "", "found no address in \"\"" }, { " ,", "found no address in \" ,\"" }, { "10.9.0.0/33", NULL },
	{ "gw", NULL }, { "10.9.0.5-10.9.0.1", NULL },
	{ "10.9.0.0/24,10.9.0.8-10.9.0.9", "\"10.9.0.8-10.9.0.9\" overlaps a range before it" },
	{ "1.0.0.1,2.0.0.1,3.0.0.1,4.0.0.1,5.0.0.1,6.0.0.1,7.0.0.1,8.0.0.1,9.0.0.1", "more than 8 ranges of addresses" },
};

Test(pool, what_is_none)
{
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct pool *p = pool_new(wrong[i].text, &e);

		cr_expect(p == NULL, "%s", wrong[i].text);
		cr_expect(wrong[i].why == NULL || strcmp(e.text, wrong[i].why) == 0, "%s: %s", wrong[i].text, e.text);
		pool_free(p);
	}
	pool_free(NULL);
}
