/*
 * alg_table.h - the registry of algorithms, the list of formats and the results
 * of measuring, for people and for programs.
 */
#ifndef REPORT_ALG_TABLE_H
#define REPORT_ALG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

enum alg_view { ALG_FACTS, ALG_NAMES };

/* names: n of any dialect, none: all.  An unknown name is an error with the nearest one. */
int alg_table_print(FILE *to, enum alg_view view, const char *const *names, size_t n, size_t width,
    struct err *e);
int alg_table_json(FILE *to, const char *const *names, size_t n, struct err *e);
/* Fails, with the nearest name, unless some dialect has this one. */
int alg_table_check(const char *name, struct err *e);
/* Ours, one after the other: encryption, then integrity; NULL past the last. */
const char *alg_table_name(size_t i);

int format_table_print(FILE *to, size_t width, struct err *e);
void format_table_json(FILE *to);

#endif
