#include "packet/udp_make.h"

#include <string.h>

#include <criterion/criterion.h>

/* What scapy 2.5 makes of the same. */
static const struct { const char *src, *dst; uint16_t dport; const char *body; size_t n; const char *hex; } rows[] = {
	{ "192.0.2.1", "192.0.2.2", 4500, "abc", 3,
	  "4500001f000000004011f6cac0000201c000020201f41194000ba3e9616263" },
	{ "2001:db8::1", "2001:db8::2", 4500, "abc", 3,
	  "60000000000b114020010db800000000000000000000000120010db8000000000000000000000002"
	  "01f41194000bcc78616263" },
	/* a checksum of zero is sent as all ones (RFC 768) */
	{ "192.0.2.1", "192.0.2.2", 500, "\x77\xee", 2,
	  "4500001e000000004011f6cbc0000201c000020201f401f4000affff77ee" },
};

static struct udp_ends ends_of(const char *src, const char *dst)
{
	struct udp_ends ends = { .sport = 500, .dport = 500 };
	struct err e;

	cr_assert(addr_parse(&ends.src, src, strlen(src), &e) == 0 && addr_parse(&ends.dst, dst, strlen(dst), &e) == 0);
	return ends;
}

Test(udp_make, as_others_make_it)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct udp_ends ends = ends_of(rows[i].src, rows[i].dst);
		uint8_t out[128];
		char hex[257];
		struct wr w = wr_of(out, sizeof out);

		ends.dport = rows[i].dport;
		cr_assert(udp_make(&w, &ends, (struct span){ (const uint8_t *)rows[i].body, rows[i].n }));
		cr_expect_str_eq(hex_format(hex, (struct span){ out, w.n }), rows[i].hex);
	}
}

Test(udp_make, what_does_not_fit)
{
	static uint8_t body[65536], out[70000];
	struct udp_ends ends = ends_of("192.0.2.1", "192.0.2.2"), mixed = ends_of("192.0.2.1", "2001:db8::1");
	struct wr w = wr_of(out, sizeof out);

	cr_expect(udp_make(&w, &ends, (struct span){ body, 65535 - 28 }));
	w = wr_of(out, sizeof out);
	cr_expect(!udp_make(&w, &ends, (struct span){ body, 65535 - 27 }) && !wr_ok(&w));
	w = wr_of(out, 30);
	cr_expect(!udp_make(&w, &ends, (struct span){ body, 3 }) && !wr_ok(&w));
	w = wr_of(out, sizeof out);
	cr_expect(!udp_make(&w, &mixed, (struct span){ body, 3 }));
}
