#include <criterion/criterion.h>

#include "base/wr.h"
#include "esp/ah_mutable.h"
#include "packet/ip.h"

static const struct {
	const char *why;
	uint8_t before[60], after[60];
	size_t n;
	enum verdict v;
} options4[] = {
	{ "record route becomes zero, router alert stays",
	  { 0x48, [9] = 51, [16] = 10, 0, 0, 2, 7, 7, 4, 1, 2, 3, 4, 148, 4, 0, 0, 0 },
	  { 0x48, [9] = 51, [16] = 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 148, 4, 0, 0, 0 }, 32, V_OK },
	{ "NOP stays, an unknown option goes, what follows the end stays",
	  { 0x47, [9] = 51, [16] = 10, 0, 0, 2, 1, 222, 3, 9, 0, 7, 7, 7 },
	  { 0x47, [9] = 51, [16] = 10, 0, 0, 2, 1, 0, 0, 0, 0, 7, 7, 7 }, 28, V_OK },
	{ "loose source route on its way: the last address is the destination",
	  { 0x48, [9] = 51, [16] = 10, 0, 0, 2, 131, 11, 4, 10, 0, 0, 3, 10, 0, 0, 4, 0 },
	  { 0x48, [9] = 51, [16] = 10, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 32, V_OK },
	{ "strict source route used up: the destination is the header's",
	  { 0x48, [9] = 51, [16] = 10, 0, 0, 4, 137, 11, 12, 10, 0, 0, 2, 10, 0, 0, 3, 0 },
	  { 0x48, [9] = 51, [16] = 10, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 32, V_OK },
	{ "an option of length 0", { 0x46, [9] = 51, [20] = 7, 0, 4, 1 }, { 0 }, 24, V_BAD_HEADER },
	{ "an option beyond it", { 0x46, [9] = 51, [20] = 7, 5, 4, 1 }, { 0 }, 24, V_BAD_HEADER },
	{ "an option of a type", { 0x46, [9] = 51, [20] = 1, 1, 1, 7 }, { 0 }, 24, V_BAD_HEADER },
	{ "AH not where the header ends", { 0x46, [9] = 51 }, { 0 }, 20, V_BAD_HEADER },
	{ "the header names another protocol", { 0x45, [9] = 50 }, { 0 }, 20, V_BAD_HEADER },
};

Test(ah_mutable, options_ipv4)
{
	for (size_t i = 0; i < sizeof options4 / sizeof options4[0]; i++) {
		uint8_t h[60];
		size_t n = options4[i].n;

		memcpy(h, options4[i].before, sizeof h);
		cr_expect_eq(ah_mutable(h, &n), options4[i].v, "%s", options4[i].why);
		if (options4[i].v == V_OK)
			cr_expect_arr_eq(h, options4[i].after, n, "%s", options4[i].why);
	}
}

enum { SRC = 8, DST = 24, EXT = 40 };

/* An IPv6 header with one extension header of n bytes, then AH. */
static size_t ipv6(uint8_t *h, uint8_t type, const void *ext, size_t n)
{
	memset(h, 0, 40);
	store_be32(h, 0x6ab12345);
	store_be16(h + 4, 100);
	h[6] = type;
	h[7] = 64;
	memset(h + SRC, 0x11, 16);
	memset(h + DST, 0x22, 16);
	memcpy(h + EXT, ext, n);
	h[EXT] = IPPROTO_AH_;
	h[EXT + 1] = (uint8_t)(n / 8 - 1);
	return EXT + n;
}

Test(ah_mutable, options_ipv6)
{
	/* 0x05 router alert, 0x3e may change en route */
	uint8_t h[100], opt[16] = { 0, 0, 5, 2, 0, 0, 0x3e, 4, 1, 2, 3, 4, 1, 2, 0, 0 };
	size_t n = ipv6(h, 0, opt, sizeof opt);

	cr_assert_eq(ah_mutable(h, &n), V_OK);
	cr_expect_eq(load_be32(h), 0x60000000);
	cr_expect(h[7] == 0 && load_be16(h + 4) == 100 && n == 56);
	cr_expect_arr_eq(h + EXT + 2, "\5\2\0\0\x3e\4\0\0\0\0\1\2\0\0", 14);

	opt[13] = 3;
	n = ipv6(h, 60, opt, sizeof opt);
	cr_expect_eq(ah_mutable(h, &n), V_BAD_HEADER, "an option beyond its header");
}

Test(ah_mutable, home_address)
{
	/* RFC 6275 11.3.1: PadN, then the option with the home address */
	uint8_t h[100], opt[24] = { 0, 0, 1, 2, 0, 0, 201, 16 };
	size_t n;

	memset(opt + 8, 0x33, 16);
	n = ipv6(h, 60, opt, sizeof opt);
	cr_assert_eq(ah_mutable(h, &n), V_OK);
	cr_expect(h[SRC] == 0x33 && h[SRC + 15] == 0x33);
	cr_expect(h[EXT + 8] == 0x11 && h[EXT + 23] == 0x11);
	n = ipv6(h, 0, opt, sizeof opt);
	cr_assert_eq(ah_mutable(h, &n), V_OK);
	cr_expect_eq(h[SRC], 0x11, "in a hop-by-hop header it means nothing");
}

/* RFC 4302 3.3.3.1.2.3: as the final destination sees it, wherever the packet was captured. */
Test(ah_mutable, routing_ipv6)
{
	uint8_t h[120], rh[8 + 48] = { 0, 0, 0, 3 };
	size_t n;

	for (int i = 0; i < 3; i++)
		memset(rh + 8 + 16 * i, 0xa0 + i, 16);
	n = ipv6(h, 43, rh, sizeof rh);
	cr_assert_eq(ah_mutable(h, &n), V_OK);
	cr_expect(h[DST] == 0xa2 && h[EXT + 3] == 0);
	cr_expect(h[EXT + 8] == 0x22 && h[EXT + 24] == 0xa0 && h[EXT + 40] == 0xa1);

	rh[3] = 1;
	n = ipv6(h, 43, rh, sizeof rh);
	cr_assert_eq(ah_mutable(h, &n), V_OK);
	cr_expect(h[DST] == 0xa2 && h[EXT + 3] == 0);
	cr_expect(h[EXT + 8] == 0xa0 && h[EXT + 24] == 0xa1 && h[EXT + 40] == 0x22);

	rh[3] = 4;
	n = ipv6(h, 43, rh, sizeof rh);
	cr_expect_eq(ah_mutable(h, &n), V_BAD_HEADER, "more segments than addresses");
	rh[2] = 4;
	n = ipv6(h, 43, rh, sizeof rh);
	cr_expect_eq(ah_mutable(h, &n), V_UNSUPPORTED);
	rh[3] = 0;
	n = ipv6(h, 43, rh, sizeof rh);
	cr_expect_eq(ah_mutable(h, &n), V_OK, "at its end any type is as it is");
}

Test(ah_mutable, atomic_fragment)
{
	uint8_t h[60], f[8] = { 0, 0, 0, 0, 1, 2, 3, 4 };
	size_t n = ipv6(h, 44, f, sizeof f);

	cr_assert_eq(ah_mutable(h, &n), V_OK);
	cr_expect(n == 40 && h[6] == 51 && load_be16(h + 4) == 92);
	f[3] = 1;
	n = ipv6(h, 44, f, sizeof f);
	cr_expect_eq(ah_mutable(h, &n), V_BAD_HEADER, "a real fragment");
}
