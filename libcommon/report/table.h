/*
 * table.h - rows of text for people, laid out to a width.
 *
 * A column is as wide as its widest cell.  Where all of them do not fit, those
 * that may wrap do, at blanks and commas.  Cells are escaped as they are added, so
 * that text from a file may go into them.  Memory is the table's own; a failed
 * allocation is remembered, and table_print() tells of it.
 */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

enum {
	TABLE_RIGHT = 1,	/* numbers */
	TABLE_WRAP = 2,
	TABLE_SPARE = 4,	/* left out when all its cells are empty */
};

struct table_column { const char *title; unsigned flags; };

enum table_color { TABLE_PLAIN, TABLE_RED, TABLE_YELLOW };

struct table;

/* columns: n of them, borrowed. */
struct table *table_new(const struct table_column *columns, size_t n, struct err *e);
void table_free(struct table *t);
/* The next cell of the row; after the last one a new row begins. */
__attribute__((format(printf, 2, 3))) void table_cell(struct table *t, const char *fmt, ...);
/* The colour of the next cell, if the table is printed in colours. */
void table_color(struct table *t, enum table_color color);
/* A line of its own across all columns, behind indent blanks, between two rows. */
__attribute__((format(printf, 3, 4)))
void table_line(struct table *t, size_t indent, const char *fmt, ...);
/* Where a table goes to: its width (0: as wide as need be), and if it shows colours. */
struct table_place { FILE *to; size_t width; bool color; };
/* Write errors stay in the place's stream. */
int table_print(const struct table_place *place, const struct table *t, struct err *e);

#endif
