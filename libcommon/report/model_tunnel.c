/* SAs put together: both directions and all generations between two ends. */
#include "report/model_priv.h"

#include <stdlib.h>
#include <string.h>

#include "packet/ip.h"
#include "packet/udp.h"

enum { MOVES = 256 };			/* negotiations whose ends moved that are looked at, the newest */
enum { LOOK_BACK = 64 };		/* SAs of one direction among which the one that was replaced is sought */
#define REKEY_GAP (INT64_C(120) * 1000000000)	/* ns without packets that still count as going on */

/* An end: a host behind a NAT is told by its port. */
struct end { struct addr addr; uint16_t port; };
struct ends { struct end low, high; };

static int end_cmp(const struct end *a, const struct end *b)
{
	int c = addr_cmp(&a->addr, &b->addr);

	return c != 0 ? c : a->port - b->port;
}

static uint16_t told_port(const struct model_sa *sa, uint16_t port)
{
	return sa->carrier == IP_UDP && port != PORT_NATT && port != PORT_IKE ? port : 0;
}

static struct ends ordered(struct end src, struct end dst)
{
	return end_cmp(&src, &dst) <= 0 ? (struct ends){ src, dst } : (struct ends){ dst, src };
}

static struct ends last_ends(const struct model_sa *sa)
{
	return ordered((struct end){ sa->src, told_port(sa, sa->sport) }, (struct end){ sa->dst, told_port(sa, sa->dport) });
}

/* Where it came from at first: what comes from another port or address in the middle is the same tunnel. */
static struct ends first_ends(const struct model_sa *sa)
{
	if (sa->first_src.family == 0)
		return last_ends(sa);
	return ordered((struct end){ sa->first_src, told_port(sa, sa->first_sport) },
	    (struct end){ sa->dst, told_port(sa, sa->first_dport) });
}

/* On the other side of a NAT that the capture shows both of. */
static struct ends nat_ends(const struct model_sa *sa)
{
	bool is_src = addr_eq(&sa->src, &sa->nat_from) || addr_eq(&sa->src, &sa->nat_to);
	const struct addr *other = addr_eq(is_src ? &sa->src : &sa->dst, &sa->nat_to) ? &sa->nat_from : &sa->nat_to;

	return is_src ? ordered((struct end){ *other, 0 }, (struct end){ sa->dst, told_port(sa, sa->dport) }) :
	    ordered((struct end){ sa->src, told_port(sa, sa->sport) }, (struct end){ *other, 0 });
}

struct keyed { struct model_tunnel pub; struct ends ends; };
struct joined { struct ends ends; uint32_t tunnel; };	/* where an SA of this tunnel went */

static bool is_between(const struct ends *a, const struct ends *b)
{
	return end_cmp(&a->low, &b->low) == 0 && end_cmp(&a->high, &b->high) == 0;
}

static bool ends_eq(const void *thing, const void *key)
{
	return is_between(&((const struct keyed *)thing)->ends, key);
}

static bool joined_eq(const void *thing, const void *key)
{
	return is_between(&((const struct joined *)thing)->ends, key);
}

static uint64_t hash_of(const struct model *m, const struct ends *ends)
{
	struct { uint8_t low[16], high[16]; uint16_t a, b; } bytes = { .a = ends->low.port, .b = ends->high.port };

	memcpy(bytes.low, ends->low.addr.b, sizeof bytes.low);
	memcpy(bytes.high, ends->high.addr.b, sizeof bytes.high);
	return model_hash(m, &bytes, sizeof bytes);
}

static struct model_tunnel *tunnel_of(struct model *m, const struct ends *ends)
{
	uint64_t hash = hash_of(m, ends);
	uint32_t id = model_find(&m->tunnels, hash, ends_eq, ends);
	struct model_peer *a, *b;
	struct keyed *t;

	if (id == 0 && m->joined.n > 0 && (id = model_find(&m->joined, hash, joined_eq, ends)) != 0)
		id = ((struct joined *)m->joined.at[id - 1])->tunnel;
	if (id != 0)
		return m->tunnels.at[id - 1];
	if (m->tunnels.n >= MODEL_TUNNELS || (t = calloc(1, sizeof *t)) == NULL)
		return NULL;
	t->ends = *ends;
	a = model_peer_of(m, &ends->low.addr, 0);
	b = model_peer_of(m, &ends->high.addr, 0);
	t->pub.peer_a = a != NULL ? a->id : 0;
	t->pub.peer_b = b != NULL ? b->id : 0;
	if ((t->pub.id = model_put(&m->tunnels, hash, t)) == 0) {
		free(t);
		return NULL;
	}
	return &t->pub;
}

/* False: no memory. */
static bool join(struct model *m, const struct model_tunnel *t, const struct ends *ends)
{
	uint64_t hash = hash_of(m, ends);
	struct joined *j;

	if (model_find(&m->tunnels, hash, ends_eq, ends) != 0 || model_find(&m->joined, hash, joined_eq, ends) != 0)
		return true;
	if ((j = malloc(sizeof *j)) == NULL)
		return false;
	*j = (struct joined){ *ends, t->id };
	if (model_put(&m->joined, hash, j) != 0)
		return true;
	free(j);
	return false;
}

/* --- negotiations whose ends moved (MOBIKE): the tunnel before and the tunnel after are one --- */

struct moves { struct ends before[MOVES], after[MOVES]; unsigned n; };

static struct end ike_end(const struct follow_end *e)
{
	return (struct end){ e->addr, e->port != PORT_IKE && e->port != PORT_NATT ? e->port : 0 };
}

static void find_moves(const struct model *m, struct moves *mv)
{
	mv->n = 0;
	for (uint32_t i = m->ikes.n; i-- > 0 && mv->n < MOVES;) {
		const struct model_ike *k = m->ikes.at[i];

		if (k->before_i.addr.family == 0)
			continue;
		mv->before[mv->n] = ordered(ike_end(&k->before_i), ike_end(&k->before_r));
		mv->after[mv->n++] = ordered(ike_end(&k->i), ike_end(&k->r));
	}
}

/* False: no memory. */
static bool join_moves(struct model *m, const struct moves *mv, const struct model_tunnel *t)
{
	bool ok = true;

	for (unsigned i = 0; i < mv->n; i++)
		if (ends_eq(t, &mv->before[i]))
			ok = ok && join(m, t, &mv->after[i]);
		else if (ends_eq(t, &mv->after[i]))
			ok = ok && join(m, t, &mv->before[i]);
	return ok;
}

static bool add_sa(struct model_tunnel *t, unsigned id)
{
	unsigned room = t->room == 0 ? 4 : t->room * 2;
	unsigned *sa;

	if (t->nsa == t->room) {
		if ((sa = realloc(t->sa, room * sizeof *sa)) == NULL)
			return false;
		t->sa = sa;
		t->room = room;
	}
	t->sa[t->nsa++] = id;
	return true;
}

/* One end at least has stayed where it was. */
static bool is_from_low(const struct model_tunnel *t, const struct model_sa *sa)
{
	const struct ends *ends = &((const struct keyed *)t)->ends;
	bool same = sa->first_src.family == 0;
	const struct end src = { same ? sa->src : sa->first_src, told_port(sa, same ? sa->sport : sa->first_sport) };

	if (addr_eq(&ends->low.addr, &ends->high.addr))
		return end_cmp(&ends->low, &src) == 0;
	return addr_eq(&src.addr, &ends->low.addr) || (!addr_eq(&src.addr, &ends->high.addr) && addr_eq(&sa->dst, &ends->high.addr));
}

static void add_up(struct model_tunnel *t, const struct model_sa *sa)
{
	struct model_total *to = is_from_low(t, sa) ? &t->from_a : &t->from_b;

	to->packets += sa->packets;
	to->bytes += sa->bytes;
	to->lost += sa->seq.lost;
	if (sa->packets == 0)
		return;
	if (to->first.frame == 0 || sa->first.ns < to->first.ns)
		to->first = sa->first;
	if (to->last.frame == 0 || sa->last.ns > to->last.ns)
		to->last = sa->last;
	if (t->first.frame == 0 || sa->first.ns < t->first.ns)
		t->first = sa->first;
	if (sa->last.ns > t->last.ns)
		t->last = sa->last;
}

static bool same_way(const struct model_sa *a, const struct model_sa *b)
{
	return a->proto == b->proto && addr_eq(&a->src, &b->src) && addr_eq(&a->dst, &b->dst);
}

/* Negotiation says it, or that one fell silent when this one began. */
static struct model_sa *replaced_by(struct model *m, const struct model_tunnel *t, unsigned i)
{
	const struct model_sa *sa = m->sas.at[t->sa[i] - 1];
	struct model_sa *best = NULL;

	for (unsigned back = 1; back <= i && back <= LOOK_BACK; back++) {
		struct model_sa *old = m->sas.at[t->sa[i - back] - 1];

		if (!same_way(old, sa) || old->replaced_by != 0 || old->packets == 0 || sa->packets == 0)
			continue;
		if (old->last.ns > sa->last.ns || old->first.ns >= sa->first.ns)
			continue;
		/* one that went on for long beside it is another child SA */
		if (old->last.ns - sa->first.ns > REKEY_GAP / 4 || sa->first.ns - old->last.ns > REKEY_GAP)
			continue;
		if (best == NULL || old->last.ns > best->last.ns)
			best = old;
	}
	return best;
}

static void generations(struct model *m, struct model_tunnel *t)
{
	t->generations = t->nsa > 0;
	for (unsigned i = 0; i < t->nsa; i++) {
		struct model_sa *sa = m->sas.at[t->sa[i] - 1], *old = replaced_by(m, t, i);

		sa->generation = 1;
		if (old != NULL) {
			old->replaced_by = sa->id;
			sa->replaces = old->id;
			sa->generation = old->generation + 1;
		}
		if (sa->generation > t->generations)
			t->generations = sa->generation;
	}
}

static bool pair_eq(const void *thing, const void *key)
{
	const struct model_pair *a = thing, *b = key;

	return addr_eq(&a->low, &b->low) && addr_eq(&a->high, &b->high);
}

static uint64_t pair_key(const struct model *m, struct model_pair *key, const struct addr *a, const struct addr *b)
{
	struct { uint8_t low[16], high[16]; } bytes = { 0 };
	bool swap = addr_cmp(a, b) > 0;

	*key = (struct model_pair){ .low = swap ? *b : *a, .high = swap ? *a : *b };
	memcpy(bytes.low, key->low.b, addr_len(&key->low));
	memcpy(bytes.high, key->high.b, addr_len(&key->high));
	return model_hash(m, &bytes, sizeof bytes);
}

const struct model_pair *model_pair_between(const struct model *m, const struct addr *a, const struct addr *b)
{
	struct model_pair key;
	uint32_t id = model_find(&m->pairs, pair_key(m, &key, a, b), pair_eq, &key);

	return id != 0 ? m->pairs.at[id - 1] : NULL;
}

/* False: no memory. */
static bool add_pair(struct model *m, const struct model_sa *sa, const struct addr *src)
{
	struct model_pair key, *p;
	uint64_t hash = pair_key(m, &key, src, &sa->dst);
	uint32_t id = model_find(&m->pairs, hash, pair_eq, &key);

	if (id == 0) {
		if ((p = malloc(sizeof *p)) == NULL)
			return false;
		*p = key;
		p->last = sa->last.ns;
		if ((id = model_put(&m->pairs, hash, p)) == 0) {
			free(p);
			return false;
		}
	}
	p = m->pairs.at[id - 1];
	if (p->bare == 0 && sa->carrier == IPPROTO_ESP_)
		p->bare = sa->id;
	if (sa->last.ns > p->last)
		p->last = sa->last.ns;
	return true;
}

int model_sa_order(const struct model_sa *a, const struct model_sa *b)
{
	int64_t s = a->packets > 0 ? a->first.ns : a->up.ns, t = b->packets > 0 ? b->first.ns : b->up.ns;

	if (s != t)
		return s < t ? -1 : 1;
	if (a->spi != b->spi)
		return a->spi < b->spi ? -1 : 1;
	return a->proto != b->proto ? (a->proto < b->proto ? -1 : 1) : addr_cmp(&a->dst, &b->dst);
}

static int by_order(const void *a, const void *b)
{
	return model_sa_order(*(struct model_sa *const *)a, *(struct model_sa *const *)b);
}

/* In the order of the SAs: tunnels and pairs then do not depend on which of them were met first (shares that are merged). */
static int settle(struct model *m, struct model_sa **sas, const struct moves *mv, struct err *e)
{
	for (uint32_t i = 0; i < m->sas.n; i++) {
		struct model_sa *sa = sas[i];
		struct model_tunnel *t;
		struct ends ends = first_ends(sa), last = last_ends(sa);

		if ((t = tunnel_of(m, &ends)) == NULL || (t->nsa == 0 && !join_moves(m, mv, t)) || !add_sa(t, sa->id) || !join(m, t, &last))
			return err_nomem(e);
		if (sa->nat_to.family != 0) {
			last = nat_ends(sa);
			if (!join(m, t, &last))
				return err_nomem(e);
		}
		if (sa->packets > 0 && (!add_pair(m, sa, &sa->src) || (sa->first_src.family != 0 && !add_pair(m, sa, &sa->first_src))))
			return err_nomem(e);
		sa->tunnel = t->id;
		add_up(t, sa);
	}
	for (uint32_t i = 0; i < m->tunnels.n; i++)
		generations(m, m->tunnels.at[i]);
	return 0;
}

int model_settle(struct model *m, struct err *e)
{
	struct moves *mv = NULL;
	struct model_sa **sas;
	int rc;

	for (uint32_t i = 0; i < m->tunnels.n; i++)
		free(((struct model_tunnel *)m->tunnels.at[i])->sa);
	model_table_clear(&m->tunnels, NULL);
	model_table_clear(&m->pairs, NULL);
	model_table_clear(&m->joined, NULL);
	if (m->sas.n == 0)
		return 0;
	if ((sas = calloc(m->sas.n, sizeof *sas)) == NULL || (mv = malloc(sizeof *mv)) == NULL) {
		free(sas);
		return err_nomem(e);
	}
	for (uint32_t i = 0; i < m->sas.n; i++) {
		sas[i] = m->sas.at[i];
		sas[i]->replaces = sas[i]->replaced_by = 0;
		if (sas[i]->packets == 0 && sas[i]->sa != NULL)
			sas[i]->src = sas[i]->sa->src;
	}
	qsort(sas, m->sas.n, sizeof(struct model_sa *), by_order);
	find_moves(m, mv);
	rc = settle(m, sas, mv, e);
	free(mv);
	free(sas);
	return rc;
}
