/* Text as a traffic selector; turned round twice it is itself, and each side is sound. */
#include <stdlib.h>
#include <string.h>

#include "sa/ts.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check(const struct addr_range *r, size_t n)
{
	if (n > SELECTOR_RANGES)
		abort();
	for (size_t i = 0; i < n; i++)
		if (r[i].first.family != r[i].last.family || addr_cmp(&r[i].first, &r[i].last) > 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1);
	struct selector ts, twice;
	struct err e;

	if (text == NULL)
		return 0;
	if (n > 0)
		memcpy(text, p, n);
	text[n] = '\0';
	if (ts_parse(&ts, text, &e) == 0) {
		check(ts.src, ts.nsrc);
		check(ts.dst, ts.ndst);
		if (ts.sport.first > ts.sport.last || ts.dport.first > ts.dport.last)
			abort();
		twice = ts;
		ts_reverse(&twice);
		ts_reverse(&twice);
		if (memcmp(&twice, &ts, sizeof ts) != 0)
			abort();
	}
	free(text);
	return 0;
}
