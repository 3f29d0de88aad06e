#include "packet/carrier.h"

#include "base/rd.h"
#include "packet/ip.h"
#include "packet/link.h"
#include "packet/udp.h"

enum { PROTO_GRE = 47, PROTO_ETHERIP = 97, PROTO_MPLS = 137 };
enum { PORT_GTPU = 2152, PORT_VXLAN = 4789, PORT_GENEVE = 6081, PORT_MPLS = 6635 };
enum { TYPE_ETHERNET = 0x6558, TYPE_PPP = 0x880b, TYPE_ERSPAN = 0x88be, TYPE_ERSPAN_3 = 0x22eb };

/* Where in the n bytes at p, which the protocol or port announced, IP starts; 0: nowhere. */
typedef size_t carrier_parser(const uint8_t *p, size_t n);

static size_t link_at(uint16_t type, const uint8_t *p, size_t n, size_t at)
{
	struct link_view v;

	if (n <= at || link_parse(type, p + at, n - at, &v) != LINK_IP)
		return 0;
	return at + v.ip;
}

/* What an EtherType at p + 2 names, as in GRE and Geneve, which have a number for Ethernet too. */
static size_t typed(const uint8_t *p, size_t n, size_t at)
{
	struct link_view v = { 0 };

	if (n >= 4 && load_be16(p + 2) == TYPE_ETHERNET)
		return link_at(LINKTYPE_ETHERNET, p, n, at);
	return link_ethertype(p, n, 2, at, &v) == LINK_IP ? v.ip : 0;
}

/* draft-foschiano-erspan: type II has 8 octets, III has 12 and says whether 8 more follow. */
static size_t erspan(const uint8_t *p, size_t n, size_t at, bool numbered)
{
	enum { II = 1, III = 2, FRAME_IP = 2 };
	bool third = load_be16(p + 2) == TYPE_ERSPAN_3;
	size_t head = third ? 12 : 8;

	if (!third && !numbered)	/* type I: no header at all */
		return link_at(LINKTYPE_ETHERNET, p, n, at);
	if (n < at + head || p[at] >> 4 != (third ? III : II))
		return 0;
	if (third && (p[at + 11] & 1) != 0)
		head += 8;
	if (third && (p[at + 10] >> 2 & 31) == FRAME_IP)
		return link_at(LINKTYPE_RAW, p, n, at + head);
	return link_at(LINKTYPE_ETHERNET, p, n, at + head);
}

/* RFC 2784 and 2890; version 1 is PPTP's, RFC 2637 4.1. */
static size_t gre(const uint8_t *p, size_t n)
{
	enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, ACK = 0x0080 };
	uint16_t flags;
	size_t at = 4;

	if (n < 4)
		return 0;
	flags = load_be16(p);
	if ((flags & ROUTING) != 0 || (flags & 7) > 1)
		return 0;
	at += ((flags & CHECKSUM) != 0 ? 4u : 0) + ((flags & KEY) != 0 ? 4u : 0) +
	    ((flags & SEQUENCE) != 0 ? 4u : 0);
	if ((flags & 7) == 1) {
		if (load_be16(p + 2) != TYPE_PPP || (flags & SEQUENCE) == 0)
			return 0;	/* without a number it only acknowledges */
		return link_at(LINKTYPE_PPP, p, n, at + ((flags & ACK) != 0 ? 4u : 0));
	}
	if (load_be16(p + 2) == TYPE_ERSPAN || load_be16(p + 2) == TYPE_ERSPAN_3)
		return erspan(p, n, at, (flags & SEQUENCE) != 0);
	return typed(p, n, at);
}

/* RFC 3378: version 3 and 12 reserved bits. */
static size_t etherip(const uint8_t *p, size_t n)
{
	if (n < 2 || p[0] >> 4 != 3)
		return 0;
	return link_at(LINKTYPE_ETHERNET, p, n, 2);
}

static size_t mpls(const uint8_t *p, size_t n)
{
	return link_at(LINKTYPE_MPLS, p, n, 0);
}

/* RFC 7348 5: the I flag, then a network's number. */
static size_t vxlan(const uint8_t *p, size_t n)
{
	if (n < 8 || (p[0] & 0x08) == 0)
		return 0;
	return link_at(LINKTYPE_ETHERNET, p, n, 8);
}

/* RFC 8926 3.4: version 0, options in words. */
static size_t geneve(const uint8_t *p, size_t n)
{
	enum { CONTROL = 0x80 };

	if (n < 8 || p[0] >> 6 != 0 || (p[1] & CONTROL) != 0)
		return 0;
	return typed(p, n, 8 + (size_t)(p[0] & 63) * 4);
}

/* 3GPP TS 29.281 5.1: version 1, message 255; any of three flags brings all of 4 octets. */
static size_t gtpu(const uint8_t *p, size_t n)
{
	enum { USER_DATA = 255, EXTENDED = 0x04, OPTIONAL = 0x07 };
	size_t at = 8;

	if (n < 12 || p[0] >> 4 != 3 || p[1] != USER_DATA)
		return 0;
	if (n - 8 > load_be16(p + 2))
		n = 8 + (size_t)load_be16(p + 2);
	if ((p[0] & OPTIONAL) != 0)
		at += 4;
	if ((p[0] & EXTENDED) != 0)
		while (n > at && p[at - 1] != 0) {
			if (p[at] == 0)		/* would never end */
				return 0;
			at += (size_t)p[at] * 4;
		}
	return n > at ? link_at(LINKTYPE_RAW, p, n, at) : 0;
}

static const struct carrier_row {
	const char *name;
	uint16_t number;	/* IP protocol or UDP port */
	carrier_parser *parse;
} protos[] = {
	{ "GRE", PROTO_GRE, gre },
	{ "EtherIP", PROTO_ETHERIP, etherip },
	{ "MPLS", PROTO_MPLS, mpls },		/* RFC 4023 */
}, ports[] = {
	{ "VXLAN", PORT_VXLAN, vxlan },
	{ "Geneve", PORT_GENEVE, geneve },
	{ "GTP-U", PORT_GTPU, gtpu },
	{ "MPLS", PORT_MPLS, mpls },		/* RFC 7510 */
};

static size_t by_number(const struct carrier_row *rows, size_t count, uint16_t number,
    const uint8_t *p, size_t n, const char **name)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].number == number) {
			*name = rows[i].name;
			return rows[i].parse(p, n);
		}
	return 0;
}

/* The port of the receiver counts: senders vary theirs to spread over paths (RFC 7348 5). */
static size_t in_udp(const uint8_t *p, size_t n, const char **name)
{
	size_t len, at;

	if (n < UDP_HEADER)
		return 0;
	len = load_be16(p + 4);
	if (len < UDP_HEADER)
		return 0;
	n = (n < len ? n : len) - UDP_HEADER;
	at = by_number(ports, sizeof ports / sizeof ports[0], load_be16(p + 2), p + UDP_HEADER, n, name);
	return at > 0 && at < n ? UDP_HEADER + at : 0;
}

bool carrier_next(const uint8_t *p, size_t n, struct carrier *inner)
{
	const uint8_t *body;
	struct ip_view v;
	size_t at = 0;

	*inner = (struct carrier){ 0 };
	if (ip_parse(&v, p, n) != IP_OK || v.frag)
		return false;
	if (n > v.len)
		n = v.len;
	if (n <= v.payload)
		return false;
	body = p + v.payload;
	n -= v.payload;
	if (v.proto == IPPROTO_IP4 || v.proto == IPPROTO_IP6) {
		if (body[0] >> 4 != (v.proto == IPPROTO_IP4 ? 4 : 6))
			return false;
		*inner = (struct carrier){ v.proto == IPPROTO_IP4 ? "IPv4" : "IPv6", v.payload, n };
		return true;
	}
	if (v.proto == IP_UDP)
		at = in_udp(body, n, &inner->name);
	else
		at = by_number(protos, sizeof protos / sizeof protos[0], v.proto, body, n, &inner->name);
	if (at == 0 || at >= n || (body[at] >> 4 != 4 && body[at] >> 4 != 6)) {
		inner->name = NULL;
		return false;
	}
	inner->at = v.payload + at;
	inner->n = n - at;
	return true;
}

bool carrier_is_proto(uint8_t proto)
{
	if (proto == IPPROTO_IP4 || proto == IPPROTO_IP6)
		return true;
	for (size_t i = 0; i < sizeof protos / sizeof protos[0]; i++)
		if (protos[i].number == proto)
			return true;
	return false;
}

unsigned carrier_dig(const uint8_t *p, size_t n, struct carrier_path *path)
{
	struct carrier inner;

	*path = (struct carrier_path){ .n = n };
	while (path->depth < CARRIER_DEPTH && carrier_next(p + path->at, path->n, &inner)) {
		path->name[path->depth++] = inner.name;
		path->at += inner.at;
		path->n = inner.n;
	}
	return path->depth;
}
