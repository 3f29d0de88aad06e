/*
 * words.h - text put together in a bounded buffer; what does not fit is cut, with "..." at the end.
 */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rd.h"

struct words { char *p; size_t n, room; bool cut; };

/* out has room for at least 4 characters. */
struct words words_of(char *out, size_t room);
__attribute__((format(printf, 2, 3))) void words_put(struct words *w, const char *fmt, ...);
/* Somebody else's text, escaped. */
void words_text(struct words *w, struct span text);
/* Hex, of longer ones the beginning. */
void words_hex(struct words *w, struct span bytes);

#endif
