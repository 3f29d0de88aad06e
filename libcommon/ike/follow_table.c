#include "ike/follow_state.h"

#include <stdlib.h>
#include <string.h>

int blob_set(struct blob *b, struct span s, struct err *e)
{
	uint8_t *p = malloc(s.n > 0 ? s.n : 1);

	if (p == NULL)
		return err_nomem(e);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	free(b->p);
	b->p = p;
	b->n = s.n;
	return 0;
}

void blob_clear(struct blob *b)
{
	free(b->p);
	*b = (struct blob){ 0 };
}

int follow_room(uint8_t **p, size_t *cap, size_t n, struct err *e)
{
	uint8_t *more;

	if (n <= *cap)
		return 0;
	n = n < 65536 ? 65536 : n;
	if ((more = malloc(n)) == NULL)
		return err_nomem(e);
	if (*p != NULL)
		wipe(*p, *cap);
	free(*p);
	*p = more;
	*cap = n;
	return 0;
}

void pending_free(struct pending *p)
{
	if (p != NULL)
		blob_clear(&p->plain);
	free(p);
}

struct pending *pending_new(const struct follow_message *out, uint8_t first, struct span plain, struct err *e)
{
	const struct ike_hdr *h = &out->m->hdr;
	struct pending *p = calloc(1, sizeof *p);

	if (p == NULL || blob_set(&p->plain, plain, e) < 0) {
		free(p);
		err_nomem(e);
		return NULL;
	}
	p->by_initiator = out->from_initiator;
	p->exchange = h->exchange;
	p->id = h->message_id;
	p->first = first;
	return p;
}

/* --- ciphers that stay keyed --- */

void follow_drop_context(struct follow *f, struct followed *s)
{
	for (int i = 0; i < 2; i++) {
		ike_protect_free(s->protect[i]);
		s->protect[i] = NULL;
	}
	if (s->v1 != NULL) {
		ike_v1_cipher_free(s->v1->cipher);
		s->v1->cipher = NULL;
	}
	if (s->context > 0)
		f->context[s->context - 1] = NULL;
	s->context = 0;
}

void follow_take_context(struct follow *f, struct followed *s)
{
	if (s->context > 0)
		return;
	if (f->context[f->context_at] != NULL)
		follow_drop_context(f, f->context[f->context_at]);
	f->context[f->context_at] = s;
	s->context = f->context_at + 1;
	f->context_at = (f->context_at + 1) % FOLLOW_CONTEXTS;
}

/* --- the table --- */

static size_t slot_of(const struct follow *f, uint64_t spi_i)
{
	return (size_t)((spi_i * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (f->slots - 1);
}

static void by_use_remove(struct follow *f, struct followed *s)
{
	if (s->newer != NULL)
		s->newer->older = s->older;
	else if (f->newest == s)
		f->newest = s->older;
	if (s->older != NULL)
		s->older->newer = s->newer;
	else if (f->oldest == s)
		f->oldest = s->newer;
	s->newer = s->older = NULL;
}

void follow_touch(struct follow *f, struct followed *s)
{
	by_use_remove(f, s);
	s->older = f->newest;
	if (f->newest != NULL)
		f->newest->newer = s;
	f->newest = s;
	if (f->oldest == NULL)
		f->oldest = s;
}

static void followed_free(struct follow *f, struct followed *s)
{
	struct blob *blobs[] = { &s->init_i, &s->init_r, &s->ni, &s->nr, &s->ke_i, &s->ke_r, &s->id_i, &s->id_r };

	follow_drop_context(f, s);
	follow_guess_drop(f, s);
	for (struct pending *p = s->pending; p != NULL;) {
		struct pending *next = p->next;

		pending_free(p);
		p = next;
	}
	pending_free(s->auth);
	for (struct child *c = s->children; c != NULL;) {
		struct child *next = c->next;

		child_free(c);
		c = next;
	}
	for (int i = 0; i < FOLLOW_FRAG_SETS; i++)
		follow_frag_free(s, s->frags[i]);
	v1_free(s->v1);
	for (size_t i = 0; i < sizeof blobs / sizeof blobs[0]; i++)
		blob_clear(blobs[i]);
	free(s);
}

void follow_drop(struct follow *f, struct followed *s)
{
	struct followed **at = &f->table[slot_of(f, s->sa.spi_i)];

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	by_use_remove(f, s);
	f->live--;
	followed_free(f, s);
}

struct followed *follow_find(struct follow *f, int version, uint64_t spi_i, uint64_t spi_r)
{
	struct followed *open = NULL;

	for (struct followed *s = f->table[slot_of(f, spi_i)]; s != NULL; s = s->next) {
		if (s->sa.version != version || s->sa.spi_i != spi_i)
			continue;
		if (s->sa.spi_r == spi_r || spi_r == 0)
			return s;
		if (s->sa.spi_r == 0)
			open = s;
	}
	return open;
}

/* Doubles the table. */
static int grow(struct follow *f, struct err *e)
{
	size_t old = f->slots;
	struct followed **table = calloc(2 * old, sizeof *table), **was = f->table;

	if (table == NULL)
		return err_nomem(e);
	f->table = table;
	f->slots = 2 * old;
	for (size_t i = 0; i < old; i++)
		for (struct followed *s = was[i], *next; s != NULL; s = next) {
			struct followed **at = &table[slot_of(f, s->sa.spi_i)];

			next = s->next;
			s->next = *at;
			*at = s;
		}
	free(was);
	return 0;
}

struct followed *follow_add(struct follow *f, int version, uint64_t spi_i, uint64_t spi_r,
    struct err *e)
{
	struct followed *s, **at;

	if (f->live >= f->slots && grow(f, e) < 0)
		return NULL;
	if ((s = calloc(1, sizeof *s)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	s->sa = (struct follow_sa){ .number = ++f->count, .version = version, .spi_i = spi_i, .spi_r = spi_r,
		.k = { .version = version } };
	if (f->live >= f->o.limit) {
		if (f->dropped++ == 0)
			follow_say(f, "more IKE SAs at a time than are followed: the ones unused longest are dropped");
		follow_drop(f, f->oldest);
	}
	at = &f->table[slot_of(f, spi_i)];
	s->next = *at;
	*at = s;
	f->live++;
	follow_touch(f, s);
	return s;
}
