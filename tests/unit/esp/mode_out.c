#include <criterion/criterion.h>
#include <string.h>

#include "base/wr.h"
#include "esp/mode_out.h"
#include "packet/checksum.h"

/* RFC 4303 3.1.1, RFC 4302 3.1.1: the chain of headers, and how many bytes of it stay outside. */
static const struct { const char *why; uint8_t chain[5]; uint16_t at, next; } rows[] = {
	{ "none", { 17 }, 40, 6 },
	{ "hop-by-hop", { 0, 17 }, 48, 40 },
	{ "hop-by-hop, routing", { 0, 43, 17 }, 56, 48 },
	{ "destination options for each hop", { 60, 43, 17 }, 56, 48 },
	{ "and for the end behind them", { 60, 43, 60, 17 }, 56, 48 },
	{ "destination options alone", { 60, 17 }, 48, 40 },
	{ "mobility is the end's", { 135, 59 }, 40, 6 },
};

Test(mode_out, place6)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t p[100] = { 0x60 };
		struct mode_place place;
		struct ip_view v;

		p[5] = 60;
		p[6] = rows[i].chain[0];
		for (size_t k = 0; k < 4; k++)
			p[40 + 8 * k] = rows[i].chain[k + 1];
		cr_assert_eq(ip_parse(&v, p, sizeof p), IP_OK, "%s", rows[i].why);
		place = mode_place(&v, p);
		cr_expect_eq(place.at, rows[i].at, "%s: %u", rows[i].why, place.at);
		cr_expect_eq(place.next, rows[i].next, "%s: %u", rows[i].why, place.next);
	}
}

Test(mode_out, place4)
{
	uint8_t p[28] = { 0x46, 0, 0, 28, [9] = 17 };
	struct mode_place place;
	struct ip_view v;

	cr_assert_eq(ip_parse(&v, p, sizeof p), IP_OK);
	place = mode_place(&v, p);
	cr_expect(place.at == 24 && place.next == 9);
}

Test(mode_out, forward)
{
	uint8_t p[40] = { 0x45, 0, 0, 40, [8] = 2, [9] = 6 }, six[40] = { 0x60, [7] = 2 };

	store_be16(p + 10, checksum(p, 20));
	cr_expect(mode_forward(p) && p[8] == 1 && checksum(p, 20) == 0);
	cr_expect_not(mode_forward(p), "a router drops it");
	cr_expect(mode_forward(six) && six[7] == 1);
	cr_expect_not(mode_forward(six));
}
