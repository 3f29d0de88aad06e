/* Text as /proc/net/xfrm_stat; what was found must print in both forms. */
#include <stdlib.h>

#include "fuzz/printable.h"
#include "report/xfrm_stat.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct findings f = { 0 };
	char *text = NULL;
	struct err e;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (to == NULL)
		abort();
	xfrm_stat_read(&f, (const char *)p, n, "fuzz", &e);
	findings_sort(&f);
	findings_json(to, &f);
	if (findings_print(&(struct table_place){ to, n % 200, false }, &f, true, &e) < 0)
		abort();
	fclose(to);
	want_printable(text, len);
	free(text);
	findings_clear(&f);
	return 0;
}
