#include "sa/selector.h"

#include <stdio.h>
#include <string.h>

#include "base/names.h"

/* What people and dumps call them; the first name of a number is written. */
static const struct name protos[] = {
	{ 1, "icmp" }, { 2, "igmp" }, { 4, "ipip" }, { 4, "ipencap" }, { 6, "tcp" }, { 17, "udp" },
	{ 33, "dccp" }, { 41, "ipv6" }, { 47, "gre" }, { 50, "esp" }, { 51, "ah" },
	{ 58, "ipv6-icmp" }, { 58, "icmpv6" }, { 89, "ospf" }, { 103, "pim" }, { 108, "ipcomp" },
	{ 112, "vrrp" }, { 115, "l2tp" }, { 132, "sctp" }, { 135, "mh" }, { 135, "mobility-header" },
	{ 136, "udplite" },
};
enum { NPROTOS = sizeof protos / sizeof protos[0] };

int selector_proto_parse(const char *name)
{
	const struct name *row = name_by_name(protos, NPROTOS, name);
	struct err e;
	uint64_t v;

	if (row != NULL)
		return (int)row->id;
	return uint_parse(&v, name, strlen(name), 0, 255, &e) < 0 ? -1 : (int)v;
}

const char *selector_proto_name(int proto)
{
	return proto < 0 ? NULL : name_by_id(protos, NPROTOS, (uint32_t)proto);
}

static bool in_range(const struct addr_range *r, const struct addr *a)
{
	return a->family == r->first.family && addr_cmp(&r->first, a) <= 0 &&
	    addr_cmp(a, &r->last) <= 0;
}

static bool in_ranges(const struct addr_range *r, size_t n, const struct addr *a)
{
	for (size_t i = 0; i < n; i++)
		if (in_range(&r[i], a))
			return true;
	return n == 0;
}

/* RFC 4301 4.4.1.1: ANY also takes what has no port, OPAQUE only that. */
static bool port_ok(bool set, bool opaque, struct port_range r, bool visible, uint16_t port)
{
	if (!set)
		return true;
	if (opaque || !visible)
		return opaque && !visible;
	return port >= r.first && port <= r.last;
}

bool selector_match(const struct selector *s, const struct selector_view *v)
{
	if (!in_ranges(s->src, s->nsrc, &v->src) || !in_ranges(s->dst, s->ndst, &v->dst))
		return false;
	if (s->proto >= 0 && s->proto != v->proto)
		return false;
	if (!port_ok(s->sport_set, s->sport_opaque, s->sport, v->has_ports, v->sport) ||
	    !port_ok(s->dport_set, s->dport_opaque, s->dport, v->has_ports, v->dport))
		return false;
	if (s->icmp_type >= 0 && (!v->has_ports || s->icmp_type != v->icmp_type))
		return false;
	return s->icmp_code < 0 || (v->has_ports && s->icmp_code == v->icmp_code);
}

/* Clears or sets the bits of a behind the first n. */
static void fill_host(struct addr *a, unsigned bits, bool set)
{
	for (unsigned i = bits; i < 8 * addr_len(a); i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		if (set)
			a->b[i / 8] |= bit;
		else
			a->b[i / 8] &= (uint8_t)~bit;
	}
}

int addr_range_parse(struct addr_range *r, const char *p, size_t n, struct err *e)
{
	const char *slash = memchr(p, '/', n), *dash = memchr(p, '-', n);
	uint64_t bits;

	*r = (struct addr_range){ 0 };
	if (slash != NULL) {
		size_t k = (size_t)(slash - p);

		if (addr_parse(&r->first, p, k, e) < 0)
			return -1;
		if (uint_parse(&bits, slash + 1, n - k - 1, 0, 8 * addr_len(&r->first), e) < 0)
			return err_in(e, "prefix length");
		r->last = r->first;
		fill_host(&r->first, (unsigned)bits, false);
		fill_host(&r->last, (unsigned)bits, true);
		return 0;
	}
	if (dash == NULL) {
		if (addr_parse(&r->first, p, n, e) < 0)
			return -1;
		r->last = r->first;
		return 0;
	}
	if (addr_parse(&r->first, p, (size_t)(dash - p), e) < 0 ||
	    addr_parse(&r->last, dash + 1, n - (size_t)(dash - p) - 1, e) < 0)
		return -1;
	if (r->first.family != r->last.family || addr_cmp(&r->first, &r->last) > 0)
		return err_set(e, "found \"%.*s\", wanted a range that begins before it ends",
		    n > 100 ? 100 : (int)n, p);
	return 0;
}

/* The prefix length if the range is one, else -1. */
static int prefix_bits(const struct addr_range *r)
{
	unsigned bits = 0, all = (unsigned)(8 * addr_len(&r->first));
	struct addr low = r->first, high = r->first;

	while (bits < all && ((r->first.b[bits / 8] ^ r->last.b[bits / 8]) >> (7 - bits % 8) & 1) == 0)
		bits++;
	fill_host(&low, bits, false);
	fill_host(&high, bits, true);
	return addr_eq(&low, &r->first) && addr_eq(&high, &r->last) ? (int)bits : -1;
}

char *addr_range_format(char out[ADDR_RANGE_TEXT], const struct addr_range *r)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];
	int bits = prefix_bits(r);

	if (bits >= 0)
		snprintf(out, ADDR_RANGE_TEXT, "%s/%d", addr_format(a, &r->first), bits);
	else
		snprintf(out, ADDR_RANGE_TEXT, "%s-%s", addr_format(a, &r->first),
		    addr_format(b, &r->last));
	return out;
}
