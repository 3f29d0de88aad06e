/*
 * dialect.h - what one program calls the algorithms: rows {its name, ours, key
 * bits}, for the reader and the writer of its format.
 *
 * Rows end with name NULL.  Of several rows for one algorithm the writer takes the
 * first that fits.  Names are compared without case.
 */
#ifndef SA_DIALECT_H
#define SA_DIALECT_H

#include "sa/sa.h"
#include "sa/words.h"

struct dialect {
	const char *name, *ours;
	unsigned bits;			/* of the cipher's key without its salt; 0: the name says none */
};

/* The row of a name, or NULL. */
const struct dialect *dialect_find(const struct dialect *rows, const struct word *w);
/* Sets the SA's algorithm; false if the name is unknown (then it is marked unknown). */
bool dialect_encr(const struct dialect *rows, struct sa *sa, const struct word *w);
bool dialect_integ(const struct dialect *rows, struct sa *sa, const struct word *w);
/* The key has the size that its cipher's name said. */
int dialect_check(const struct dialect *rows, const struct sa *sa, const struct word *w, struct err *e);
int dialect_check_row(const struct dialect *row, const struct sa *sa, struct err *e);
/* Their name for the SA's algorithms, as ICV and key have it; NULL and a reason if there is none. */
const char *dialect_say_encr(const struct dialect *rows, const struct sa *sa, struct err *e);
const char *dialect_say_integ(const struct dialect *rows, const struct sa *sa, struct err *e);

#endif
