/*
 * mtu_opts.h - options that ask what fits through a link: "--link 1500".
 */
#ifndef CLI_MTU_OPTS_H
#define CLI_MTU_OPTS_H

#include "cli/cli.h"
#include "report/mtu_text.h"

/* For a subcommand's own rows. */
extern const struct opt mtu_opts_rows[];

void mtu_opts_init(struct mtu_plan *plan, struct cli *cli);
/* The option that cli_next() just gave. */
int mtu_opts_take(struct mtu_plan *plan, struct cli *cli, int key, struct err *e);
/* After the last one. */
int mtu_opts_check(const struct mtu_plan *plan, struct err *e);

#endif
