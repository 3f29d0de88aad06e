#include "unit/esp/encap_make.h"

TestSuite(encap, .init = start, .fini = stop);

static void check_sizes(const char *name, enum sa_mode mode, int outer)
{
	static const size_t sizes[] = { 48, 49, 50, 51, 63, 64, 65, 127, 576, 1400, 1401, 8999, 9000 };
	struct encap_options opt = options();
	uint8_t p[9000];
	struct err e;

	for (int version = 4; version <= 6; version += 2)
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
			size_t n = plain(p, version, sizes[i], (uint8_t)(i * 4), i & 1);

			cr_assert_eq(seal(&opt, p, n, &e), 0, "%s: %s", name, e.text);
			cr_expect_eq(last.result, ENCAP_OK, "%s", name);
			cr_expect_eq(nout, last.len + PCAP_RECORD);
			cr_expect(opens(p, n), "%s mode %d, %d in %d, %zu bytes", name, mode, version, outer, n);
		}
}

static void check_alg(const struct alg_encr *encr, size_t bits, const struct alg_integ *integ)
{
	for (int k = 0; k < 3; k++) {
		enum sa_mode mode = k < 2 ? SA_TUNNEL : SA_TRANSPORT;
		int outer = k == 0 ? 4 : 6;
		struct sa sa = make_sa(0x1000, mode, outer);

		sa.proto = encr != NULL ? SA_ESP : SA_AH;
		sa.encr = encr;
		sa.integ = integ;
		sa.encr_key_known = encr != NULL;
		sa.integ_key_known = integ != NULL;
		sa.encr_key = sa.integ_key = (struct secret){ 0 };
		if (encr != NULL)
			random_key(&sa.encr_key, bits / 8 + encr->salt);
		if (integ != NULL)
			random_key(&sa.integ_key, integ->key);
		sa.esn = k == 1 ? SA_YES : SA_NO;
		add(&sa);
		check_sizes(encr != NULL ? encr->name : integ->name, mode, outer);
		sad_free(sad);
		start();
	}
}

static bool usable(const struct alg_encr *a, const struct alg_size *size, const struct alg_integ *integ)
{
	uint8_t key[128] = { 0 }, mac[128] = { 0 };
	struct suite_keys k = { .encr = a, .integ = integ, .encr_key = { key, size->bits / 8u + a->salt },
		.integ_key = { mac, integ != NULL ? integ->key : 0 } };
	struct err e;

	return suite_check(&k, &e) == 0;
}

/* Every cipher, every key size, every MAC; both families inside, ESN or not. */
Test(encap, every_algorithm)
{
	const struct alg_encr *a;
	const struct alg_integ *m;
	unsigned done = 0;

	for (size_t i = 0; (a = alg_encr_row(i)) != NULL; i++)
		for (size_t k = 0; k < 8 && (k == 0 || a->size[k].bits != 0); k++) {
			m = alg_encr_is_aead(a) ? NULL : alg_integ_row(1 + (i + k) % 6);
			if (!usable(a, &a->size[k], m))
				continue;
			check_alg(a, a->size[k].bits, m);
			done++;
		}
	cr_expect(done > 50, "%u", done);
	for (size_t i = 0; (m = alg_integ_row(i)) != NULL; i++) {
		if (m->kind == INTEG_KIND_NONE)
			continue;
		check_alg(NULL, 0, m);
		if (m->kind != INTEG_KIND_GMAC)
			check_alg(alg_encr_by_name("null", NULL), 0, m);
	}
}

/* RFC 4301 5.1.2.1, RFC 6040 4.1: the outer fields by policy. */
Test(encap, outer_fields)
{
	static const struct {
		struct mode_policy m;
		int inner;
		uint8_t tos, ttl;
		bool df;
	} rows[] = {
		{ { -1, -1, -1, -1, -1 }, 4, 0xbb, 64, true },
		{ { -1, -1, -1, -1, -1 }, 6, 0xbb, 64, true },	/* IPv6 counts as DF */
		{ { 10, -1, -1, -1, -1 }, 4, 0x2b, 64, true },
		{ { -1, -1, SA_ECN_CLEAR, -1, -1 }, 4, 0xb8, 64, true },
		{ { -1, -1, SA_ECN_COPY, SA_DF_CLEAR, -1 }, 4, 0xbb, 64, false },
		{ { -1, SA_COPY, -1, SA_DF_SET, -1 }, 4, 0xbb, 61, true },
		{ { -1, 9, -1, SA_DF_COPY, -1 }, 4, 0xbb, 9, true },
	};
	struct sa sa = make_sa(0x1000, SA_TUNNEL, 4);
	uint8_t p[100], *ip = out + PCAP_RECORD;
	struct err e;

	add(&sa);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct encap_options opt = options();

		opt.outer = rows[i].m;
		cr_assert_eq(seal(&opt, p, plain(p, rows[i].inner, 100, 0xbb, true), &e), 0);
		cr_expect_eq(ip[1], rows[i].tos, "row %zu", i);
		cr_expect_eq(ip[8], rows[i].ttl, "row %zu", i);
		cr_expect_eq((ip[6] & 0x40) != 0, rows[i].df, "row %zu", i);
		cr_expect_eq(load_be16(ip + 4), rows[i].df ? 0 : 1, "row %zu: RFC 6864", i);
		cr_expect_eq(checksum(ip, 20), 0);
	}
}

Test(encap, flow_label)
{
	static const struct { int64_t option; int inner; uint32_t want; } rows[] = {
		{ -1, 6, 0x54321 }, { -1, 4, 0 }, { 7, 6, 7 }, { 7, 4, 7 }, { SA_COPY, 6, 0x54321 },
	};
	struct sa sa = make_sa(0x1000, SA_TUNNEL, 6);
	uint8_t p[100];
	struct err e;

	add(&sa);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct encap_options opt = options();

		opt.outer.flow = rows[i].option;
		cr_assert_eq(seal(&opt, p, plain(p, rows[i].inner, 100, 0, false), &e), 0);
		cr_expect_eq(load_be32(out + PCAP_RECORD) & 0xfffff, rows[i].want, "row %zu", i);
	}
}

/* RFC 4301 8: what may be divided is, the rest is too big. */
Test(encap, mtu)
{
	static const struct { bool before, df; int version; size_t n; uint32_t frames; uint8_t result; } rows[] = {
		{ false, false, 4, 600, 1, ENCAP_OK }, { false, false, 4, 2000, 3, ENCAP_OK },
		{ false, true, 4, 2000, 0, ENCAP_TOO_BIG }, { false, false, 6, 2000, 0, ENCAP_TOO_BIG },
		{ true, true, 4, 2000, 0, ENCAP_TOO_BIG }, { true, false, 6, 2000, 0, ENCAP_TOO_BIG },
		{ true, false, 4, 600, 1, ENCAP_OK },
	};
	struct sa sa = make_sa(0x1000, SA_TUNNEL, 4);
	struct encap_options opt = options();
	static uint8_t p[2000];
	struct err e;

	add(&sa);
	opt.mtu = 800;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		opt.before = rows[i].before;
		cr_assert_eq(seal(&opt, p, plain(p, rows[i].version, rows[i].n, 0, rows[i].df), &e), 0);
		cr_expect_eq(last.result, rows[i].result, "row %zu", i);
		cr_expect_eq(last.frames, rows[i].frames, "row %zu", i);
	}
	opt.before = true;
	cr_assert_eq(seal(&opt, p, plain(p, 4, 2000, 0, false), &e), 0);
	for (size_t at = 0, i = 0; at < nout; i++) {
		uint32_t len;

		memcpy(&len, out + at + 8, 4);
		cr_expect(len <= 800 && len == load_be16(out + at + PCAP_RECORD + 2));
		cr_expect(i == 2 || len > 790, "no part is shorter than need be: %u", len);
		cr_expect_eq(out[at + PCAP_RECORD + 9], 50, "each part is a packet of its own");
		at += PCAP_RECORD + len;
	}
}

/* RFC 4303 3.3.3: the counter stops; an IV never comes twice. */
Test(encap, ends)
{
	struct encap_options opt = options();
	struct pcap_out form = { .form = { .dlt = 101 } };
	struct flow flow = { 0 };
	struct sa sa = make_sa(0x1000, SA_TUNNEL, 4);
	uint8_t p[100], want[] = { ENCAP_OK, ENCAP_SEQ_END, ENCAP_OK, ENCAP_OK, ENCAP_OK, ENCAP_IV_END };
	size_t n = plain(p, 4, 100, 0, false);
	struct encap d;
	struct err e;

	add(&sa);
	for (int k = 0; k < 3; k++) {
		opt.seq_set = true;
		opt.seq = UINT32_MAX;
		opt.seq_wrap = k == 1;
		opt.iv = k == 2 ? IVGEN_FIXED : -1;
		opt.iv_len = 8;
		if (k == 2)
			opt.seq = 1;
		cr_assert_eq(encap_init(&d, &opt, sad, &flow, &form, &e), 0, "%s", e.text);
		for (int i = 0; i < 2; i++) {
			nout = 0;
			cr_assert_eq(encap_one(&d, p, n, &e), 0);
			cr_expect_eq(last.result, want[2 * k + i], "%d.%d", k, i);
		}
		encap_clear(&d);
	}
}

/* What a user must be told before anything is sealed. */
Test(encap, refuses)
{
	struct encap_options opt = options();
	struct sa sa = make_sa(0x1000, SA_TUNNEL, 4), other = make_sa(0x2000, SA_TUNNEL, 4);
	uint8_t p[100];
	size_t n = plain(p, 4, 100, 0, false);
	struct err e;

	cr_expect_eq(seal(&opt, p, n, &e), -1);
	cr_expect_not_null(strstr(e.text, "no SA"));
	add(&sa);
	add(&other);
	cr_expect_eq(seal(&opt, p, n, &e), -1, "two match");
	cr_expect_not_null(strstr(e.text, "0x00001000"));
	cr_expect_not_null(strstr(e.text, "0x00002000"));
	sad_at(sad, 1)->sa.dir = SA_IN;
	cr_expect_eq(seal(&opt, p, n, &e), 0, "one of them receives");
	sad_at(sad, 0)->sa.mode = SA_MODE_UNKNOWN;
	cr_expect_eq(seal(&opt, p, n, &e), -1);
	sad_at(sad, 0)->sa.mode = SA_TUNNEL;
	sad_at(sad, 0)->sa.encr_key_known = false;
	cr_expect_eq(seal(&opt, p, n, &e), -1);
	sad_at(sad, 0)->sa.encr_key_known = true;
	sad_at(sad, 0)->sa.src.family = 0;
	cr_expect_eq(seal(&opt, p, n, &e), -1);
	sa = make_sa(0x2000, SA_TUNNEL, 4);
	sa.encr_key.p[0] ^= 1;
	sad_at(sad, 0)->sa.dir = SA_IN;
	sad_at(sad, 1)->sa.dir = SA_OUT;
	cr_assert_eq(sad_add(sad, &sa, &e), 2);
	cr_expect_eq(seal(&opt, p, n, &e), -1, "candidates");
}
