/*
 * common.h - the option rows that all tools share; inside cli/ only.
 */
#ifndef CLI_COMMON_H
#define CLI_COMMON_H

#include "cli/cli.h"

/* Fills cli->common and cli->tables from what the tool takes. */
void common_rows(struct cli *cli);
/* Takes a common option; key >= CLI_COMMON_KEY or one of the shared letters.  1: taken, 0: the tool's own. */
int common_take(struct cli *cli, int key, struct err *e);
/* After the last option: the filter, stdin for packets, and what contradicts itself. */
int common_check(struct cli *cli, struct err *e);
/* The processors this process may use, 1..CLI_THREADS. */
unsigned common_processors(void);

#endif
