/* load.h - tests' way from text to a database: text in pieces, notes collected. */
#ifndef TESTS_SA_LOAD_H
#define TESTS_SA_LOAD_H

#include <stdio.h>
#include <string.h>

#include "sa/desc.h"
#include "sa/format.h"
#include "unit/text.h"

struct loaded { struct sad *sad; struct err e; char notes[16384]; uint64_t count, skipped; int rc; };

static inline void load_note(void *arg, const char *where, const char *text)
{
	struct loaded *l = arg;
	size_t n = strlen(l->notes);

	snprintf(l->notes + n, sizeof l->notes - n, "%s: %s\n", where, text);
}

static inline void load(struct loaded *l, const char *text, size_t n, size_t step)
{
	struct format_source *s;

	*l = (struct loaded){ 0 };
	l->sad = sad_new(&l->e);
	s = format_source_new("f", l->sad, load_note, l, &l->e);
	for (size_t i = 0; i < n && l->rc == 0; i += step)
		l->rc = format_source_push(s, text + i, n - i < step ? n - i : step, &l->e);
	if (l->rc == 0)
		l->rc = format_source_end(s, &l->e);
	l->count = format_source_count(s);
	l->skipped = format_source_skipped(s);
	format_source_free(s);
}

/* Everything as descriptors; heap. */
static inline char *load_print(const struct loaded *l, bool keys)
{
	char *out = NULL;
	size_t n;
	FILE *to = open_memstream(&out, &n);

	for (uint32_t i = 0; i < sad_count(l->sad); i++)
		desc_write(to, &sad_at(l->sad, i)->sa, keys);
	fclose(to);
	return out;
}

#endif
