#include "report/model_priv.h"

#include <string.h>

#include "base/secret.h"

enum { FIRST_ROOM = 64 };

uint64_t model_hash(const struct model *m, const void *p, size_t n)
{
	return keyed_hash(m->key, p, n);
}

uint64_t model_sa_hash(const struct model *m, const struct model_sa_key *key)
{
	struct { uint32_t proto, spi; uint8_t dst[16]; } bytes = { .proto = key->proto, .spi = key->spi };

	memcpy(bytes.dst, key->dst.b, addr_len(&key->dst));
	return model_hash(m, &bytes, sizeof bytes);
}

bool model_sa_key_eq(const void *thing, const void *key)
{
	const struct model_sa_key *a = thing, *b = key;

	return a->spi == b->spi && a->proto == b->proto && addr_eq(&a->dst, &b->dst);
}

uint32_t model_find(const struct model_table *t, uint64_t hash, bool (*eq)(const void *thing, const void *key),
    const void *key)
{
	uint32_t id;

	if (t->slots == 0)
		return 0;
	for (uint32_t i = (uint32_t)hash & (t->slots - 1); (id = t->slot[i].id) != 0; i = (i + 1) & (t->slots - 1))
		if (t->slot[i].hash == (uint32_t)hash && eq(t->at[id - 1], key))
			return id;
	return 0;
}

static void insert(struct model_slot *slot, uint32_t slots, struct model_slot s)
{
	uint32_t i = s.hash & (slots - 1);

	while (slot[i].id != 0)
		i = (i + 1) & (slots - 1);
	slot[i] = s;
}

/* Room for twice as many things, in twice the slots. */
static bool grow(struct model_table *t)
{
	uint32_t room = t->room == 0 ? FIRST_ROOM : t->room * 2;
	struct model_slot *slot = calloc(room * 2, sizeof *slot);
	void **at = realloc(t->at, room * sizeof *at);

	if (at != NULL)
		t->at = at;
	if (slot == NULL || at == NULL) {
		free(slot);
		return false;
	}
	for (uint32_t i = 0; i < t->slots; i++)
		if (t->slot[i].id != 0)
			insert(slot, room * 2, t->slot[i]);
	free(t->slot);
	t->slot = slot;
	t->slots = room * 2;
	t->room = room;
	return true;
}

uint32_t model_put(struct model_table *t, uint64_t hash, void *thing)
{
	if (t->n == t->room && !grow(t))
		return 0;
	t->at[t->n++] = thing;
	insert(t->slot, t->slots, (struct model_slot){ t->n, (uint32_t)hash });
	return t->n;
}

void model_table_clear(struct model_table *t, void (*clear)(void *thing))
{
	for (uint32_t i = 0; i < t->n; i++) {
		if (clear != NULL)
			clear(t->at[i]);
		free(t->at[i]);
	}
	free(t->at);
	free(t->slot);
	*t = (struct model_table){ 0 };
}
