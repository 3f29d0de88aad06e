#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "packet/checksum.h"
#include "packet/frag.h"
#include "packet/ip.h"
#include "packet/split.h"

static size_t make4(uint8_t *p, size_t n, size_t options)
{
	size_t head = 20 + options;

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 5);
	memset(p, 0, head);
	p[0] = (uint8_t)(0x40 | head / 4);
	store_be16(p + 2, (uint16_t)n);
	store_be16(p + 4, 0xbeef);
	p[8] = 64;
	p[9] = 17;
	if (options >= 8) {		/* record route, not copied; router alert, copied */
		memcpy(p + 20, "\x07\x04\x04\0\x94\x04\0\0", 8);
	}
	store_be16(p + 10, checksum(p, head));
	return n;
}

/* IPv6 with hop-by-hop options, destination options, routing header, then destination options. */
static size_t make6(uint8_t *p, size_t n, bool headers)
{
	static const uint8_t chain[32] = { 60, 0, 1, 4, 0, 0, 0, 0, 43, 0, 1, 4, 0, 0, 0, 0,
		60, 0, 4, 0, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0 };

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 5);
	memset(p, 0, 40);
	p[0] = 0x60;
	store_be16(p + 4, (uint16_t)(n - 40));
	p[6] = headers ? 0 : 17;
	p[7] = 64;
	if (headers)
		memcpy(p + 40, chain, sizeof chain);
	return n;
}

/* Divides, and puts together again. */
static void there_and_back(const uint8_t *p, size_t n, uint32_t mtu, size_t keep)
{
	uint8_t *piece = malloc(n + 100);
	struct frags *f;
	struct frag_lost here = { 0 };
	struct span whole = { 0 };
	struct split s;
	struct ip_view v;
	uint64_t id;
	uint32_t len;
	struct err e;

	cr_assert_not_null(f = frags_new(&e));
	cr_assert(split_init(&s, p, n, 0xbeef));
	cr_expect_eq(s.head, keep);
	for (uint32_t at = 0; at < s.n; at += len) {
		size_t got;

		cr_assert((len = split_room(&s, at, mtu)) > 0);
		got = split_write(&s, at, len, piece);
		cr_expect(got <= mtu);
		cr_assert_eq(ip_parse(&v, piece, got), IP_OK);
		cr_expect(v.frag && v.frag_offset == at && v.more == (at + len < s.n) && v.len == got);
		cr_expect_eq(v.id, v.version == 4 ? load_be16(p + 4) : 0xbeef);
		if (v.version == 4)
			cr_expect_eq(checksum(piece, v.payload), 0);
		cr_assert_eq(frags_add(f, &v, piece, got, &here, &whole, &id),
		    at + len < s.n ? FRAG_HELD : FRAG_WHOLE);
	}
	cr_expect(whole.n == n && memcmp(whole.p, p, n) == 0, "%u", mtu);
	frags_free(f);
	free(piece);
}

Test(split, ipv4)
{
	uint8_t p[3000];

	for (uint32_t mtu = 68; mtu < 3000; mtu += 61) {
		there_and_back(p, make4(p, 3000, 0), mtu, 20);
		there_and_back(p, make4(p, 3000, 8), mtu, 28);
	}
}

Test(split, ipv4_options)
{
	uint8_t p[200], piece[200];
	struct split s;

	make4(p, 200, 8);
	cr_assert(split_init(&s, p, 200, 1));
	cr_expect_eq(split_head(&s, 0), 28);
	cr_expect_eq(split_head(&s, 8), 24, "router alert alone is copied");
	split_write(&s, 80, 80, piece);
	cr_expect(piece[0] == 0x46 && memcmp(piece + 20, "\x94\x04\0\0", 4) == 0);
}

/* A fragment divided again is still of its own datagram. */
Test(split, ipv4_fragment)
{
	uint8_t p[500], piece[500];
	struct split s;

	make4(p, 500, 0);
	store_be16(p + 6, 0x2000 | 100);
	cr_assert(split_init(&s, p, 500, 0xbeef));
	split_write(&s, 0, 240, piece);
	cr_expect_eq(load_be16(piece + 6), 0x2000 | 100);
	split_write(&s, 240, 240, piece);
	cr_expect_eq(load_be16(piece + 6), 0x2000 | 130, "more follow");
	cr_expect_eq(load_be16(piece + 4), 0xbeef);
}

Test(split, ipv6)
{
	uint8_t p[3000];

	for (uint32_t mtu = 100; mtu < 3000; mtu += 61)
		there_and_back(p, make6(p, 3000, false), mtu, 40);
	for (uint32_t mtu = 200; mtu < 3000; mtu += 61)
		there_and_back(p, make6(p, 3000, true), mtu, 64);	/* up to the routing header */
}

Test(split, refuses)
{
	uint8_t p[200];
	struct split s;

	make6(p, 200, false);
	p[6] = 44;
	memset(p + 40, 0, 8);
	p[40] = 17;
	cr_expect_not(split_init(&s, p, 200, 1), "an IPv6 fragment");
	cr_expect_not(split_init(&s, p, 30, 1), "cut");
	make4(p, 200, 0);
	cr_assert(split_init(&s, p, 200, 1));
	cr_expect_eq(split_room(&s, 0, 27), 0, "less than 8 bytes");
	cr_expect_eq(split_room(&s, 0, 28), 8);
}
