/*
 * complete.h - completion scripts for bash, zsh and fish from the option rows.
 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "base/err.h"
#include "cli/opt.h"

/* Prints tool's script for shell ("bash", "zsh", "fish") to stdout. */
int complete_print(const char *shell, const char *tool, const struct opt *const *tables,
    struct err *e);

#endif
