#include <criterion/criterion.h>

#include "packet/checksum.h"
#include "packet/ip.h"
#include "packet/link.h"
#include "packet/udp.h"
#include "packet/verdict.h"

/* RFC 1071 section 3's example words sum to 0xddf2. */
Test(checksum, rfc1071)
{
	static const uint8_t words[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

	cr_expect_eq(checksum(words, sizeof words), (uint16_t)~0xddf2);
}

/* A change to one word must give what a sum over everything gives. */
Test(checksum, change_equals_whole)
{
	uint8_t p[20] = { 0x45, 0, 0, 84, 1, 2, 3, 4, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 };
	uint16_t before, was;

	for (unsigned v = 0; v < 65536; v += 251) {
		p[4] = 1;
		p[5] = 2;
		before = checksum(p, sizeof p);
		was = (uint16_t)(p[4] << 8 | p[5]);
		p[4] = (uint8_t)(v >> 8);
		p[5] = (uint8_t)v;
		cr_assert_eq(checksum_change(before, was, (uint16_t)v), checksum(p, sizeof p), "%u", v);
	}
}

static const struct {
	const char *why;
	uint16_t dlt;
	const char *bytes;
	size_t n;
	enum link_result want;
	uint16_t ip;
	uint8_t family;
} links[] = {
	{ "ethernet", 1, "\1\2\3\4\5\6\1\2\3\4\5\6\x08\0", 14, LINK_IP, 14, 4 },
	{ "ethernet ipv6", 1, "\1\2\3\4\5\6\1\2\3\4\5\6\x86\xdd", 14, LINK_IP, 14, 6 },
	{ "vlan", 1, "\1\2\3\4\5\6\1\2\3\4\5\6\x81\0\0\5\x08\0", 18, LINK_IP, 18, 4 },
	{ "qinq", 1, "\1\2\3\4\5\6\1\2\3\4\5\6\x88\xa8\0\5\x81\0\0\6\x86\xdd", 22, LINK_IP, 22, 6 },
	{ "arp", 1, "\1\2\3\4\5\6\1\2\3\4\5\6\x08\6", 14, LINK_OTHER, 14, 0 },
	{ "cut in the tag", 1, "\1\2\3\4\5\6\1\2\3\4\5\6\x81\0\0", 15, LINK_CUT, 0, 0 },
	{ "raw", 101, "\x45", 1, LINK_IP, 0, 4 },
	{ "raw 6", 12, "\x60", 1, LINK_IP, 0, 6 },
	{ "null little-endian", 0, "\2\0\0\0", 4, LINK_IP, 4, 4 },
	{ "null big-endian, macOS 6", 0, "\0\0\0\x1e", 4, LINK_IP, 4, 6 },
	{ "null FreeBSD 6", 0, "\x1c\0\0\0", 4, LINK_IP, 4, 6 },
	{ "loop OpenBSD 6", 108, "\0\0\0\x18", 4, LINK_IP, 4, 6 },
	{ "sll", 113, "\0\0\0\1\0\6\0\0\0\0\0\0\0\0\x08\0", 16, LINK_IP, 16, 4 },
	{ "sll2", 276, "\x86\xdd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, LINK_IP, 20, 6 },
	{ "ipv4 holds 6", 228, "\x60", 1, LINK_OTHER, 0, 6 },
	{ "no such row", 147, "\x45", 1, LINK_UNKNOWN, 0, 0 },
};

Test(link, parse)
{
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
		struct link_view v;
		enum link_result got = link_parse(links[i].dlt, (const uint8_t *)links[i].bytes,
		    links[i].n, &v);

		cr_expect_eq(got, links[i].want, "%s", links[i].why);
		if (got == LINK_IP) {
			cr_expect_eq(v.ip, links[i].ip, "%s", links[i].why);
			cr_expect_eq(v.family, links[i].family, "%s", links[i].why);
		}
	}
}

/* A header corrected to the other family must be read back as that family. */
Test(link, set_family)
{
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
		uint8_t copy[32] = { 0 };
		struct link_view v;

		if (links[i].want != LINK_IP || links[i].dlt == 101 || links[i].dlt == 12)
			continue;
		memcpy(copy, links[i].bytes, links[i].n);
		link_parse(links[i].dlt, copy, links[i].n, &v);
		cr_expect(link_set_family(&v, copy, v.family == 4 ? 6 : 4), "%s", links[i].why);
		cr_expect_eq(link_parse(links[i].dlt, copy, links[i].n, &v), LINK_IP, "%s", links[i].why);
		cr_expect_eq(v.family, links[i].family == 4 ? 6 : 4, "%s", links[i].why);
	}
}

static const uint8_t v4[] = { 0x46, 0xb8, 0, 40, 0x12, 0x34, 0x40, 0, 64, 50, 0, 0, 192, 0, 2, 1,
	192, 0, 2, 2, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0 };

Test(ip, v4_options)
{
	struct ip_view v;

	cr_assert_eq(ip_parse(&v, v4, sizeof v4), IP_OK);
	cr_expect_eq(v.payload, 24);
	cr_expect_eq(v.proto, 50);
	cr_expect_eq(v.len, 40);
	cr_expect_eq(v.tos, 0xb8);
	cr_expect_not(v.frag);
	for (size_t n = 0; n < 24; n++)
		cr_expect_eq(ip_parse(&v, v4, n), IP_CUT, "%zu", n);
}

Test(ip, v4_contradictions)
{
	uint8_t p[sizeof v4];
	struct ip_view v;

	memcpy(p, v4, sizeof p);
	p[0] = 0x44;			/* 16 bytes of header */
	cr_expect_eq(ip_parse(&v, p, sizeof p), IP_BAD);
	memcpy(p, v4, sizeof p);
	p[3] = 23;			/* shorter than its header */
	cr_expect_eq(ip_parse(&v, p, sizeof p), IP_BAD);
	memcpy(p, v4, sizeof p);
	p[3] = 0;			/* segmentation offload */
	cr_expect_eq(ip_parse(&v, p, sizeof p), IP_OK);
	cr_expect_eq(v.len, sizeof p);
	p[0] = 0x56;
	cr_expect_eq(ip_parse(&v, p, sizeof p), IP_BAD);
}

/* Hop-by-hop, routing, destination options, fragment, then ESP (RFC 8200 4.1). */
static const uint8_t v6[] = { 0x6b, 0x80, 0, 0, 0, 48, 0, 64, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 1, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
	43, 0, 1, 4, 0, 0, 0, 0, 60, 0, 4, 0, 0, 0, 0, 0, 44, 0, 1, 4, 0, 0, 0, 0,
	50, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0 };

Test(ip, v6_chain)
{
	struct ip_view v;

	cr_assert_eq(ip_parse(&v, v6, sizeof v6), IP_OK);
	cr_expect_eq(v.proto, 50);
	cr_expect_eq(v.payload, 72);
	cr_expect_eq(v.next, 64);
	cr_expect_eq(v.frag_at, 64);
	cr_expect_eq(v.frag_next, 56);
	cr_expect_eq(v.tos, 0xb8);
	cr_expect_eq(v.id, 0x01020304);
	cr_expect(v.frag_header && !v.frag);
	for (size_t n = 0; n < 72; n++)
		cr_expect_neq(ip_parse(&v, v6, n), IP_OK, "%zu", n);
}

Test(ip, fix_and_tos)
{
	uint8_t p[sizeof v4];
	struct ip_view v;

	memcpy(p, v4, sizeof p);
	ip_parse(&v, p, sizeof p);
	ip_fix(&v, p, 6, 36);
	cr_expect_eq(checksum(p, 24), 0);
	cr_expect_eq(p[9], 6);
	cr_expect_eq(p[3], 36);
	ip_set_tos(p, 0xbb);
	cr_expect_eq(checksum(p, 24), 0);
	cr_expect_eq(p[1], 0xbb);
}

static const struct {
	const char *why, *bytes;
	size_t n, whole;
	bool encap;
	enum udp_kind want;
} udps[] = {
	{ "keepalive", "\x11\x94\x11\x94\0\x9\0\0\xff", 9, 9, false, UDP_KEEPALIVE },
	{ "marker", "\x11\x94\x11\x94\0\x0c\0\0\0\0\0\0", 12, 12, false, UDP_IKE },
	{ "esp", "\x11\x94\x11\x94\0\x10\0\0\0\0\1\0\0\0\0\1", 16, 16, false, UDP_ESP },
	{ "port 500", "\1\xf4\1\xf4\0\x10\0\0\0\0\1\0\0\0\0\1", 16, 16, false, UDP_IKE },
	{ "dns", "\0\x35\x11\x95\0\x10\0\0\0\0\1\0\0\0\0\1", 16, 16, false, UDP_OTHER },
	{ "another port that an SA names", "\0\x35\x11\x95\0\x10\0\0\0\0\1\0\0\0\0\1", 16, 16, true, UDP_ESP },
	{ "cut before the SPI", "\x11\x94\x11\x94\0\x10\0\0\0\0", 10, 16, false, UDP_CUT },
	{ "longer than its packet", "\x11\x94\x11\x94\0\x20\0\0\0\0\1\0\0\0\0\1", 16, 16, false, UDP_BAD },
	{ "two bytes", "\x11\x94\x11\x94\0\x0a\0\0\1\2", 10, 10, false, UDP_BAD },
	{ "no UDP header", "\x11\x94", 2, 2, false, UDP_BAD },
};

Test(udp, kinds)
{
	struct udp_view u;

	for (size_t i = 0; i < sizeof udps / sizeof udps[0]; i++)
		cr_expect_eq(udp_parse(&u, (const uint8_t *)udps[i].bytes, udps[i].n, udps[i].whole,
		    udps[i].encap), udps[i].want, "%s", udps[i].why);
}

Test(verdict, words)
{
	for (int v = 0; v < V_COUNT; v++) {
		cr_expect_str_neq(verdict_name((enum verdict)v), "unknown");
		for (int w = 0; w < v; w++)
			cr_expect_str_neq(verdict_name((enum verdict)v), verdict_name((enum verdict)w));
	}
	cr_expect_str_eq(verdict_name(V_COUNT), "unknown");
	cr_expect_not(verdict_is_failure(V_OK) || verdict_is_failure(V_IKE) || verdict_is_failure(V_DUMMY));
	cr_expect(verdict_is_failure(V_BAD_ICV) && verdict_is_failure(V_OUTSIDE_TS));
}
