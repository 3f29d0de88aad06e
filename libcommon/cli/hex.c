#include "cli/hex.h"

#include <stdbool.h>

#include "base/text.h"

int hex_read(FILE *from, const char *name, uint8_t *out, size_t cap, size_t *n, struct err *e)
{
	unsigned value = 0, digits = 0;
	int c;

	*n = 0;
	while ((c = getc(from)) != EOF) {
		char ch = (char)c;

		if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
			continue;
		if (hex_span(&ch, 1) == 0)
			return err_set(e, "%s: found \"%c\" after %u hex digits, wanted hex digits", name, c,
			    digits);
		if (*n == cap)
			return err_set(e, "%s: more than %zu bytes", name, cap);
		ch = ascii_lower(ch);
		value = value << 4 | (unsigned)(ch >= 'a' ? ch - 'a' + 10 : ch - '0');
		if (++digits % 2 == 0)
			out[(*n)++] = (uint8_t)value;
	}
	if (digits % 2 != 0)
		return err_set(e, "%s: found %u hex digits, wanted an even number", name, digits);
	return *n > 0 ? 0 : err_data(e, "%s: empty, wanted a packet as hex digits", name);
}
