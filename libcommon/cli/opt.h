/*
 * opt.h - option rows: parsing, --help and completions from one table.
 *
 * Long options take "--name VALUE" and "--name=VALUE"; short ones may be joined
 * (-qv, -rFILE).  Options and words may be mixed; "--" ends the options.  An
 * option row whose arg begins with '[' takes its value only after '='
 * ("--json[=FILE]").  Unknown options suggest the nearest.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include <stddef.h>

#include "base/err.h"

struct opt {
	int key;		/* what opt_next() returns; a printable char is also the short option */
	const char *name;	/* long name, or NULL */
	const char *arg;	/* "FILE", "N", "[=FILE]", or NULL: takes none */
	const char *help;	/* one line; NULL: a heading, its text in name */
};

struct opt_state {
	const struct opt *const *tables;	/* ends with NULL; each table ends with key 0 and name NULL */
	int argc, at;
	char **argv;
	const char *value;	/* of the option just returned, or NULL */
	const char *joined;	/* rest of "-abc" */
	const char **words;	/* the words that are no options, nwords of them; room for argc */
	int nwords;
};

/* The key of the next option, 0 at the end, -1 with a reason (ERR_INPUT). */
int opt_next(struct opt_state *o, struct err *e);
/* Option list for --help to stdout. */
void opt_help(const struct opt *const *tables);

#endif
