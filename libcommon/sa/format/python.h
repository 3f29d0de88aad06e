/*
 * python.h - as much of Python's text as calls with literal arguments need.
 */
#ifndef SA_FORMAT_PYTHON_H
#define SA_FORMAT_PYTHON_H

#include "sa/key_text.h"
#include "sa/words.h"

/* The next argument of a call, from *rest on: "NAME=VALUE" or "VALUE"; blanks off.  False at the end. */
bool python_arg(struct word *rest, struct word *name, struct word *value);
/* The inside of a call "NAME(...)". */
bool python_call(const struct word *w, const char *name, struct word *inside);
/* The inside of a string literal without escapes. */
bool python_string(const struct word *w, struct word *inside);
/* bytes.fromhex('...'), unhexlify('...'), hex_bytes('...'), b'...': as hex digits in out.
 * octal: some octet is written in octal, which repr() never does. */
bool python_bytes(const struct word *w, char out[2 * KEY_TEXT_MAX + 1], size_t *n, bool *octal);

#endif
