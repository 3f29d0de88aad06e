/*
 * sa_opts.h - options that describe an SA: "--proposal aes256gcm16 --src A --dst B".
 */
#ifndef CLI_SA_OPTS_H
#define CLI_SA_OPTS_H

#include <stdbool.h>

#include "cli/cli.h"
#include "sa/proposal.h"
#include "sa/sa.h"

enum { SA_OPTS_KEY = 0x8000, SA_OPTS_SELECTORS = 64, SA_OPTS_LAYER = 255 };

/* For a subcommand's own rows. */
extern const struct opt sa_opts_rows[];

struct sa_opts {
	struct sa sa;			/* without algorithms, keys and SPI */
	const char *word, *id;		/* --proposal, --id */
	struct proposal proposal;	/* after sa_opts_check() */
	bool pair;
};

void sa_opts_init(struct sa_opts *o);
void sa_opts_clear(struct sa_opts *o);
/* The option that cli_next() just gave; key >= SA_OPTS_KEY. */
int sa_opts_take(struct sa_opts *o, struct cli *cli, int key, struct err *e);
/* After the last one: nothing is missing, and nothing contradicts. */
int sa_opts_check(struct sa_opts *o, struct err *e);

#endif
