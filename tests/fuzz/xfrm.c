/* See format.h.  All formats: records of several follow each other in one text. */
#include "format.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	return format_fuzz(NULL, p, n);
}
