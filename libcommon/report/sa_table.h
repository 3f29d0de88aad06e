/*
 * sa_table.h - SAs as a table for people: the two directions of a tunnel
 * together, how far they are used, and what is weak about them.
 */
#ifndef REPORT_SA_TABLE_H
#define REPORT_SA_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "sa/sad.h"

/* now: ns since 1970; width 0: as wide as need be.  Write errors stay in to. */
int sa_table_print(FILE *to, const struct sad *sad, bool show_keys, size_t width, int64_t now,
    struct err *e);

#endif
