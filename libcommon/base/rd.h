/*
 * rd.h - bounded reading of wire bytes.
 *
 * A reader is a plain value over borrowed bytes; nothing is copied or owned.
 * A read that does not fit gives zero or an empty span and spoils the reader
 * for good, so a decoder reads a whole structure and asks rd_ok() once.
 * Integers are big-endian on the wire and in host order here.
 */
#ifndef BASE_RD_H
#define BASE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span { const uint8_t *p; size_t n; };		/* borrowed bytes */
struct rd   { const uint8_t *p; size_t n; bool bad; };	/* what is left */

static inline uint16_t load_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t load_be64(const uint8_t *p)
{
	return (uint64_t)load_be32(p) << 32 | load_be32(p + 4);
}

static inline struct rd rd_of(const void *p, size_t n)
{
	return (struct rd){ p, n, false };
}

static inline struct span rd_take(struct rd *r, size_t n)
{
	struct span s = { r->p, n };

	if (r->bad || n > r->n) {
		*r = (struct rd){ .bad = true };
		return (struct span){ 0 };
	}
	if (n > 0) {				/* NULL + 0 is not C */
		r->p += n;
		r->n -= n;
	}
	return s;
}

/* The last n bytes; what is left ends before them. */
static inline struct span rd_take_end(struct rd *r, size_t n)
{
	if (r->bad || n > r->n) {
		*r = (struct rd){ .bad = true };
		return (struct span){ 0 };
	}
	r->n -= n;
	return (struct span){ n > 0 ? r->p + r->n : r->p, n };
}

static inline uint8_t rd_u8(struct rd *r)
{
	struct span s = rd_take(r, 1);

	return s.n == 1 ? s.p[0] : 0;
}

static inline uint16_t rd_u16(struct rd *r)
{
	struct span s = rd_take(r, 2);

	return s.n == 2 ? load_be16(s.p) : 0;
}

static inline uint32_t rd_u32(struct rd *r)
{
	struct span s = rd_take(r, 4);

	return s.n == 4 ? load_be32(s.p) : 0;
}

static inline uint64_t rd_u64(struct rd *r)
{
	struct span s = rd_take(r, 8);

	return s.n == 8 ? load_be64(s.p) : 0;
}

static inline struct span rd_rest(struct rd *r)
{
	return rd_take(r, r->n);
}

/* A child for a length field: it cannot reach into its sibling. */
static inline struct rd rd_sub(struct rd *r, size_t n)
{
	struct span s = rd_take(r, n);

	return (struct rd){ s.p, s.n, r->bad };
}

static inline bool rd_ok(const struct rd *r)
{
	return !r->bad;
}

static inline bool rd_done(const struct rd *r)
{
	return !r->bad && r->n == 0;
}

#endif
