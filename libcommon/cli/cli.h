/*
 * cli.h - what all six tools do alike: start, common options, messages, exit
 * status, input and output places.
 *
 * cli_start() turns core dumps off, starts libsodium, ignores SIGPIPE.  Messages
 * go to stderr as "tool: where: what", escaped; with --json on stderr every
 * message is a JSON line.  Exit status: 0 all well, 1 something failed a check,
 * 2 wrong option, descriptor or key, 3 file, device, network, or cut input.
 *
 *	if (cli_start(&cli, &tool, argc, argv, &e) < 0)
 *		return cli_end(&cli, cli_trouble(&cli, &e));
 *	while ((key = cli_next(&cli, &e)) > 0)
 *		...
 *	return cli_end(&cli, status);
 *
 * A struct cli stays where it is between cli_start() and cli_end().
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "cli/io.h"
#include "cli/opt.h"

#define TOOLKIT_VERSION "0.1.0"

struct cli_sub;

struct cli_tool {
	const char *name;	/* "ipsec-decap" */
	const char *usage;	/* "-s FILE [-r FILE] [-w FILE] [filter]" */
	const char *what;	/* one sentence for --help */
	const char *more;	/* closing lines of --help (examples), or NULL */
	const struct opt *own;	/* the tool's rows; keys below CLI_COMMON_KEY; may begin with a heading */
	unsigned takes;		/* which common rows: CLI_TAKES_... */
	const struct cli_sub *subs;	/* its subcommands (cli/sub.h), or NULL */
};

enum {
	CLI_TAKES_PACKETS = 1,	/* -r -i -c, a filter */
	CLI_TAKES_OUT = 2,	/* -w */
	CLI_TAKES_SA = 4,	/* -s */
	CLI_TAKES_THREADS = 8,	/* -j */
	CLI_TAKES_KEYS = 16,	/* --keys */
	CLI_TAKES_WORDS = 32,	/* words that are no filter */
};

enum { CLI_COMMON_KEY = 0x10000, CLI_COMMON_ROWS = 24, CLI_THREADS = 256, CLI_TABLES = 8 };

struct cli {
	const struct cli_tool *tool;
	const struct cli_sub *sub;	/* the subcommand, or NULL */
	unsigned takes;				/* the subcommand's or the tool's */
	struct opt_state opt;
	const char **read, **sa, **keys;	/* -r, -s, --keys; nread, nsa, nkeys of them */
	size_t nread, nsa, nkeys;		/* read is { "-" } when neither -r nor -i was given */
	const char *iface, *write;		/* -i, -w; NULL: not given */
	uint64_t count;				/* -c; 0: all */
	unsigned threads;			/* -j, at least 1 */
	bool json;
	const char *json_file;			/* NULL: stdout or stderr */
	int verbose;				/* -q -1 each, -v +1 each */
	int progress, color;			/* 0 auto, 1 always, -1 never */
	char *filter;				/* the trailing words joined, or NULL */
	const char **words;			/* nwords of them, the subcommand's name aside; after the
						 * last option */
	int nwords;
	FILE *json_out;				/* open after cli_json_open() */
	bool json_messages;			/* messages are JSON lines */
	bool text_packets;			/* the tool sets it while it takes options: packets are text
						 * here (--hex), so a terminal will do */

	/* cli's own */
	bool parsing;				/* an ERR_INPUT now is about the command line */
	bool line_shown;			/* a progress line is to be wiped before a message */
	struct out_file json_place;
	const struct opt *tables[CLI_TABLES];
	struct opt common[CLI_COMMON_ROWS];
	const char **strings;			/* read, sa, keys and words, one after the other */
};

/*
 * Starts the tool and prepares for cli_next().  Returns 0, or -1 with a reason.
 */
int cli_start(struct cli *cli, const struct cli_tool *tool, int argc, char **argv, struct err *e);
/*
 * The key of the tool's next own option (its value in cli->opt.value), 0 at the end, -1 on error.
 * Common options are taken here.  --help and --version print and exit 0.  At the end one stream asked
 * for twice, a terminal on stdin where packets are wanted and so on are errors.
 */
int cli_next(struct cli *cli, struct err *e);
/* "option --name: what": for the value of the own option that cli_next() just gave; returns -1. */
int cli_bad_value(struct cli *cli, const char *name, struct err *e);
/* An error if what another option (its name with dashes) writes to path is -w's or --json's file. */
int cli_own_file(const struct cli *cli, const char *option, const char *path, struct err *e);
/* Whether path (-w) is stdout. */
bool cli_is_stdout(const char *path);
/* Opens --json's place; packets_on_stdout decides between stdout and stderr.  Nothing without --json. */
int cli_json_open(struct cli *cli, bool packets_on_stdout, struct err *e);
/* Prints the trouble and returns its exit status: 2, 3, or 0 without a word for ERR_PIPE. */
int cli_trouble(struct cli *cli, const struct err *e);
/* "tool: where: what" (where may be NULL), if verbosity is at least level: -1 always, 0 unless -q,
 * 1 with -v. */
__attribute__((format(printf, 4, 5)))
void cli_message(struct cli *cli, int level, const char *where, const char *fmt, ...);
/* Whether to use colour on fd: --color, NO_COLOR, TERM, a terminal. */
bool cli_wants_color(const struct cli *cli, int fd);
/*
 * fn(arg) at the first so many of INT, TERM and HUP, in the signal handler (async-signal-safe); the next one kills.  Of HUP
 * only the first counts (a terminal that goes sends several), and none if it was ignored from the start (nohup).  Reads that
 * block then end with EINTR.
 */
void cli_on_stop(int times, void (*fn)(void *), void *arg);
/* Closes what is open (a full disk shows here); the final exit status given the one so far. */
int cli_end(struct cli *cli, int status);

#endif
