/*
 * wr.h - bounded writing of wire bytes into the caller's memory.
 *
 * A write that does not fit writes nothing and spoils the writer for good;
 * ask wr_ok() once at the end.  Integers are written big-endian.
 */
#ifndef BASE_WR_H
#define BASE_WR_H

#include <string.h>

#include "base/rd.h"

struct wr { uint8_t *p; size_t n, cap; bool bad; };	/* n of cap bytes written */

static inline void store_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void store_be32(uint8_t *p, uint32_t v)
{
	store_be16(p, (uint16_t)(v >> 16));
	store_be16(p + 2, (uint16_t)v);
}

static inline void store_be64(uint8_t *p, uint64_t v)
{
	store_be32(p, (uint32_t)(v >> 32));
	store_be32(p + 4, (uint32_t)v);
}

static inline struct wr wr_of(void *p, size_t cap)
{
	return (struct wr){ p, 0, cap, false };
}

static inline size_t wr_room(const struct wr *w)
{
	return w->bad ? 0 : w->cap - w->n;
}

/* n bytes for the caller to fill, or NULL when they do not fit. */
static inline uint8_t *wr_hold(struct wr *w, size_t n)
{
	uint8_t *at;

	if (w->bad || n > w->cap - w->n) {
		w->bad = true;
		return NULL;
	}
	at = w->p + w->n;
	w->n += n;
	return at;
}

static inline void wr_u8(struct wr *w, uint8_t v)
{
	uint8_t *at = wr_hold(w, 1);

	if (at != NULL)
		at[0] = v;
}

static inline void wr_u16(struct wr *w, uint16_t v)
{
	uint8_t *at = wr_hold(w, 2);

	if (at != NULL)
		store_be16(at, v);
}

static inline void wr_u32(struct wr *w, uint32_t v)
{
	uint8_t *at = wr_hold(w, 4);

	if (at != NULL)
		store_be32(at, v);
}

static inline void wr_u64(struct wr *w, uint64_t v)
{
	uint8_t *at = wr_hold(w, 8);

	if (at != NULL)
		store_be64(at, v);
}

static inline void wr_span(struct wr *w, struct span s)
{
	uint8_t *at = wr_hold(w, s.n);

	if (at != NULL && s.n > 0)
		memcpy(at, s.p, s.n);
}

static inline void wr_zero(struct wr *w, size_t n)
{
	uint8_t *at = wr_hold(w, n);

	if (at != NULL && n > 0)
		memset(at, 0, n);
}

static inline bool wr_ok(const struct wr *w)
{
	return !w->bad;
}

#endif
