/*
 * inspect.h - ipsec-inspect: what is in a capture and what is wrong with it.
 */
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include "cli/cli.h"

extern const struct opt inspect_rows[];

/* Takes its options with cli_next(), works, and gives the exit status 0 or 1; -1 with a reason. */
int inspect_run(struct cli *cli, struct err *e);

#endif
