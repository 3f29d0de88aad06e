/* Link layers, IP headers, UDP, and where the protected part is: any bytes as any link type. */
#include <stdlib.h>

#include "esp/mode.h"
#include "esp/place.h"
#include "packet/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const uint16_t types[] = { 0, 1, 12, 14, 101, 108, 113, 228, 229, 276, 9999,
		8, 9, 50, 51, 104, 109, 117, 166, 204, 219, 226, 239, 242, 252 };
	static struct sad *sad;
	struct selector_view view;
	struct link_view link;
	struct place pl;
	struct err e;
	uint32_t len;

	if (sad == NULL)
		sad = sad_new(&e);
	if (n < 1)
		return 0;
	if (link_parse(types[p[0] % (sizeof types / sizeof types[0])], p + 1, n - 1, &link) == LINK_IP) {
		if (link.ip > n - 1 || link.type > link.ip)
			abort();
		if (place_find(&pl, p + 1 + link.ip, n - 1 - link.ip, sad) == PLACE_ESP &&
		    pl.at > n - 1 - link.ip)
			abort();
		place_view(&view, p + 1 + link.ip, n - 1 - link.ip);
	}
	if (mode_inner(p + 1, n - 1, p[0] & 1 ? 4 : 41, &len) == V_OK && len > n - 1)
		abort();
	return 0;
}
