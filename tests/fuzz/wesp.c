/* WESP headers, plain and in UDP. */
#include <stdlib.h>

#include "esp/esp.h"
#include "packet/wesp.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct wesp_view w;
	bool udp;

	if (n < 1)
		return 0;
	udp = (p[0] & 2) && wesp_in_udp(p + 1, n - 1);
	if (wesp_parse(&w, p + 1, n - 1, p[0] & 1 ? 6 : 4, udp) != V_OK)
		return 0;
	if (w.esp + ESP_HEAD > n - 1 || (w.encrypted && w.payload != 0))
		abort();
	if (wesp_check(&w, !w.encrypted, 0, 0, 0) == V_OK)
		abort();
	return 0;
}
