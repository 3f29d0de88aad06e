#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000000, STEP = SECOND / 5 };

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

void progress_start(struct progress *p, struct cli *cli, uint64_t total)
{
	bool terminal = isatty(STDERR_FILENO) != 0;

	*p = (struct progress){ .cli = cli, .terminal = terminal, .total = total, .start = now() };
	p->on = cli->progress >= 0 && cli->verbose >= 0 && !cli->json_messages &&
	    (cli->progress > 0 || terminal);
	if (cli->progress == 0)
		p->last = p->start + SECOND - STEP;	/* the first one after a second */
	else
		p->last = p->start - STEP;
}

/* The beginning of a line, if one is due; 0: not, else the time. */
static int64_t begin(struct progress *p)
{
	int64_t t;

	if (!p->on)
		return 0;
	t = now();
	if (t - p->last < STEP)
		return 0;
	p->last = t;
	fprintf(stderr, "%s%s: ", p->terminal ? "\r" : "", p->cli->tool->name);
	return t;
}

static void end_line(struct progress *p)
{
	fputs(p->terminal ? "\033[K" : "\n", stderr);
	fflush(stderr);
	p->cli->line_shown = p->terminal;
}

void progress_show(struct progress *p, uint64_t packets, uint64_t bytes)
{
	int64_t t = begin(p);

	if (t == 0)
		return;
	fprintf(stderr, "%llu packets, %.1f MB, %.1f s", (unsigned long long)packets, (double)bytes / 1e6,
	    (double)(t - p->start) / SECOND);
	if (p->total > 0)
		fprintf(stderr, ", %d%%", (int)(100.0 * (double)bytes / (double)p->total));
	end_line(p);
}

void progress_count(struct progress *p, uint64_t done, uint64_t total, const char *what)
{
	if (begin(p) == 0)
		return;
	fprintf(stderr, "%llu of %llu: %s", (unsigned long long)done, (unsigned long long)total, what);
	end_line(p);
}

void progress_end(struct progress *p)
{
	if (p->on && p->cli->line_shown)
		fputs("\r\033[K", stderr);
	fflush(stderr);
	p->cli->line_shown = false;
	p->on = false;
}
