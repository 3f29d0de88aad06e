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
#include "report/table.h"
#include "sa/sad.h"

/* now: ns since 1970. */
int sa_table_print(const struct table_place *place, const struct sad *sad, bool show_keys, int64_t now,
    struct err *e);

#endif
