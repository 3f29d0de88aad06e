/* Many at one responder. */
#include <criterion/criterion.h>
#include <malloc.h>
#include <unistd.h>

#include "unit/ike/crowd.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { MANY = 10000, MOST_EACH = SANITIZED ? 96 * 1024 : 24 * 1024 };	/* red zones are not ours */

static size_t resident(void)
{
	unsigned long size, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	cr_assert(f != NULL && fscanf(f, "%lu %lu", &size, &pages) == 2);
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* 10,000 IKE SAs with a child each are held, and found; what each costs has a bound. */
Test(crowd, ten_thousand)
{
	static struct crowd c;
	struct hub_stats stats;
	size_t before, each;

	crowd_init(&c, "ten thousand");
	for (unsigned i = 0; i < 100; i++)
		cr_assert(crowd_one(&c, i), "%u: %s", i, c.failed);
	before = resident();
	for (unsigned i = 100; i < MANY; i++)
		cr_assert(crowd_one(&c, i), "%u: %s", i, c.failed);
	each = (resident() - before) / (MANY - 100);
	hub_stats(c.hub, &stats);
	cr_expect_eq(stats.sessions, MANY, "%llu", (unsigned long long)stats.sessions);
	cr_expect_eq(stats.half_open, 0);
	cr_expect_eq(c.up, MANY);
	cr_expect_eq(c.down, 0);
	for (size_t i = 0; i < MANY; i += 997) {
		struct session *s = hub_at(c.hub, i);
		const struct session_child *k;

		cr_assert_not_null(s);
		k = session_child_at(s, 0);
		cr_assert_not_null(k);
		cr_expect_eq(hub_by_child(c.hub, k->in.spi, &k), s);
	}
	cr_log_info("%zu bytes an IKE SA with its child\n", each);
	cr_expect_lt(each, MOST_EACH, "%zu bytes an IKE SA with its child", each);
	crowd_clear(&c);
}
