/* Two ends of hand-made children: what one sends the other receives, and nothing else. */
#include "unit/ike/duo.h"

static const char *const proposals[] = {
	"aes128gcm16", "aes256gcm8", "aes192ccm12", "chacha20poly1305", "aes128-sha256", "aes256-sha512", "aes128ctr-sha1",
	"3des-md5", "null-sha384", "camellia256-sha1", "aes128-aesxcbc", "null-auth-aes-gmac-128", "aes-gcm-16-iiv-256",
	"aes128gcm16-esn", "aes256-sha256-esn", "null-sha1-esn", "chacha20-poly1305-iiv-esn",
};

Test(traffic, tunnels_of_every_suite)
{
	for (size_t i = 0; i < sizeof proposals / sizeof proposals[0]; i++) {
		struct duo d;

		start(&d);
		make(&d, 1, proposals[i], SA_TUNNEL, "any=any");
		up(&d);
		for (size_t n = 0; n < 20; n++) {
			carries(&d, true, packet(&d, "10.1.0.1", "10.2.0.1", 53, n), proposals[i]);
			carries(&d, false, packet(&d, "2001:db8::2", "2001:db8::1", 53, n), proposals[i]);
		}
		cr_expect_eq(traffic_sum(d.a)->out.tally.count[V_OK], 20);
		cr_expect_eq(traffic_sum(d.a)->in.bytes, 20 * 48 + 190);
		cr_expect_eq(traffic_of(d.b, d.cb.in.spi)->in.tally.packets, 20);
		stop(&d);
	}
}

Test(traffic, transport_of_every_suite)
{
	for (size_t i = 0; i < sizeof proposals / sizeof proposals[0]; i++) {
		struct duo d;
		struct span in;

		start(&d);
		make(&d, 1, proposals[i], SA_TRANSPORT, "192.0.2.1=192.0.2.2");
		up(&d);
		in = packet(&d, "192.0.2.1", "192.0.2.2", 53, 30);
		store_be16(d.p + 6, 0x4000);		/* the header that is made has these */
		store_be16(d.p + 10, 0);
		store_be16(d.p + 10, checksum(d.p, 20));
		carries(&d, true, in, proposals[i]);
		stop(&d);
	}
}

Test(traffic, transport_over_ipv6)
{
	static const struct session_path six = { { 6, { 0x20, 1, 0xd, 0xb8, [15] = 1 } }, { 6, { 0x20, 1, 0xd, 0xb8, [15] = 2 } }, 1, 2, 0 };
	struct traffic_sealed s;
	struct traffic_opened o;
	struct err e;
	struct duo d;
	struct span in;

	start(&d);
	make(&d, 1, "aes128gcm16", SA_TRANSPORT, "any=any");
	cr_assert_eq(traffic_up(d.a, here, &d.ca, &six, false, &e), 0);
	cr_assert_eq(traffic_up(d.b, there, &d.cb, &(struct session_path){ six.remote, six.local, 2, 1, 0 }, false, &e), 0);
	in = packet(&d, "2001:db8::1", "2001:db8::2", 53, 30);
	cr_assert_eq(traffic_out(d.a, in, &s), V_OK);
	cr_expect_not(s.udp);
	cr_assert_eq(traffic_in(d.b, s.esp, &o), V_OK);
	cr_assert_eq(o.packet.n, in.n);
	cr_expect_arr_eq(o.packet.p, in.p, in.n);
	stop(&d);
}

/* RFC 3948 3.1.2: the sender's TCP and UDP checksums are about the addresses that it knows. */
Test(traffic, transport_behind_nat)
{
	struct traffic_sealed s;
	struct traffic_opened o;
	struct ip_view v;
	struct err e;
	struct duo d;

	start(&d);
	make(&d, 1, "aes128gcm16", SA_TRANSPORT, NULL);
	d.cb.in.encap.oa_src = addr("10.0.0.7");
	d.cb.in.encap.oa_dst = addr("192.0.2.2");
	cr_assert_eq(traffic_up(d.a, here, &d.ca, &path, true, &e), 0);
	cr_assert_eq(traffic_up(d.b, there, &d.cb, &back, true, &e), 0);
	cr_assert_eq(traffic_out(d.a, packet(&d, "10.0.0.7", "192.0.2.2", 53, 31), &s), V_OK);
	cr_assert_eq(traffic_in(d.b, s.esp, &o), V_OK);
	cr_assert_eq(ip_parse(&v, o.packet.p, o.packet.n), IP_OK);
	cr_expect_arr_eq(o.packet.p + 12, path.local.b, 4, "the address that the NAT gave it");
	cr_expect_eq(checksum(o.packet.p, 20), 0);
	cr_expect_eq(ip_checksum(o.packet.p, IP_UDP, o.packet.p + 20, (uint32_t)o.packet.n - 20), 0);
	stop(&d);
}

Test(traffic, what_transport_mode_cannot_carry)
{
	struct traffic_sealed s;
	struct duo d;
	struct span in;

	start(&d);
	make(&d, 1, "aes128gcm16", SA_TRANSPORT, "any=any");
	up(&d);
	in = packet(&d, "192.0.2.1", "192.0.2.2", 53, 64);
	store_be16(d.p + 6, 0x2000);			/* more fragments */
	cr_expect_eq(traffic_out(d.a, in, &s), V_UNSUPPORTED);
	cr_expect_not_null(s.why);
	store_be16(d.p + 6, 0);
	d.p[0] = 0x46;					/* an option */
	cr_expect_eq(traffic_out(d.a, in, &s), V_UNSUPPORTED);
	cr_expect_not_null(s.why);
	stop(&d);
}

/* RFC 4301 5.1: what no SA is for is not sent; 5.2: what came out of one that is not for it is dropped. */
Test(traffic, selectors_hold_both_ways)
{
	struct traffic_sealed s;
	struct traffic_opened o;
	struct err e;
	struct duo d;

	start(&d);
	make(&d, 1, "aes128gcm16", SA_TUNNEL, "10.1.0.0/16[udp]=10.2.0.0/16[udp/53]");
	up(&d);
	carries(&d, true, packet(&d, "10.1.0.1", "10.2.0.1", 53, 10), "inside");
	cr_expect_eq(traffic_out(d.a, packet(&d, "10.1.0.1", "10.2.0.1", 54, 10), &s), V_OUTSIDE_TS);
	cr_expect_eq(traffic_out(d.a, packet(&d, "10.1.0.1", "10.3.0.1", 53, 10), &s), V_OUTSIDE_TS);
	cr_expect_eq(traffic_out(d.a, packet(&d, "10.2.0.1", "10.1.0.1", 53, 10), &s), V_OUTSIDE_TS);
	cr_expect_eq(traffic_out(d.b, packet(&d, "10.2.0.1", "10.1.0.1", 1024, 10), &s), V_OUTSIDE_TS, "port 53 is its own");
	cr_expect_eq(traffic_sum(d.a)->out.tally.count[V_OUTSIDE_TS], 3);
	traffic_down(d.a, d.ca.in.spi);

	/* the peer takes more than was agreed on */
	free(d.ca.out.ts);
	d.ca.out.ts = NULL;
	d.ca.out.nts = 0;
	d.ca.out.seq = 10;
	cr_assert_eq(traffic_up(d.a, here, &d.ca, &path, true, &e), 0);
	cr_assert_eq(traffic_out(d.a, packet(&d, "10.1.0.1", "10.3.0.1", 53, 10), &s), V_OK);
	cr_expect_eq(traffic_in(d.b, s.esp, &o), V_OUTSIDE_TS);
	cr_expect(o.verified && o.owner == there && o.packet.n == 0);
	cr_expect_eq(traffic_sum(d.b)->in.tally.count[V_OUTSIDE_TS], 1);
	cr_expect_eq(traffic_of(d.b, d.cb.in.spi)->in.tally.count[V_OUTSIDE_TS], 1);
	stop(&d);
}

/* A later fragment shows no ports: it is for selectors that want none (RFC 4301 4.4.1.1). */
Test(traffic, fragments_go_by_their_selectors)
{
	struct traffic_sealed s;
	struct duo d;
	struct span in;

	start(&d);
	make(&d, 1, "aes128gcm16", SA_TUNNEL, "any[udp]=any[udp/53]");
	up(&d);
	in = packet(&d, "10.1.0.1", "10.2.0.1", 53, 40);
	store_be16(d.p + 6, 0x2000);
	carries(&d, true, in, "the first one");
	store_be16(d.p + 6, 0x0010);
	cr_expect_eq(traffic_out(d.a, in, &s), V_OUTSIDE_TS);
	make(&d, 2, "aes128gcm16", SA_TUNNEL, "any[udp]=any[udp]");
	up(&d);
	carries(&d, true, in, "the next one");
	stop(&d);
}

Test(traffic, what_is_no_packet)
{
	struct traffic_sealed s;
	struct duo d;
	struct span in;

	start(&d);
	make(&d, 1, "aes128gcm16", SA_TUNNEL, "any=any");
	up(&d);
	in = packet(&d, "10.1.0.1", "10.2.0.1", 53, 40);
	cr_expect_eq(traffic_out(d.a, (struct span){ in.p, in.n - 1 }, &s), V_TRUNCATED);
	cr_expect_eq(traffic_out(d.a, (struct span){ in.p, 0 }, &s), V_TRUNCATED);
	d.p[0] = 0x75;
	cr_expect_eq(traffic_out(d.a, in, &s), V_BAD_HEADER);
	d.p[0] = 0x45;
	store_be16(d.p + 2, (uint16_t)(in.n - 4));	/* Ethernet's padding stays behind */
	cr_expect_eq(traffic_out(d.a, in, &s), V_OK);
	cr_expect_eq(traffic_sum(d.a)->out.bytes, in.n - 4);
	stop(&d);
}

Test(traffic, altered_replayed_and_unknown)
{
	uint8_t wire[PACKET * 2];
	struct traffic_sealed s;
	struct traffic_opened o;
	struct duo d;
	struct span esp;

	start(&d);
	make(&d, 1, "aes128-sha256", SA_TUNNEL, "any=any");
	up(&d);
	cr_assert_eq(traffic_out(d.a, packet(&d, "10.1.0.1", "10.2.0.1", 53, 40), &s), V_OK);
	memcpy(wire, s.esp.p, s.esp.n);
	esp = (struct span){ wire, s.esp.n };
	for (size_t i = 4; i < esp.n; i++) {
		wire[i] ^= 2;
		cr_expect_eq(traffic_in(d.b, esp, &o), V_BAD_ICV, "octet %zu", i);
		cr_expect_not(o.verified);
		wire[i] ^= 2;
	}
	for (size_t n = 0; n < esp.n; n++)
		cr_expect_neq(traffic_in(d.b, (struct span){ wire, n }, &o), V_OK, "%zu octets", n);
	wire[0] ^= 1;
	cr_expect_eq(traffic_in(d.b, esp, &o), V_NO_SA);
	wire[0] ^= 1;
	cr_expect_eq(traffic_in(d.b, esp, &o), V_OK, "none of it moved the window");
	cr_expect_eq(traffic_in(d.b, esp, &o), V_REPLAYED);
	for (unsigned i = 0; i < 64; i++) {
		cr_assert_eq(traffic_out(d.a, packet(&d, "10.1.0.1", "10.2.0.1", 53, 40), &s), V_OK);
		cr_assert(i != 63 || traffic_in(d.b, s.esp, &o) == V_OK);
	}
	cr_expect_eq(traffic_in(d.b, esp, &o), V_REPLAYED, "behind the window");
	stop(&d);
}

/* RFC 4303 3.3.3: numbers do not come round. */
Test(traffic, sequence_numbers_end)
{
	struct traffic_sealed s;
	struct traffic_opened o;
	struct duo d;
	struct span in;

	start(&d);
	make(&d, 1, "aes128gcm16", SA_TUNNEL, "any=any");
	d.ca.out.seq = UINT32_MAX - 1;
	up(&d);
	in = packet(&d, "10.1.0.1", "10.2.0.1", 53, 40);
	carries(&d, true, in, "the last one");
	cr_expect_eq(traffic_out(d.a, in, &s), V_UNSUPPORTED);
	cr_expect_not_null(s.why);
	traffic_down(d.a, d.ca.in.spi);
	traffic_down(d.b, d.cb.in.spi);

	make(&d, 2, "aes128gcm16-esn", SA_TUNNEL, "any=any");
	d.ca.out.seq = UINT32_MAX - 40;
	up(&d);
	for (int i = 0; i < 80; i++)
		carries(&d, true, in, "over 2^32");
	traffic_down(d.a, d.ca.in.spi);
	d.ca.out.seq = UINT64_MAX - 1;
	make(&d, 3, "aes128gcm16-esn", SA_TUNNEL, "any=any");
	d.ca.out.seq = UINT64_MAX - 1;
	up(&d);
	cr_expect_eq(traffic_out(d.a, in, &s), V_OK);
	cr_expect_eq(traffic_out(d.a, in, &s), V_UNSUPPORTED);
	cr_expect_eq(traffic_in(d.b, s.esp, &o), V_TRUNCATED);
	stop(&d);
}

Test(traffic, children_that_carry_nothing)
{
	struct err e = { 0 };
	struct duo d;

	start(&d);
	make(&d, 1, "aes128gcm16", SA_TUNNEL, "any=any");
	up(&d);
	cr_expect_eq(traffic_up(d.a, here, &d.ca, &path, true, &e), -1, "twice");
	d.ca.in.spi++;
	d.ca.in.proto = SA_AH;
	cr_expect_eq(traffic_up(d.a, here, &d.ca, &path, true, &e), -1);
	cr_expect_not_null(strstr(e.text, "found ah"), "%s", e.text);
	d.ca.in.proto = SA_ESP;
	d.ca.in.mode = d.ca.out.mode = SA_BEET;
	cr_expect_eq(traffic_up(d.a, here, &d.ca, &path, true, &e), -1);
	d.ca.in.mode = d.ca.out.mode = SA_TUNNEL;
	d.ca.in.encr_key_known = false;
	cr_expect_eq(traffic_up(d.a, here, &d.ca, &path, true, &e), -1);
	cr_expect_eq(traffic_children(d.a), 1);
	stop(&d);
}

/* 20 and 8 octets in front, SPI and number 8, IV 8, two of trailer and 16 of ICV. */
Test(traffic, what_fits_the_link)
{
	uint8_t *big = calloc(1, 65535);
	struct traffic_sealed s;
	struct duo d;
	uint32_t mtu;

	start(&d);
	cr_expect_eq(traffic_mtu(d.a, 1500), 0);
	make(&d, 1, "aes128gcm16", SA_TUNNEL, "any=any");
	up(&d);
	mtu = traffic_mtu(d.a, 1500);
	cr_expect_eq(mtu, 1438);
	cr_assert_not_null(big);
	for (uint32_t n = mtu; n <= mtu + 1; n++) {
		big[0] = 0x45;
		store_be16(big + 2, (uint16_t)n);
		cr_assert_eq(traffic_out(d.a, (struct span){ big, n }, &s), V_OK);
		cr_expect_eq(s.esp.n + 28 <= 1500, n == mtu, "%u: %zu", n, s.esp.n);
	}
	for (uint32_t n = 65400; n < 65535; n++) {
		store_be16(big + 2, (uint16_t)n);
		if (traffic_out(d.a, (struct span){ big, n }, &s) == V_OK)
			cr_expect_leq(s.esp.n, 65535 - 28, "%u", n);
		else
			cr_expect_geq(n, 65535 - 28 - 34 - 3, "%u", n);
	}
	free(big);
	stop(&d);
}
