#include "pcap_make.h"

/* Two sections in different byte orders, four resolutions, three link types, all packet blocks. */
static void mixed(struct made *m, bool big)
{
	struct made b = { .big = big };

	*m = (struct made){ .big = big };
	make_section(m);
	make_iface(m, 1, 1000, -1, 0);
	make_iface(m, 101, 2000, 9, 0);
	make_iface(m, 113, 3000, 0x80 | 30, 0);
	make_packet(m, 0, UINT64_C(1700000000000001), 60, 61);
	make_packet(m, 1, UINT64_C(1700000000000000002), 61, 61);
	make_packet(m, 2, UINT64_C(3) << 29, 62, 62);		/* 1.5 s */
	make_bytes(&b, "a block nobody knows", 19);
	make_block(m, 0x0bad, &b);
	b.n = 0;
	make32(&b, 100);					/* cut to the block by its writer */
	make_fill(&b, 96, 96);
	make_block(m, 3, &b);
	b.n = 0;
	make16(&b, 1);
	make16(&b, 7);						/* drops */
	make32(&b, 0);
	make32(&b, 5);
	make32(&b, 3);
	make32(&b, 2);						/* shorter than captured */
	make_fill(&b, 3, 3);
	make_block(m, 2, &b);
	free(b.p);
	m->big = !big;
	make_section(m);
	make_iface(m, 228, 0, 3, -86400);
	make_packet(m, 0, UINT64_C(90000123), 4, 4);
	m->big = big;
}

static void mixed_check(const struct seen *s, bool big)
{
	static const struct { int64_t ns; uint32_t caplen, len; uint16_t dlt; } want[] = {
		{ 1700000000000001000, 60, 61, 1 }, { 1700000000000000002, 61, 61, 101 },
		{ 1500000000, 62, 62, 113 }, { 0, 96, 100, 1 }, { 5, 3, 3, 101 },
		{ 3600123000000, 4, 4, 228 },
	};

	cr_assert_eq(s->rc, 0, "%s", s->e.text);
	cr_assert_eq(s->n, 6);
	for (size_t i = 0; i < 6; i++) {
		cr_expect_eq(s->k[i].ns, want[i].ns, "%zu: %lld", i, (long long)s->k[i].ns);
		cr_expect_eq(s->k[i].caplen, want[i].caplen);
		cr_expect_eq(s->k[i].len, want[i].len);
		cr_expect_eq(s->k[i].dlt, want[i].dlt);
		cr_expect_eq(s->k[i].number, i + 1);
	}
	cr_expect_eq(s->form.swapped, big != host_is_big());
	cr_expect(s->form.nano);
	cr_expect_eq(s->form.snaplen, 3000);
	cr_expect_eq(s->form.dlt, 1);
}

Test(pcapng_in, mixed_at_every_step)
{
	struct made m, gz = { 0 };

	for (int big = 0; big < 2; big++) {
		mixed(&m, big);
		for (size_t step = 0; step < 40; step++) {
			struct seen s = see(&m, step);

			mixed_check(&s, big);
		}
		gz.n = 0;
		make_gzip(&gz, m.p, m.n);
		for (size_t step = 0; step < 3; step++) {
			struct seen s = see(&gz, step);

			mixed_check(&s, big);
		}
		free(m.p);
	}
	free(gz.p);
}

/* The end of each block is an end that is allowed; any other byte is not. */
Test(pcapng_in, cut_everywhere)
{
	struct made m;
	size_t block = 0, packets = 0, next;

	mixed(&m, false);
	for (size_t n = 4; n < m.n; n++) {
		struct seen s = see(&(struct made){ .p = m.p, .n = n }, n % 3);
		bool other = block >= m.n - 28 - 56 - 36;	/* the second section */
		uint32_t type;
		char want[80];

		next = block + load32(m.p + block + 4, other);
		type = load32(m.p + block, other);
		if (n == next) {
			packets += type == 2 || type == 3 || type == 6;
			block = next;
			cr_assert_eq(s.rc, 0, "%zu: %s", n, s.e.text);
			cr_assert_eq(s.n, packets);
			continue;
		}
		cr_assert(s.opened);
		cr_assert_eq(s.rc, -1);
		cr_assert_eq(s.n, packets);
		snprintf(want, sizeof want, "memory: packet %zu: cut: found %zu of %zu bytes",
		    packets + 1, n - block, n - block < 12 ? 12 : next - block);
		cr_assert_str_eq(s.e.text, want);
	}
	free(m.p);
}

static void wrong(struct made *m, const char *want)
{
	for (size_t step = 0; step < 2; step++) {
		struct seen s = see(m, step);

		cr_expect_eq(s.rc, -1);
		cr_expect_eq(s.e.kind, ERR_DATA);
		cr_expect_str_eq(s.e.text, want);
	}
	free(m->p);
	*m = (struct made){ 0 };
}

static void start(struct made *m)
{
	make_section(m);
	make_iface(m, 1, 0, 6, 0);
}

Test(pcapng_in, wrong_blocks)
{
	struct made m = { 0 }, b = { 0 };

	start(&m);
	make_packet(&m, 1, 0, 4, 4);
	wrong(&m, "memory: packet 1: found interface 1, wanted one of the section's 1 "
	    "(block at offset 68)");
	start(&m);
	make_packet(&m, 0, 0, 4, 4);
	m.p[68 + 4]++;
	wrong(&m, "memory: packet 1: found a block length of 37, wanted a multiple of 4 from 12 on "
	    "(block at offset 68)");
	start(&m);
	make_packet(&m, 0, 0, 4, 4);
	make_packet(&m, 0, 0, 4, 4);
	m.p[68 + 36 + 32]++;
	wrong(&m, "memory: packet 2: found a block length of 37 at its end, wanted 36 as at its "
	    "start (block at offset 104)");
	start(&m);
	make_packet(&m, 0, 0, 4, 4);
	m.p[68 + 20] = 5;
	wrong(&m, "memory: packet 1: found 5 captured bytes, wanted at most 4 "
	    "(block at offset 68)");
	start(&m);
	make32(&m, 0x0bad);
	make32(&m, 16 * 1024 * 1024 + 4);
	make32(&m, 0);
	wrong(&m, "memory: packet 1: found a block length of 16777220, wanted at most 16777216 "
	    "(block at offset 68)");
	start(&m);
	make_block(&m, 6, &b);
	wrong(&m, "memory: packet 1: found a block of 12 bytes, wanted 32 or more "
	    "(block at offset 68)");
	start(&m);
	make_block(&m, 1, &b);
	wrong(&m, "memory: packet 1: interface: found 12 bytes, wanted 20 or more "
	    "(block at offset 68)");
	start(&m);
	m.p[28 + 18] = 200;
	wrong(&m, "memory: packet 1: option 2 of an interface: found 200 bytes, wanted at most 16 "
	    "(block at offset 28)");
}

/* A block larger than any buffer is walked over; its end is still checked. */
Test(pcapng_in, large_block)
{
	struct made m = { 0 }, b = { 0 };
	struct seen s;

	make_fill(&b, 7, 3 * 1024 * 1024);
	start(&m);
	make_block(&m, 0x0bad, &b);
	make_packet(&m, 0, 0, 4, 4);
	s = see(&m, 0);
	cr_expect_eq(s.rc, 0);
	cr_expect_eq(s.n, 1);
	s = see(&(struct made){ .p = m.p, .n = 1000068 }, 0);
	cr_expect_str_eq(s.e.text, "memory: packet 1: cut: found 1000000 of 3145740 bytes");
	m.p[68 + b.n + 8]++;
	wrong(&m, "memory: packet 1: found a block length of 3145741 at its end, wanted 3145740 as "
	    "at its start (block at offset 3145804)");
	start(&m);
	make_packet(&m, 0, 0, BATCH_SNAP, BATCH_SNAP);
	make_packet(&m, 0, 0, BATCH_SNAP + 1, BATCH_SNAP + 1);
	s = see(&m, 0);
	cr_expect_eq(s.n, 1);
	cr_expect_str_eq(s.e.text, "memory: packet 2: found 262145 captured bytes, wanted at most "
	    "262144 (block at offset 262244)");
	free(m.p);
	free(b.p);
}

Test(pcapng_in, interfaces)
{
	struct made m = { 0 };
	struct seen s;

	make_section(&m);
	for (int i = 0; i < NG_IFACES; i++)
		make_iface(&m, (uint16_t)i, 96, -1, 0);
	make_packet(&m, NG_IFACES - 1, 0, 4, 4);
	s = see(&m, 0);
	cr_expect_eq(s.rc, 0);
	cr_assert_eq(s.n, 1);
	cr_expect_eq(s.k[0].dlt, NG_IFACES - 1);
	cr_expect_eq(s.form.dlt, NG_IFACES - 1);
	cr_expect_eq(s.form.snaplen, 96);
	cr_expect_not(s.form.nano);
	make_iface(&m, 1, 0, -1, 0);
	s = see(&m, 0);
	cr_expect_eq(s.n, 1);
	cr_expect_not_null(strstr(s.e.text, "found more than 4096 interfaces in a section"));
	free(m.p);
	m = (struct made){ 0 };
	make_section(&m);			/* no interface, no packet: an empty capture */
	s = see(&m, 0);
	cr_expect_eq(s.rc, 0);
	cr_expect_eq(s.n, 0);
	cr_expect_eq(s.form.snaplen, BATCH_SNAP);
	free(m.p);
}

Test(pcapng_in, resolutions)
{
	static const struct {
		int resol;
		int64_t offset;
		uint64_t t;
		int64_t ns;
		bool nano;
	} rows[] = {
		{ 0, 0, 1700000000, 1700000000000000000, false },
		{ 6, 0, 1, 1000, false },
		{ 7, 0, 1, 100, true },
		{ 12, 0, 1999, 1, true },
		{ 28, 0, UINT64_MAX, 1, true },
		{ 127, 0, UINT64_MAX, 0, true },
		{ 0x80 | 0, 0, 3, 3000000000, false },
		{ 0x80 | 19, 0, 1 << 18, 500000000, false },
		{ 0x80 | 20, 0, 1 << 18, 250000000, true },
		{ 0x80 | 63, 0, UINT64_C(1) << 62, 500000000, true },
		{ 0x80 | 127, 0, UINT64_MAX, 0, true },
		{ 0, 0, UINT64_MAX, INT64_MAX / 2, false },
		{ 0, -9000000000, 0, -(INT64_MAX / 2), false },	/* 1684 */
		{ 127, 7, UINT64_MAX, 7000000000, true },
		{ 9, 1700000000, 1, 1700000000000000001, true },
		{ 9, -1, 1, -999999999, true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct made m = { .big = i % 2 };
		struct seen s;

		make_section(&m);
		make_iface(&m, 1, 0, rows[i].resol, rows[i].offset);
		make_packet(&m, 0, rows[i].t, 4, 4);
		s = see(&m, 0);
		cr_assert_eq(s.n, 1);
		cr_expect_eq(s.k[0].ns, rows[i].ns, "%zu: %lld", i, (long long)s.k[0].ns);
		cr_expect_eq(s.form.nano, rows[i].nano, "%zu", i);
		free(m.p);
	}
}
