#include <criterion/criterion.h>
#include <string.h>

#include "load.h"
#include "sa/pair.h"

#define SA(spi, src, dst, more) "{\"proto\":\"esp\",\"spi\":" #spi ",\"src\":\"" src "\",\"dst\":\"" dst \
	"\",\"encr\":\"null\",\"integ\":\"none\"" more "}\n"
#define A "192.0.2.1"
#define B "192.0.2.2"

/* other: for each SA the index of its opposite, '-' for none. */
static const struct { const char *why, *text, *other; } rows[] = {
	{ "the ends exchanged", SA(1, A, B, "") SA(2, B, A, ""), "10" },
	{ "alone", SA(1, A, B, ""), "-" },
	{ "one direction twice", SA(1, A, B, "") SA(2, A, B, ""), "--" },
	{ "the n-th with the n-th", SA(1, A, B, "") SA(2, A, B, "") SA(3, B, A, "") SA(4, B, A, ""), "2301" },
	{ "reqids differ", SA(1, A, B, ",\"reqid\":1") SA(2, B, A, ",\"reqid\":2"), "--" },
	{ "by reqid", SA(1, A, B, ",\"reqid\":1") SA(2, A, B, ",\"reqid\":2") SA(3, B, A, ",\"reqid\":2")
	    SA(4, B, A, ",\"reqid\":1"), "3210" },
	{ "modes differ", SA(1, A, B, ",\"mode\":\"tunnel\"") SA(2, B, A, ",\"mode\":\"transport\""), "--" },
	{ "by name", SA(1, A, B, ",\"id\":\"x\",\"peer\":\"y\"") SA(2, A, B, "")
	    SA(3, B, A, ",\"id\":\"y\",\"peer\":\"x\""), "2-0" },
	{ "a name before likeness", SA(1, A, B, "") SA(2, A, B, ",\"id\":\"x\"") SA(3, B, A, ",\"peer\":\"x\""), "-21" },
	{ "no such name", SA(1, A, B, ",\"peer\":\"z\"") SA(2, B, A, ""), "10" },
	{ "its own name", SA(1, A, B, ",\"id\":\"x\",\"peer\":\"x\""), "-" },
	{ "ports belong to ends", SA(1, A, B, ",\"encap\":{\"type\":\"udp\",\"sport\":4500,\"dport\":999}")
	    SA(2, B, A, ",\"encap\":{\"type\":\"udp\",\"sport\":999,\"dport\":4500}"), "10" },
	{ "other ports", SA(1, A, B, ",\"encap\":{\"type\":\"udp\",\"sport\":4500,\"dport\":999}")
	    SA(2, B, A, ",\"encap\":{\"type\":\"udp\",\"sport\":4500,\"dport\":999}"), "--" },
	{ "by time", SA(1, A, B, ",\"created\":\"2026-01-02T00:00:00Z\"") SA(2, A, B, ",\"created\":\"2026-01-01T00:00:00Z\"")
	    SA(3, B, A, ",\"created\":\"2026-01-01T00:00:00Z\"") SA(4, B, A, ",\"created\":\"2026-01-02T00:00:00Z\""), "3210" },
	{ "addresses unknown", "{\"proto\":\"esp\",\"spi\":1,\"encr\":\"null\",\"integ\":\"none\"}\n" SA(2, B, A, ""), "--" },
};

Test(pair, finds_the_opposite)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint32_t other[8];
		char got[9] = "";
		struct loaded l;
		struct err e;

		load(&l, rows[i].text, strlen(rows[i].text), 100);
		cr_assert_eq(l.rc, 0, "%s: %s", rows[i].why, l.e.text);
		cr_assert_eq(pair_all(l.sad, other, &e), 0);
		for (uint32_t k = 0; k < sad_count(l.sad); k++)
			got[k] = other[k] == PAIR_NONE ? '-' : (char)('0' + other[k]);
		cr_expect_str_eq(got, rows[i].other, "%s: %s", rows[i].why, got);
		sad_free(l.sad);
	}
}
