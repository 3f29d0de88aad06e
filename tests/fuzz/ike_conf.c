/* Bytes as a configuration; held against itself and against itself turned round. */
#include <stdlib.h>
#include <string.h>

#include "ike/compare.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const names[2] = { "A", "B" };
	static struct conf a, b;
	static struct compared c;
	struct err e;

	if (secret_init(&e) < 0)
		abort();
	if (conf_read(&a, (const char *)p, n, &e) == 0 && conf_read(&b, (const char *)p, n, &e) == 0) {
		if (!conf_looks((const char *)p, n))
			abort();
		for (unsigned i = 0; i < a.nconn; i++) {
			const struct conf_conn *other = conf_opposite(&a, &b, i);

			if (other == NULL)
				continue;
			conf_compare(&c, &a, a.conn[i], &b, other, names);
			/* what an end offers it also takes */
			if (c.has_ike && !c.found)
				abort();
		}
		conf_free(&b);
	}
	conf_free(&a);
	memset(&b, 0, sizeof b);
	return 0;
}
