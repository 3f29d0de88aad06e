/*
 * format.h - SA descriptors in any known format, recognised by content.
 *
 * Rows {name, what it is, sniff, open}.  A source is read as a stream of text:
 * bytes are pushed in as they come and SAs come out in order, so that a file, a
 * pipe that is still growing and a test buffer are one thing.  Records of several
 * formats may follow each other; text that belongs to none is passed over.
 */
#ifndef SA_FORMAT_H
#define SA_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "sa/sad.h"

/* A note about something read past or repaired: FILE:LINE:COLUMN in where. */
typedef void format_note_fn(void *arg, const char *where, const char *text);

struct format_source;

struct format_line { const char *p; size_t n; uint64_t number; };

/*
 * One format.  state is zeroed memory of the row's size, one for each source.
 * A line that sniff knows starts a record; others go to the format whose record
 * is open.  SAs are handed over with format_give().
 */
struct format {
	const char *name, *what;
	size_t state;
	bool (*sniff)(const struct format_line *l);
	int (*line)(struct format_source *s, void *state, const struct format_line *l,
	    struct err *e);
	/* The open record is complete (done), or only all that is there now.  NULL: nothing to do. */
	int (*flush)(struct format_source *s, void *state, bool done, struct err *e);
	void (*clear)(void *state);		/* NULL: nothing to do */
	void (*write)(FILE *to, const struct sa *sa, bool show_keys);	/* NULL: only read */
};

/* Row i, or NULL past the last. */
const struct format *format_row(size_t i);

/* For the formats: hands over an SA (moves it), found at line; again: it was given before and
 * is now known better. */
int format_give(struct format_source *s, struct sa *sa, const struct format *f, uint64_t line,
    bool again, struct err *e);
/* Puts FILE:LINE:COLUMN (column from 1; 0: none) in front of a reason; -1. */
int format_blame(const struct format_source *s, uint64_t line, size_t column, struct err *e);
__attribute__((format(printf, 4, 5)))
void format_note(const struct format_source *s, uint64_t line, size_t column, const char *fmt,
    ...);
struct sad *format_sad(const struct format_source *s);
/* A record of another kind was passed over; ike: it holds keys of an IKE SA. */
void format_skip(struct format_source *s, bool ike);

/* name: for messages.  An unfinished last record waits for its end, for format_source_idle() or
 * format_source_end(). */
struct format_source *format_source_new(const char *name, struct sad *into, format_note_fn *note,
    void *arg, struct err *e);
void format_source_free(struct format_source *s);
/* Pushes n bytes.  -1: "FILE:LINE:COLUMN: what"; SAs of the lines before it were added. */
int format_source_push(struct format_source *s, const void *p, size_t n, struct err *e);
/* Nothing more is pending right now: a record that has what an SA needs counts now, and is
 * completed when its other lines come. */
int format_source_idle(struct format_source *s, struct err *e);
/* The end: the last record is taken.  A source in which nothing was recognised is an error: empty
 * is ERR_DATA, text in no known format ERR_INPUT, IKE keys ERR_INPUT with the command to use. */
int format_source_end(struct format_source *s, struct err *e);
/* SAs given so far (merged ones included). */
uint64_t format_source_count(const struct format_source *s);
/* Lines of other types (ike, event, message) that were skipped. */
uint64_t format_source_skipped(const struct format_source *s);

#endif
