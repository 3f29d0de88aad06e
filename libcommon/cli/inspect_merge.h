/*
 * inspect_merge.h - ipsec-inspect --merge FILE...: JSON reports joined.
 */
#ifndef CLI_INSPECT_MERGE_H
#define CLI_INSPECT_MERGE_H

#include "cli/cli.h"

/* The words of the command line are the files; without any, stdin.  The exit status 0 or 1; -1 with a reason. */
int inspect_merge(struct cli *cli, struct err *e);

#endif
