/*
 * complete.h - completion scripts for bash, zsh and fish from the option rows.
 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "base/err.h"
#include "cli/opt.h"

enum { COMPLETE_SUBS = 16 };

/* The rows and what stands beside them: a libpcap filter, or nothing that could be foreseen. */
struct complete_sub {
	const char *name, *what;
	const struct opt *const *tables;
	bool filter;
	const char *(*words)(const char *option, size_t i);	/* as cli_sub's */
};

struct complete {
	struct complete_sub tool;	/* its rows stand before a subcommand, too */
	const struct complete_sub *subs;
	size_t nsubs;
};

/* Prints the script for shell ("bash", "zsh", "fish") to stdout. */
int complete_print(const char *shell, const struct complete *c, struct err *e);

#endif
