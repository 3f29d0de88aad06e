#include <criterion/criterion.h>

#include "base/wr.h"
#include "esp/ivgen.h"

static struct rng rng;

static void start(void)
{
	rng_init_seed(&rng, (struct span){ (const uint8_t *)"x", 1 }, "test");
}

TestSuite(ivgen, .init = start);

Test(ivgen, counter)
{
	struct ivgen g = { .kind = IVGEN_COUNTER, .n = 8, .nonce = true, .next = UINT64_MAX - 1 };
	uint8_t iv[IVGEN_MAX];

	cr_assert(ivgen_next(&g, &rng, iv));
	cr_expect_eq(load_be64(iv), UINT64_MAX - 1);
	cr_assert(ivgen_next(&g, &rng, iv));
	cr_expect_eq(load_be64(iv), UINT64_MAX);
	for (int i = 0; i < 3; i++)
		cr_expect_not(ivgen_next(&g, &rng, iv), "all were given");
}

Test(ivgen, masked_numbers_do_not_repeat)
{
	struct ivgen g = { .kind = IVGEN_RANDOM, .n = 8, .nonce = true, .next = 1 };
	uint8_t iv[IVGEN_MAX];

	store_be64(g.mask, 0x0123456789abcdef);
	for (uint64_t i = 1; i < 1000; i++) {
		cr_assert(ivgen_next(&g, &rng, iv));
		cr_expect_eq(load_be64(iv) ^ 0x0123456789abcdef, i);
	}
}

Test(ivgen, fixed_once)
{
	struct ivgen g = { .kind = IVGEN_FIXED, .n = 4, .mask = { 1, 2, 3, 4 } };
	uint8_t iv[IVGEN_MAX];

	cr_assert(ivgen_next(&g, &rng, iv));
	cr_expect_eq(load_be32(iv), 0x01020304);
	cr_expect_not(ivgen_next(&g, &rng, iv));
}

Test(ivgen, sizes)
{
	struct ivgen none = { .n = 0, .spent = true }, wide = { .n = 16, .next = 258 },
	    narrow = { .n = 2, .next = 65535 };
	uint8_t iv[IVGEN_MAX] = { 0xff };

	cr_expect(ivgen_next(&none, &rng, iv), "nothing travels");
	cr_assert(ivgen_next(&wide, &rng, iv));
	cr_expect(load_be64(iv) == 0 && load_be64(iv + 8) == 258);
	cr_assert(ivgen_next(&narrow, &rng, iv));
	cr_expect_eq(load_be16(iv), 65535);
	cr_expect_not(ivgen_next(&narrow, &rng, iv), "65536 does not fit");
}

Test(ivgen, cbc_is_random)
{
	struct ivgen g = { .kind = IVGEN_RANDOM, .n = 16, .next = 1 };
	uint8_t a[IVGEN_MAX], b[IVGEN_MAX];

	cr_assert(ivgen_next(&g, &rng, a) && ivgen_next(&g, &rng, b));
	cr_expect_neq(memcmp(a, b, 16), 0);
	cr_expect_neq(load_be64(a) ^ load_be64(b), 3, "no counter");
}
