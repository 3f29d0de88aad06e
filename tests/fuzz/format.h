/*
 * format.h - one format's reader under fuzz: text in odd-sized pieces, the first byte choosing them, with pauses.
 * What comes out must be valid and print; what the format writes of it must read back.
 */
#ifndef TESTS_FUZZ_FORMAT_H
#define TESTS_FUZZ_FORMAT_H

#include <stdlib.h>
#include <string.h>

#include "sa/desc.h"
#include "sa/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void format_fuzz_note(void *arg, const char *where, const char *text)
{
	(void)arg;
	if (strlen(where) + strlen(text) > 4096)
		abort();
}

static int format_fuzz_feed(struct format_source *s, const uint8_t *p, size_t n, struct err *e)
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

static struct sad *format_fuzz_read(const struct format *f, const uint8_t *p, size_t n, int *rc, struct err *e)
{
	struct sad *sad = sad_new(e);
	struct format_source *s;

	if (sad == NULL || (s = format_source_new("fuzz", sad, format_fuzz_note, NULL, e)) == NULL)
		abort();
	format_source_only(s, f);
	*rc = format_fuzz_feed(s, p, n, e);
	format_source_free(s);
	return sad;
}

static void format_fuzz_write(const struct format *f, const struct sad *sad)
{
	struct format_out o = { 0 };
	char *out = NULL;
	size_t len;
	struct err e;

	o.to = open_memstream(&out, &len);
	for (uint32_t i = 0; i < sad_count(sad) && f->write != NULL; i++)
		(void)format_write(&o, f, &sad_at(sad, i)->sa, &e);
	fclose(o.to);
	if (o.count > 0) {
		int rc;
		struct sad *back = format_fuzz_read(f, (const uint8_t *)out, len, &rc, &e);

		if (rc < 0 || sad_count(back) == 0)
			abort();
		sad_free(back);
	}
	free(out);
}

/* name: the only format that is looked for; NULL: all. */
static int format_fuzz(const char *name, const uint8_t *p, size_t n)
{
	const struct format *f = NULL;
	char *out = NULL;
	struct sad *sad;
	size_t len;
	struct err e;
	FILE *to;
	int rc;

	if (name != NULL && format_by_name(&f, name, &e) < 0)
		abort();
	sad = format_fuzz_read(f, p, n, &rc, &e);
	to = open_memstream(&out, &len);
	for (uint32_t i = 0; i < sad_count(sad); i++) {
		if (sa_check(&sad_at(sad, i)->sa, &e) < 0)
			abort();
		desc_write(to, &sad_at(sad, i)->sa, true);
	}
	fclose(to);
	free(out);
	if (f != NULL)
		format_fuzz_write(f, sad);
	sad_free(sad);
	return 0;
}

#endif
