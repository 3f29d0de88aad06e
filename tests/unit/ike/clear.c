#include "ike/clear.h"

#include <criterion/criterion.h>

#include "unit/ike/wire.h"

#define HDR(next, version, flags, length) \
	"0102030405060708 1112131415161718 " next " " version " 25 " flags " 00000003 " length

/* A sealed message, what was in it, and how it is without encryption. */
static const struct { const char *why, *wire; uint8_t first; const char *plain, *clear; } rows[] = {
	{ "SK alone", HDR("2e", "20", "08", "00000028") "29 00 000c aabbccddeeff0011", IKE_P_NOTIFY,
	  "2a 00 0008 00004000 00 00 0008 01000000",
	  HDR("29", "20", "08", "0000002c") "2a 00 0008 00004000 00 00 0008 01000000" },
	{ "a payload before SK", HDR("2b", "20", "08", "0000002e") "2e 00 0006 abcd 29 00 000c aabbccddeeff0011",
	  IKE_P_NOTIFY, "00 00 0008 00004000",
	  HDR("2b", "20", "08", "0000002a") "29 00 0006 abcd 00 00 0008 00004000" },
	{ "nothing in SK", HDR("2e", "20", "28", "00000028") "00 00 000c aabbccddeeff0011", IKE_P_NONE, "",
	  HDR("00", "20", "28", "0000001c") },
	{ "IKEv1, its padding is left out", HDR("08", "10", "01", "00000024") "aabbccddeeff0011", IKE_V1_P_HASH,
	  "00 00 0006 abcd 0000", HDR("08", "10", "00", "00000022") "00 00 0006 abcd" },
};

Test(clear, rows)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t wire[128], plain[128], want[128], got[128];
		size_t n = wire_hex(wire, sizeof wire, rows[i].wire), m = wire_hex(want, sizeof want, rows[i].clear);
		struct span inner = { plain, wire_hex(plain, sizeof plain, rows[i].plain) };
		struct wr w = wr_of(got, sizeof got), little = wr_of(got, m - 1);
		struct ike_message msg;
		struct err e;

		ike_message_init(&msg);
		cr_assert_eq(ike_message_decode(&msg, (struct span){ wire, n }, &e), 0);
		/* closed, it is a copy */
		cr_expect(ike_clear(&msg, &w) && w.n == n && memcmp(got, wire, n) == 0, "%s", rows[i].why);
		cr_assert_eq(ike_message_open(&msg, rows[i].first, inner, &e), 0);
		w = wr_of(got, sizeof got);
		cr_expect(ike_clear(&msg, &w), "%s", rows[i].why);
		cr_expect(w.n == m && memcmp(got, want, m) == 0, "%s", rows[i].why);
		cr_expect_not(ike_clear(&msg, &little), "%s", rows[i].why);
		ike_message_clear(&msg);
	}
}
