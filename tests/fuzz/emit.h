/*
 * emit.h - an output that only looks: every byte that is given out must be there to be read.
 */
#ifndef FUZZ_EMIT_H
#define FUZZ_EMIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

static inline int emit(void *arg, const uint8_t *p, size_t n, struct err *e)
{
	uint8_t seen = 0;

	(void)arg;
	(void)e;
	for (size_t i = 0; i < n; i++)
		seen ^= p[i];
	return seen == 0 && n > 1000000 ? -1 : 0;
}

#endif
