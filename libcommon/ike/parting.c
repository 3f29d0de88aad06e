#include "ike/parting.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"

enum { LOOK_S = 10 };

static const int64_t second = 1000000000;

struct parting {
	uint64_t spi;
	int64_t until;
	size_t n_request, n;
	uint8_t request[HASH_SHA256];
	uint16_t natt_port;
	uint8_t left;			/* so often still */
	uint8_t answer[];
};

static void drop(struct partings *t, struct parting **at)
{
	if (*at == NULL)
		return;
	free(*at);
	*at = NULL;
	t->n--;
}

void partings_keep(struct partings *t, uint64_t spi, uint16_t natt_port, struct span request, struct span answer, int64_t now)
{
	struct parting *x, **at;

	if (answer.n == 0 || answer.n > PARTING_MAX || (t->slot == NULL &&
	    (t->slot = calloc(PARTINGS, sizeof(struct parting *))) == NULL) || (x = malloc(sizeof *x + answer.n)) == NULL)
		return;
	*x = (struct parting){ .spi = spi, .until = now + PARTING_S * second, .n_request = request.n, .n = answer.n,
		.natt_port = natt_port, .left = PARTING_TIMES };
	hash_sha256(x->request, &request, 1);
	memcpy(x->answer, answer.p, answer.n);
	at = &t->slot[spi % PARTINGS];
	drop(t, at);
	*at = x;
	t->n++;
}

struct span partings_find(struct partings *t, uint64_t spi, struct span request, int64_t now, uint16_t *natt_port)
{
	struct parting *x = t->slot != NULL ? t->slot[spi % PARTINGS] : NULL;
	uint8_t digest[HASH_SHA256];

	if (x == NULL || x->spi != spi || x->n_request != request.n || x->until <= now || x->left == 0)
		return (struct span){ 0 };
	hash_sha256(digest, &request, 1);
	if (memcmp(digest, x->request, sizeof digest) != 0)
		return (struct span){ 0 };
	x->left--;
	*natt_port = x->natt_port;
	return (struct span){ x->answer, x->n };
}

void partings_age(struct partings *t, int64_t now)
{
	if (t->n == 0 || now < t->look_at)
		return;
	t->look_at = now + LOOK_S * second;
	for (unsigned i = 0; i < PARTINGS; i++)
		if (t->slot[i] != NULL && t->slot[i]->until <= now)
			drop(t, &t->slot[i]);
}

void partings_clear(struct partings *t)
{
	for (unsigned i = 0; t->slot != NULL && i < PARTINGS; i++)
		free(t->slot[i]);
	free(t->slot);
	*t = (struct partings){ 0 };
}
