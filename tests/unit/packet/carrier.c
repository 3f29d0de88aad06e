#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/wr.h"
#include "packet/carrier.h"
#include "packet/ip.h"

#define MACS "\1\2\3\4\5\6\1\2\3\4\5\6"
#define INNER "\x45\0\0\x18\0\0\0\0\x40\x32\0\0\1\1\1\1\2\2\2\2\0\0\x12\x34"
#define ETH MACS "\x08\0"
enum { INNER_LEN = 24, ETH_LEN = 14, GRE = 47 };

/* What stands between the outer header (or UDP's, with a port) and INNER; at 0: no IP to be found. */
static const struct row {
	const char *why, *name;
	uint8_t proto;
	uint16_t port;
	const char *head;
	size_t n;
	bool found;
} rows[] = {
	{ "ip in ip", "IPv4", 4, 0, "", 0, true },
	{ "ipv6 announced, ipv4 there", NULL, 41, 0, "", 0, false },
	{ "gre", "GRE", GRE, 0, "\0\0\x08\0", 4, true },
	{ "gre with checksum, key and number", "GRE", GRE, 0, "\xb0\0\x08\0" "cccckkkknnnn", 16, true },
	{ "gre with a key", "GRE", GRE, 0, "\x20\0\x08\0kkkk", 8, true },
	{ "gre with source routes", NULL, GRE, 0, "\x40\0\x08\0" "cccc", 8, false },
	{ "gre of Ethernet", "GRE", GRE, 0, "\x20\0\x65\x58kkkk" ETH, 8 + ETH_LEN, true },
	{ "gre of a tagged frame", "GRE", GRE, 0, "\0\0\x65\x58" MACS "\x81\0\0\1\x08\0", 4 + 18, true },
	{ "gre of mpls", "GRE", GRE, 0, "\0\0\x88\x47\0\1\1\x40", 8, true },
	{ "gre of arp", NULL, GRE, 0, "\0\0\x08\6", 4, false },
	{ "gre version 2", NULL, GRE, 0, "\0\2\x08\0", 4, false },
	{ "pptp", "GRE", GRE, 0, "\x30\1\x88\x0b\0\x20\0\1nnnn\xff\3\0\x21", 16, true },
	{ "pptp with an acknowledgement", "GRE", GRE, 0, "\x30\x81\x88\x0b\0\x20\0\1nnnnaaaa\x21", 17, true },
	{ "pptp that only acknowledges", NULL, GRE, 0, "\x20\x81\x88\x0b\0\x20\0\1aaaa", 12, false },
	{ "erspan I", "GRE", GRE, 0, "\0\0\x88\xbe" ETH, 4 + ETH_LEN, true },
	{ "erspan II", "GRE", GRE, 0, "\x10\0\x88\xbennnn\x10\1\2\3\4\5\6\7" ETH, 16 + ETH_LEN, true },
	{ "erspan II of version 2", NULL, GRE, 0, "\x10\0\x88\xbennnn\x20\1\2\3\4\5\6\7" ETH, 16 + ETH_LEN,
	  false },
	{ "erspan III", "GRE", GRE, 0, "\x10\0\x22\xebnnnn\x20\1\2\3\4\5\6\7\0\0\0\0" ETH, 20 + ETH_LEN, true },
	{ "erspan III with platform's octets", "GRE", GRE, 0,
	  "\x10\0\x22\xebnnnn\x20\1\2\3\4\5\6\7\0\0\0\1pppppppp" ETH, 28 + ETH_LEN, true },
	{ "erspan III of IP", "GRE", GRE, 0, "\x10\0\x22\xebnnnn\x20\1\2\3\4\5\6\7\0\0\x08\0", 20, true },
	{ "etherip", "EtherIP", 97, 0, "\x30\0" ETH, 2 + ETH_LEN, true },
	{ "mpls", "MPLS", 137, 0, "\0\1\1\x40", 4, true },
	{ "vxlan", "VXLAN", 17, 4789, "\x08\0\0\0\0\0\1\0" ETH, 8 + ETH_LEN, true },
	{ "vxlan without a network", NULL, 17, 4789, "\0\0\0\0\0\0\1\0" ETH, 8 + ETH_LEN, false },
	{ "another port", NULL, 17, 4790, "\x08\0\0\0\0\0\1\0" ETH, 8 + ETH_LEN, false },
	{ "geneve", "Geneve", 17, 6081, "\0\0\x65\x58\0\0\1\0" ETH, 8 + ETH_LEN, true },
	{ "geneve of IP with options", "Geneve", 17, 6081, "\2\0\x08\0\0\0\1\0oooooooo", 16, true },
	{ "geneve control", NULL, 17, 6081, "\0\x80\x65\x58\0\0\1\0" ETH, 8 + ETH_LEN, false },
	{ "geneve, options beyond the end", NULL, 17, 6081, "\x3f\0\x08\0\0\0\1\0", 8, false },
	{ "gtp-u", "GTP-U", 17, 2152, "\x30\xff\0\x18tttt", 8, true },
	{ "gtp-u with a number", "GTP-U", 17, 2152, "\x32\xff\0\x1ctttt\0\1\0\0", 12, true },
	{ "gtp-u, extension headers", "GTP-U", 17, 2152,
	  "\x34\xff\0\x24tttt\0\1\0\x85\1\0\0\xc0\1\0\0\0", 20, true },
	{ "gtp-u, extension of length 0", NULL, 17, 2152, "\x34\xff\0\x24tttt\0\1\0\x85\0\0\0\0", 16, false },
	{ "gtp-u echo", NULL, 17, 2152, "\x30\1\0\x18tttt", 8, false },
	{ "mpls over udp", "MPLS", 17, 6635, "\0\1\1\x40", 4, true },
};

static size_t build(const struct row *r, uint8_t *out, size_t cap, bool six)
{
	struct wr w = wr_of(out, cap);
	size_t body = r->n + INNER_LEN + (r->port != 0 ? 8 : 0);

	if (six) {
		wr_u32(&w, 0x60000000);
		wr_u16(&w, (uint16_t)body);
		wr_u16(&w, (uint16_t)(r->proto << 8 | 64));
		wr_zero(&w, 32);
	} else {
		wr_u16(&w, 0x4500);
		wr_u16(&w, (uint16_t)(20 + body));
		wr_u32(&w, 0);
		wr_u16(&w, (uint16_t)(64 << 8 | r->proto));
		wr_zero(&w, 10);
	}
	if (r->port != 0) {
		wr_u16(&w, 50000);
		wr_u16(&w, r->port);
		wr_u16(&w, (uint16_t)body);
		wr_u16(&w, 0);
	}
	wr_span(&w, (struct span){ (const uint8_t *)r->head, r->n });
	wr_span(&w, (struct span){ (const uint8_t *)INNER, INNER_LEN });
	cr_assert(wr_ok(&w));
	return w.n;
}

Test(carrier, next)
{
	for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i / 2];
		uint8_t p[200];
		size_t n = build(r, p, sizeof p, i % 2 != 0);
		struct carrier c;

		cr_expect_eq(carrier_next(p, n, &c), r->found, "%s", r->why);
		if (!r->found)
			continue;
		cr_expect_str_eq(c.name, r->name, "%s", r->why);
		cr_expect_eq(c.at, n - INNER_LEN, "%s: %zu of %zu", r->why, c.at, n);
		cr_expect_eq(c.n, INNER_LEN, "%s", r->why);
	}
}

/* Without the first octet of the inner packet there is none; before, each octet is read with care. */
Test(carrier, cuts)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t p[200], *cut;
		size_t n = build(&rows[i], p, sizeof p, false);
		struct carrier c;

		for (size_t k = 0; k <= n - INNER_LEN; k++) {
			cut = malloc(k + (k == 0));
			memcpy(cut, p, k);
			cr_expect_not(carrier_next(cut, k, &c), "%s, %zu", rows[i].why, k);
			free(cut);
		}
	}
}

Test(carrier, fragments_stay_closed)
{
	uint8_t p[200];
	size_t n = build(&rows[2], p, sizeof p, false);
	struct carrier c;

	p[6] = 0x20;
	cr_expect_not(carrier_next(p, n, &c));
}

/* What the outer lengths leave out, as Ethernet's padding, is not inside. */
Test(carrier, outer_length)
{
	uint8_t p[200];
	size_t n = build(&rows[0], p, sizeof p, false);
	struct carrier c;

	cr_assert(carrier_next(p, n + 6, &c));
	cr_expect_eq(c.n, INNER_LEN);
}

Test(carrier, dig)
{
	uint8_t p[CARRIER_DEPTH * 20 + 100] = { 0 };
	struct carrier_path path;

	for (size_t i = 0; i <= CARRIER_DEPTH + 1; i++) {
		p[i * 20] = 0x45;
		store_be16(p + i * 20 + 2, (uint16_t)(sizeof p - i * 20));
		p[i * 20 + 9] = i < 2 ? 4 : 50;
	}
	cr_expect_eq(carrier_dig(p, sizeof p, &path), 2);
	cr_expect_eq(path.at, 40);
	cr_expect_eq(path.n, sizeof p - 40);
	cr_expect_str_eq(path.name[1], "IPv4");
	for (size_t i = 2; i <= CARRIER_DEPTH + 1; i++)
		p[i * 20 + 9] = 4;
	cr_expect_eq(carrier_dig(p, sizeof p, &path), CARRIER_DEPTH);
	cr_expect_eq(path.at, CARRIER_DEPTH * 20);
	p[9] = 50;
	cr_expect_eq(carrier_dig(p, sizeof p, &path), 0);
	cr_expect_eq(path.at, 0);
	cr_expect_eq(path.n, sizeof p);
	for (int i = 0; i < 256; i++)
		cr_expect_eq(carrier_is_proto((uint8_t)i), i == 4 || i == 41 || i == 47 || i == 97 || i == 137, "%d", i);
}
