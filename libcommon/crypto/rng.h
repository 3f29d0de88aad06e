/*
 * rng.h - random bytes: the system's, or a stream that follows from a seed.
 *
 * A plain value, one thread.  It holds bytes that it has yet to give: where keys
 * are made of them, keep it in an arena, and rng_clear() it.  Bytes that were
 * given are wiped here.  secret_init() must have succeeded.
 *
 * A seeded stream is ChaCha20 (RFC 8439's block function, 64-bit counter, zero
 * nonce) under a key that BLAKE2b makes of seed and domain: the same bytes on
 * every machine, however they are asked for, and others in every domain.  Integers
 * are read big-endian from the stream.  It is for tests: not secret.
 */
#ifndef CRYPTO_RNG_H
#define CRYPTO_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"

enum { RNG_KEY = 32, RNG_POOL = 512, RNG_SEED_MAX = 64 };

struct rng {
	bool seeded, expands;
	uint8_t key[RNG_KEY];		/* of the stream, if it has one */
	uint64_t block;			/* seeded: the next block of 64 bytes */
	size_t left;			/* the last so many of the pool are to be given */
	uint8_t pool[RNG_POOL];
};

/* libsodium's generator. */
void rng_init_system(struct rng *r);
/* domain: what the bytes are for, such as the program's name. */
void rng_init_seed(struct rng *r, struct span seed, const char *domain);
/* The same, the seed in hex: 1 to RNG_SEED_MAX bytes. */
int rng_init_hex(struct rng *r, const char *hex, const char *domain, struct err *e);
/*
 * A stream of its own for one purpose: whatever is drawn from the one moves
 * nothing in the other.  A seeded child follows from its parent's seed and domain,
 * domain and number, not from what its parent gave so far; else it is the system's.
 */
void rng_fork(struct rng *child, const struct rng *r, const char *domain, uint64_t number);
void rng_clear(struct rng *r);
/*
 * For many bytes that nobody may foresee, such as IVs: what is not seeded asks the system once, and makes a stream of
 * that.  Each block's key is the beginning of the one before it, and wiped, so that what is here tells nothing of
 * what was given.  What is seeded stays as it is.
 */
void rng_expand(struct rng *r);

void rng_bytes(struct rng *r, void *out, size_t n);
uint32_t rng_u32(struct rng *r);
/* 0 to n - 1, each as likely as the others; 0 for n = 0. */
uint32_t rng_below(struct rng *r, uint32_t n);

#endif
