/*
 * progress.h - one line on stderr for long work.
 *
 * "auto" shows it when stderr is a terminal and the work has lasted a second;
 * "always" from the first call, and line by line where stderr is no terminal.
 * Never with -q or where stderr carries JSON.  Cheap enough to call per batch.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"

struct progress {
	struct cli *cli;
	bool on, terminal;
	int64_t start, last;	/* nanoseconds, monotonic */
	uint64_t total;		/* bytes there are to read; 0: unknown */
};

void progress_start(struct progress *p, struct cli *cli, uint64_t total);
void progress_show(struct progress *p, uint64_t packets, uint64_t bytes);
/* "3 of 90: what" instead. */
void progress_count(struct progress *p, uint64_t done, uint64_t total, const char *what);
/* Takes the line away. */
void progress_end(struct progress *p);

#endif
