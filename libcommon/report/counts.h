/*
 * counts.h - how many there are of each of a closed set of words, for people and as
 * the members of a JSON object; those there are none of are left out.
 */
#ifndef REPORT_COUNTS_H
#define REPORT_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct counts {
	const uint64_t *count;
	unsigned n;
	const char *(*name)(unsigned i);
};

/* "ok":40,"bad-icv":2 */
void counts_json(FILE *to, struct counts c);
/* "42 packets: 40 ok, 2 bad-icv" into text; first: what comes before the first count.  Returns text. */
char *counts_text(char *text, size_t cap, const char *first, struct counts c);
char *counts_packets(char *text, size_t cap, uint64_t packets, struct counts c);

#endif
