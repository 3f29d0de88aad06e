/*
 * opt.h - option rows: parsing, --help and completions from one table.
 *
 * Long options take "--name VALUE" and "--name=VALUE"; short ones may be joined
 * (-qv, -rFILE).  Options and words may be mixed; "--" ends the options.  An
 * option row whose arg begins with '[' takes its value only after '='
 * ("--json[=FILE]").  Unknown options suggest the nearest.
 *
 * arg names the value the way --help shows it: FILE, IFACE, N, SECONDS in
 * capitals for what the user fills in, and words as they are typed
 * ("auto|on|off", "N|off"); completions offer files, interfaces and the words.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct opt {
	int key;		/* what opt_next() returns; a printable char is also the short option */
	const char *name;	/* long name, or NULL */
	const char *arg;	/* "FILE", "N", "[=FILE]", or NULL: takes none */
	const char *help;	/* one line; "": not shown; NULL: a heading, its text in name */
};

struct opt_state {
	const struct opt *const *tables;	/* ends with NULL; each table ends with key 0 and name NULL */
	int argc, at;
	char **argv;
	const struct opt *row;	/* of the option just returned */
	const char *value;	/* its value, or NULL */
	const char *joined;	/* rest of "-abc" */
	const char **words;	/* the words that are no options, nwords of them; room for argc */
	int nwords;
	bool words_only;	/* "--" was met */
};

static inline bool opt_is_end(const struct opt *o)
{
	return o->key == 0 && o->name == NULL;
}

static inline bool opt_is_heading(const struct opt *o)
{
	return o->help == NULL;
}

static inline bool opt_is_hidden(const struct opt *o)
{
	return o->help != NULL && o->help[0] == '\0';
}

/* The short option's letter, or 0. */
static inline char opt_short(const struct opt *o)
{
	return o->key > ' ' && o->key < 0x7f ? (char)o->key : 0;
}

/* Starts at argv[1]; words has room for argc. */
void opt_init(struct opt_state *o, const struct opt *const *tables, int argc, char **argv,
    const char **words);
/*
 * The key of the next option, 0 at the end, -1 with a reason (ERR_INPUT); after an error the next
 * call goes on behind it.
 */
int opt_next(struct opt_state *o, struct err *e);
/*
 * Which of the words in the row's arg ("tunnel|transport|beet" or "[=auto|always|never]": 0, 1, 2) the
 * value is, or -1 with a reason that names the option.
 */
int opt_word(const struct opt_state *o, struct err *e);
/* Option list for --help to stdout. */
void opt_help(const struct opt *const *tables);

#endif
