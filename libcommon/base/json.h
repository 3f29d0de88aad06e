/*
 * json.h - one JSON text (RFC 8259) read into values that know where they stand.
 *
 * The only face of jansson, whose functions own the prefix json_.  A jdoc owns
 * its values; a jval is a borrowed value and the way to it, valid as long as the
 * doc and the jval it was taken from.  All memory is wiped when freed, because
 * descriptors hold keys; reasons never quote the text.  Duplicate keys, U+0000
 * and nesting deeper than JSON_DEPTH are refused.
 *
 * A failure leaves in jdoc.column where in the text it is: characters, from 1.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { JSON_DEPTH = 16 };

struct jdoc {
	const char *text;		/* borrowed until jdoc_clear() */
	size_t n;
	size_t column;			/* of the last failure; 0: none */
	void *root;
};

enum jkind { J_ABSENT, J_OBJECT, J_ARRAY, J_STRING, J_INTEGER, J_REAL, J_BOOL, J_NULL };

struct jval {
	struct jdoc *doc;
	const struct jval *up;		/* NULL: the root */
	void *value;			/* NULL: absent */
	const char *key;		/* in an object */
	size_t index;			/* among its siblings */
	void *iter;
};

int jdoc_parse(struct jdoc *d, const char *text, size_t n, struct err *e);
void jdoc_clear(struct jdoc *d);
struct jval jdoc_root(struct jdoc *d);

enum jkind jval_kind(const struct jval *v);
/* The member called key, or an absent value. */
struct jval jval_get(const struct jval *object, const char *key);
/* Steps through members in the text's order; start with *member all zero. */
bool jval_next(const struct jval *object, struct jval *member);
/* Element i, or an absent value. */
struct jval jval_at(const struct jval *array, size_t i);
size_t jval_count(const struct jval *array);

/* The string's bytes, or NULL if it is none; n may be NULL. */
const char *jval_text(const struct jval *v, size_t *n);
/* A JSON integer, or a string with a decimal or 0x number. */
int jval_uint(const struct jval *v, uint64_t *out, uint64_t min, uint64_t max, struct err *e);
int jval_bool(const struct jval *v, bool *out, struct err *e);
/* The value's own text, ASCII only (others as \u escapes), after what is in *out; heap.
 * *out is NULL or an earlier result, *len its length. */
int jval_raw(const struct jval *v, bool with_key, char **out, size_t *len, struct err *e);

/* The reason, and this value's place.  Always -1. */
__attribute__((format(printf, 3, 4)))
int jval_err(const struct jval *v, struct err *e, const char *fmt, ...);
/* A reason that is there already gets the key in front and this value's place.  Always -1. */
int jval_blame(const struct jval *v, struct err *e);
/* The place of the key instead of its value.  Always -1. */
int jval_blame_key(const struct jval *v);

#endif
