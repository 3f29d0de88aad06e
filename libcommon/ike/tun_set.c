#include "ike/tun_priv.h"

#ifdef __linux__

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

static char *command_of(char out[TUN_COMMAND], const struct tun *t, const struct tun_set *s, bool add)
{
	char to[ADDR_TEXT], from[ADDR_TEXT], dev[IF_NAMESIZE] = "?";
	const char *verb = add ? "add" : "del";
	int n;

	addr_format(to, &s->to);
	if (s->what == TUN_ADDRESS) {
		snprintf(out, TUN_COMMAND, "ip address %s %s/%u dev %s", verb, to, s->bits, t->name);
		return out;
	}
	n = snprintf(out, TUN_COMMAND, "ip route %s %s/%u", verb, to, s->bits);
	if (s->via.family != 0)
		n += snprintf(out + n, (size_t)(TUN_COMMAND - n), " via %s", addr_format(from, &s->via));
	if (s->what == TUN_BYPASS)
		if_indextoname(s->dev, dev);
	n += snprintf(out + n, (size_t)(TUN_COMMAND - n), " dev %s", s->what == TUN_BYPASS ? dev : t->name);
	if (s->from.family != 0)
		snprintf(out + n, (size_t)(TUN_COMMAND - n), " src %s", addr_format(from, &s->from));
	return out;
}

/* What was to be added is there already: as a run that was killed left it, or by somebody else.  It does as well, and
 * stays when this device goes; but a route elsewhere does not. */
static int use_foreign(struct tun *t, struct tun_set *s, const char *command, struct err *e)
{
	struct tun_set way = { .to = s->to, .bits = (uint8_t)(addr_len(&s->to) * 8) };
	char told[TUN_COMMAND + 64], dev[IF_NAMESIZE] = "?";
	bool local;

	if (s->what == TUN_ROUTE && (tun_net_way(t, &way, &local) < 0 || way.dev != t->index)) {
		if_indextoname(way.dev, dev);
		return err_set(e, "%s: such a route leads to %s already, which wins: to go through the tunnel it has to be deleted",
		    command, dev);
	}
	s->foreign = true;
	snprintf(told, sizeof told, "%s: there is one already, which does as well and stays", command);
	if (t->tell != NULL)
		t->tell(t->arg, told);
	return 0;
}

static int change(struct tun *t, struct tun_set *s, bool add, struct err *e)
{
	char command[TUN_COMMAND];

	if (s->foreign)
		return 0;
	command_of(command, t, s, add);
	if (tun_net_change(t, s, add) < 0)
		return add && errno == EEXIST ? use_foreign(t, s, command, e) : err_sys(e, "%s", command);
	if (t->tell != NULL)
		t->tell(t->arg, command);
	return 0;
}

static struct tun_set *find(struct tun *t, const struct tun_set *s)
{
	for (size_t i = 0; i < t->nset; i++)
		if (t->set[i].what == s->what && t->set[i].bits == s->bits && addr_eq(&t->set[i].to, &s->to))
			return &t->set[i];
	return NULL;
}

static int add_one(struct tun *t, struct tun_set s, struct err *e)
{
	struct tun_set *have = find(t, &s), *more;

	if (have != NULL) {
		have->uses++;
		return 0;
	}
	if (t->nset == t->cap) {
		if ((more = realloc(t->set, (t->cap + 8) * 2 * sizeof *more)) == NULL)
			return err_nomem(e);
		t->set = more;
		t->cap = (t->cap + 8) * 2;
	}
	if (change(t, &s, true, e) < 0)
		return -1;
	s.uses = 1;
	t->set[t->nset++] = s;
	return 0;
}

static int take_one(struct tun *t, struct tun_set s, struct err *e)
{
	struct tun_set *have = find(t, &s);

	if (have == NULL || --have->uses > 0)
		return 0;
	s = *have;
	*have = t->set[--t->nset];
	return change(t, &s, false, e);
}

void tun_set_clear(struct tun *t)
{
	struct err e;

	while (t->nset > 0) {
		struct tun_set s = t->set[--t->nset];

		(void)change(t, &s, false, &e);
	}
	free(t->set);
	t->set = NULL;
	t->cap = 0;
}

int tun_up(struct tun *t, uint32_t mtu, struct err *e)
{
	char command[TUN_COMMAND];

	if (mtu == t->mtu)
		return 0;
	snprintf(command, sizeof command, "ip link set %s up mtu %u multicast off addrgenmode none", t->name, mtu);
	if (tun_net_link(t, mtu) < 0)
		return err_sys(e, "%s", command);
	t->mtu = mtu;
	if (t->tell != NULL)
		t->tell(t->arg, command);
	return 0;
}

int tun_address(struct tun *t, const struct addr *a, bool add, struct err *e)
{
	struct tun_set s = { .what = TUN_ADDRESS, .to = *a, .bits = (uint8_t)(addr_len(a) * 8) };

	return add ? add_one(t, s, e) : take_one(t, s, e);
}

bool tun_has(const struct tun *t, const struct addr *a)
{
	for (size_t i = 0; i < t->nset; i++)
		if (t->set[i].what == TUN_ADDRESS && addr_eq(&t->set[i].to, a))
			return true;
	return false;
}

/* True if all bits of a from bit on are zero (one: are one). */
static bool tail_is(const struct addr *a, unsigned bit, bool one)
{
	for (unsigned i = bit; i < addr_len(a) * 8; i++)
		if (((a->b[i / 8] >> (7 - i % 8) & 1) != 0) != one)
			return false;
	return true;
}

/* The largest prefix that begins at first and does not pass last, at least one bit long; last becomes its end. */
static uint8_t prefix_at(const struct addr *first, struct addr *last)
{
	unsigned bits = (unsigned)addr_len(first) * 8, n = bits;
	struct addr end = *first;

	while (n > 1 && tail_is(first, n - 1, false)) {
		struct addr wider = end;

		wider.b[(n - 1) / 8] |= (uint8_t)(0x80 >> (n - 1) % 8);
		if (addr_cmp(&wider, last) > 0)
			break;
		end = wider;
		n--;
	}
	*last = end;
	return (uint8_t)n;
}

/* The address behind; false: there is none. */
static bool step(struct addr *a)
{
	for (size_t i = addr_len(a); i-- > 0; )
		if (++a->b[i] != 0)
			return true;
	return false;
}

int tun_route(struct tun *t, const struct addr_range *to, const struct addr *from, bool add, struct err *e)
{
	struct tun_set s = { .what = TUN_ROUTE, .to = to->first, .from = *from };
	struct addr end;

	do {
		end = to->last;
		s.bits = prefix_at(&s.to, &end);
		if ((add ? add_one(t, s, e) : take_one(t, s, e)) < 0)
			return -1;
		s.to = end;
	} while (addr_cmp(&s.to, &to->last) < 0 && step(&s.to));
	return 0;
}

int tun_bypass(struct tun *t, const struct addr *host, struct err *e)
{
	struct tun_set s = { .what = TUN_BYPASS, .to = *host, .bits = (uint8_t)(addr_len(host) * 8) };
	char text[ADDR_TEXT];
	bool local = false;

	if (find(t, &s) != NULL)
		return 0;
	if (tun_net_way(t, &s, &local) < 0)
		return err_sys(e, "ip route get %s", addr_format(text, host));
	if (local || s.dev == 0 || s.dev == t->index)
		return 0;
	return add_one(t, s, e);
}

#endif
