#include "unit/esp/encap_make.h"

#include "esp/encap_lane.h"
#include "esp/impair.h"
#include "packet/link.h"

TestSuite(encap_lane, .init = start, .fini = stop);

/* How many of the packet's items went straight: 1, or 0; -1: neither way. */
static int straight(const struct encap_options *opt, uint16_t dlt, const uint8_t *p, size_t n)
{
	struct packet packet = { .data = p, .caplen = (uint32_t)n, .len = (uint32_t)n, .number = 1, .dlt = dlt };
	struct pcap_out form = { .form = { .dlt = dlt } };
	struct unit u = { .batch = { .pkt = &packet, .n = 1 } };
	struct encap_side side = { 0 };
	struct flow flow = { 0 };
	struct encap d;
	struct err e;
	int got;

	u.side = &side;
	cr_assert_eq(encap_init(&d, opt, sad, &flow, &form, &e), 0, "%s", e.text);
	cr_assert_geq(encap_claim(&d, &u, &e), 0, "%s", e.text);
	got = side.nquick + side.n == 0 ? -1 : (int)side.nquick;
	encap_unit_clear(&d, &u);
	free(u.out);
	encap_clear(&d);
	return got;
}

static int straight_plain(const struct encap_options *opt, int version, size_t n)
{
	uint8_t p[9000];

	return straight(opt, LINKTYPE_RAW, p, plain(p, version, n, 0, false));
}

static void one_sa(enum sa_mode mode, int family)
{
	struct sa sa = make_sa(0x1000, mode, family);

	add(&sa);
}

Test(encap_lane, common_packets_go_straight)
{
	struct encap_options opt = options();

	one_sa(SA_TUNNEL, 4);
	for (size_t n = 49; n <= 9000; n += 777)
		for (int version = 4; version <= 6; version += 2)
			cr_expect_eq(straight_plain(&opt, version, n), 1, "version %d, %zu bytes", version, n);
	opt.mtu = 1400;
	cr_expect_eq(straight_plain(&opt, 4, 1300), 1);
	cr_expect_eq(straight_plain(&opt, 4, 1390), 0, "to be divided");
}

Test(encap_lane, unusual_packets_do_not)
{
	struct encap_options opt = options();
	uint8_t p[200];

	one_sa(SA_TUNNEL, 4);
	plain(p, 4, sizeof p, 0, false);
	p[0] = 0x46;
	cr_expect_eq(straight(&opt, LINKTYPE_RAW, p, sizeof p), 0, "options");
	plain(p, 4, sizeof p, 0, false);
	p[6] = 0x20;
	cr_expect_eq(straight(&opt, LINKTYPE_RAW, p, sizeof p), 0, "a fragment");
	plain(p, 4, sizeof p, 0, false);
	cr_expect_eq(straight(&opt, LINKTYPE_RAW, p, sizeof p - 1), 0, "cut short");
	store_be16(p + 2, 0);
	cr_expect_eq(straight(&opt, LINKTYPE_RAW, p, sizeof p), 0, "no length");
	plain(p, 6, sizeof p, 0, false);
	p[6] = 0;
	p[41] = 0;
	cr_expect_eq(straight(&opt, LINKTYPE_RAW, p, sizeof p), 0, "an extension header");
}

Test(encap_lane, unusual_options_do_not)
{
	struct impair impair = { 0 };

	one_sa(SA_TUNNEL, 6);
	for (int k = 0; k < 5; k++) {
		struct encap_options opt = options();

		opt.dummy = k == 0;
		opt.forward = k == 1;
		opt.wesp = k == 2;
		opt.tfc = k == 3 ? 100 : -1;
		opt.impair = k == 4 ? &impair : NULL;
		cr_expect_eq(straight_plain(&opt, 4, 100), 0, "option %d", k);
	}
}

Test(encap_lane, transport_mode_does_not)
{
	struct encap_options opt = options();

	one_sa(SA_TRANSPORT, 4);
	cr_expect_eq(straight_plain(&opt, 4, 100), 0);
}
