/*
 * A capture on the box that does NAT shows each packet before and after: the copy has the SPI, number and content of the one
 * right before it and another address.  It counts for the same SA.  All shares learn these addresses alike (model_share.c).
 */
#include "report/model_priv.h"

#include <stdlib.h>

enum { ALIASES = 1 << 12 };

struct alias { struct model_sa_key key; struct addr first; };	/* first: where the SA's packets go to before */
struct group { enum sa_proto proto; uint32_t spi; };

const struct addr *model_alias(struct model *m, enum sa_proto proto, uint32_t spi, const struct addr *dst, bool copy)
{
	struct model_sa_key key = { proto, spi, *dst };
	uint64_t hash = model_sa_hash(m, &key);
	uint32_t id = model_find(&m->alias, hash, model_sa_key_eq, &key);
	struct alias *a;

	if (id != 0)
		return &((struct alias *)m->alias.at[id - 1])->first;
	if (!copy || addr_eq(dst, &m->last.dst) || m->alias.n >= ALIASES || (a = calloc(1, sizeof *a)) == NULL)
		return dst;
	a->key = key;
	a->first = m->last.dst;
	if (model_put(&m->alias, hash, a) == 0) {
		free(a);
		return dst;
	}
	return &a->first;
}

/* A copy of the packet before.  After the NAT is where the world sees the sender. */
void model_translated(struct model *m, struct model_sa *sa, const struct datagram *d)
{
	struct model_peer *src;

	if (!addr_eq(&d->src, &sa->src) && (sa->translated.n == 0 || !addr_eq(&sa->nat_from, &d->src))) {
		sa->nat_from = sa->src;
		sa->nat_to = d->src;
		sa->src = sa->first_src = d->src;
		sa->sport = sa->first_sport = d->sport;
		sa->dport = sa->first_dport = d->dport;
		src = model_peer_of(m, &d->src, 0);
		sa->peer_src = src != NULL ? src->id : 0;
	} else if (!addr_eq(&d->dst, &sa->dst) && sa->translated.n == 0) {
		sa->nat_from = sa->dst;
		sa->nat_to = d->dst;
	} else if (addr_eq(&d->dst, &sa->dst) && (sa->translated.n == 0 || !addr_eq(&sa->nat_to, &d->src))) {
		return;				/* the same twice, without a NAT */
	}
	model_note(m, &sa->translated);
}

/* --- SPIs that also go to many --- */

static bool group_eq(const void *thing, const void *key)
{
	const struct group *a = thing, *b = key;

	return a->spi == b->spi && a->proto == b->proto;
}

static uint64_t group_hash(const struct model *m, const struct group *g)
{
	uint32_t bytes[2] = { g->proto, g->spi };

	return model_hash(m, bytes, sizeof bytes);
}

void model_group_note(struct model *m, enum sa_proto proto, uint32_t spi, const struct addr *dst)
{
	struct group key = { proto, spi }, *g;
	uint64_t hash;

	if (!addr_is_multicast(dst))
		return;
	hash = group_hash(m, &key);
	if (model_find(&m->groups, hash, group_eq, &key) != 0 || m->groups.n >= MODEL_SAS || (g = malloc(sizeof *g)) == NULL)
		return;
	*g = key;
	if (model_put(&m->groups, hash, g) == 0)
		free(g);
}

bool model_is_group(const struct model *m, const struct model_sa *sa)
{
	struct group key = { sa->proto, sa->spi };

	return m->groups.n > 0 && model_find(&m->groups, group_hash(m, &key), group_eq, &key) != 0;
}
