/* printable.h - for entries whose output people see: no control got through. */
#ifndef TESTS_FUZZ_PRINTABLE_H
#define TESTS_FUZZ_PRINTABLE_H

#include <stdlib.h>

static inline void want_printable(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' && text[i] != '\n')
			abort();
}

#endif
