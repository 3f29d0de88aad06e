/* Two ends of hand-made children: what one sends the other receives, and nothing else. */
#include "ike/traffic.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "packet/checksum.h"
#include "packet/ip.h"
#include "packet/udp_make.h"
#include "sa/make.h"
#include "sa/ts.h"

enum { PACKET = 256 };

/* Sessions are only names here. */
static struct session *const here = (struct session *)0x1000, *const there = (struct session *)0x2000;
static const struct session_path path = { { 4, { 192, 0, 2, 1 } }, { 4, { 192, 0, 2, 2 } }, 4500, 4501 };
static const struct session_path back = { { 4, { 192, 0, 2, 2 } }, { 4, { 192, 0, 2, 1 } }, 4501, 4500 };

struct duo {
	struct arena arena;
	struct rng rng;
	struct traffic *a, *b;
	struct session_child ca, cb;	/* of the last one made */
	uint8_t p[PACKET];
};

static void start(struct duo *d)
{
	struct err e = { 0 };

	memset(d, 0, sizeof *d);
	cr_assert_eq(secret_init(&e), 0);
	rng_init_seed(&d->rng, (struct span){ (const uint8_t *)"traffic", 7 }, "test");
	d->a = traffic_new(&d->rng, &e);
	d->b = traffic_new(&d->rng, &e);
	cr_assert(d->a != NULL && d->b != NULL);
}

static void forget(struct duo *d)
{
	sa_clear(&d->ca.in);
	sa_clear(&d->ca.out);
	sa_clear(&d->cb.in);
	sa_clear(&d->cb.out);
}

static void stop(struct duo *d)
{
	forget(d);
	traffic_free(d->a);
	traffic_free(d->b);
	arena_clear(&d->arena);
	rng_clear(&d->rng);
}

/* A pair of SAs for child number, as both ends have it. */
static void make(struct duo *d, uint64_t number, const char *proposal, enum sa_mode mode, const char *ts)
{
	struct proposal p;
	struct rng rng;
	struct make m = { .proposal = &p, .rng = &rng, .arena = &d->arena };
	struct err e = { 0 };

	rng_fork(&rng, &d->rng, "child", number);
	forget(d);
	cr_assert_eq(proposal_parse(&p, proposal, &e), 0, "%s", e.text);
	sa_init(&d->ca.out);
	d->ca.out.proto = SA_ESP;
	d->ca.out.mode = mode;
	d->ca.out.src = path.local;
	d->ca.out.dst = path.remote;
	if (ts != NULL) {
		d->ca.out.ts = calloc(1, sizeof *d->ca.out.ts);
		d->ca.out.nts = 1;
		cr_assert_eq(ts_parse(d->ca.out.ts, ts, &e), 0, "%s", e.text);
	}
	sa_init(&d->ca.in);
	cr_assert_eq(make_pair(&d->ca.out, &d->ca.in, &m, &e), 0, "%s", e.text);
	cr_assert_eq(sa_copy(&d->cb.in, &d->ca.out, &e), 0);
	cr_assert_eq(sa_copy(&d->cb.out, &d->ca.in, &e), 0);
	d->ca.number = d->cb.number = number;
	d->ca.initiator = true;
	d->cb.initiator = false;
	d->ca.replaces = d->cb.replaces = 0;
}

static void up(struct duo *d)
{
	struct err e = { 0 };

	cr_assert_eq(traffic_up(d->a, here, &d->ca, &path, true, &e), 0, "%s", e.text);
	cr_assert_eq(traffic_up(d->b, there, &d->cb, &back, true, &e), 0, "%s", e.text);
}

static struct addr addr(const char *text)
{
	struct addr a;
	struct err e;

	cr_assert_eq(addr_parse(&a, text, strlen(text), &e), 0, "%s", text);
	return a;
}

/* A UDP packet between these. */
static struct span packet(struct duo *d, const char *src, const char *dst, uint16_t dport, size_t n)
{
	static const uint8_t body[PACKET] = "what is inside";
	struct udp_ends ends = { addr(src), addr(dst), 1024, dport };
	struct wr w = wr_of(d->p, sizeof d->p);

	cr_assert(udp_make(&w, &ends, (struct span){ body, n }));
	return (struct span){ d->p, w.n };
}

/* From one to the other: what comes out is what went in. */
static void carries(struct duo *d, bool forth, struct span in, const char *what)
{
	struct traffic_sealed s;
	struct traffic_opened o;
	enum verdict v = traffic_out(forth ? d->a : d->b, in, &s);

	cr_assert_eq(v, V_OK, "%s: %s", what, s.why != NULL ? s.why : verdict_name(v));
	cr_expect_eq(memcmp(&s.path, forth ? &path : &back, sizeof path), 0);
	cr_expect(s.udp);
	v = traffic_in(forth ? d->b : d->a, s.esp, &o);
	cr_assert_eq(v, V_OK, "%s: %s", what, verdict_name(v));
	cr_expect(o.verified && o.owner == (forth ? there : here));
	cr_assert_eq(o.packet.n, in.n, "%s", what);
	cr_expect_arr_eq(o.packet.p, in.p, in.n, "%s", what);
}

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
	static const struct session_path six = { { 6, { 0x20, 1, 0xd, 0xb8, [15] = 1 } }, { 6, { 0x20, 1, 0xd, 0xb8, [15] = 2 } }, 1, 2 };
	struct traffic_sealed s;
	struct traffic_opened o;
	struct err e;
	struct duo d;
	struct span in;

	start(&d);
	make(&d, 1, "aes128gcm16", SA_TRANSPORT, "any=any");
	cr_assert_eq(traffic_up(d.a, here, &d.ca, &six, false, &e), 0);
	cr_assert_eq(traffic_up(d.b, there, &d.cb, &(struct session_path){ six.remote, six.local, 2, 1 }, false, &e), 0);
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

static uint32_t spi_used(struct traffic *t, struct span in)
{
	struct traffic_sealed s;

	cr_assert_eq(traffic_out(t, in, &s), V_OK);
	return load_be32(s.esp.p);
}

/* RFC 7296 2.8: the initiator of a rekeying uses the new child at once, the responder once it was used or the old one is gone. */
Test(traffic, rekeying)
{
	uint8_t wire[PACKET * 2];
	struct traffic_sealed s;
	struct traffic_opened o;
	struct duo d;
	struct span forth, old;
	uint32_t out1, in1, out2, in2;

	start(&d);
	make(&d, 1, "aes128gcm16", SA_TUNNEL, "10.1.0.0/16=10.2.0.0/16");
	up(&d);
	out1 = d.ca.out.spi;
	in1 = d.ca.in.spi;
	forth = packet(&d, "10.1.0.1", "10.2.0.1", 53, 40);
	cr_assert_eq(traffic_out(d.a, forth, &s), V_OK);
	memcpy(wire, s.esp.p, s.esp.n);
	old = (struct span){ wire, s.esp.n };

	make(&d, 2, "aes128gcm16", SA_TUNNEL, "10.1.0.0/16=10.2.0.0/16");
	d.ca.replaces = d.cb.replaces = 1;
	up(&d);
	out2 = d.ca.out.spi;
	in2 = d.ca.in.spi;
	cr_expect_eq(spi_used(d.b, packet(&d, "10.2.0.1", "10.1.0.1", 53, 40)), in1, "it does not know whether its answer came");
	carries(&d, false, packet(&d, "10.2.0.1", "10.1.0.1", 53, 40), "the old one still opens");
	carries(&d, true, packet(&d, "10.1.0.1", "10.2.0.1", 53, 40), "new one");
	cr_expect_eq(spi_used(d.a, packet(&d, "10.1.0.1", "10.2.0.1", 53, 40)), out2);
	cr_expect_eq(spi_used(d.b, packet(&d, "10.2.0.1", "10.1.0.1", 53, 40)), in2, "it was used");
	cr_expect_eq(traffic_in(d.b, old, &o), V_OK, "what was on its way");
	traffic_down(d.a, in1);
	traffic_down(d.b, out1);
	cr_expect_eq(traffic_in(d.b, old, &o), V_NO_SA);
	cr_expect_eq(traffic_children(d.a), 1);
	carries(&d, false, packet(&d, "10.2.0.1", "10.1.0.1", 53, 40), "alone");

	make(&d, 3, "aes128gcm16", SA_TUNNEL, "10.1.0.0/16=10.2.0.0/16");
	d.ca.replaces = d.cb.replaces = 2;
	up(&d);
	cr_expect_eq(spi_used(d.b, packet(&d, "10.2.0.1", "10.1.0.1", 53, 40)), in2);
	traffic_down(d.b, out2);
	cr_expect_eq(spi_used(d.b, packet(&d, "10.2.0.1", "10.1.0.1", 53, 40)), d.ca.in.spi, "the old one is gone");
	stop(&d);
}

/* Both ends rekeyed at once, and the one that was used goes (RFC 7296 2.8.1). */
Test(traffic, simultaneous_rekeying)
{
	struct duo d;
	struct err e;
	uint32_t in1, out1, loser;

	start(&d);
	make(&d, 1, "aes128gcm16", SA_TUNNEL, "any=any");
	up(&d);
	in1 = d.ca.in.spi;
	out1 = d.ca.out.spi;
	make(&d, 2, "aes128gcm16", SA_TUNNEL, "any=any");
	d.ca.replaces = 1;
	cr_assert_eq(traffic_up(d.a, here, &d.ca, &path, true, &e), 0);
	loser = d.ca.in.spi;
	make(&d, 3, "aes128gcm16", SA_TUNNEL, "any=any");
	d.ca.replaces = 1;
	d.ca.initiator = false;
	cr_assert_eq(traffic_up(d.a, here, &d.ca, &path, true, &e), 0);
	traffic_down(d.a, loser);
	cr_expect(spi_used(d.a, packet(&d, "10.2.0.1", "10.1.0.1", 53, 40)) != 0, "one of those that are left");
	traffic_down(d.a, in1);
	cr_expect_eq(spi_used(d.a, packet(&d, "10.2.0.1", "10.1.0.1", 53, 40)), d.ca.out.spi);
	cr_expect_neq(out1, d.ca.out.spi);
	stop(&d);
}

Test(traffic, the_narrowest_child_and_the_newest)
{
	struct duo d;
	uint32_t narrow, wide, twin;

	start(&d);
	make(&d, 1, "aes128gcm16", SA_TUNNEL, "10.1.0.0/16=10.2.0.0/16");
	up(&d);
	narrow = d.ca.out.spi;
	make(&d, 2, "aes128gcm16", SA_TUNNEL, "10.1.0.0/16=any");
	up(&d);
	wide = d.ca.out.spi;
	cr_expect_eq(spi_used(d.a, packet(&d, "10.1.0.1", "10.2.0.1", 53, 40)), narrow);
	cr_expect_eq(spi_used(d.a, packet(&d, "10.1.0.1", "10.3.0.1", 53, 40)), wide);
	make(&d, 3, "aes128gcm16", SA_TUNNEL, "10.1.0.0/16[udp]=10.2.0.0/16[udp]");
	up(&d);
	cr_expect_eq(spi_used(d.a, packet(&d, "10.1.0.1", "10.2.0.1", 53, 40)), d.ca.out.spi, "narrower");
	traffic_down(d.a, d.ca.in.spi);
	cr_expect_eq(spi_used(d.a, packet(&d, "10.1.0.1", "10.2.0.1", 53, 40)), narrow);
	make(&d, 4, "aes128gcm16", SA_TUNNEL, "10.1.0.0/16=10.2.0.0/16");
	up(&d);
	twin = d.ca.out.spi;
	cr_expect_eq(spi_used(d.a, packet(&d, "10.1.0.1", "10.2.0.1", 53, 40)), twin);
	stop(&d);
}

Test(traffic, sessions_end_and_move)
{
	struct session_path moved = { { 4, { 198, 51, 100, 1 } }, { 4, { 198, 51, 100, 2 } }, 5000, 5001 };
	struct traffic_sealed s;
	struct err e;
	struct duo d;

	start(&d);
	make(&d, 1, "aes128gcm16", SA_TUNNEL, "10.1.0.0/16=10.2.0.0/16");
	up(&d);
	make(&d, 1, "aes256gcm16", SA_TUNNEL, "10.1.0.0/16=10.3.0.0/16");
	d.ca.in.spi++;
	cr_assert_eq(traffic_up(d.a, there, &d.ca, &path, true, &e), 0, "%s", e.text);
	traffic_moved(d.a, here, &moved, false);
	cr_assert_eq(traffic_out(d.a, packet(&d, "10.1.0.1", "10.2.0.1", 53, 40), &s), V_OK);
	cr_expect(!s.udp && memcmp(&s.path, &moved, sizeof moved) == 0);
	cr_assert_eq(traffic_out(d.a, packet(&d, "10.1.0.1", "10.3.0.1", 53, 40), &s), V_OK);
	cr_expect(s.udp && memcmp(&s.path, &path, sizeof path) == 0, "another session's stays");
	traffic_over(d.a, here);
	cr_expect_eq(traffic_out(d.a, packet(&d, "10.1.0.1", "10.2.0.1", 53, 40), &s), V_OUTSIDE_TS);
	cr_expect_eq(traffic_out(d.a, packet(&d, "10.1.0.1", "10.3.0.1", 53, 40), &s), V_OK);
	stop(&d);
}

Test(traffic, many_children_of_many_sessions)
{
	enum { MANY = 600 };
	struct traffic_sealed s;
	struct err e;
	struct duo d;
	char ts[64], dst[ADDR_TEXT];
	uint32_t spi[MANY], out[MANY];

	start(&d);
	for (uintptr_t i = 0; i < MANY; i++) {
		snprintf(ts, sizeof ts, "any=10.9.%u.%u", (unsigned)i / 256, (unsigned)i % 256);
		make(&d, i + 1, "aes128gcm16", SA_TUNNEL, ts);
		cr_assert_eq(traffic_up(d.a, (struct session *)(i * 16 + 16), &d.ca, &path, true, &e), 0);
		spi[i] = d.ca.in.spi;
		out[i] = d.ca.out.spi;
	}
	cr_expect_eq(traffic_children(d.a), MANY);
	for (unsigned i = 0; i < MANY; i += 2)
		traffic_down(d.a, spi[i]);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(dst, sizeof dst, "10.9.%u.%u", i / 256, i % 256);
		if (i % 2 == 1)
			cr_expect_eq(spi_used(d.a, packet(&d, "10.1.0.1", dst, 53, 40)), out[i]);
		else
			cr_expect_eq(traffic_out(d.a, packet(&d, "10.1.0.1", dst, 53, 40), &s), V_OUTSIDE_TS);
		cr_expect_eq(traffic_of(d.a, spi[i]) != NULL, i % 2 == 1);
	}
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
