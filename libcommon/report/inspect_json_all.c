/* The lines of a report in an order that does not depend on how the work was shared out. */
#include <stdlib.h>

#include "report/inspect_json.h"

static int by_addr(const void *a, const void *b)
{
	return addr_cmp(&(*(const struct model_peer *const *)a)->addr, &(*(const struct model_peer *const *)b)->addr);
}

static int by_time(const void *a, const void *b)
{
	return model_sa_order(*(const struct model_sa *const *)a, *(const struct model_sa *const *)b);
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

static void show_peer(FILE *to, const struct model *m, const void *thing)
{
	(void)m;
	inspect_json_peer(to, thing);
}

static void show_sa(FILE *to, const struct model *m, const void *thing)
{
	inspect_json_sa(to, m, thing);
}

void inspect_json_peers(FILE *to, const struct model *m)
{
	each(to, m, peer_at, by_addr, show_peer);
}

void inspect_json_tunnels(FILE *to, const struct model *m)
{
	const struct model_tunnel *t;

	for (size_t i = 0; (t = model_tunnel_at(m, i)) != NULL; i++)
		inspect_json_tunnel(to, m, t);
}

void inspect_json(FILE *to, const struct model *m, const struct diagnoses *ds)
{
	const struct model_ike *k;

	inspect_json_capture(to, m);
	inspect_json_peers(to, m);
	for (size_t i = 0; (k = model_ike_at(m, i)) != NULL; i++)
		inspect_json_negotiation(to, m, k);
	each(to, m, sa_at, by_time, show_sa);
	if (model_capture(m)->shard.n == 0)
		inspect_json_tunnels(to, m);
	for (size_t i = 0; i < ds->n; i++)
		inspect_json_finding(to, m, &ds->list[i]);
}
