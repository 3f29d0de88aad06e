#include "ike/hub_map.h"

#include <stdlib.h>

#include "base/secret.h"

enum { CELLS = 64 };

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 r = (unsigned __int128)a * b;

	return (uint64_t)r ^ (uint64_t)(r >> 64);
}

uint64_t hub_hash(const uint64_t key[2], struct span s, uint64_t more)
{
	const uint64_t both[2] = { keyed_hash((const uint8_t *)key, s.p, s.n), more };

	return keyed_hash((const uint8_t *)key, both, sizeof both);
}

static size_t place(const struct hub_map *m, uint64_t key)
{
	return (size_t)(mix(key, UINT64_C(0x9e3779b97f4a7c15)) & (m->cap - 1));
}

static void put(struct hub_map *m, uint64_t key, struct session *s)
{
	size_t i = place(m, key);

	while (m->cell[i].s != NULL)
		i = (i + 1) & (m->cap - 1);
	m->cell[i] = (struct hub_cell){ key, s };
	m->n++;
}

static int grow(struct hub_map *m)
{
	struct hub_map wide = { .cap = m->cap > 0 ? m->cap * 2 : CELLS };

	if ((wide.cell = calloc(wide.cap, sizeof *wide.cell)) == NULL)
		return -1;
	for (size_t i = 0; i < m->cap; i++)
		if (m->cell[i].s != NULL)
			put(&wide, m->cell[i].key, m->cell[i].s);
	free(m->cell);
	*m = wide;
	return 0;
}

int hub_map_add(struct hub_map *m, uint64_t key, struct session *s)
{
	if ((m->n + 1) * 2 > m->cap && grow(m) < 0)
		return -1;
	put(m, key, s);
	return 0;
}

/* What stood behind it moves up, so that no search ends at a hole. */
static void close_up(struct hub_map *m, size_t hole)
{
	size_t mask = m->cap - 1;

	for (size_t i = (hole + 1) & mask; m->cell[i].s != NULL; i = (i + 1) & mask) {
		size_t home = place(m, m->cell[i].key);

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		m->cell[hole] = m->cell[i];
		m->cell[i].s = NULL;
		hole = i;
	}
}

void hub_map_remove(struct hub_map *m, uint64_t key, const struct session *s)
{
	size_t mask = m->cap - 1;

	if (m->cap == 0)
		return;
	for (size_t i = place(m, key); m->cell[i].s != NULL; i = (i + 1) & mask)
		if (m->cell[i].key == key && m->cell[i].s == s) {
			m->cell[i].s = NULL;
			m->n--;
			close_up(m, i);
			return;
		}
}

struct session *hub_map_find(const struct hub_map *m, uint64_t key, size_t *at)
{
	size_t mask = m->cap - 1, home;

	if (m->cap == 0)
		return NULL;
	home = place(m, key);
	for (size_t i = (home + *at) & mask; m->cell[i].s != NULL; i = (i + 1) & mask) {
		++*at;
		if (m->cell[i].key == key)
			return m->cell[i].s;
	}
	return NULL;
}

void hub_map_clear(struct hub_map *m)
{
	free(m->cell);
	*m = (struct hub_map){ 0 };
}
