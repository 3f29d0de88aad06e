/* FortiOS: diagnose vpn tunnel list. */
#include "format.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	return format_fuzz("fortigate", p, n);
}
