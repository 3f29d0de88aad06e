/*
 * format.h - SA descriptors in any known format, recognised by content.
 *
 * Rows {name, what it is, sniff, open}.  A source is read as a stream of text:
 * bytes are pushed in as they come and SAs come out in order, so that a file, a
 * pipe that is still growing and a test buffer are one thing.
 */
#ifndef SA_FORMAT_H
#define SA_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sa/sad.h"

/* A note about something read past or repaired: FILE:LINE:COLUMN in where. */
typedef void format_note_fn(void *arg, const char *where, const char *text);

struct format_source;

/* name: for messages; follow: the source may grow, so an unfinished last record waits. */
struct format_source *format_source_new(const char *name, struct sad *into, format_note_fn *note,
    void *arg, struct err *e);
void format_source_free(struct format_source *s);
/* Pushes n bytes.  -1: "FILE:LINE:COLUMN: what"; SAs of the lines before it were added. */
int format_source_push(struct format_source *s, const void *p, size_t n, struct err *e);
/* The end: the last record is taken.  A source in which nothing was recognised is an error: empty is
 * ERR_DATA, text in no known format ERR_INPUT, IKE keys ERR_INPUT with the command to use. */
int format_source_end(struct format_source *s, struct err *e);
/* SAs given so far (merged ones included). */
uint64_t format_source_count(const struct format_source *s);
/* Lines of other types (ike, event, message) that were skipped. */
uint64_t format_source_skipped(const struct format_source *s);

#endif
