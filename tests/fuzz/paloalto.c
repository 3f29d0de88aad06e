/* PAN-OS: show vpn ipsec-sa, show vpn flow. */
#include "format.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	return format_fuzz("paloalto", p, n);
}
