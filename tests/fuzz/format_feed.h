/*
 * format_feed.h - what the fuzz entries of the format readers share: text in odd-sized pieces, the
 * first byte choosing them, with pauses, taken for one format's or for any; whatever was made of it
 * must be valid and print.
 */
#ifndef TESTS_FORMAT_FEED_H
#define TESTS_FORMAT_FEED_H

#include <stdlib.h>
#include <string.h>

#include "sa/desc.h"
#include "sa/format.h"

static void feed_note(void *arg, const char *where, const char *text)
{
	(void)arg;
	if (strlen(where) + strlen(text) > 4096)
		abort();
}

static int feed_pieces(struct format_source *s, const uint8_t *p, size_t n, struct err *e)
{
	size_t step = n > 0 ? 1 + p[0] % 61 : 1;

	for (size_t i = 0; i < n; i += step) {
		if (format_source_push(s, p + i, n - i < step ? n - i : step, e) < 0)
			return -1;
		if (i % 7 == 3 && format_source_idle(s, e) < 0)
			return -1;
	}
	return format_source_end(s, e);
}

/* name: the row; NULL: any. */
static int feed(const char *name, const uint8_t *p, size_t n)
{
	const struct format *row = NULL;
	struct format_source *s;
	struct err e;
	struct sad *sad = sad_new(&e);
	char *out = NULL;
	size_t len;
	FILE *to;

	if (sad == NULL || (s = format_source_new("fuzz", sad, feed_note, NULL, &e)) == NULL)
		abort();
	if (name != NULL) {
		if (format_by_name(&row, name, &e) < 0)
			abort();
		format_source_only(s, row);
	}
	feed_pieces(s, p, n, &e);
	to = open_memstream(&out, &len);
	for (uint32_t i = 0; i < sad_count(sad); i++) {
		if (sa_check(&sad_at(sad, i)->sa, &e) < 0)
			abort();
		desc_write(to, &sad_at(sad, i)->sa, true);
	}
	fclose(to);
	free(out);
	format_source_free(s);
	sad_free(sad);
	return 0;
}

#endif
