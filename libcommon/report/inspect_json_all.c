/* The lines of a report in an order that does not depend on how the work was shared out. */
#include <stdlib.h>

#include "report/inspect_json.h"

static int by_addr(const void *a, const void *b)
{
	return addr_cmp(&(*(const struct model_peer *const *)a)->addr, &(*(const struct model_peer *const *)b)->addr);
}

static int by_time(const void *a, const void *b)
{
	const struct model_sa *x = *(const struct model_sa *const *)a, *y = *(const struct model_sa *const *)b;
	int64_t s = x->packets > 0 ? x->first.ns : x->up.ns, t = y->packets > 0 ? y->first.ns : y->up.ns;

	if (s != t)
		return s < t ? -1 : 1;
	if (x->spi != y->spi)
		return x->spi < y->spi ? -1 : 1;
	return addr_cmp(&x->dst, &y->dst);
}

static int by_beginning(const void *a, const void *b)
{
	const struct model_tunnel *x = *(const struct model_tunnel *const *)a, *y = *(const struct model_tunnel *const *)b;

	if (x->first.ns != y->first.ns)
		return x->first.ns < y->first.ns ? -1 : 1;
	return x->first.frame < y->first.frame ? -1 : x->first.frame > y->first.frame;
}

/* All of a table, sorted; without memory in its own order. */
static void each(FILE *to, const struct model *m, const void *(*at)(const struct model *m, size_t i),
    int (*order)(const void *a, const void *b), void (*show)(FILE *to, const struct model *m, const void *thing))
{
	const void **list;
	size_t n = 0;

	while (at(m, n) != NULL)
		n++;
	list = n > 0 ? calloc(n, sizeof *list) : NULL;
	for (size_t i = 0; list != NULL && i < n; i++)
		list[i] = at(m, i);
	if (list != NULL)
		qsort(list, n, sizeof *list, order);
	for (size_t i = 0; i < n; i++)
		show(to, m, list != NULL ? list[i] : at(m, i));
	free(list);
}

static const void *peer_at(const struct model *m, size_t i)
{
	return model_peer_at(m, i);
}

static const void *sa_at(const struct model *m, size_t i)
{
	return model_sa_at(m, i);
}

static const void *tunnel_at(const struct model *m, size_t i)
{
	return model_tunnel_at(m, i);
}

static void show_peer(FILE *to, const struct model *m, const void *thing)
{
	(void)m;
	inspect_json_peer(to, thing);
}

static void show_sa(FILE *to, const struct model *m, const void *thing)
{
	(void)m;
	inspect_json_sa(to, thing);
}

static void show_tunnel(FILE *to, const struct model *m, const void *thing)
{
	inspect_json_tunnel(to, m, thing);
}

void inspect_json_peers(FILE *to, const struct model *m)
{
	each(to, m, peer_at, by_addr, show_peer);
}

void inspect_json_tunnels(FILE *to, const struct model *m)
{
	each(to, m, tunnel_at, by_beginning, show_tunnel);
}

void inspect_json(FILE *to, const struct model *m, const struct diagnoses *ds)
{
	const struct model_ike *k;

	inspect_json_capture(to, m);
	inspect_json_peers(to, m);
	for (size_t i = 0; (k = model_ike_at(m, i)) != NULL; i++)
		inspect_json_negotiation(to, k);
	each(to, m, sa_at, by_time, show_sa);
	if (model_capture(m)->shard.n == 0)
		inspect_json_tunnels(to, m);
	for (size_t i = 0; i < ds->n; i++)
		inspect_json_finding(to, m, &ds->list[i]);
}
