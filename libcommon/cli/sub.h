/*
 * sub.h - tools with subcommands: "ipsec-keygen psk --bits 256".
 *
 * A subcommand is a row of the tool's table cli_tool.subs.  The first word of
 * the command line names it; options that stand before it are those that every
 * subcommand has.  --help tells of the tool alone, or of one subcommand after
 * its name; completions know both.
 */
#ifndef CLI_SUB_H
#define CLI_SUB_H

#include "cli/cli.h"

struct cli_sub {
	const char *name;	/* NULL: end of the table */
	const char *usage;	/* "NAME... [option ...]" */
	const char *what;	/* one sentence, small first letter */
	const char *more;	/* closing lines of its --help (examples), or NULL */
	const struct opt *own;	/* its rows; those of the tool follow */
	unsigned takes;		/* CLI_TAKES_... */
	/* For completions: word i that may be the value of the option called option (NULL: that may stand
	 * alone), "FILE" for any file; NULL past the last.  NULL: none are known. */
	const char *(*words)(const char *option, size_t i);
	const struct opt *const *parts;	/* further tables of its rows, ends with NULL; or NULL */
	/* Takes its options with cli_next(), works, and gives the exit status 0 or 1; -1 with a reason. */
	int (*run)(struct cli *cli, struct err *e);
};

/* main() of a tool with subcommands. */
int cli_sub_main(struct cli *cli, const struct cli_tool *tool, int argc, char **argv);

/* Inside cli/: the row the command line asks for into cli->sub, if there is one.  -1: the first
 * word is none, or an option before it is no common one. */
int cli_sub_find(struct cli *cli, struct err *e);
/* The list of them for --help to stdout. */
void cli_sub_help(const struct cli_sub *subs);

#endif
