/*
 * sa_in.h - the SAs of the files that a command line names, read to their ends.
 */
#ifndef CLI_SA_IN_H
#define CLI_SA_IN_H

#include "cli/cli.h"
#include "cli/sas.h"

/*
 * paths: n of them; none is stdin, which may not be a terminal.  only: the one format looked for, or
 * NULL.  What was repaired or passed over is told as a message.  sas_close() in any case.
 */
int sa_in_read(struct sas *s, struct cli *cli, const char *const *paths, size_t n,
    const struct format *only, struct err *e);
/* An error if only policies were read. */
int sa_in_need(const struct sas *s, struct err *e);

#endif
