/* RouterOS: installed-sa print. */
#include "format.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	return format_fuzz("mikrotik", p, n);
}
