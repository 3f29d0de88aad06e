/* Cookies, and the table of a hub. */
#include <criterion/criterion.h>

#include "ike/cookie.h"
#include "ike/hub_map.h"
#include "unit/ike/pair_conf.h"

static struct rng rng;
static struct err e;
static const int64_t now = INT64_C(1790000000000000000), second = 1000000000;

static void setup(void)
{
	cr_assert_eq(secret_init(&e), 0);
	rng_init_seed(&rng, (struct span){ (const uint8_t *)"hub", 3 }, "hub");
}

TestSuite(cookie, .init = setup);
TestSuite(hub_map, .init = setup);

Test(cookie, two_secrets)
{
	struct cookies c;
	uint8_t cookie[COOKIE_LEN], nonce[16] = { 1 };
	struct addr a = pair_addr("192.0.2.1"), b = pair_addr("192.0.2.2");
	struct cookie_of of = { { nonce, 16 }, &a, 7 }, other = { { nonce, 16 }, &b, 7 }, spi = { { nonce, 16 }, &a, 8 },
	    shorter = { { nonce, 15 }, &a, 7 };
	struct span s = { cookie, sizeof cookie };

	cr_assert_eq(cookies_init(&c, &rng, now, &e), 0);
	cr_assert_eq(cookie_make(&c, &of, cookie, &e), 0);
	cr_expect(cookie_ok(&c, &of, s));
	cr_expect_not(cookie_ok(&c, &other, s));
	cr_expect_not(cookie_ok(&c, &spi, s));
	cr_expect_not(cookie_ok(&c, &shorter, s));
	cr_expect_not(cookie_ok(&c, &of, (struct span){ cookie, COOKIE_LEN - 1 }));
	cookies_age(&c, &rng, now + 59 * second);
	cookies_age(&c, &rng, now + 61 * second);
	cr_expect(cookie_ok(&c, &of, s));
	cookies_age(&c, &rng, now + 122 * second);
	cr_expect_not(cookie_ok(&c, &of, s));
	cookies_clear(&c);
}

/* Against a plain list: entries added and removed at random, with few different keys. */
Test(hub_map, against_a_list)
{
	enum { N = 3000, KEYS = 700 };
	static bool there[N];
	struct hub_map m = { 0 };

	for (int round = 0; round < 40000; round++) {
		uint32_t i = rng_below(&rng, N);
		struct session *s = (struct session *)(uintptr_t)(i + 1);

		if (!there[i])
			cr_assert_eq(hub_map_add(&m, i % KEYS, s), 0);
		else
			hub_map_remove(&m, i % KEYS, s);
		there[i] = !there[i];
	}
	for (uint32_t k = 0; k < KEYS; k++) {
		unsigned want = 0, found = 0;
		size_t at = 0;
		struct session *s;

		for (uint32_t i = k; i < N; i += KEYS)
			want += there[i];
		while ((s = hub_map_find(&m, k, &at)) != NULL) {
			cr_assert(there[(uintptr_t)s - 1] && ((uintptr_t)s - 1) % KEYS == k);
			found++;
		}
		cr_assert_eq(want, found);
	}
	hub_map_clear(&m);
}
