/* Carriers: any bytes as an IP packet; what is found inside must be inside. */
#include <stdlib.h>

#include "packet/carrier.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct carrier_path path;
	struct carrier c;

	if (carrier_next(p, n, &c) && (c.name == NULL || c.at == 0 || c.n == 0 || c.n > n || c.at > n - c.n))
		abort();
	if (carrier_dig(p, n, &path) > CARRIER_DEPTH || path.n > n || path.at > n - path.n)
		abort();
	for (unsigned i = 0; i < path.depth; i++)
		if (path.name[i] == NULL)
			abort();
	return 0;
}
