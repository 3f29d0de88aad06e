#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

Test(mem, bounded)
{
	struct mem m;
	unsigned char *p, *q;

	mem_init(&m, 100000);
	p = mem_new(&m, 3);
	q = mem_new(&m, 50000);
	cr_assert(p != NULL && q != NULL);
	memset(p, 1, 3);
	memset(q, 1, 50000);
	cr_expect_eq((uintptr_t)q % 16, 0);
	cr_expect_null(mem_new(&m, 50000), "past the limit");
	cr_expect_not_null(mem_new(&m, 0));
	cr_expect_null(mem_array(&m, SIZE_MAX / 2, 16), "an overflow");
	cr_expect_null(mem_new(&m, SIZE_MAX));
	p = mem_array(&m, 2, 8);
	for (int i = 0; i < 16; i++)
		cr_expect_eq(p[i], 0);
	mem_clear(&m);
	cr_expect_eq(m.used, 0);
	cr_expect_not_null(mem_new(&m, 90000), "as new");
	mem_clear(&m);
	mem_clear(&m);
}
