#include <criterion/criterion.h>
#include <stdlib.h>

#include "packet/link.h"

#define MACS "\1\2\3\4\5\6\1\2\3\4\5\6"
#define Z10 "\0\0\0\0\0\0\0\0\0\0"
#define PFLOG_61 Z10 Z10 Z10 Z10 Z10 Z10 "\0\0"

/* Each agrees with what tshark 4.0 or tcpdump 4.99 make of it, but for MPLS, which neither reads. */
static const struct row {
	const char *why;
	uint16_t dlt;
	const char *bytes;
	size_t n;
	enum link_result want;
	uint16_t ip;
	uint8_t family;
} rows[] = {
	{ "ppp", 9, "\xff\3\0\x21", 4, LINK_IP, 4, 4 },
	{ "ppp ipv6", 9, "\xff\3\0\x57", 4, LINK_IP, 4, 6 },
	{ "ppp without address and control", 9, "\0\x21", 2, LINK_IP, 2, 4 },
	{ "ppp with one octet of protocol", 9, "\x57\x60", 2, LINK_IP, 1, 6 },
	{ "ppp, both", 9, "\xff\3\x21", 3, LINK_IP, 3, 4 },
	{ "ppp, link control", 9, "\xff\3\xc0\x21", 4, LINK_OTHER, 0, 0 },
	{ "ppp, cut", 9, "\xff\3\0", 3, LINK_CUT, 0, 0 },
	{ "ppp, mpls", 9, "\xff\3\2\x81\0\1\1\x40\x45", 9, LINK_IP, 8, 4 },
	{ "ppp serial", 50, "\xff\3\0\x21", 4, LINK_IP, 4, 4 },
	{ "ppp serial, Cisco's framing", 50, "\x0f\0\x86\xdd", 4, LINK_IP, 4, 6 },
	{ "pppd", 166, "\1\3\0\x21", 4, LINK_IP, 4, 4 },
	{ "ppp with direction", 204, "\0\xff\3\0\x57", 5, LINK_IP, 5, 6 },
	{ "pppoe", 51, "\x11\0\0\1\0\x2a\0\x21", 8, LINK_IP, 8, 4 },
	{ "pppoe discovery", 51, "\x11\x9\0\1\0\x2a\0\x21", 8, LINK_OTHER, 0, 0 },
	{ "pppoe in ethernet", 1, MACS "\x88\x64\x11\0\0\1\0\x2a\0\x57", 22, LINK_IP, 22, 6 },
	{ "pppoe in a vlan", 1, MACS "\x81\0\0\7\x88\x64\x11\0\0\1\0\x2a\0\x21", 26, LINK_IP, 26, 4 },
	{ "pppoe, cut", 1, MACS "\x88\x64\x11\0\0\1\0", 19, LINK_CUT, 0, 0 },
	{ "mpls in ethernet", 1, MACS "\x88\x47\0\1\1\x40\x45", 19, LINK_IP, 18, 4 },
	{ "two labels", 1, MACS "\x88\x48\0\1\0\x40\0\2\1\x40\x60", 23, LINK_IP, 22, 6 },
	{ "pseudowire", 1, MACS "\x88\x47\0\1\1\x40\0\0\0\0", 22, LINK_OTHER, 0, 0 },
	{ "labels without a bottom", 1, MACS "\x88\x47\0\1\0\x40", 18, LINK_CUT, 0, 0 },
	{ "mpls", 219, "\0\1\1\x40\x45", 5, LINK_IP, 4, 4 },
	{ "mpls explicit null 6", 219, "\0\0\x21\x40\x60", 5, LINK_IP, 4, 6 },
	{ "Cisco HDLC", 104, "\x8f\0\x08\0", 4, LINK_IP, 4, 4 },
	{ "Cisco keepalive", 104, "\x8f\0\x80\x35", 4, LINK_OTHER, 0, 0 },
	{ "enc, OpenBSD", 109, "\x18\0\0\0\0\0\x12\x34\0\0\0\0", 12, LINK_IP, 12, 6 },
	{ "enc, FreeBSD", 109, "\x1c\0\0\0\0\0\x12\x34\0\0\0\0", 12, LINK_IP, 12, 6 },
	{ "enc, big-endian", 109, "\0\0\0\2\0\0\x12\x34\0\0\0\0", 12, LINK_IP, 12, 4 },
	{ "enc, cut", 109, "\0\0\0\2\0\0\x12\x34\0\0\0", 11, LINK_CUT, 0, 0 },
	{ "pflog, padded", 117, "\x3d\2" PFLOG_61, 64, LINK_IP, 64, 4 },
	{ "pflog 6", 117, "\x3d\x18" PFLOG_61, 64, LINK_IP, 64, 6 },
	{ "pflog, cut in its padding", 117, "\x3d\2" PFLOG_61, 63, LINK_CUT, 0, 0 },
	{ "pflog, shorter than any", 117, "\4\2\0\0\x45", 5, LINK_OTHER, 0, 0 },
	{ "nflog", 239, "\2\0\0\5\x08\0\1\0\x08\0\3\0\x09\0\x0a\0test\0\0\0\0\x05\0\x09\0\x45", 29,
	  LINK_IP, 28, 4 },
	{ "nflog, big-endian", 239, "\x0a\0\0\5\0\x08\0\1\x86\xdd\3\0\0\x05\0\x09\x60", 17, LINK_IP, 16, 6 },
	{ "nflog without a packet", 239, "\2\0\0\5\x08\0\1\0\x08\0\3\0", 12, LINK_OTHER, 0, 0 },
	{ "nflog, length 0", 239, "\2\0\0\5\0\0\1\0", 8, LINK_OTHER, 0, 0 },
	{ "nflog, cut", 239, "\2\0\0\5\x08\0\1\0\x08\0", 10, LINK_CUT, 0, 0 },
	{ "nflog of a bridge", 239, "\7\0\0\5\x05\0\x09\0\x45", 9, LINK_OTHER, 0, 0 },
	{ "ipnet", 226, "\2\x1a\0\1\0\0\0\x28" Z10 "\0\0\0\0\0\0", 24, LINK_IP, 24, 6 },
	{ "ipoib", 242, Z10 Z10 Z10 Z10 "\x08\0\0\0", 44, LINK_IP, 44, 4 },
	{ "upper PDU", 252, "\0\x0c\0\4ip\0\0\0\0\0\0", 12, LINK_IP, 12, 4 },
	{ "upper PDU, more tags", 252, "\0\x0c\0\4ipv6\0\x14\0\4\1\2\3\4\0\0\0\0", 20, LINK_IP, 20, 6 },
	{ "upper PDU of another", 252, "\0\x0c\0\4http\0\0\0\0", 12, LINK_OTHER, 0, 0 },
	{ "upper PDU, cut", 252, "\0\x0c\0\4ip\0\0\0\0", 10, LINK_CUT, 0, 0 },
	{ "slip", 8, "\0\x40" Z10 "\0\0\0\0\x45", 17, LINK_IP, 16, 4 },
	{ "sll of a tagged frame", 113, "\0\0\0\1\0\6\0\0\0\0\0\0\0\0\x81\0\0\5\x86\xdd", 20, LINK_IP, 20, 6 },
	{ "sll of netlink", 113, "\0\0\3\x38\0\0\0\0\0\0\0\0\0\0\x08\0", 16, LINK_OTHER, 0, 0 },
	{ "sll2 of a tagged frame", 276, "\x81\0\0\0\0\0\0\2\0\1\0\6\0\0\0\0\0\0\0\0\0\5\x08\0", 24, LINK_IP,
	  24, 4 },
};

/* In memory of its exact size, so that a sanitizer sees a read behind it. */
static uint8_t *exact(const char *bytes, size_t n)
{
	uint8_t *p = malloc(n + (n == 0));

	cr_assert_not_null(p);
	memcpy(p, bytes, n);
	return p;
}

Test(link_more, parse)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		uint8_t *p = exact(r->bytes, r->n);
		struct link_view v;

		cr_expect_eq(link_parse(r->dlt, p, r->n, &v), r->want, "%s", r->why);
		if (r->want == LINK_IP) {
			cr_expect_eq(v.ip, r->ip, "%s", r->why);
			cr_expect_eq(v.family, r->family, "%s", r->why);
		}
		cr_expect_not_null(link_name(r->dlt), "%s", r->why);
		free(p);
	}
}

/* What is shorter than its header is cut or no IP, never IP. */
Test(link_more, every_cut)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (size_t n = 0; rows[i].want == LINK_IP && n < rows[i].ip; n++) {
			uint8_t *p = exact(rows[i].bytes, n);
			struct link_view v;

			cr_expect_neq(link_parse(rows[i].dlt, p, n, &v), LINK_IP, "%s, %zu", rows[i].why, n);
			free(p);
		}
}

Test(link_more, set_family)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t p[80] = { 0 }, other = rows[i].family == 4 ? 6 : 4;
		struct link_view v;

		if (rows[i].want != LINK_IP)
			continue;
		memcpy(p, rows[i].bytes, rows[i].n);
		link_parse(rows[i].dlt, p, rows[i].n, &v);
		cr_expect(link_set_family(&v, p, other), "%s", rows[i].why);
		p[v.ip] = (uint8_t)(other << 4);
		cr_expect_eq(link_parse(rows[i].dlt, p, v.ip + 1u, &v), LINK_IP, "%s", rows[i].why);
		cr_expect_eq(v.family, other, "%s", rows[i].why);
	}
}

/* RFC 3032 2.1: label 0 announces IPv4 and label 2 IPv6; another one says nothing. */
Test(link_more, explicit_null)
{
	uint8_t null[] = { 0, 0, 0x0f, 64, 0x45 }, label[] = { 0, 1, 0x21, 64, 0x45 };
	struct link_view v;

	cr_assert_eq(link_parse(LINKTYPE_MPLS, null, sizeof null, &v), LINK_IP);
	link_set_family(&v, null, 6);
	cr_expect_arr_eq(null, "\0\0\x2f\x40", 4);
	cr_assert_eq(link_parse(LINKTYPE_MPLS, label, sizeof label, &v), LINK_IP);
	link_set_family(&v, label, 6);
	cr_expect_arr_eq(label, "\0\1\x21\x40", 4);
}

Test(link_more, set_len)
{
	uint8_t pppoe[] = "\x11\0\0\1\0\x2a\0\x21", little[] = "\2\0\0\5\x05\0\x09\0",
		big[] = "\2\0\0\5\0\x05\0\x09", ipnet[24] = { 2, 2 };
	struct link_view v;

	cr_assert_eq(link_parse(LINKTYPE_PPP_ETHER, pppoe, 8, &v), LINK_IP);
	cr_expect(link_set_len(&v, pppoe, 0x123));
	cr_expect_arr_eq(pppoe + 4, "\1\x25", 2);	/* the PPP protocol counts: RFC 2516 4 */
	cr_expect_not(link_set_len(&v, pppoe, 65534));
	cr_assert_eq(link_parse(LINKTYPE_NFLOG, little, 8, &v), LINK_IP);
	cr_expect(link_set_len(&v, little, 0x123));
	cr_expect_arr_eq(little + 4, "\x27\1", 2);
	cr_assert_eq(link_parse(LINKTYPE_NFLOG, big, 8, &v), LINK_IP);
	cr_expect(link_set_len(&v, big, 0x123));
	cr_expect_arr_eq(big + 4, "\1\x27", 2);
	cr_assert_eq(link_parse(LINKTYPE_IPNET, ipnet, 24, &v), LINK_IP);
	cr_expect(link_set_len(&v, ipnet, 0x12345));
	cr_expect_arr_eq(ipnet + 4, "\0\1\x23\x45", 4);
	cr_assert_eq(link_parse(LINKTYPE_ETHERNET, (const uint8_t *)MACS "\x08\0", 14, &v), LINK_IP);
	cr_expect(link_set_len(&v, NULL, 70000));
}
