/* Children that come and go: which of them carries a packet. */
#include "unit/ike/duo.h"

static uint32_t spi_used(struct traffic *t, struct span in)
{
	struct traffic_sealed s;

	cr_assert_eq(traffic_out(t, in, &s), V_OK);
	return load_be32(s.esp.p);
}

/* RFC 7296 2.8: the initiator of a rekeying uses the new child at once, the responder once it was used or the old one is gone. */
Test(traffic_child, rekeying)
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
Test(traffic_child, simultaneous_rekeying)
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

Test(traffic_child, the_narrowest_child_and_the_newest)
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

Test(traffic_child, sessions_end_and_move)
{
	struct session_path moved = { { 4, { 198, 51, 100, 1 } }, { 4, { 198, 51, 100, 2 } }, 5000, 5001, 0 };
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

Test(traffic_child, many_children_of_many_sessions)
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
