/*
 * page.h - a model and its findings as one HTML page that stands alone: no network, readable without scripts, a content
 * policy that lets nothing else run.
 *
 * What the model does not keep is collected as packets pass: the messages of negotiations (PAGE_MESSAGES of them), and,
 * in a second reading of the capture if there is one, a line for each packet that a finding points to.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdio.h>

#include "report/diagnose.h"
#include "report/two_ends.h"

enum { PAGE_MESSAGES = 4096, PAGE_LABEL = 160, PAGE_LINES = 8192, PAGE_PLOTS = 40, PAGE_RUNGS = 120, PAGE_FLOWS = 200,
	PAGE_HOSTS = 200 };

struct page_message {
	unsigned ike;			/* model_ike.id */
	struct seen_at at;
	bool from_initiator, response, again;
	enum verdict verdict;
	char label[PAGE_LABEL];		/* "IKE_AUTH 1: IDi, AUTH, SA, TSi, TSr"; raw */
};

struct page {
	struct page_message *message;
	size_t n;
	uint64_t left_out;
	struct page_line { struct seen_at at; char *text; } *line;	/* in order */
	size_t nline;
	struct seen_at *mark;		/* what findings point to; made for the first line */
	size_t nmark;
};

/* All zero: empty.  Memory that is out loses messages, counted in left_out. */
void page_take(struct page *p, const struct model_packet *packet);
/* In a second reading: the line of a packet that the findings point to. */
void page_take_line(struct page *p, const struct model_packet *packet, const struct diagnoses *ds, int64_t start);
void page_clear(struct page *p);

struct page_options { const char *name; const struct two_ends *two; bool read_again; };	/* the lines of packets were collected */

/* Write errors stay in the stream. */
int page_write(FILE *to, const struct page *p, const struct model *m, const struct diagnoses *ds, const struct page_options *o,
    struct err *e);

#endif
