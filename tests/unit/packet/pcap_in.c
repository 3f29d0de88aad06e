#include "pcap_make.h"

static const struct { uint32_t magic; bool big; int64_t unit; size_t extra; } forms[] = {
	{ 0xa1b2c3d4, false, 1000, 0 }, { 0xa1b2c3d4, true, 1000, 0 },
	{ 0xa1b23c4d, false, 1, 0 },    { 0xa1b23c4d, true, 1, 0 },
	{ 0xa1b2cd34, false, 1000, 8 }, { 0xa1b2cd34, true, 1000, 8 },
};
enum { FORMS = sizeof forms / sizeof forms[0] };

static void three(struct made *m, size_t form)
{
	static const uint32_t size[] = { 60, 0, 1500 };

	*m = (struct made){ .big = forms[form].big };
	make_header(m, forms[form].magic, 65535, 0xf4000000 | 101);
	for (uint32_t i = 0; i < 3; i++) {
		make32(m, 1700000000 + i);
		make32(m, 999999 - i);
		make32(m, size[i]);
		make32(m, size[i] + i);
		make_fill(m, 0, forms[form].extra);
		make_fill(m, (uint8_t)size[i], size[i]);
	}
}

Test(pcap_in, every_form_at_every_step)
{
	static const size_t steps[] = { 0, 1, 7, 24, 1000 };
	struct made m;
	struct seen s;

	for (size_t f = 0; f < FORMS; f++) {
		three(&m, f);
		for (size_t i = 0; i < 5; i++) {
			s = see(&m, steps[i]);
			cr_assert_eq(s.rc, 0, "form %zu: %s", f, s.e.text);
			cr_assert_eq(s.n, 3);
			cr_expect_eq(s.form.swapped, forms[f].big != host_is_big());
			cr_expect_eq(s.form.nano, forms[f].unit == 1);
			cr_expect_eq(s.form.snaplen, 65535);
			cr_expect_eq(s.form.dlt, 101, "the FCS bits are masked");
			for (uint32_t k = 0; k < 3; k++) {
				cr_expect_eq(s.k[k].ns, (1700000000 + k) * INT64_C(1000000000) +
				    (999999 - k) * forms[f].unit);
				cr_expect_eq(s.k[k].number, k + 1);
				cr_expect_eq(s.k[k].len, s.k[k].caplen + k);
				cr_expect_eq(s.k[k].dlt, 101);
			}
		}
		free(m.p);
	}
}

/* A cut at each byte: whole packets before it, then what is missing. */
Test(pcap_in, cut_everywhere)
{
	struct made m;

	for (size_t f = 0; f < FORMS; f++) {
		size_t head = 16 + forms[f].extra;
		size_t ends[] = { 24, 24 + head + 60, 24 + 2 * head + 60, 24 + 3 * head + 1560 };

		three(&m, f);
		for (size_t n = 0; n < m.n; n++) {
			struct made cut = { .p = m.p, .n = n };
			struct seen s = see(&cut, 0);
			size_t whole = 0;
			char want[64];

			if (n < 24) {
				cr_assert(!s.opened);
				cr_assert_eq(s.e.kind, ERR_DATA);
				snprintf(want, sizeof want, n == 0 ? "memory: empty, wanted" :
				    n < 4 ? "memory: found %zu bytes, wanted" :
				    "memory: cut: found %zu of 24 bytes of the file header", n);
				cr_assert(strncmp(s.e.text, want, strlen(want)) == 0, "%s",
				    s.e.text);
				continue;
			}
			while (whole < 3 && ends[whole + 1] <= n)
				whole++;
			cr_assert_eq(s.n, whole);
			cr_assert_eq(s.rc, n == ends[whole] ? 0 : -1);
			if (s.rc == 0)
				continue;
			snprintf(want, sizeof want,
			    "memory: packet %zu: cut: found %zu of %zu bytes", whole + 1,
			    n - ends[whole], n - ends[whole] < head ? head :
			    ends[whole + 1] - ends[whole]);
			cr_assert_str_eq(s.e.text, want);
			cr_assert_eq(s.e.kind, ERR_DATA);
		}
		free(m.p);
	}
}

Test(pcap_in, lengths)
{
	struct made m = { 0 };
	struct seen s;

	make_header(&m, 0xa1b2c3d4, 0, 1);
	make_record(&m, 1, 2, BATCH_SNAP, 100);		/* longer than on the wire: tolerated */
	make_record(&m, 1, 2, 10, 10);
	make32(&m, 1);
	make32(&m, 2);
	make32(&m, BATCH_SNAP + 1);
	make32(&m, BATCH_SNAP + 1);
	s = see(&m, 0);
	cr_expect_eq(s.n, 2);
	cr_expect_eq(s.k[0].caplen, BATCH_SNAP);
	cr_expect_eq(s.k[0].len, BATCH_SNAP);
	cr_expect_eq(s.form.snaplen, BATCH_SNAP, "0 is no limit");
	cr_expect_eq(s.rc, -1);
	cr_expect_str_eq(s.e.text, "memory: packet 3: found 262145 captured bytes, wanted at most "
	    "262144 (offset 262210)");
	free(m.p);
}

Test(pcap_in, no_capture)
{
	static const struct { const char *bytes, *want; } rows[] = {
		{ "\x7f" "ELF....", "memory: found 0x7f454c46 at its start, wanted a pcap" },
		{ "{\"proto\":\"esp\"}",
		  "memory: looks like SA descriptors (they are read with --sa)" },
		{ " \n{", "memory: looks like SA descriptors" },
		{ "src 192.0.2.1 dst", "memory: looks like SA descriptors" },
		{ "\x0a\x0d\x0d\x0a\x1c\0\0\0nope", "memory: section header: found byte order" },
		{ "\x1f\x8b not gzip", "memory: the gzip stream is damaged" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct made m = { 0 };
		struct seen s;

		make_bytes(&m, rows[i].bytes, i == 4 ? 12 : strlen(rows[i].bytes));
		s = see(&m, 0);
		cr_expect(!s.opened);
		cr_expect_eq(s.e.kind, ERR_DATA);
		cr_expect(strncmp(s.e.text, rows[i].want, strlen(rows[i].want)) == 0, "%s",
		    s.e.text);
		free(m.p);
	}
}

Test(pcap_in, old_versions)
{
	struct made m = { 0 };
	struct seen s;

	make_header(&m, 0xa1b2c3d4, 0, 1);
	make_record(&m, 1, 2, 9, 10);
	m.p[6] = 2;				/* 2.2: the lengths are the other way round */
	m.p[24 + 8] = 10;
	m.p[24 + 12] = 9;
	s = see(&m, 0);
	cr_expect_eq(s.n, 1);
	cr_expect_eq(s.k[0].caplen, 9);
	cr_expect_eq(s.k[0].len, 10);
	m.p[4] = 3;
	s = see(&m, 0);
	cr_expect_str_eq(s.e.text, "memory: found pcap version 3.2, wanted 2.4");
	free(m.p);
}

Test(pcap_in, several_inputs)
{
	struct made m[3];
	struct span mems[3];
	struct seen s;

	for (size_t i = 0; i < 3; i++) {
		three(&m[i], i + 1);
		mems[i] = (struct span){ m[i].p, m[i].n };
	}
	s = see_with(mems, 3, 100, &(struct pcap_in_options){ 0 });
	cr_expect_eq(s.rc, 0);
	cr_assert_eq(s.n, 9);
	for (size_t i = 0; i < 9; i++) {
		cr_expect_eq(s.k[i].file, i / 3);
		cr_expect_eq(s.k[i].number, i % 3 + 1);
		cr_expect_eq(s.k[i].ns % 1000000000, (int64_t)(999999 - i % 3) *
		    forms[i / 3 + 1].unit);
	}
	s = see_with(mems, 3, 0, &(struct pcap_in_options){ .count = 4 });
	cr_expect_eq(s.rc, 0);
	cr_expect_eq(s.n, 4);
	mems[1].n -= 1;				/* a damaged one ends the reading */
	s = see_with(mems, 3, 0, &(struct pcap_in_options){ 0 });
	cr_expect_eq(s.rc, -1);
	cr_expect_eq(s.n, 5);
	mems[1].n = 0;
	s = see_with(mems, 3, 0, &(struct pcap_in_options){ 0 });
	cr_expect_eq(s.n, 3);
	cr_expect_str_eq(s.e.text, "memory: empty, wanted a pcap or pcapng capture");
	for (size_t i = 0; i < 3; i++)
		free(m[i].p);
}

/* More packets than a batch holds, and than a block: none lost, none twice, other batches kept. */
Test(pcap_in, many)
{
	struct made m = { .big = true };
	struct pcap_in_options o = { 0 };
	struct pcap_in *in;
	struct batch b[2];
	uint64_t n = 0;
	struct err e;

	make_header(&m, 0xa1b23c4d, 65535, 1);
	for (uint32_t i = 0; i < 40000; i++)
		make_record(&m, i, 0, i % 100 == 0 ? 60000 : i % 40, 1);
	in = pcap_in_open_mem(&(struct span){ m.p, m.n }, 1, 0, &o, &e);
	cr_assert_not_null(in);
	cr_assert(batch_init(&b[0], &e) == 0 && batch_init(&b[1], &e) == 0);
	for (int turn = 0; pcap_in_fill(in, &b[turn], &e) > 0; turn = !turn)
		for (size_t i = 0; i < b[turn].n; i++, n++) {
			const struct packet *k = &b[turn].pkt[i];

			cr_assert_eq(k->ns, (int64_t)n * 1000000000);
			cr_assert_eq(k->number, n + 1);
			cr_assert(k->caplen == 0 || k->data[k->caplen - 1] == (uint8_t)k->caplen);
		}
	cr_expect_eq(n, 40000);
	pcap_in_close(in);
	batch_clear(&b[0]);
	batch_clear(&b[1]);
	free(m.p);
}

Test(pcap_in, gzip)
{
	struct made m, gz = { 0 }, two = { 0 };
	struct seen s;

	three(&m, 3);
	make_gzip(&gz, m.p, m.n);
	for (size_t step = 0; step < 30; step++) {
		s = see(&gz, step);
		cr_assert_eq(s.rc, 0, "%s", s.e.text);
		cr_assert_eq(s.n, 3);
		cr_assert(s.form.nano);
	}
	for (size_t n = 2; n < gz.n; n++) {
		s = see(&(struct made){ .p = gz.p, .n = n }, 0);
		cr_assert_eq(s.rc, -1);
		cr_assert_not_null(strstr(s.e.text, "the gzip stream is cut"), "%s", s.e.text);
		cr_assert_eq(s.e.kind, ERR_DATA);
	}
	gz.p[gz.n - 8] ^= 1;
	s = see(&gz, 0);
	cr_expect_eq(s.n, 3);
	cr_expect_str_eq(s.e.text,
	    "memory: packet 4: the gzip stream is damaged: incorrect data check");
	for (size_t n = 0; n < m.n; n += 500)	/* members may end anywhere */
		make_gzip(&two, m.p + n, m.n - n < 500 ? m.n - n : 500);
	make_fill(&two, 0, 100);		/* a tape's padding */
	for (size_t step = 0; step < 3; step++) {
		s = see(&two, step);
		cr_expect_eq(s.rc, 0);
		cr_expect_eq(s.n, 3);
	}
	free(m.p);
	free(gz.p);
	free(two.p);
}

Test(pcap_in, missing_file)
{
	const char *names[] = { "/nonexistent/x.pcap", "/" };
	struct pcap_in_options o = { .files = names, .nfiles = 1 };
	struct err e;

	cr_expect_null(pcap_in_open(&o, &e));
	cr_expect_eq(e.kind, ERR_SYSTEM);
	cr_expect_str_eq(e.text, "/nonexistent/x.pcap: No such file or directory");
	o.files++;
	cr_expect_null(pcap_in_open(&o, &e));
	cr_expect_eq(e.kind, ERR_SYSTEM);
	cr_expect_str_eq(e.text, "/: read: Is a directory");
	o.nfiles = 0;
	cr_expect_null(pcap_in_open(&o, &e));
	cr_expect_eq(e.kind, ERR_INPUT);
}
