/*
 * The SAs that other shares take: little is kept of them.  ESP on unusual ports, or in the middle of a TCP stream, is told
 * by its SPI, and what a NAT changed by the addresses of others: each share has to know the same ones.
 */
#include "report/model_priv.h"

#include <stdlib.h>

struct other { struct model_sa_key key; struct addr src; bool known; };	/* src: of the last packet; known: it has a descriptor */

/* The SA, made if it is not there yet; NULL: there are too many, or no memory. */
static struct other *other_of(struct model *m, const struct model_sa_key *key, const struct addr *src)
{
	uint64_t hash = model_sa_hash(m, key);
	uint32_t id = model_find(&m->others, hash, model_sa_key_eq, key);
	struct other *o;

	if (id != 0)
		return m->others.at[id - 1];
	if (m->others.n >= MODEL_SAS || (o = calloc(1, sizeof *o)) == NULL)
		return NULL;
	o->key = *key;
	o->known = m->opt.sad != NULL && sad_find(m->opt.sad, key->proto, key->spi, src, &key->dst) != NULL;
	if (model_put(&m->others, hash, o) == 0) {
		free(o);
		return NULL;
	}
	model_group_note(m, key->proto, key->spi, &key->dst);
	return o;
}

int model_share_note(struct model *m, enum sa_proto proto, uint32_t spi, const struct datagram *d, struct err *e)
{
	struct model_sa_key key = { proto, spi, d->dst };
	struct other *o = other_of(m, &key, &d->src);

	if (o == NULL || !o->known || addr_eq(&o->src, &d->src))
		return 0;
	o->src = d->src;
	return model_open_saw(m, d, e);
}

bool model_share_knows(const struct model *m, uint32_t spi, const struct addr *dst)
{
	struct model_sa_key key = { SA_ESP, spi, *dst };

	return m->others.n > 0 && model_find(&m->others, model_sa_hash(m, &key), model_sa_key_eq, &key) != 0;
}
