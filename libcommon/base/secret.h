/*
 * secret.h - key bytes: where they are parsed to, live and die.
 *
 * Secrets are slices of arenas of libsodium memory (locked where the system
 * lets us, guarded, zeroed when freed).  One sodium_malloc for each SA would
 * cost four pages and fail at 16,377 SAs, so an arena takes 64 KiB at a time.
 * secret_init() must have succeeded once before an arena is used.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Slots (2 KiB) of secret memory for what comes and goes by the thousand: arenas of a pool take one at a time, and give them
 * back zeroed.  A secret that is larger has a block of its own.  The pool outlives its arenas. */
struct secret_pool { struct secret_slab *slab; void *free; };

struct secret { uint8_t *p; size_t n; };	/* slice of an arena; empty: NULL, 0 */
struct arena { struct arena_block *last; struct secret_pool *pool; };	/* all zero: empty; pool NULL: blocks of its own */

/* Starts libsodium; may be called again. */
int secret_init(struct err *e);
/* n zero bytes, 8-byte aligned, kept until arena_clear(); n = 0 gives the empty secret. */
int secret_new(struct arena *a, struct secret *s, size_t n, struct err *e);
/* A copy of n bytes at p, which is not wiped. */
int secret_copy(struct arena *a, struct secret *s, const void *p, size_t n, struct err *e);
/* Hex digits to a new secret; anything else is an error that names the offending column (from 0). */
int secret_hex(struct arena *a, struct secret *s, const char *hex, size_t n, struct err *e);
/* RFC 4648 4, with or without its padding. */
int secret_base64(struct arena *a, struct secret *s, const char *text, size_t n, struct err *e);
/* Zeroes the bytes; the arena keeps the room. */
void secret_clear(struct secret *s);
/* Constant time; secrets of different length differ. */
bool secret_eq(const struct secret *a, const struct secret *b);
/* Zeroes and frees every secret of the arena; slots of a pool go back to it. */
void arena_clear(struct arena *a);
/* Zeroes and frees its slots, of arenas that were not cleared, too. */
void secret_pool_clear(struct secret_pool *pool);
/* Zeroes any memory, not optimised away. */
void wipe(void *p, size_t n);
/* Zeroes the stack below the caller, where functions of libraries may have left what they worked with. */
void wipe_stack(void);
/* n random bytes. */
void random_bytes(void *p, size_t n);
/* SipHash-2-4, for tables whose keys somebody may choose: key was made by random_bytes(). */
uint64_t keyed_hash(const uint8_t key[16], const void *p, size_t n);
/* Compares n bytes in constant time. */
bool bytes_eq(const void *a, const void *b, size_t n);

#endif
