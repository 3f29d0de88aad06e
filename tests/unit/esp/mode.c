#include <criterion/criterion.h>

#include "base/wr.h"
#include "esp/mode.h"
#include "packet/checksum.h"

/* RFC 6040 figure 4, by the words of the figure; -1: drop. */
static const struct { int inner, outer, want; } ecn[] = {
	{ 0, 0, 0 }, { 0, 2, 0 }, { 0, 1, 0 }, { 0, 3, -1 },
	{ 2, 0, 2 }, { 2, 2, 2 }, { 2, 1, 1 }, { 2, 3, 3 },
	{ 1, 0, 1 }, { 1, 2, 1 }, { 1, 1, 1 }, { 1, 3, 3 },
	{ 3, 0, 3 }, { 3, 2, 3 }, { 3, 1, 3 }, { 3, 3, 3 },
};

Test(mode, ecn_rfc6040)
{
	for (size_t i = 0; i < sizeof ecn / sizeof ecn[0]; i++)
		for (int version = 4; version <= 6; version += 2) {
			uint8_t p[40] = { 0 };
			bool ok;

			if (version == 4) {
				p[0] = 0x45;
				p[1] = (uint8_t)(0xb8 | ecn[i].inner);
				store_be16(p + 10, checksum(p, 20));
			} else {
				store_be16(p, (uint16_t)(0x6000 | (0xb8 | ecn[i].inner) << 4 | 5));
			}
			ok = mode_ecn(p, (uint8_t)(0x28 | ecn[i].outer));
			cr_expect_eq(ok, ecn[i].want >= 0, "%d %d", ecn[i].inner, ecn[i].outer);
			if (!ok)
				continue;
			if (version == 4) {
				cr_expect_eq(p[1], 0xb8 | ecn[i].want);
				cr_expect_eq(checksum(p, 20), 0);
			} else {
				cr_expect_eq(load_be16(p), 0x6000 | (0xb8 | ecn[i].want) << 4 | 5);
			}
		}
}

Test(mode, of)
{
	enum sa_mode m;

	cr_expect(mode_of(SA_MODE_UNKNOWN, 4, &m) && m == SA_TUNNEL);
	cr_expect(mode_of(SA_MODE_UNKNOWN, 41, &m) && m == SA_TUNNEL);
	cr_expect(mode_of(SA_MODE_UNKNOWN, 6, &m) && m == SA_TRANSPORT);
	cr_expect(mode_of(SA_TRANSPORT, 4, &m) && m == SA_TRANSPORT, "IP-in-IP under transport mode");
	cr_expect_not(mode_of(SA_TUNNEL, 6, &m));
}

Test(mode, inner_length)
{
	uint8_t p[100] = { 0x45, 0, 0, 60 };
	uint32_t len;

	cr_expect(mode_inner(p, sizeof p, 4, &len) == V_OK && len == 60, "TFC padding follows");
	cr_expect_eq(mode_inner(p, 59, 4, &len), V_BAD_HEADER);
	cr_expect_eq(mode_inner(p, sizeof p, 41, &len), V_BAD_HEADER);
	cr_expect_eq(mode_inner(p, 10, 4, &len), V_BAD_HEADER);
}

/* A UDP checksum made with the address before NAT, corrected to the one after it (RFC 3948 3.1.2). */
Test(mode, nat_checksum)
{
	uint8_t p[32] = { 0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 192, 168, 1, 5, 192, 0, 2, 2,
		0x30, 0x39, 0, 9, 0, 12, 0, 0, 't', 'e', 's', 't' };
	struct addr before = { 4, { 192, 168, 1, 5 } }, none = { 0 };
	uint8_t pseudo[4] = { 0, 17, 0, 12 };
	uint16_t want;

	store_be16(p + 26, checksum_fold(checksum_add(checksum_add(0, pseudo, 4), p + 12, 20)));
	memcpy(p + 12, "\xcb\x00\x71\x09", 4);		/* what the NAT made of the source */
	mode_nat_checksum(p, sizeof p, &before, &none);
	want = load_be16(p + 26);
	store_be16(p + 26, 0);
	cr_expect_eq(want, checksum_fold(checksum_add(checksum_add(0, pseudo, 4), p + 12, 20)));
}
