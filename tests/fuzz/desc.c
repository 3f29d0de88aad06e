/* One line of text as a descriptor; what is accepted must print and read back as itself. */
#include <stdlib.h>
#include <string.h>

#include "sa/desc.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static char *print(const struct sa *sa, size_t *n)
{
	char *out = NULL;
	FILE *to = open_memstream(&out, n);

	desc_write(to, sa, true);
	fclose(to);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena arena = { 0 };
	char *one, *two;
	size_t column, n1, n2;
	struct sa sa;
	struct err e;

	if (secret_init(&e) < 0)
		abort();
	if (desc_parse(&sa, &arena, (const char *)p, n, &column, &e) == DESC_SA) {
		one = print(&sa, &n1);
		sa_clear(&sa);
		if (desc_parse(&sa, &arena, one, n1 - 1, &column, &e) != DESC_SA)
			abort();
		two = print(&sa, &n2);
		if (n1 != n2 || memcmp(one, two, n1) != 0)
			abort();
		free(one);
		free(two);
	}
	sa_clear(&sa);
	arena_clear(&arena);
	return 0;
}
