/*
 * names.h - rows of {number, name}, looked up both ways, and the nearest name
 * for suggestions.  Comparison ignores ASCII case.
 */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name { uint32_t id; const char *name; };

/* The name of id, or NULL. */
const char *name_by_id(const struct name *rows, size_t n, uint32_t id);
/* The row called name, or NULL. */
const struct name *name_by_name(const struct name *rows, size_t n, const char *name);
bool name_eq(const char *a, const char *b);

/* The best of the names offered so far; start with all zero. */
struct nearest { const char *best; unsigned distance; };
/* Offers one candidate (NULL is skipped). */
void nearest_offer(struct nearest *near, const char *word, const char *candidate);
/* The best candidate if it is near enough to be meant, else NULL. */
const char *nearest_name(const struct nearest *near, const char *word);

#endif
