/*
 * inspect_check.h - which options of ipsec-inspect go together: no output is an input or another output, --merge reads reports
 * and no packets.
 */
#ifndef CLI_INSPECT_CHECK_H
#define CLI_INSPECT_CHECK_H

#include "cli/cli.h"

/* An option and its file; path NULL: not given. */
struct inspect_out { const char *option, *path; };

/* The n outputs beside --json, and other, an input beside cli's (NULL: none). */
int inspect_check_files(const struct cli *cli, const struct inspect_out *out, size_t n, const char *other, struct err *e);
/* They are files, and none is standard input, which is read once even where it is a file. */
bool inspect_can_reread(const char *const *files, size_t n);

#endif
