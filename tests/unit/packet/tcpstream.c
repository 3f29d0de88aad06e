#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/wr.h"
#include "packet/tcpstream.h"

enum { SPI = 0xc0ffee00, SECOND = 1000000000 };

static bool known(void *arg, uint32_t spi, const struct addr *src, const struct addr *dst)
{
	(void)arg;
	return spi == SPI && src->family == 4 && dst->family == 4;
}

static const struct addr here = { 4, { 10, 0, 0, 1 } }, there = { 4, { 10, 0, 0, 2 } };
static struct tcpstreams *t;
static uint64_t frame;
static int64_t now;

static void setup(void)
{
	struct err e;

	cr_assert_not_null(t = tcpstreams_new(known, NULL, &e));
}

static void teardown(void)
{
	tcpstreams_free(t);
}

TestSuite(tcpstream, .init = setup, .fini = teardown);

static int push(bool back, uint32_t seq, const char *flags, const void *p, size_t n)
{
	struct tcp_seg s = { .src = back ? there : here, .dst = back ? here : there,
		.tcp = { .sport = back ? 4500 : 40000, .dport = back ? 40000 : 4500, .seq = seq,
			.syn = strchr(flags, 'S') != NULL, .fin = strchr(flags, 'F') != NULL,
			.rst = strchr(flags, 'R') != NULL },
		.data = { p, n }, .whole = n, .number = ++frame, .ns = now };
	struct err e;

	return tcpstreams_push(t, &s, &e);
}

/* An ESP packet of n octets, the last ones its mark. */
static void esp(struct wr *w, uint32_t spi, size_t n, uint8_t mark)
{
	wr_u16(w, (uint16_t)(n + 2));
	wr_u32(w, spi);
	for (size_t i = 4; i < n; i++)
		wr_u8(w, mark);
}

static void ike(struct wr *w, size_t n)
{
	wr_u16(w, (uint16_t)(2 + 4 + 28 + n));
	wr_zero(w, 4);
	wr_u64(w, 1);
	wr_u64(w, 0);
	wr_u32(w, 0x21202208);
	wr_u32(w, 0);
	wr_u32(w, (uint32_t)(28 + n));
	for (size_t i = 0; i < n; i++)
		wr_u8(w, 0x55);
}

static void expect_esp(uint8_t mark, size_t n, uint64_t first, uint64_t last)
{
	struct tcpstream_msg m;

	cr_assert(tcpstreams_next(t, &m), "%u", mark);
	cr_expect_eq(m.kind, TCPSTREAM_ESP);
	cr_expect_eq(m.body.n, n);
	cr_expect_eq(m.body.p[n - 1], mark, "%u, wanted %u", m.body.p[n - 1], mark);
	cr_expect_eq(m.first, first, "%llu", (unsigned long long)m.first);
	cr_expect_eq(m.last, last, "%llu", (unsigned long long)m.last);
}

static void expect_kind(enum tcpstream_kind kind, size_t n)
{
	struct tcpstream_msg m;

	cr_assert(tcpstreams_next(t, &m));
	cr_expect_eq(m.kind, kind);
	cr_expect_eq(m.body.n, n);
}

static void expect_none(void)
{
	struct tcpstream_msg m;

	cr_expect_not(tcpstreams_next(t, &m));
}

static uint8_t buf[TCPSTREAM_ROOM * 2];

/* "IKETCP", IKE, ESP of marks 1 to 4, 100 octets each. */
static size_t stream(void)
{
	struct wr w = wr_of(buf, sizeof buf);

	wr_span(&w, (struct span){ (const uint8_t *)"IKETCP", 6 });
	ike(&w, 50);
	for (uint8_t i = 1; i <= 4; i++)
		esp(&w, 7000 + i, 100, i);
	return w.n;
}

Test(tcpstream, whole)
{
	size_t n = stream();

	cr_expect_eq(push(false, 99, "S", NULL, 0), 0);
	cr_expect_eq(push(false, 100, "", buf, n), 1);
	expect_kind(TCPSTREAM_IKE, 78);
	for (uint8_t i = 1; i <= 4; i++)
		expect_esp(i, 100, 2, 2);
	expect_none();
	cr_expect_eq(tcpstreams_count(t).lost, 0);
	cr_expect_eq(tcpstreams_count(t).resyncs, 0);
}

/* Every size of segment, forwards; sequence numbers wrap. */
Test(tcpstream, segments)
{
	size_t n = stream();

	for (size_t step = 1; step <= n; step = step < 20 ? step + 1 : step * 2) {
		struct tcpstream_msg m;
		unsigned count = 0;

		push(false, 0xffffff80 - (uint32_t)step, "S", NULL, 0);
		for (size_t at = 0; at < n; at += step) {
			size_t len = n - at < step ? n - at : step;
			uint8_t *copy = malloc(len);

			memcpy(copy, buf + at, len);
			push(false, (uint32_t)(0xffffff81 - step + at), "", copy, len);
			free(copy);
			while (tcpstreams_next(t, &m))
				count++;
		}
		cr_expect_eq(count, 5, "%u messages by %zu octets", count, step);
	}
}

Test(tcpstream, out_of_order_and_again)
{
	size_t n = stream();

	push(false, 99, "S", NULL, 0);
	push(false, 100 + 200, "", buf + 200, n - 200);
	expect_none();
	push(false, 100 + 100, "", buf + 100, 150);
	expect_none();
	push(false, 100 + 100, "", buf + 100, 100);
	expect_none();
	push(false, 100, "", buf, 120);
	expect_kind(TCPSTREAM_IKE, 78);
	expect_esp(1, 100, 5, 5);
	expect_esp(2, 100, 3, 3);
	expect_esp(3, 100, 2, 2);
	expect_esp(4, 100, 2, 2);
	push(false, 100, "", buf, n);
	expect_none();
	cr_expect_eq(tcpstreams_count(t).conflicts, 0);
	cr_expect_eq(tcpstreams_count(t).lost, 0);
}

/* The message's octets came in frames 2 and 4: those two are named. */
Test(tcpstream, frames)
{
	struct wr w = wr_of(buf, sizeof buf);

	wr_span(&w, (struct span){ (const uint8_t *)"IKETCP", 6 });
	esp(&w, 7000, 100, 1);
	push(false, 99, "S", NULL, 0);
	push(false, 100, "", buf, 50);
	push(false, 100 + 80, "", buf + 80, 28);
	push(false, 100 + 50, "", buf + 50, 30);
	expect_esp(1, 100, 2, 4);
}

Test(tcpstream, first_octets_count)
{
	size_t n = stream();

	push(false, 99, "S", NULL, 0);
	push(false, 100 + 90, "", buf + 90, n - 90);
	memset(buf + 90, 0xee, 20);
	push(false, 100, "", buf, 110);
	expect_kind(TCPSTREAM_IKE, 78);
	expect_esp(1, 100, 2, 2);
	cr_expect_eq(tcpstreams_count(t).conflicts, 1);
}

/* RFC 9329 4: the responder sends no prefix. */
Test(tcpstream, responder)
{
	struct wr w = wr_of(buf, sizeof buf);

	esp(&w, 9000, 60, 7);
	push(false, 99, "S", NULL, 0);
	push(true, 499, "S", NULL, 0);
	push(false, 100, "", "IKETCP", 6);
	cr_expect_eq(push(true, 500, "", buf, w.n), 1);
	expect_esp(7, 60, 4, 4);
}

Test(tcpstream, kinds)
{
	static const uint8_t p[] = "IKETCP\0\3\xff\0\2\0\4zz\0\3z";

	push(false, 99, "S", NULL, 0);
	push(false, 100, "", p, sizeof p - 1);
	expect_kind(TCPSTREAM_KEEPALIVE, 1);
	expect_kind(TCPSTREAM_SHORT, 2);
	expect_kind(TCPSTREAM_SHORT, 1);
	expect_none();
}

/* HTTP is nobody's IPsec, and is left alone soon. */
Test(tcpstream, other)
{
	memset(buf, 'x', sizeof buf);
	push(false, 99, "S", NULL, 0);
	for (uint32_t at = 0; at < 200000; at += 1000) {
		cr_expect_eq(push(false, 100 + at, "", buf, 1000), 0);
		expect_none();
	}
	cr_expect_eq(tcpstreams_count(t).resyncs, 0);
	cr_expect_leq(tcpstreams_count(t).lost, 66000);
}

/* A capture that starts in the middle of a message. */
Test(tcpstream, middle)
{
	struct wr w = wr_of(buf, sizeof buf);

	for (int i = 0; i < 333; i++)
		wr_u8(&w, (uint8_t)(i * 7));
	esp(&w, SPI, 100, 1);
	esp(&w, 7777, 100, 2);		/* of an SA nobody told us about */
	esp(&w, SPI, 100, 3);
	push(false, 1000, "", buf, 333 + 102 + 50);
	expect_none();
	push(false, 1000 + 485, "", buf + 485, w.n - 485);
	expect_esp(1, 100, 1, 1);
	expect_esp(2, 100, 1, 2);
	expect_esp(3, 100, 2, 2);
	cr_expect_eq(tcpstreams_count(t).lost, 333);
	cr_expect_eq(tcpstreams_count(t).resyncs, 1);
}

/* A known SPI whose length leads nowhere is no message. */
Test(tcpstream, no_evidence)
{
	struct wr w = wr_of(buf, sizeof buf);

	esp(&w, SPI, 100, 1);
	wr_zero(&w, 200);
	push(false, 1000, "", buf, w.n);
	expect_none();
	tcpstreams_expire(t, INT64_MAX);
	expect_none();
	cr_expect_eq(tcpstreams_count(t).resyncs, 0);
}

/* IKE's header is evidence of its own. */
Test(tcpstream, middle_ike)
{
	struct wr w = wr_of(buf, sizeof buf);

	wr_u32(&w, 0x01020304);
	ike(&w, 10);
	esp(&w, 7777, 100, 1);
	push(true, 1000, "", buf, w.n);
	expect_kind(TCPSTREAM_IKE, 38);
	expect_esp(1, 100, 1, 1);
}

/* One segment was not captured: nothing is given until that is certain, then the rest is found again. */
Test(tcpstream, gap)
{
	struct wr w = wr_of(buf, sizeof buf);

	wr_span(&w, (struct span){ (const uint8_t *)"IKETCP", 6 });
	for (uint8_t i = 1; i <= 6; i++)
		esp(&w, SPI, 100, i);
	push(false, 99, "S", NULL, 0);
	push(false, 100, "", buf, 150);
	expect_esp(1, 100, 2, 2);
	now = SECOND;
	push(false, 100 + 250, "", buf + 250, w.n - 250);
	expect_none();
	tcpstreams_expire(t, now + TCPSTREAM_WAIT);
	expect_none();
	tcpstreams_expire(t, now + TCPSTREAM_WAIT + 1);
	for (uint8_t i = 4; i <= 6; i++)
		expect_esp(i, 100, 3, 3);
	expect_none();
	cr_expect_eq(tcpstreams_count(t).lost, 204);
}

/* So much behind a gap that the room would not do: the gap is given up without waiting. */
Test(tcpstream, gap_and_much)
{
	struct tcpstream_msg m;
	uint32_t at = 100 + 6 + 1502;
	unsigned got = 0;

	push(false, 99, "S", NULL, 0);
	push(false, 100, "", "IKETCP", 6);
	for (int i = 0; i < 300; i++, at += 1502) {
		struct wr w = wr_of(buf, sizeof buf);

		esp(&w, SPI, 1500, (uint8_t)i);
		push(false, at, "", buf, w.n);
		while (tcpstreams_next(t, &m))
			got++;
	}
	cr_expect_eq(got, 300);
	cr_expect_eq(tcpstreams_count(t).lost, 1502);
}

/* Segments that each leave an octet out use up the pieces; what does not fit is lost, not more. */
Test(tcpstream, holes)
{
	struct wr w = wr_of(buf, sizeof buf);
	struct tcpstream_msg m;
	unsigned got = 0;

	wr_span(&w, (struct span){ (const uint8_t *)"IKETCP", 6 });
	for (int i = 0; i < 20; i++)
		esp(&w, SPI, 100, (uint8_t)i);
	push(false, 99, "S", NULL, 0);
	for (uint32_t i = 1; i < w.n; i += 2)
		push(false, 100 + i, "", buf + i, 1);
	for (uint32_t i = 0; i < w.n; i += 2) {
		push(false, 100 + i, "", buf + i, 1);
		while (tcpstreams_next(t, &m))
			got++;
	}
	for (uint32_t i = 0; i < w.n; i++) {
		push(false, 100 + i, "", buf + i, 1);
		while (tcpstreams_next(t, &m))
			got++;
	}
	cr_expect_eq(got, 20);
}

Test(tcpstream, new_connection)
{
	size_t n = stream();

	push(false, 99, "S", NULL, 0);
	push(false, 100, "", buf, 120);
	expect_kind(TCPSTREAM_IKE, 78);
	push(false, 99, "S", NULL, 0);		/* repeated */
	push(false, 220, "", buf + 120, n - 120);
	expect_esp(1, 100, 2, 4);
	push(false, 5000, "S", NULL, 0);
	push(false, 5001, "", buf, 200);
	expect_kind(TCPSTREAM_IKE, 78);
	expect_esp(1, 100, 6, 6);
}

Test(tcpstream, fin_and_reset)
{
	size_t n = stream();

	push(false, 99, "S", NULL, 0);
	push(false, 100, "F", buf, n);
	for (int i = 0; i < 5; i++) {
		struct tcpstream_msg m;

		cr_expect(tcpstreams_next(t, &m));
	}
	expect_none();
	cr_expect_eq(push(false, 100, "", buf, n), 0);	/* repeated after the end */
	expect_none();
	push(false, 9000, "S", NULL, 0);
	push(false, 9001, "", buf, 100);
	expect_kind(TCPSTREAM_IKE, 78);
	push(false, 77, "R", NULL, 0);			/* from elsewhere: does not count */
	expect_none();
	cr_expect_eq(push(false, 9101, "", buf + 100, 100), 1);
	expect_esp(1, 100, 5, 7);
	push(false, 9201, "R", NULL, 0);
	expect_none();
	cr_expect_eq(push(false, 9201, "", buf + 200, 100), 0);
	expect_none();
}

/* More connections than slots: those that are not IPsec go first. */
Test(tcpstream, slots)
{
	size_t n = stream();

	push(false, 99, "S", NULL, 0);
	push(false, 100, "", buf, 120);
	expect_kind(TCPSTREAM_IKE, 78);
	for (unsigned i = 0; i < 3 * TCPSTREAM_SLOTS; i++) {
		struct tcp_seg s = { .src = here, .dst = there, .tcp = { .sport = (uint16_t)(i + 1),
			.dport = 80, .seq = 1, .fin = true }, .data = { (const uint8_t *)"GET /", 5 },
			.whole = 5, .ns = SECOND + i };
		struct err e;

		cr_assert_eq(tcpstreams_push(t, &s, &e), 0);
		expect_none();
	}
	cr_expect_eq(push(false, 220, "", buf + 120, n - 120), 1);
	expect_esp(1, 100, 2, frame);
}

Test(tcpstream, idle)
{
	size_t n = stream();

	push(false, 99, "S", NULL, 0);
	push(false, 100, "", buf, n);
	for (int i = 0; i < 5; i++) {
		struct tcpstream_msg m;

		cr_expect(tcpstreams_next(t, &m));
	}
	now = TCPSTREAM_IDLE + 1;
	tcpstreams_expire(t, now);
	expect_none();
	struct wr w = wr_of(buf, sizeof buf);
	esp(&w, SPI, 100, 9);
	push(false, 100000, "", buf, w.n);
	expect_esp(9, 100, 3, 3);
}

Test(tcpstream, header)
{
	uint8_t p[24] = { 0x9c, 0x40, 0x11, 0x94, 1, 2, 3, 4, 0, 0, 0, 0, 0x60, 0x12 };
	struct tcp_view v;

	cr_assert(tcp_parse(&v, p, sizeof p));
	cr_expect(v.sport == 40000 && v.dport == 4500 && v.seq == 0x01020304 && v.data == 24);
	cr_expect(v.syn && v.ack && !v.fin && !v.rst);
	cr_expect_not(tcp_parse(&v, p, 23));
	cr_expect_not(tcp_parse(&v, p, 19));
	p[12] = 0x40;
	cr_expect_not(tcp_parse(&v, p, sizeof p));
}
