#include "ike/ts.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet/ip.h"

enum { TS_PAIRS = 64, TS_ONE_TEXT = 120 };

static bool is_icmp(unsigned proto)
{
	return proto == IP_ICMP || proto == IP_ICMP6;
}

/* --- of selectors --- */

/* RFC 4301 4.4.1.1: of ICMP both sides say type and code. */
static struct ike_ts part_of(const struct selector *s, bool source)
{
	struct ike_ts t = { .protocol = s->proto > 0 ? (uint8_t)s->proto : 0, .last_port = UINT16_MAX };
	bool set = source ? s->sport_set : s->dport_set, opaque = source ? s->sport_opaque : s->dport_opaque;
	struct port_range ports = source ? s->sport : s->dport;

	if (is_icmp(t.protocol) && s->icmp_type >= 0) {
		t.first_port = (uint16_t)(s->icmp_type << 8 | (s->icmp_code >= 0 ? s->icmp_code : 0));
		t.last_port = (uint16_t)(s->icmp_type << 8 | (s->icmp_code >= 0 ? s->icmp_code : 0xff));
	} else if (set) {
		t.first_port = opaque ? UINT16_MAX : ports.first;
		t.last_port = opaque ? 0 : ports.last;
	}
	return t;
}

static void put(struct ts_list *out, struct ike_ts t, const struct addr_range *r)
{
	if (out->n == TS_MAX)
		return;
	t.type = r->first.family == 4 ? IKE_TS_IPV4 : IKE_TS_IPV6;
	t.first = r->first;
	t.last = r->last;
	out->ts[out->n++] = t;
}

void ts_of_addrs(struct ts_list *out, const struct selector *s, bool source, const struct addr addr[], unsigned n)
{
	out->n = 0;
	for (unsigned i = 0; i < n; i++)
		if (addr[i].family != 0)
			put(out, part_of(s, source), &(struct addr_range){ addr[i], addr[i] });
}

void ts_add_any(struct ts_list *out, const struct selector *s, bool source, uint8_t family)
{
	struct addr_range any = { { .family = family }, { .family = family } };

	memset(any.last.b, 0xff, addr_len(&any.last));
	put(out, part_of(s, source), &any);
}

void ts_of_selector(struct ts_list *out, const struct selector *s, bool source)
{
	const struct addr_range *r = source ? s->src : s->dst, *other = source ? s->dst : s->src;
	unsigned n = source ? s->nsrc : s->ndst, m = source ? s->ndst : s->nsrc;

	out->n = 0;
	for (unsigned i = 0; i < n; i++)
		put(out, part_of(s, source), &r[i]);
	for (uint8_t family = 4; n == 0 && family <= 6; family += 2) {
		bool has = m == 0;

		for (unsigned i = 0; i < m; i++)
			has |= other[i].first.family == family;
		if (has)
			ts_add_any(out, s, source, family);
	}
}

/* --- sets --- */

bool ts_meet(struct ike_ts *out, const struct ike_ts *a, const struct ike_ts *b)
{
	bool any_a = a->first_port == 0 && a->last_port == UINT16_MAX;
	bool any_b = b->first_port == 0 && b->last_port == UINT16_MAX;

	if (a->first.family == 0 || a->first.family != b->first.family || ike_ts_wrong(a) != NULL || ike_ts_wrong(b) != NULL ||
	    (a->protocol != 0 && b->protocol != 0 && a->protocol != b->protocol))
		return false;
	*out = any_a ? *b : *a;
	out->protocol = a->protocol != 0 ? a->protocol : b->protocol;
	out->first = addr_cmp(&a->first, &b->first) > 0 ? a->first : b->first;
	out->last = addr_cmp(&a->last, &b->last) < 0 ? a->last : b->last;
	if (addr_cmp(&out->first, &out->last) > 0)
		return false;
	if (any_a || any_b)
		return true;
	if (ike_ts_is_opaque(a) || ike_ts_is_opaque(b))
		return ike_ts_is_opaque(a) && ike_ts_is_opaque(b);
	out->first_port = a->first_port > b->first_port ? a->first_port : b->first_port;
	out->last_port = a->last_port < b->last_port ? a->last_port : b->last_port;
	return out->first_port <= out->last_port;
}

static bool same(const struct ike_ts *a, const struct ike_ts *b)
{
	return a->protocol == b->protocol && a->first_port == b->first_port && a->last_port == b->last_port &&
	    addr_eq(&a->first, &b->first) && addr_eq(&a->last, &b->last);
}

static bool inside(const struct ike_ts *a, const struct ike_ts *b)
{
	struct ike_ts t;

	return ts_meet(&t, a, b) && same(&t, a);
}

/* In place of those that it holds, where the first of them stood; not at all if it is in another. */
static void join(struct ts_list *out, const struct ike_ts *t)
{
	unsigned n = 0, at = out->n;

	for (unsigned i = 0; i < out->n; i++)
		if (inside(t, &out->ts[i]))
			return;
	for (unsigned i = 0; i < out->n; i++) {
		if (!inside(&out->ts[i], t)) {
			out->ts[n++] = out->ts[i];
		} else if (at == out->n) {
			at = n;
			out->ts[n++] = *t;
		}
	}
	if (at == out->n && n < TS_MAX)
		out->ts[n++] = *t;
	out->n = n;
}

void ts_narrow(struct ts_list *out, const struct pl_ts *asked, const struct ts_list *allowed)
{
	struct ike_ts t;

	out->n = 0;
	for (unsigned i = 0; i < asked->nts; i++)
		for (unsigned j = 0; j < allowed->n; j++)
			if (ts_meet(&t, &asked->ts[i], &allowed->ts[j]))
				join(out, &t);
}

/* The address behind it; false: it was the last. */
static bool next_addr(struct addr *a)
{
	for (size_t i = addr_len(a); i-- > 0;)
		if (++a->b[i] != 0)
			return true;
	return false;
}

static bool covered(struct ike_ts t, const struct pl_ts *b)
{
	for (unsigned i = 0; i < b->nts; i++) {
		struct ike_ts start = t;

		start.last = start.first;
		if (!inside(&start, &b->ts[i]))
			continue;
		if (addr_cmp(&b->ts[i].last, &t.last) >= 0)
			return true;
		t.first = b->ts[i].last;
		if (!next_addr(&t.first))
			return true;
		i = UINT_MAX;			/* from the beginning: they are in any order */
	}
	return false;
}

bool ts_within(const struct pl_ts *a, const struct pl_ts *b)
{
	for (unsigned i = 0; i < a->nts; i++)
		if (a->ts[i].first.family == 0 || ike_ts_wrong(&a->ts[i]) != NULL || !covered(a->ts[i], b))
			return false;
	return a->nts > 0;
}

bool ts_is_host(const struct pl_ts *l, const struct addr *a)
{
	for (unsigned i = 0; i < l->nts; i++)
		if (!addr_eq(&l->ts[i].first, a) || !addr_eq(&l->ts[i].last, a))
			return false;
	return l->nts > 0;
}

void ts_set_host(struct ts_list *l, const struct addr *a)
{
	for (unsigned i = 0; i < l->n; i++) {
		l->ts[i].type = a->family == 4 ? IKE_TS_IPV4 : IKE_TS_IPV6;
		l->ts[i].first = l->ts[i].last = *a;
	}
}

/* --- to selectors of SAs --- */

static bool same_but_addr(const struct selector *a, const struct selector *b)
{
	return a->proto == b->proto && a->sport_set == b->sport_set && a->dport_set == b->dport_set &&
	    a->sport_opaque == b->sport_opaque && a->dport_opaque == b->dport_opaque &&
	    a->sport.first == b->sport.first && a->sport.last == b->sport.last &&
	    a->dport.first == b->dport.first && a->dport.last == b->dport.last &&
	    a->icmp_type == b->icmp_type && a->icmp_code == b->icmp_code;
}

/* Ports of RFC 7296 3.13.1: 0-65535 is any, 65535-0 opaque; of ICMP type and code. */
static void put_ports(struct selector *sel, const struct ike_ts *t, bool source)
{
	bool any = t->first_port == 0 && t->last_port == UINT16_MAX;

	if (t->protocol == 0 || any)
		return;
	if (is_icmp(t->protocol) && !ike_ts_is_opaque(t)) {
		if (source)
			return;
		sel->icmp_type = t->first_port >> 8;
		sel->icmp_code = t->first_port == t->last_port ? t->first_port & 0xff : -1;
		return;
	}
	if (source) {
		sel->sport_set = true;
		sel->sport_opaque = ike_ts_is_opaque(t);
		sel->sport = (struct port_range){ t->first_port, t->last_port };
	} else {
		sel->dport_set = true;
		sel->dport_opaque = ike_ts_is_opaque(t);
		sel->dport = (struct port_range){ t->first_port, t->last_port };
	}
}

static void add_pair(struct selector *out, size_t *n, size_t room, const struct ike_ts *src, const struct ike_ts *dst)
{
	struct selector sel = { .proto = -1, .icmp_type = -1, .icmp_code = -1 };
	uint8_t proto = src->protocol != 0 ? src->protocol : dst->protocol;

	if (src->first.family != dst->first.family || src->first.family == 0 ||
	    (src->protocol != 0 && dst->protocol != 0 && src->protocol != dst->protocol))
		return;
	if (proto != 0)
		sel.proto = proto;
	put_ports(&sel, src, true);
	put_ports(&sel, dst, false);
	sel.src[sel.nsrc++] = (struct addr_range){ src->first, src->last };
	sel.dst[sel.ndst++] = (struct addr_range){ dst->first, dst->last };
	for (size_t i = 0; i < *n; i++) {
		struct selector *o = &out[i];
		const struct addr_range *last = &o->dst[o->ndst - 1];

		if (same_but_addr(o, &sel) && o->nsrc == 1 && o->src[0].first.family == src->first.family &&
		    addr_eq(&o->src[0].first, &src->first) && addr_eq(&o->src[0].last, &src->last) &&
		    o->ndst < SELECTOR_RANGES && last->first.family == dst->first.family) {
			o->dst[o->ndst++] = sel.dst[0];
			return;
		}
	}
	if (*n < room)
		out[(*n)++] = sel;
}

int ts_selectors(struct selector **out, size_t *n, const struct pl_ts *src, const struct pl_ts *dst, struct err *e)
{
	size_t room = (size_t)src->nts * dst->nts;

	*n = 0;
	if (room == 0)
		return 0;
	room = room < TS_PAIRS ? room : TS_PAIRS;
	if ((*out = calloc(room, sizeof **out)) == NULL)
		return err_nomem(e);
	for (unsigned a = 0; a < src->nts; a++)
		for (unsigned b = 0; b < dst->nts; b++)
			add_pair(*out, n, room, &src->ts[a], &dst->ts[b]);
	return 0;
}

/* "[tcp/80]", as --ts takes it; of ICMP "[icmp/8.0]", type and code. */
static size_t part_format(char *out, size_t room, const struct ike_ts *t)
{
	const char *name = t->protocol != 0 ? selector_proto_name(t->protocol) : "any";
	unsigned first = t->first_port, last = t->last_port;
	char proto[8], ports[32] = "";

	snprintf(proto, sizeof proto, "%u", t->protocol);
	if (ike_ts_is_opaque(t))
		snprintf(ports, sizeof ports, "/opaque");
	else if (is_icmp(t->protocol) && t->first_port == t->last_port)
		snprintf(ports, sizeof ports, "/%u.%u", first >> 8, first & 0xff);
	else if (is_icmp(t->protocol) && (t->first_port != 0 || t->last_port != UINT16_MAX))
		snprintf(ports, sizeof ports, "/%u.%u-%u.%u", first >> 8, first & 0xff, last >> 8, last & 0xff);
	else if (t->first_port == t->last_port)
		snprintf(ports, sizeof ports, "/%u", t->first_port);
	else if (t->first_port != 0 || t->last_port != UINT16_MAX)
		snprintf(ports, sizeof ports, "/%u-%u", t->first_port, t->last_port);
	return (size_t)snprintf(out, room, "[%s%s]", name != NULL ? name : proto, ports);
}

void ts_append(char *out, size_t room, const struct pl_ts *ts)
{
	size_t at = strlen(out);

	for (unsigned i = 0; i < ts->nts && at + TS_ONE_TEXT < room; i++) {
		const struct ike_ts *t = &ts->ts[i];
		struct addr_range r = { t->first, t->last };
		char text[ADDR_RANGE_TEXT];

		at += (size_t)snprintf(out + at, room - at, "%s%s", i > 0 ? "," : "",
		    t->first.family != 0 ? addr_range_format(text, &r) : "(other)");
		if (t->protocol != 0 || t->first_port != 0 || t->last_port != UINT16_MAX)
			at += part_format(out + at, room - at, t);
	}
	if (ts->nts == 0)
		snprintf(out + at, room - at, "nothing");
}
