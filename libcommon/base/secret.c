#include "base/secret.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"

enum { BLOCK = 64 * 1024, SLOT = 2048, STACK = 16 * 1024 };

struct arena_block { struct arena_block *prev; size_t used, cap; uint8_t bytes[]; };

/* A block of slots; the first one is lost to this header. */
struct secret_slab { struct secret_slab *prev; };
struct slot { struct slot *next; };

/* What an arena_block of a slot has room for: no other block has just that. */
enum { SLOT_CAP = SLOT - sizeof(struct arena_block) };

int secret_init(struct err *e)
{
	if (sodium_init() < 0)
		return err_set(e, "libsodium cannot start");
	return 0;
}

static bool slab_add(struct secret_pool *pool)
{
	struct secret_slab *slab = sodium_malloc(BLOCK);

	if (slab == NULL)
		return false;
	slab->prev = pool->slab;
	pool->slab = slab;
	for (size_t at = SLOT; at < BLOCK; at += SLOT) {
		struct slot *slot = (void *)((uint8_t *)slab + at);

		slot->next = pool->free;
		pool->free = slot;
	}
	return true;
}

static struct arena_block *slot_take(struct secret_pool *pool)
{
	struct slot *slot;

	if (pool->free == NULL && !slab_add(pool))
		return NULL;
	slot = pool->free;
	pool->free = slot->next;
	return (void *)slot;
}

static void slot_give_back(struct secret_pool *pool, struct arena_block *b)
{
	struct slot *slot = (void *)b;

	sodium_memzero(b, SLOT);
	slot->next = pool->free;
	pool->free = slot;
}

void secret_pool_clear(struct secret_pool *pool)
{
	while (pool != NULL && pool->slab != NULL) {
		struct secret_slab *prev = pool->slab->prev;

		sodium_free(pool->slab);
		pool->slab = prev;
	}
	if (pool != NULL)
		pool->free = NULL;
}

/* Room for need bytes at least, behind the others; NULL: no memory. */
static struct arena_block *block_add(struct arena *a, size_t need)
{
	size_t cap = a->pool != NULL ? SLOT_CAP : BLOCK - sizeof(struct arena_block);
	struct arena_block *b;

	if (a->pool != NULL && need <= cap)
		b = slot_take(a->pool);
	else
		/* sodium_malloc puts the end of the block against a guard page, so its start
		 * is only aligned if its size is a multiple of the alignment. */
		b = sodium_malloc(sizeof *b + (cap = need > cap ? need : cap));
	if (b == NULL)
		return NULL;
	*b = (struct arena_block){ .prev = a->last, .cap = cap };
	return a->last = b;
}

int secret_new(struct arena *a, struct secret *s, size_t n, struct err *e)
{
	size_t need = (n + 7) & ~(size_t)7;
	struct arena_block *b = a->last;

	*s = (struct secret){ 0 };
	if (n == 0)
		return 0;
	if (need < n || need > SIZE_MAX / 2)
		return err_nomem(e);
	if ((b == NULL || need > b->cap - b->used) && (b = block_add(a, need)) == NULL)
		return err_nomem(e);
	*s = (struct secret){ b->bytes + b->used, n };
	b->used += need;
	memset(s->p, 0, n);
	return 0;
}

int secret_copy(struct arena *a, struct secret *s, const void *p, size_t n, struct err *e)
{
	if (secret_new(a, s, n, e) < 0)
		return -1;
	if (n > 0)
		memcpy(s->p, p, n);
	return 0;
}

int secret_hex(struct arena *a, struct secret *s, const char *hex, size_t n, struct err *e)
{
	size_t got, bad = hex_span(hex, n);

	*s = (struct secret){ 0 };
	if (bad < n)
		return err_set(e, "found \"%.1s\" at digit %zu of a hex string", hex + bad, bad + 1);
	if (n % 2 != 0)
		return err_set(e, "found %zu hex digits, wanted an even number", n);
	if (secret_new(a, s, n / 2, e) < 0)
		return -1;
	if (n > 0 && sodium_hex2bin(s->p, s->n, hex, n, NULL, &got, NULL) != 0)
		return err_set(e, "not a hex string");
	return 0;
}

int secret_base64(struct arena *a, struct secret *s, const char *text, size_t n, struct err *e)
{
	size_t got = 0;

	while (n > 0 && text[n - 1] == '=')
		n--;
	if (secret_new(a, s, n, e) < 0)
		return -1;
	if (n > 0 && sodium_base642bin(s->p, n, text, n, NULL, &got, NULL,
	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
		return err_set(e, "found what is no base64");
	s->n = got;
	return 0;
}

void secret_clear(struct secret *s)
{
	if (s == NULL)
		return;
	if (s->n > 0)
		sodium_memzero(s->p, s->n);
	*s = (struct secret){ 0 };
}

bool secret_eq(const struct secret *a, const struct secret *b)
{
	return a->n == b->n && bytes_eq(a->p, b->p, a->n);
}

void arena_clear(struct arena *a)
{
	while (a != NULL && a->last != NULL) {
		struct arena_block *prev = a->last->prev;

		if (a->pool != NULL && a->last->cap == SLOT_CAP)
			slot_give_back(a->pool, a->last);
		else
			sodium_free(a->last);
		a->last = prev;
	}
}

void wipe(void *p, size_t n)
{
	if (n > 0)
		sodium_memzero(p, n);
}

void wipe_stack(void)
{
	sodium_stackzero(STACK);
}

void random_bytes(void *p, size_t n)
{
	if (n > 0)
		randombytes_buf(p, n);
}

uint64_t keyed_hash(const uint8_t key[16], const void *p, size_t n)
{
	uint64_t h;

	crypto_shorthash((unsigned char *)&h, p, n, key);
	return h;
}

bool bytes_eq(const void *a, const void *b, size_t n)
{
	return n == 0 || sodium_memcmp(a, b, n) == 0;
}
