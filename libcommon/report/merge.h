/*
 * merge.h - JSON reports of ipsec-inspect joined: the shares of one capture (--shard) become the report of the whole,
 * reports of several captures follow each other.
 *
 * Reports are read line by line; lines of other kinds are skipped and counted.  What a share says of its SAs, and of the
 * negotiations that all shares saw, is taken as it stands; hosts, tunnels and the findings that need all SAs are made
 * anew.  Shares belong together when their captures have the same name.
 */
#ifndef REPORT_MERGE_H
#define REPORT_MERGE_H

#include <stdio.h>

#include "report/inspect_text.h"

enum { MERGE_CAPTURES = 4096 };

struct merge;

struct merge *merge_new(struct err *e);
void merge_free(struct merge *g);
/* One line of n octets; column: where in it the trouble is. */
int merge_line(struct merge *g, const char *text, size_t n, size_t *column, struct err *e);
/* After the last line of a file: its capture is complete. */
void merge_file_end(struct merge *g);
/* Shares that are missing, of the capture they are of: -1 with a reason. */
int merge_end(struct merge *g, struct err *e);
uint64_t merge_skipped(const struct merge *g);
/* Findings of severity error in all of them. */
bool merge_failed(const struct merge *g);

void merge_json(FILE *to, const struct merge *g);
int merge_text(const struct merge *g, const struct inspect_text *t, struct err *e);

#endif
