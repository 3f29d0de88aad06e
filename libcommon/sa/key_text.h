/*
 * key_text.h - keys as other programs write them, read and written.
 *
 * Taken: 0x and hex, bare hex, upper case; groups of digits with blanks, colons,
 * dashes or underscores between them; 32-bit words or octets printed without
 * their leading zeros (padded, and said); "text" in quotes, whose octets are the
 * key.  What stands in place of a key that was taken out ([redacted], ***,
 * <<Keys hidden>>) is told apart from a wrong key.
 */
#ifndef SA_KEY_TEXT_H
#define SA_KEY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/secret.h"

enum { KEY_TEXT_MAX = 1024 };		/* bytes */

struct key_text {
	bool redacted;			/* there is no key */
	bool padded;			/* leading zeros were put back: a guess */
	bool quoted;			/* the octets of a text */
};

/* True if a key of n bytes would do: settles what a short last group means.  NULL: any. */
typedef bool key_fits_fn(const void *arg, size_t n);

/* Reads all of p.  -1: no key; the reason names a digit, never bytes of the key. */
int key_text_parse(struct secret *key, struct key_text *how, struct arena *a, const char *p, size_t n,
    key_fits_fn *fits, const void *arg, struct err *e);
/* True for what programs and people write in place of a key. */
bool key_text_is_redacted(const char *p, size_t n);
/* Lower-case hex digits. */
void key_text_write(FILE *to, struct secret key);

#endif
