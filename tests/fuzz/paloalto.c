/* PAN-OS: show vpn ipsec-sa, show vpn flow. */
#include "format_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	return feed("paloalto", p, n);
}
