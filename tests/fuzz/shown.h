/*
 * shown.h - what an entry shows goes into memory, is looked at for controls, and is gone; JSON has to be
 * JSON, with no key twice.
 */
#ifndef TESTS_FUZZ_SHOWN_H
#define TESTS_FUZZ_SHOWN_H

#include <jansson.h>
#include <stdio.h>

#include "fuzz/printable.h"

struct shown { char *text; size_t n; FILE *to; };

static inline FILE *shown_open(struct shown *s)
{
	*s = (struct shown){ 0 };
	s->to = open_memstream(&s->text, &s->n);
	return s->to;
}

static inline void shown_close(struct shown *s)
{
	fclose(s->to);
	want_printable(s->text, s->n);
	free(s->text);
}

static inline void shown_json_close(struct shown *s)
{
	json_t *o;

	fflush(s->to);
	o = json_loadb(s->text, s->n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	if (o == NULL)
		abort();
	json_decref(o);
	shown_close(s);
}

#endif
