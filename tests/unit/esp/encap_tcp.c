#include "unit/esp/encap_make.h"

#include "packet/wesp.h"
#include "packet/tcpstream.h"

TestSuite(encap_carry, .init = start, .fini = stop);

Test(encap_carry, wesp)
{
	for (int k = 0; k < 4; k++) {
		struct encap_options opt = options();
		int family = k & 1 ? 6 : 4;
		struct sa sa = make_sa(0x1000, SA_TUNNEL, family);
		struct wesp_view w;
		uint8_t p[200], *ip = out + PCAP_RECORD;
		size_t head = family == 4 ? 20 : 40;
		struct err e;

		if (k >= 2) {
			sa.encr = alg_encr_by_name("null", NULL);
			sa.integ = alg_integ_by_name("hmac-sha1-96");
			sa.encr_key = (struct secret){ 0 };
			random_key(&sa.integ_key, 20);
			sa.integ_key_known = true;
		}
		add(&sa);
		opt.wesp = true;
		cr_assert_eq(seal(&opt, p, plain(p, 4, 200, 0, false), &e), 0);
		cr_expect_eq(ip[family == 4 ? 9 : 6], IPPROTO_WESP);
		cr_assert_eq(wesp_parse(&w, ip + head, last.len - head, (uint8_t)family, false), V_OK);
		cr_expect_eq(load_be32(ip + head + w.esp), 0x1000);
		cr_expect_eq(wesp_check(&w, k < 2, k < 2 ? 8 : 0, k < 2 ? 16 : 12, 4), V_OK);
		if (k >= 2)
			cr_expect_eq(memcmp(ip + head + w.payload, p, 200), 0);
		sad_free(sad);
		start();
	}
}

/* RFC 9329: the stream's prefix, then messages; segments as long as the MTU lets them. */
Test(encap_carry, tcp)
{
	struct encap_options opt = options();
	struct pcap_out form = { .form = { .dlt = 101 } };
	struct flow flow = { 0 };
	struct sa sa = make_sa(0x1000, SA_TUNNEL, 6);
	struct tcpstreams *t;
	unsigned messages = 0, frames = 0;
	uint8_t p[1300];
	struct encap d;
	struct err e;

	sa.encap = (struct sa_encap){ .type = SA_ENCAP_TCP, .sport = 33333, .dport = 4500 };
	add(&sa);
	opt.mtu = 600;
	cr_assert_not_null(t = tcpstreams_new(NULL, NULL, &e));
	cr_assert_eq(encap_init(&d, &opt, sad, &flow, &form, &e), 0);
	for (size_t i = 0; i < 20; i++) {
		uint32_t len;

		nout = 0;
		cr_assert_eq(encap_one(&d, p, plain(p, 4, 60 + i * 60, 0, false), &e), 0);
		for (size_t at = 0; at < nout; at += PCAP_RECORD + len) {
			uint8_t *ip = out + at + PCAP_RECORD;
			struct tcpstream_msg msg;
			struct tcp_seg seg = { .number = ++frames };

			memcpy(&len, out + at + 8, 4);
			cr_assert(len <= 600 && ip[6] == 6 && load_be16(ip + 4) == len - 40);
			cr_expect_eq(ip_checksum(ip, 6, ip + 40, len - 40), 0, "TCP's checksum");
			cr_assert(tcp_parse(&seg.tcp, ip + 40, len - 40));
			seg.data = (struct span){ ip + 40 + seg.tcp.data, len - 40 - seg.tcp.data };
			seg.whole = seg.data.n;
			seg.src = sa.src = addr("2001:db8::1");
			seg.dst = addr("2001:db8::2");
			cr_expect_eq(frames == 1, seg.tcp.syn);
			cr_assert(tcpstreams_push(t, &seg, &e) >= 0);
			while (tcpstreams_next(t, &msg)) {
				cr_expect_eq(msg.kind, TCPSTREAM_ESP);
				cr_expect_eq(load_be32(msg.body.p), 0x1000);
				cr_expect_eq(load_be32(msg.body.p + 4), ++messages);
			}
		}
	}
	cr_expect_eq(messages, 20);
	cr_expect_eq(tcpstreams_count(t).lost, 0);
	encap_clear(&d);
	tcpstreams_free(t);
}

/* RFC 3173 2.2: compressed where that helps, untouched where it does not. */
Test(encap_carry, ipcomp)
{
	struct encap_options opt = options();
	struct sa sa = make_sa(2, SA_TRANSPORT, 4);
	uint8_t p[1000], *ip = out + PCAP_RECORD;
	struct err e;

	sa.proto = SA_IPCOMP;
	sa.encr = NULL;
	sa.encr_key_known = false;
	add(&sa);
	memset(p, 0, sizeof p);
	plain(p, 4, 1000, 0, false);
	memset(p + 28, 'a', 972);
	cr_assert_eq(seal(&opt, p, 1000, &e), 0, "%s", e.text);
	cr_expect_eq(ip[9], 108);
	cr_expect(last.len < 100);
	cr_expect_eq(load_be16(ip + 22), 2);
	rng_bytes(&rng, p + 28, 972);
	cr_assert_eq(seal(&opt, p, 1000, &e), 0);
	cr_expect(last.len == 1000 && memcmp(ip, p, 1000) == 0, "nothing shrinks");
}
