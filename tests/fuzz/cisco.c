/* IOS and ASA: show crypto ipsec sa. */
#include "format_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	return feed("cisco", p, n);
}
