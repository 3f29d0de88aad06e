#include "ike/keyring.h"

#include <stdlib.h>
#include <string.h>

void keyring_clear(struct keyring *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->sets[i]->extra);
		free(r->sets[i]);
	}
	for (size_t i = 0; i < r->nfiles; i++)
		free(r->files[i]);
	free(r->sets);
	free(r->files);
	free(r->index);
	arena_clear(&r->arena);
	*r = (struct keyring){ 0 };
}

const char *keyring_file(struct keyring *r, const char *name)
{
	char **p = realloc(r->files, (r->nfiles + 1) * sizeof *p);

	if (p == NULL)
		return NULL;
	r->files = p;
	if ((r->files[r->nfiles] = strdup(name)) == NULL)
		return NULL;
	return r->files[r->nfiles++];
}

struct keyset *keyring_add(struct keyring *r, struct err *e)
{
	struct keyset *s;

	if (r->n == KEYRING_MAX) {
		err_set(e, "found more than %d sets of IKE keys", KEYRING_MAX);
		return NULL;
	}
	if (r->n == r->cap) {
		size_t cap = r->cap == 0 ? 16 : 2 * r->cap;
		struct keyset **p = realloc(r->sets, cap * sizeof *p);

		if (p == NULL) {
			err_nomem(e);
			return NULL;
		}
		r->sets = p;
		r->cap = cap;
	}
	if ((s = calloc(1, sizeof *s)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	r->sets[r->n++] = s;
	return s;
}

void keyring_touch(struct keyring *r)
{
	r->indexed = 0;
}

static size_t slot_of(const struct keyring *r, const struct ike_keys *k)
{
	if (!k->spi_i_known)
		return 0;
	return 1 + (size_t)(((k->spi_i ^ r->seed[0]) * (r->seed[1] | 1)) >> 32) % (r->slots - 1);
}

/* Slots for the sets there are; false without memory, look-ups then take the long way. */
static bool make_room(struct keyring *r)
{
	size_t slots = r->slots == 0 ? 64 : r->slots;
	struct keyset **p;

	if (r->slots == 0)
		random_bytes(r->seed, sizeof r->seed);
	while (slots < 2 * r->n)
		slots *= 2;
	if (slots != r->slots) {
		if ((p = realloc(r->index, slots * sizeof *p)) == NULL)
			return false;
		r->index = p;
		r->slots = slots;
		r->indexed = 0;
	}
	return true;
}

/* Later sets stand behind earlier ones. */
static bool make_index(struct keyring *r)
{
	if (r->indexed == r->n && r->slots > 0)
		return true;
	if (!make_room(r))
		return false;
	memset(r->index, 0, r->slots * sizeof *r->index);
	for (size_t i = r->n; i-- > 0;) {
		struct keyset **slot = &r->index[slot_of(r, &r->sets[i]->k)];

		r->sets[i]->next = *slot;
		*slot = r->sets[i];
	}
	r->indexed = r->n;
	return true;
}

static bool may_be(const struct ike_keys *k, int version, uint64_t spi_i, uint64_t spi_r)
{
	return k->version != KEYSET_GONE && (version == 0 || k->version == 0 ||
	    k->version == version) && (!k->spi_i_known || k->spi_i == spi_i) &&
	    (!k->spi_r_known || spi_r == 0 || k->spi_r == spi_r);
}

static struct keyset *first_from(struct keyset *s, int version, uint64_t spi_i, uint64_t spi_r)
{
	while (s != NULL && !may_be(&s->k, version, spi_i, spi_r))
		s = s->next;
	return s;
}

struct keyset *keyring_next(struct keyring *r, int version, uint64_t spi_i, uint64_t spi_r,
    const struct keyset *after)
{
	struct ike_keys wanted = { .spi_i_known = true, .spi_i = spi_i };
	struct keyset *s;

	if (r->n == 0 || !make_index(r))
		return NULL;
	s = after == NULL ? r->index[slot_of(r, &wanted)] : after->next;
	/* Others share the slot. */
	while ((s = first_from(s, version, spi_i, spi_r)) == NULL) {
		if (after != NULL && !after->k.spi_i_known)
			return NULL;
		after = r->index[0];
		if ((s = r->index[0]) == NULL)
			return NULL;
	}
	return s;
}

bool keyset_has_keys(const struct keyset *s)
{
	const struct ike_keys *k = &s->k;

	return k->nshared > 0 || k->private_key.n > 0 || k->skeyseed.n > 0 || k->sk_d.n > 0 ||
	    k->sk_ai.n > 0 || k->sk_ar.n > 0 || k->sk_ei.n > 0 || k->sk_er.n > 0 ||
	    k->skeyid.n > 0 || k->skeyid_d.n > 0 || k->skeyid_e.n > 0 || k->ka.n > 0;
}
