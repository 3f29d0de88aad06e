#include <criterion/criterion.h>
#include <string.h>

#include "base/secret.h"

enum { ARENAS = 500 };

static struct err e;

static struct secret fill(struct arena *a, size_t n, uint8_t with)
{
	struct secret s;

	cr_assert_eq(secret_new(a, &s, n, &e), 0);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(s.p[i], 0);
	if (n > 0)
		memset(s.p, with, n);
	return s;
}

static bool is_all(struct secret s, uint8_t with)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != with)
			return false;
	return true;
}

Test(secret_pool, arenas_do_not_meet)
{
	static struct arena a[ARENAS];
	static struct secret s[ARENAS], t[ARENAS];
	struct secret_pool pool = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	for (int i = 0; i < ARENAS; i++) {
		a[i].pool = &pool;
		s[i] = fill(&a[i], (size_t)i % 300 + 1, (uint8_t)i);
	}
	for (int i = 0; i < ARENAS; i++)
		t[i] = fill(&a[i], 1500, (uint8_t)(i + 1));
	for (int i = 0; i < ARENAS; i += 2)
		arena_clear(&a[i]);
	for (int i = 1; i < ARENAS; i += 2)
		cr_assert(is_all(s[i], (uint8_t)i) && is_all(t[i], (uint8_t)(i + 1)), "%d", i);
	for (int i = 0; i < ARENAS; i++)
		arena_clear(&a[i]);
	secret_pool_clear(&pool);
}

/* What was given back is zero, and is taken again before there is more memory. */
Test(secret_pool, slots_come_again_zeroed)
{
	struct secret_pool pool = { 0 };
	struct arena a = { .pool = &pool }, b = { .pool = &pool };
	struct secret s;
	uint8_t *p;

	cr_assert_eq(secret_init(&e), 0);
	s = fill(&a, 2000, 0x5a);
	p = s.p;
	arena_clear(&a);
	cr_expect(is_all(s, 0));
	cr_expect_null(a.last);
	cr_expect_eq(fill(&b, 8, 1).p, p);
	arena_clear(&b);
	secret_pool_clear(&pool);
	secret_pool_clear(&pool);
}

Test(secret_pool, large_ones_have_their_own_memory)
{
	struct secret_pool pool = { 0 };
	struct arena a = { .pool = &pool };
	struct secret small, large, more;

	cr_assert_eq(secret_init(&e), 0);
	small = fill(&a, 16, 1);
	large = fill(&a, 100000, 2);
	more = fill(&a, 2024, 3);		/* a slot without its header */
	cr_expect_eq((uintptr_t)large.p % 8, 0);
	cr_expect(is_all(small, 1) && is_all(large, 2) && is_all(more, 3));
	arena_clear(&a);
	secret_pool_clear(&pool);
}
