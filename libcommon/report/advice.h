/*
 * advice.h - what is known to go wrong, in words: a row for each thing that the
 * checks can find, with how bad it is and what to do.
 *
 * A text may hold what was found, by letters behind a percent sign, as
 * advice_words names them.
 */
#ifndef REPORT_ADVICE_H
#define REPORT_ADVICE_H

#include <stdint.h>
#include <stdio.h>

#include "sa/diff.h"
#include "sa/lint.h"

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR };

struct advice {
	const char *id;			/* "zero-key" */
	enum severity severity;
	const char *text, *advice;	/* advice: NULL if the text says it */
};

/* %k, %o, %n, %w in a text; %b and %c are n and w as amounts of bytes; %A, %B the values of A and B, or
 * of whoever sends and receives, whom %S and %R name. */
struct advice_words {
	const char *k, *o, *a, *b, *s, *r;
	uint64_t n, w;
};

enum { ADVICE_TEXT = 512 };

const struct advice *advice_of_lint(enum lint_id id);
/* With the text for when nobody knows who sends. */
const struct advice *advice_of_diff(enum diff_id id);
/* "error", "warning", "info". */
const char *severity_name(enum severity s);
/* The text with its words; cut if it is longer.  Returns out. */
char *advice_fill(char out[ADVICE_TEXT], const char *text, const struct advice_words *w);

#endif
