/* Any compressed payload into little or much room; what comes out must be the same again. */
#include <stdlib.h>
#include <string.h>

#include "esp/ipcomp.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct ipcomp *c;
	struct ipcomp_view v;
	size_t cap, len, again;
	uint8_t *out, *twice;
	struct err e;

	if (n < 2 || (c == NULL && (c = ipcomp_new(&e)) == NULL))
		return 0;
	cap = (size_t)p[0] << 8 | p[1];
	out = malloc(cap + 1);
	twice = malloc(IPCOMP_MAX);
	if (ipcomp_open(c, p + 2, n - 2, out, cap, &len, &v) == V_OK) {
		enum verdict same = ipcomp_open(c, p + 2, n - 2, twice, IPCOMP_MAX, &again, &v);

		if (len > cap || same != V_OK || len != again || memcmp(out, twice, len) != 0)
			abort();
	} else if (len != 0) {
		abort();
	}
	free(out);
	free(twice);
	return 0;
}
