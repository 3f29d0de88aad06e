#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum { BLOCK = 4096, ALIGN = 16 };

struct mem_block {
	struct mem_block *before;
	size_t n, cap;
	_Alignas(ALIGN) unsigned char bytes[];
};

void mem_init(struct mem *m, size_t limit)
{
	*m = (struct mem){ .limit = limit };
}

static struct mem_block *block_new(struct mem *m, size_t n)
{
	size_t cap = n > BLOCK ? n : BLOCK;
	struct mem_block *b = malloc(sizeof *b + cap);

	if (b == NULL)
		return NULL;
	b->before = m->last;
	b->n = 0;
	b->cap = cap;
	m->last = b;
	return b;
}

void *mem_new(struct mem *m, size_t n)
{
	struct mem_block *b = m->last;
	void *p;

	if (n > m->limit - m->used)
		return NULL;
	n = n == 0 ? ALIGN : (n + ALIGN - 1) / ALIGN * ALIGN;
	if (n > m->limit - m->used)
		return NULL;
	if ((b == NULL || n > b->cap - b->n) && (b = block_new(m, n)) == NULL)
		return NULL;
	p = b->bytes + b->n;
	b->n += n;
	m->used += n;
	return memset(p, 0, n);
}

void *mem_array(struct mem *m, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return mem_new(m, n * size);
}

static void clear(struct mem *m, bool overwrite)
{
	struct mem_block *b = m->last;

	while (b != NULL) {
		struct mem_block *before = b->before;

		if (overwrite)
			wipe(b->bytes, b->n);
		free(b);
		b = before;
	}
	m->last = NULL;
	m->used = 0;
}

void mem_clear(struct mem *m)
{
	clear(m, false);
}

void mem_wipe(struct mem *m)
{
	clear(m, true);
}
