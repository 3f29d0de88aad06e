/*
 * tell.h - findings to where results go: a table, or JSON.
 */
#ifndef CLI_TELL_H
#define CLI_TELL_H

#include <stdbool.h>

#include "cli/cli.h"
#include "report/finding.h"

/* Where results go: --json's place, or stdout. */
FILE *tell_place(const struct cli *cli);
/* stdout for tables; once the options are taken. */
struct table_place tell_table(const struct cli *cli);
/* Worst first.  The exit status: 1 with errors, and with warnings too if strict; or -1. */
int tell_findings(struct cli *cli, struct findings *f, bool strict, struct err *e);

#endif
