/*
 * finding.h - things that were found wrong, collected, worst first, for people
 * and for programs.
 *
 * Texts are copied, SAs borrowed.  JSON: {"type":"event","event":"finding",...}, one
 * a line, as man/ipsec-event.schema.json says.
 */
#ifndef REPORT_FINDING_H
#define REPORT_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "report/advice.h"
#include "report/table.h"

struct finding {
	const char *id;
	enum severity severity;
	char *text, *advice;		/* heap, owned by the list; advice may be NULL */
	const struct sa *sa[2];		/* those concerned; NULL: none, or one */
	size_t order;
};

struct findings {			/* all zero: empty */
	struct finding *list;
	size_t n, room;
	size_t count[SEVERITY_ERROR + 1];
};

/* text: filled in already. */
int findings_add(struct findings *f, const struct advice *row, const char *text, const struct sa *sa,
    const struct sa *other, struct err *e);
/* A hit of the checks, put in words. */
int findings_add_lint(struct findings *f, const struct lint_hit *hit, struct err *e);
/* A difference between two ends, in words. */
int findings_add_diff(struct findings *f, const struct diff_hit *hit, struct err *e);
/* Worst first, equal ones together, else in the order they came. */
void findings_sort(struct findings *f);
void findings_clear(struct findings *f);

void findings_json(FILE *to, const struct findings *f);
/* Of a severity where it is shown. */
enum table_color severity_color(enum severity s);
/* For people: of findings that differ in the SA alone the first few, unless all. */
int findings_print(const struct table_place *place, const struct findings *f, bool all, struct err *e);

#endif
