/* printable.h - for entries whose output people see: no control got through. */
#ifndef TESTS_FUZZ_PRINTABLE_H
#define TESTS_FUZZ_PRINTABLE_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The length of "\033[1;31m", as colours are written, at text; 0: something else. */
static inline size_t colour_len(const char *text, size_t n)
{
	size_t i = 2;

	if (n < 3 || text[0] != '\033' || text[1] != '[')
		return 0;
	while (i < n && strchr("0123456789;", text[i]) != NULL && text[i] != '\0')
		i++;
	return i < n && text[i] == 'm' ? i + 1 : 0;
}

/* coloured: our own colours may stand between. */
static inline void want_text(const char *text, size_t n, bool coloured)
{
	for (size_t i = 0; i < n; i++) {
		size_t skip = coloured ? colour_len(text + i, n - i) : 0;

		if (skip > 0)
			i += skip - 1;
		else if ((unsigned char)text[i] < ' ' && text[i] != '\n')
			abort();
	}
}

static inline void want_printable(const char *text, size_t n)
{
	want_text(text, n, false);
}

#endif
