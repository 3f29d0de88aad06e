/* load.h - tests' way from text to a keyring: text in pieces, notes collected, sets printed. */
#ifndef TESTS_IKE_LOAD_H
#define TESTS_IKE_LOAD_H

#include <stdio.h>
#include <string.h>

#include "ike/keylog.h"

struct loaded { struct keyring ring; struct err e; char notes[16384]; uint64_t count, skipped; int rc; };

static inline void load_note(void *arg, const char *where, const char *text)
{
	struct loaded *l = arg;
	size_t n = strlen(l->notes);

	snprintf(l->notes + n, sizeof l->notes - n, "%s: %s\n", where, text);
}

static inline void load(struct loaded *l, const char *text, size_t n, size_t step)
{
	struct keyfile *f;

	*l = (struct loaded){ 0 };
	if ((l->rc = secret_init(&l->e)) < 0)
		return;
	f = keyfile_new("f", &l->ring, load_note, l, &l->e);
	for (size_t i = 0; i < n && l->rc == 0; i += step)
		l->rc = keyfile_push(f, text + i, n - i < step ? n - i : step, &l->e);
	if (l->rc == 0)
		l->rc = keyfile_end(f, &l->e);
	l->count = keyfile_count(f);
	l->skipped = keyfile_skipped(f);
	keyfile_free(f);
}

static inline void unload(struct loaded *l)
{
	keyring_clear(&l->ring);
}

static inline char *load_file(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t cap = 0;
	ssize_t got = f != NULL ? getdelim(&text, &cap, EOF, f) : -1;

	*n = got > 0 ? (size_t)got : 0;
	if (f != NULL)
		fclose(f);
	return text;
}

/* Everything as lines of type ike, and what was noted; heap. */
static inline char *load_print(const struct loaded *l)
{
	struct format_out o = { 0 };
	char *out = NULL;
	struct err e;
	size_t n;

	o.to = open_memstream(&out, &n);
	for (size_t i = 0; i < l->ring.n; i++)
		keylog_row(0)->write(&o, l->ring.sets[i], &e);
	for (const char *p = l->notes; *p != '\0'; p += strcspn(p, "\n") + 1)
		fprintf(o.to, "note: %.*s\n", (int)strcspn(p, "\n"), p);
	fclose(o.to);
	return out;
}

#endif
