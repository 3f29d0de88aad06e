/*
 * mem.h - memory for what one piece of input is decoded to: bounded, and freed as a whole.
 *
 * No keys here (base/secret.h has them).  The bound is what a hostile input can make us take.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

struct mem_block;
struct mem { struct mem_block *last; size_t used, limit; };	/* last NULL: empty */

void mem_init(struct mem *m, size_t limit);
/* n zero bytes (n = 0: still a valid pointer), or NULL: past the limit, or out of memory. */
void *mem_new(struct mem *m, size_t n);
/* The same for n elements of size bytes each. */
void *mem_array(struct mem *m, size_t n, size_t size);
void mem_clear(struct mem *m);
/* The same, and what was there is overwritten. */
void mem_wipe(struct mem *m);

#endif
