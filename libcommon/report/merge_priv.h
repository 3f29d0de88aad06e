/* merge_priv.h - inside report/merge*.c. */
#ifndef REPORT_MERGE_PRIV_H
#define REPORT_MERGE_PRIV_H

#include "base/json.h"
#include "report/merge.h"
#include "report/model_priv.h"

/* A line that stays as it is. */
struct merge_line { char *text; size_t n; uint64_t number; const struct model_sa *sa; };	/* number: of a negotiation */
struct merge_lines { struct merge_line *at; size_t n, room; };

/* One capture: all its shares. */
struct merge_capture {
	struct model model;		/* a skeleton: what tunnels and findings ask for */
	struct merge_lines sas, ikes;	/* sas: of each SA one, by id - 1 */
	struct diagnoses found;
	bool *share;			/* of N, which were read */
	unsigned shares, read;		/* N; 0: a report of the whole; read: how many of them are here */
};

struct merge { struct merge_capture **capture, *now; size_t n; uint64_t skipped; };

/* merge_read.c: one line of each kind into the capture; line is kept where it stays. */
int merge_read_capture(struct merge *g, const struct jval *v, struct err *e);
int merge_read_peer(struct merge_capture *c, const struct jval *v, struct err *e);
int merge_read_negotiation(struct merge_capture *c, const struct jval *v, const char *text, size_t n, struct err *e);
int merge_read_sa(struct merge_capture *c, const struct jval *v, const char *text, size_t n, struct err *e);
int merge_read_finding(struct merge_capture *c, const struct jval *v, struct err *e);
void merge_capture_free(struct merge_capture *c);

#endif
