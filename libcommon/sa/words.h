/*
 * words.h - a line of a foreign format cut into words.
 *
 * Words borrow the line's bytes; columns count from 1 in the line of the file.
 */
#ifndef SA_WORDS_H
#define SA_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { WORDS_MAX = 128 };

struct word { const char *p; size_t n, column; };
struct words { struct word w[WORDS_MAX]; size_t n; };

/* Cuts at blanks and tabs; column: that of p[0].  More than WORDS_MAX words: the rest is left out. */
void words_cut(struct words *ws, const char *p, size_t n, size_t column);
/* The next word of *rest, up to a blank, a tab or one of the characters of stop; empty at the end. */
struct word word_next(struct word *rest, const char *stop);
bool word_is(const struct word *w, const char *text);
bool word_starts(const struct word *w, const char *text);
/* Case does not matter. */
bool word_like(const struct word *w, const char *text);
/* The word after key, or an empty one; the words from i on, or an empty one. */
const struct word *words_after(const struct words *ws, const char *key);
const struct word *words_at(const struct words *ws, size_t i);
/* True if the text stands somewhere in the n bytes at p, or in the word. */
bool text_has(const char *p, size_t n, const char *text);
bool word_has(const struct word *w, const char *text);
/* What follows "KEY=" in some word, or an empty one. */
struct word words_value(const struct words *ws, const char *key);
/* The number in front of "(second base)", "(bytes)" or a comma; decimal, or hex after 0x;
 * false if the second base has another number. */
bool word_number(const struct word *w, uint64_t max, uint64_t *v);
/* Hex digits with or without 0x, no others. */
bool word_hex(const struct word *w, uint64_t max, uint64_t *v);
/* An address; 0.0.0.0 and :: give "any". */
bool word_addr(const struct word *w, struct addr *a);
/* As a string; false and an empty one if it does not fit. */
bool word_text(char *out, size_t room, const struct word *w);

#endif
