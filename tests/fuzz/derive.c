/* Any text as what `ipsec-keygen derive` reads; what it writes is one JSON object. */
#include <stdlib.h>
#include <string.h>

#include "ike/derive.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Key exchange in large groups takes its time, and is tested elsewhere. */
static bool is_slow(const struct derive *d)
{
	return d->set.k.private_key.n > 0 && d->set.k.nke > 0 && d->set.k.ke[0]->kind == KE_KIND_MODP &&
	    d->set.k.ke[0]->pub_i > 256;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct derive d;
	struct jdoc back = { 0 };
	struct arena arena = { 0 };
	struct err e;
	char *text = NULL;
	size_t len = 0;
	FILE *to;

	if (secret_init(&e) < 0)
		return 0;
	if (derive_parse(&d, "text", (const char *)p, n, &arena, &e) == 0 && !is_slow(&d) &&
	    derive_run(&d, &arena, &e) == 0) {
		if ((to = open_memstream(&text, &len)) == NULL)
			abort();
		if (derive_write(to, &d, &e) < 0 || fclose(to) != 0 || jdoc_parse(&back, text, len - 1, &e) < 0)
			abort();
		jdoc_clear(&back);
		free(text);
	}
	arena_clear(&arena);
	return 0;
}
