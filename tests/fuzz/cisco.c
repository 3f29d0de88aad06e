/* IOS and ASA: show crypto ipsec sa. */
#include "format.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	return format_fuzz("cisco", p, n);
}
