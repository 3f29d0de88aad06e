/*
 * inspect_text.h - a model and its findings for people: hosts, negotiations, tunnels with their SAs, findings worst first.
 *
 * Text of peers is escaped.  Long lists are cut to what a screen holds unless all; what is left out is counted.
 */
#ifndef REPORT_INSPECT_TEXT_H
#define REPORT_INSPECT_TEXT_H

#include "report/diagnose.h"
#include "report/table.h"

struct inspect_text {
	struct table_place place;
	const char *name;		/* of the capture, for the first line */
	bool all;			/* every SA, host and finding */
};

int inspect_text(const struct inspect_text *t, const struct model *m, const struct diagnoses *ds, struct err *e);
/* "packets 3, 5, 9, ... 1234" of a finding; file numbers where there are several.  Gives out. */
enum { INSPECT_FRAMES = 200 };
char *inspect_frames(char out[INSPECT_FRAMES], const struct model *m, const struct diagnosis *d);

#endif
