/*
 * lines.h - text cut into lines as it comes.
 *
 * Push what was read, then take whole lines until there are none.  A line ends
 * with LF or CRLF, neither of which is given; a UTF-8 byte order mark at the
 * start is dropped.  Lines may hold any other byte, also NUL.  The buffer is the
 * struct's own and wiped when it moves or is freed, because lines hold keys.
 */
#ifndef BASE_LINES_H
#define BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { LINES_LONGEST = 1 << 20 };

struct lines {				/* all zero: empty */
	char *p;
	size_t from, n, cap;		/* what is not given yet: from..n */
	size_t searched;		/* no LF before this */
	uint64_t line;			/* number of the line given last, from 1 */
};

struct line { const char *p; size_t n; uint64_t number; };

int lines_push(struct lines *l, const void *p, size_t n, struct err *e);
/* 1: the next whole line, valid until the next call; 0: none yet; -1: it is too long. */
int lines_next(struct lines *l, struct line *out, struct err *e);
/* The same at the end of the text: also a last line without its end. */
int lines_last(struct lines *l, struct line *out, struct err *e);
void lines_clear(struct lines *l);

#endif
