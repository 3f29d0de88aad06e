#include "report/counts.h"

#include <inttypes.h>

void counts_json(FILE *to, struct counts c)
{
	const char *comma = "";

	for (unsigned i = 0; i < c.n; i++)
		if (c.count[i] > 0) {
			fprintf(to, "%s\"%s\":%" PRIu64, comma, c.name(i), c.count[i]);
			comma = ",";
		}
}

char *counts_text(char *text, size_t cap, const char *first, struct counts c)
{
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < c.n; i++)
		if (c.count[i] > 0 && at < cap) {
			at += (size_t)snprintf(text + at, cap - at, "%s %" PRIu64 " %s", first, c.count[i], c.name(i));
			first = ",";
		}
	return text;
}

char *counts_packets(char *text, size_t cap, uint64_t packets, struct counts c)
{
	size_t at = (size_t)snprintf(text, cap, "%" PRIu64 " packet%s", packets, packets == 1 ? "" : "s");

	counts_text(text + at, cap - at, ":", c);
	return text;
}
