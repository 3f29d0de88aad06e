#include <criterion/criterion.h>
#include <string.h>

#include "base/rd.h"
#include "esp/place.h"
#include "unit/sa/load.h"

static const char sas[] =
    "{\"proto\":\"ipcomp\",\"spi\":300,\"mode\":\"tunnel\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\"}\n";

/* From 192.0.2.1 to 192.0.2.2: the protocol, then what follows. */
static const struct {
	const char *why;
	uint8_t proto, dst, frag;	/* frag: the octet of flags */
	const char *body;
	size_t n;
	enum place_kind kind;
	uint32_t at, wesp;
	uint32_t spi, seq;
} rows[] = {
	{ "ESP", 50, 2, 0, "\0\0\1\2\0\0\0\3payload", 15, PLACE_ESP, 20, 0, 0x102, 3 },
	{ "AH", 51, 2, 0, "\4\4\0\0\0\0\1\2\0\0\0\3payload", 19, PLACE_AH, 20, 0, 0x102, 3 },
	{ "IPComp", 108, 2, 0, "\4\0\1\x2c" "payload", 11, PLACE_IPCOMP, 20, 0, 300, 0 },
	{ "IP in IP of a tunnel", 4, 2, 0, "E", 1, PLACE_PLAIN, 20, 0, 300, 0 },
	{ "IP in IP of nobody", 4, 3, 0, "E", 1, PLACE_OTHER, 20, 0, 0, 0 },
	{ "a fragment of a tunnel", 4, 2, 0x20, "E", 1, PLACE_FRAGMENT, 0, 0, 0, 0 },
	{ "a fragment of nobody", 4, 3, 0x20, "E", 1, PLACE_OTHER, 0, 0, 0, 0 },
	{ "WESP, encrypted", 141, 2, 0, "\0\0\0\x20\0\0\1\2\0\0\0\3payload", 19, PLACE_ESP, 24, 20, 0x102, 3 },
	{ "WESP cut short", 141, 2, 0, "\0\0\0\x20\0\0\1\2\0\0\0", 11, PLACE_CUT, 20, 20, 0, 0 },
	{ "WESP version 1", 141, 2, 0, "\0\0\0\x60\0\0\1\2\0\0\0\3payload", 19, PLACE_UNSUPPORTED, 20, 20, 0, 0 },
	{ "WESP that contradicts itself", 141, 2, 0, "\4\0\0\x20\0\0\1\2\0\0\0\3payload", 19, PLACE_BAD, 20, 20, 0, 0 },
	{ "WESP in UDP", 17, 2, 0, "\x11\x94\x11\x94\0\x1f\0\0\0\0\0\2\0\0\0\x20\0\0\1\2\0\0\0\3payload", 31,
	  PLACE_ESP, 36, 28, 0x102, 3 },
	{ "a segment", 6, 2, 0, "\0\1\0\2", 4, PLACE_TCP, 20, 0, 0, 0 },
	{ "GRE", 47, 2, 0, "\0\0\x08\0E", 5, PLACE_OTHER, 20, 0, 0, 0 },
};

Test(place, find)
{
	struct loaded l;

	load(&l, sas, strlen(sas), 1000);
	cr_assert_eq(l.rc, 0, "%s", l.e.text);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t p[100] = { 0x45, 0, 0, (uint8_t)(20 + rows[i].n), 0, 1, rows[i].frag, 0, 64, rows[i].proto,
			0, 0, 192, 0, 2, 1, 192, 0, 2, rows[i].dst };
		uint32_t spi = 0, seq = 0;
		struct place pl;

		memcpy(p + 20, rows[i].body, rows[i].n);
		cr_expect_eq(place_find(&pl, p, 20 + rows[i].n, l.sad), rows[i].kind, "%s: %d", rows[i].why, pl.kind);
		if (rows[i].kind == PLACE_FRAGMENT || pl.kind != rows[i].kind)
			continue;
		cr_expect_eq(pl.at, rows[i].frag ? 0 : rows[i].at, "%s: at %u", rows[i].why, pl.at);
		cr_expect_eq(pl.wesp, rows[i].wesp, "%s: wesp %u", rows[i].why, pl.wesp);
		if (!place_is_ipsec(pl.kind))
			continue;
		cr_expect_eq(pl.at + pl.n, 20 + rows[i].n, "%s", rows[i].why);
		cr_expect(place_name(&pl, p, pl.n, &spi, &seq), "%s", rows[i].why);
		cr_expect_eq(spi, rows[i].spi, "%s", rows[i].why);
		cr_expect_eq(seq, rows[i].seq, "%s", rows[i].why);
	}
	sad_free(l.sad);
}
