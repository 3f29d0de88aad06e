/* The inner packet of BEET mode: two octets of choice, the outer headers, the payload. */
#include <stdlib.h>

#include "esp/beet.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct addr src = { 4, { 10, 0, 0, 1 } }, dst = { 4, { 10, 0, 0, 2 } };
	struct ip_view outer, inner;
	struct span plain;
	struct wr w;
	uint8_t *out;

	if (n < 2 || ip_parse(&outer, p + 2, n - 2) != IP_OK)
		return 0;
	if (p[0] & 1)
		src.family = dst.family = 6;
	plain = (struct span){ p + 2 + outer.payload, n - 2 - outer.payload };
	out = malloc(plain.n + BEET_ROOM);
	w = wr_of(out, plain.n + BEET_ROOM);
	if (beet_restore(&w, &outer, p + 2, plain, p[1], &src, &dst) == V_OK &&
	    (out[0] >> 4 != src.family || (src.family == 4 &&
	    (ip_parse(&inner, out, w.n) != IP_OK || inner.len != w.n))))
		abort();
	free(out);
	return 0;
}
