/*
 * speed_table.h - every suite measured on this machine, and which is the fastest
 * that RFC 8221 recommends.
 */
#ifndef REPORT_SPEED_TABLE_H
#define REPORT_SPEED_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/*
 * names: n algorithms of any dialect, none: all.  ns: for each measurement; there are three sizes, each
 * sealed and opened.  A table to to, or a line of JSON as each suite is done.  progress() is
 * called before each.
 */
struct speed_plan {
	const char *const *names;
	size_t n;
	int64_t ns;
	bool json;
	size_t width;
	void (*progress)(void *arg, size_t done, size_t total, const char *what);
	void *arg;
};

int speed_table(FILE *to, const struct speed_plan *plan, struct err *e);

#endif
