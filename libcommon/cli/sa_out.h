/*
 * sa_out.h - SAs written in a format: to a private file or stdout, with a word
 * for each that the format cannot express.
 */
#ifndef CLI_SA_OUT_H
#define CLI_SA_OUT_H

#include <stdbool.h>

#include "cli/cli.h"
#include "sa/format.h"
#include "sa/select.h"

struct sa_out {
	const struct format *to;
	const char *version;		/* of it, or NULL: the newest */
	const char *path;		/* -o; NULL: --json's, or stdout */
	const struct select *only;	/* NULL: all */
	bool hide_keys;			/* native alone */
};

/* The exit status: 1 if some were left out; or -1. */
int sa_out_write(struct cli *cli, const struct sa_out *how, const struct sad *sad, struct err *e);

#endif
