#include "cli/ike_traffic_priv.h"

#include <string.h>

enum { LINK = 1500 };		/* octets of a packet that the way to the peer is taken to carry */

static void tell(void *arg, const char *command)
{
	struct ike_traffic *t = arg;

	cli_message(t->cli, 1, NULL, "%s", command);
}

int ike_traffic_tun_open(struct ike_traffic *t, const char *name, struct err *e)
{
	return (t->tun = tun_open(name, tell, t, e)) != NULL ? 0 : err_in(e, "--tun");
}

void ike_traffic_tun_close(struct ike_traffic *t)
{
	tun_close(t->tun);
	t->tun = NULL;
}

/* What could not be set is for the user to set: the command is in the message. */
static void did(struct ike_traffic *t, int rc, const struct err *e)
{
	if (rc < 0)
		ike_traffic_warn(t, tun_name(t->tun), e);
}

static bool is_in(const struct addr_range *r, const struct addr *a)
{
	return a->family == r->first.family && addr_cmp(&r->first, a) <= 0 && addr_cmp(a, &r->last) <= 0;
}

static bool is_one(const struct addr_range *r)
{
	return addr_eq(&r->first, &r->last);
}

/* Which address of this end's a child's packets have: the virtual one, else one that this system has.  One that
 * selectors name alone and that the system has not belongs to the device: *ours. */
static struct addr source(const struct ike_traffic *t, const struct selector *s, uint8_t family, bool *ours)
{
	struct addr a = { 0 };

	*ours = false;
	if (s->nsrc == 0)
		return family == 4 ? t->virtual4 : t->virtual6;
	for (unsigned i = 0; i < s->nsrc; i++) {
		const struct addr_range *r = &s->src[i];

		if (r->first.family != family)
			continue;
		if (is_in(r, &t->virtual4))
			return t->virtual4;
		if (is_in(r, &t->virtual6))
			return t->virtual6;
		*ours = is_one(r) && (tun_has(t->tun, &r->first) || !tun_local(r, &a));
		if (*ours)
			return r->first;
		if (tun_local(r, &a))
			return a;
	}
	return (struct addr){ 0 };
}

static const struct addr_range everything[] = {
	{ { .family = 4 }, { 4, { 255, 255, 255, 255 } } },
	{ { .family = 6 }, { 6, { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 } } },
};

static bool same_side(const struct selector *a, const struct selector *b)
{
	return a->ndst == b->ndst && memcmp(a->dst, b->dst, a->ndst * sizeof a->dst[0]) == 0;
}

static void route(struct ike_traffic *t, const struct selector *s, const struct addr_range *r, const struct session_path *path)
{
	bool ours;
	struct addr from = source(t, s, r->first.family, &ours);
	struct err e;

	if (ours)
		did(t, tun_address(t->tun, &from, true, &e), &e);
	if (is_in(r, &path->remote))
		did(t, tun_bypass(t->tun, &path->remote, &e), &e);
	did(t, tun_route(t->tun, r, &from, true, &e), &e);
}

static void unroute(struct ike_traffic *t, const struct selector *s, const struct addr_range *r)
{
	const struct addr none = { 0 };
	struct err e;

	did(t, tun_route(t->tun, r, &none, false, &e), &e);
	for (unsigned i = 0; i < s->nsrc; i++)
		if (is_one(&s->src[i]) && s->src[i].first.family == r->first.family &&
		    !addr_eq(&s->src[i].first, &t->virtual4) && !addr_eq(&s->src[i].first, &t->virtual6)) {
			did(t, tun_address(t->tun, &s->src[i].first, false, &e), &e);
			break;
		}
}

/* Does it for each range of each selector whose ranges an earlier one has not.  path: NULL takes away. */
static void each_range(struct ike_traffic *t, const struct sa *out, const struct session_path *path)
{
	for (size_t i = 0; i < out->nts; i++) {
		const struct selector *s = &out->ts[i];
		const struct addr_range *r = s->ndst > 0 ? s->dst : everything;
		size_t n = s->ndst > 0 ? s->ndst : 2, k = 0;

		while (k < i && !same_side(&out->ts[k], s))
			k++;
		for (size_t j = 0; k == i && j < n; j++) {
			if (path != NULL)
				route(t, s, &r[j], path);
			else
				unroute(t, s, &r[j]);
		}
	}
}

void ike_traffic_tun_up(struct ike_traffic *t, const struct session_child *c, const struct session_path *path)
{
	struct err e;

	if (t->tun == NULL)
		return;
	did(t, tun_up(t->tun, traffic_mtu(t->traffic, LINK), &e), &e);
	each_range(t, &c->out, path);
}

void ike_traffic_tun_down(struct ike_traffic *t, const struct session_child *c)
{
	if (t->tun != NULL)
		each_range(t, &c->out, NULL);
}

static void take_virtual(struct ike_traffic *t, struct addr *have, const struct addr *got)
{
	struct err e;

	if (got->family == 0 || addr_eq(have, got))
		return;
	did(t, tun_address(t->tun, got, true, &e), &e);
	if (have->family != 0)
		did(t, tun_address(t->tun, have, false, &e), &e);
	*have = *got;
}

void ike_traffic_tun_address(struct ike_traffic *t, const struct session_ike *ike)
{
	if (t->tun == NULL)
		return;
	take_virtual(t, &t->virtual4, &ike->virtual4);
	take_virtual(t, &t->virtual6, &ike->virtual6);
}

void ike_traffic_tun_moved(struct ike_traffic *t, const struct session_path *path)
{
	struct err e;

	if (t->tun != NULL)
		did(t, tun_bypass(t->tun, &path->remote, &e), &e);
}
