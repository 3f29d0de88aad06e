#include <criterion/criterion.h>

#include "esp/beet.h"
#include "packet/checksum.h"

#define BIG(n) ((struct span){ big, n })

static const struct addr src4 = { 4, { 10, 11, 0, 1 } }, dst4 = { 4, { 10, 22, 0, 1 } };
static const struct addr src6 = { 6, { 0xfd, 0x11 } }, dst6 = { 6, { 0xfd, 0x22 } };
/* TOS 2e, ID 1234, DF, TTL 63; traffic class 2e, flow label 12345, hop limit 63 */
static const uint8_t outer4[20] = { 0x45, 0x2e, 0, 40, 0x12, 0x34, 0x40, 0, 63, 50, 0, 0,
	192, 0, 2, 1, 192, 0, 2, 2 };
static const uint8_t outer6[40] = { 0x62, 0xe1, 0x23, 0x45, 0, 20, 50, 63 };

static enum verdict restore(uint8_t *out, size_t cap, size_t *n, const uint8_t *outer,
    struct span plain, uint8_t next, const struct addr *src, const struct addr *dst)
{
	struct wr w = wr_of(out, cap);
	struct ip_view v;
	enum verdict got;

	cr_assert_eq(ip_parse(&v, outer, outer[0] >> 4 == 4 ? 20 : 40), IP_OK);
	got = beet_restore(&w, &v, outer, plain, next, src, dst);
	*n = w.n;
	return got;
}

Test(beet, headers)
{
	const struct span plain = { (const uint8_t *)"payload!", 8 };
	uint8_t out[100];
	size_t n;

	cr_assert_eq(restore(out, sizeof out, &n, outer4, plain, 17, &src4, &dst4), V_OK);
	cr_expect_eq(n, 28);
	cr_expect_arr_eq(out, "\x45\x2e\0\x1c\x12\x34\x40\0\x3f\x11", 10);
	cr_expect_eq(checksum(out, 20), 0);
	cr_expect_arr_eq(out + 12, "\x0a\x0b\0\1\x0a\x16\0\1payload!", 16);

	cr_assert_eq(restore(out, sizeof out, &n, outer6, plain, 17, &src4, &dst4), V_OK);
	cr_expect_arr_eq(out, "\x45\x2e\0\x1c\0\0\x40\0\x3f\x11", 10, "over IPv6: no ID, DF");

	cr_assert_eq(restore(out, sizeof out, &n, outer6, plain, 17, &src6, &dst6), V_OK);
	cr_expect_eq(n, 48);
	cr_expect_arr_eq(out, "\x62\xe1\x23\x45\0\x08\x11\x3f\xfd\x11", 10);
	cr_assert_eq(restore(out, sizeof out, &n, outer4, plain, 17, &src6, &dst6), V_OK);
	cr_expect_arr_eq(out, "\x62\xe0\0\0\0\x08\x11\x3f\xfd\x11", 10, "over IPv4: no flow label");
}

static const struct {
	const char *why, *plain;
	size_t n;
	const char *want;
	size_t head;
} pseudo[] = {
	{ "four octets of options need no padding", "\6\0\0\xffOOOOpay", 11, "OOOOpay", 24 },
	{ "eight need four", "\6\1\4\xff\1\1\1\1OOOOOOOOpay", 19, "OOOOOOOOpay", 28 },
	{ "none at all", "\6\0\4\xff\1\1\1\1pay", 11, "pay", 20 },
	{ "padding beyond the header", "\6\0\5\xff\1\1\1\1pay", 11, NULL, 0 },
	{ "options of no whole words", "\6\0\3\xff\1\1\1\1pay", 11, NULL, 0 },
	{ "longer than the payload", "\6\1\4\xff\1\1\1\1OOOOOOO", 15, NULL, 0 },
	{ "no room for itself", "\6\0\4", 3, NULL, 0 },
	{ "nothing", "", 0, NULL, 0 },
};

Test(beet, options)
{
	uint8_t out[100], many[100] = { 6, 5, 0 };
	struct span plain;
	size_t n;

	for (size_t i = 0; i < sizeof pseudo / sizeof pseudo[0]; i++) {
		plain = (struct span){ (const uint8_t *)pseudo[i].plain, pseudo[i].n };
		cr_expect_eq(
		    restore(out, sizeof out, &n, outer4, plain, IPPROTO_BEET, &src4, &dst4),
		    pseudo[i].want != NULL ? V_OK : V_BAD_HEADER, "%s", pseudo[i].why);
		if (pseudo[i].want == NULL)
			continue;
		cr_expect_eq((out[0] & 15) * 4u, pseudo[i].head, "%s", pseudo[i].why);
		cr_expect_eq(load_be16(out + 2), n, "%s", pseudo[i].why);
		cr_expect_eq(checksum(out, pseudo[i].head), 0, "%s", pseudo[i].why);
		cr_expect_eq(out[9], 6);
		cr_expect_eq(n, 20 + strlen(pseudo[i].want), "%s", pseudo[i].why);
		cr_expect_arr_eq(out + 20, pseudo[i].want, n - 20, "%s", pseudo[i].why);
	}
	plain = (struct span){ many, 48 };
	cr_expect_eq(
	    restore(out, sizeof out, &n, outer4, plain, IPPROTO_BEET, &src4, &dst4), V_BAD_HEADER,
	    "44 octets of options do not fit a header");
	plain = (struct span){ (const uint8_t *)pseudo[0].plain, pseudo[0].n };
	cr_expect_eq(
	    restore(out, sizeof out, &n, outer6, plain, IPPROTO_BEET, &src6, &dst6), V_BAD_HEADER,
	    "IPv6 has no such options");
}

Test(beet, refuses)
{
	static uint8_t big[65536], out[65536 + BEET_ROOM];
	const struct addr any = { 0 };
	size_t n;

	cr_expect_eq(
	    restore(out, sizeof out, &n, outer4, BIG(9), 17, &src4, &dst6), V_UNSUPPORTED);
	cr_expect_eq(
	    restore(out, sizeof out, &n, outer4, BIG(9), 17, &any, &any), V_UNSUPPORTED);
	cr_expect_eq(
	    restore(out, 28, &n, outer4, BIG(9), 17, &src4, &dst4), V_BAD_HEADER);
	cr_expect_eq(
	    restore(out, sizeof out, &n, outer4, BIG(65515), 17, &src4, &dst4), V_OK);
	cr_expect_eq(
	    restore(out, sizeof out, &n, outer4, BIG(65516), 17, &src4, &dst4), V_BAD_HEADER);
	cr_expect_eq(
	    restore(out, sizeof out, &n, outer6, BIG(65535), 17, &src6, &dst6), V_OK);
	cr_expect_eq(
	    restore(out, sizeof out, &n, outer6, BIG(65536), 17, &src6, &dst6), V_BAD_HEADER);
}
