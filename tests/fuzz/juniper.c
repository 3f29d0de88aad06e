/* Junos: show security ipsec security-associations. */
#include "format.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	return format_fuzz("juniper", p, n);
}
