/*
 * text_clean.h - a line of text as a person saw it: what terminals, pagers and
 * logs put around it is taken off.
 *
 * Independent of any format.  The cleaned line is the struct's own memory or the
 * caller's, valid until the next call; it is wiped when it moves or is freed,
 * because lines hold keys.
 */
#ifndef SA_TEXT_CLEAN_H
#define SA_TEXT_CLEAN_H

#include <stddef.h>

#include "base/err.h"

struct text_clean { char *p; size_t cap; };	/* all zero: empty */

/*
 * What a terminal shows of *p: escape sequences (ECMA-48) are gone, backspaces
 * and carriage returns have had their effect, and a pager's prompt (--More--) is
 * gone from the front.
 */
int text_clean(struct text_clean *c, const char **p, size_t *n, struct err *e);
/* Tabs for the #011 that syslog makes of tabs at the start of a text. */
int text_clean_tabs(struct text_clean *c, const char **p, size_t *n, struct err *e);
void text_clean_clear(struct text_clean *c);
/* The length of a log's prefix: a time, a host or none, and "program[pid]: "; 0 if there is none. */
size_t text_log_prefix(const char *p, size_t n);

#endif
