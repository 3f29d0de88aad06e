/* Traffic selectors: cut down (RFC 7296 2.9), compared, to selectors of SAs and back. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ts.h"

/* "10.1.0.0/16[6/80-90];10.3.0.1": protocol and ports optional, as numbers. */
static struct ts_list list_of(const char *text)
{
	struct ts_list l = { .n = 0 };
	char word[200];

	while (*text != '\0') {
		size_t n = strcspn(text, ";");
		unsigned proto = 0, first = 0, last = 65535;
		struct addr_range r;
		struct err e;
		char *bracket;

		snprintf(word, sizeof word, "%.*s", (int)n, text);
		if ((bracket = strchr(word, '[')) != NULL) {
			cr_assert_eq(sscanf(bracket, "[%u/%u-%u]", &proto, &first, &last), 3, "%s", word);
			*bracket = '\0';
		}
		cr_assert_eq(addr_range_parse(&r, word, strlen(word), &e), 0, "%s", word);
		l.ts[l.n++] = (struct ike_ts){ .type = r.first.family == 4 ? IKE_TS_IPV4 : IKE_TS_IPV6, .protocol = (uint8_t)proto,
			.first_port = (uint16_t)first, .last_port = (uint16_t)last, .first = r.first, .last = r.last };
		text += n + (text[n] == ';');
	}
	return l;
}

static const struct { const char *why, *asked, *allowed, *want; } narrowings[] = {
	{ "the same", "10.1.0.0/16", "10.1.0.0/16", "10.1.0.0/16" },
	{ "everything to a net", "0.0.0.0/0", "10.1.0.0/16", "10.1.0.0/16" },
	{ "a net of everything", "10.1.0.0/16", "0.0.0.0/0", "10.1.0.0/16" },
	{ "nothing", "10.1.0.0/16", "10.2.0.0/16", "nothing" },
	{ "another family", "10.1.0.0/16", "::/0", "nothing" },
	{ "ranges that overlap", "10.1.0.5-10.1.0.20", "10.1.0.10-10.1.0.30", "10.1.0.10-10.1.0.20" },
	{ "one address", "10.1.0.0/24", "10.1.0.7", "10.1.0.7/32" },
	{ "two nets of one", "10.0.0.0/8", "10.1.0.0/16;10.3.0.0/16", "10.1.0.0/16,10.3.0.0/16" },
	{ "in the order they were asked in", "10.3.0.0/16;10.1.0.0/16", "10.0.0.0/8", "10.3.0.0/16,10.1.0.0/16" },
	{ "a packet's own first, and the net it is of", "10.1.0.5[6/1234-1234];10.1.0.0/16", "10.1.0.0/16", "10.1.0.0/16" },
	{ "a packet's own first, and another net", "10.1.0.5;10.9.0.0/16", "10.0.0.0/8", "10.1.0.5/32,10.9.0.0/16" },
	{ "twice the same", "10.1.0.0/16;10.1.0.0/16", "10.1.0.0/16", "10.1.0.0/16" },
	{ "both families", "10.0.0.0/8;fd00::/8", "10.1.0.0/16;fd00:1::/32", "10.1.0.0/16,fd00:1::/32" },
	{ "a protocol of any", "10.1.0.0/16", "10.1.0.0/16[6/0-65535]", "10.1.0.0/16[tcp]" },
	{ "another protocol", "10.1.0.0/16[17/0-65535]", "10.1.0.0/16[6/0-65535]", "nothing" },
	{ "ports", "10.1.0.0/16[6/80-443]", "10.1.0.0/16[6/100-65535]", "10.1.0.0/16[tcp/100-443]" },
	{ "other ports", "10.1.0.0/16[6/80-80]", "10.1.0.0/16[6/81-81]", "nothing" },
	{ "opaque of any", "10.1.0.0/16[6/65535-0]", "10.1.0.0/16", "10.1.0.0/16[tcp/opaque]" },
	{ "opaque and a port", "10.1.0.0/16[6/65535-0]", "10.1.0.0/16[6/80-80]", "nothing" },
	{ "opaque of opaque", "10.1.0.0/16[6/65535-0]", "10.1.0.0/16[6/65535-0]", "10.1.0.0/16[tcp/opaque]" },
	{ "ports end before they begin, of any", "10.1.0.0/16[6/2-1]", "10.1.0.0/16", "nothing" },
	{ "ports end before they begin, of some", "10.1.0.0/16[6/2-1]", "10.1.0.0/16[6/1-80]", "nothing" },
	{ "ports of no protocol, backwards", "10.1.0.0/16[0/2-1]", "10.1.0.0/16", "nothing" },
	{ "ports of no protocol", "10.1.0.0/16[0/80-80]", "10.1.0.0/16", "nothing" },
	{ "of those that are right", "10.1.0.0/24[6/2-1];10.1.1.0/24", "10.1.0.0/16", "10.1.1.0/24" },
	{ "a protocol without a name", "10.1.0.0/16[99/0-65535]", "10.1.0.0/16", "10.1.0.0/16[99]" },
	{ "echo requests of ICMP", "10.1.0.0/16[1/0-65535]", "10.1.0.0/16[1/2048-2303]", "10.1.0.0/16[icmp/8.0-8.255]" },
};

Test(ts, narrow)
{
	for (size_t i = 0; i < sizeof narrowings / sizeof narrowings[0]; i++) {
		struct ts_list asked = list_of(narrowings[i].asked), allowed = list_of(narrowings[i].allowed), out;
		struct pl_ts p = ts_payload(&asked), got;
		struct pl_ts bound = ts_payload(&allowed);
		char text[600] = "";

		ts_narrow(&out, &p, &allowed);
		got = ts_payload(&out);
		ts_append(text, sizeof text, &got);
		cr_expect_str_eq(text, narrowings[i].want, "%s: %s", narrowings[i].why, text);
		if (out.n > 0) {
			cr_expect(ts_within(&got, &p), "%s: beyond what was asked", narrowings[i].why);
			cr_expect(ts_within(&got, &bound), "%s: beyond what is allowed", narrowings[i].why);
		}
	}
}

static const struct { const char *why, *a, *b; bool in; } bounds[] = {
	{ "equal", "10.1.0.0/16", "10.1.0.0/16", true },
	{ "less", "10.1.2.0/24", "10.1.0.0/16", true },
	{ "more", "10.0.0.0/8", "10.1.0.0/16", false },
	{ "of two neighbours", "10.1.0.0/23", "10.1.1.0/24;10.1.0.0/24", true },
	{ "of two with a gap", "10.1.0.0/22", "10.1.0.0/24;10.1.2.0/23", false },
	{ "to the last address", "0.0.0.0/0", "128.0.0.0/1;0.0.0.0/1", true },
	{ "more ports", "10.1.0.0/16[6/0-65535]", "10.1.0.0/16[6/1-65535]", false },
	{ "a protocol of any", "10.1.0.0/16[6/1-2]", "10.1.0.0/16", true },
	{ "any protocol of one", "10.1.0.0/16", "10.1.0.0/16[6/0-65535]", false },
	{ "one of two", "10.1.0.0/16;10.2.0.0/16", "10.1.0.0/16", false },
	{ "nothing", "", "10.1.0.0/16", false },
	{ "backwards", "10.1.0.0/16[6/2-1]", "10.1.0.0/16", false },
};

Test(ts, within)
{
	for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
		struct ts_list a = list_of(bounds[i].a), b = list_of(bounds[i].b);
		struct pl_ts p = ts_payload(&a), q = ts_payload(&b);

		cr_expect_eq(ts_within(&p, &q), bounds[i].in, "%s", bounds[i].why);
	}
}

/* What is in an SA goes into a payload and back. */
Test(ts, there_and_back)
{
	static const struct { int16_t proto, type, code; bool set, opaque; struct port_range port; const char *src, *dst; } rows[] = {
		{ -1, -1, -1, false, false, { 0, 0 }, "10.1.0.0/16", "10.2.0.0/16" },
		{ 6, -1, -1, true, false, { 80, 90 }, "10.1.0.0/16[tcp]", "10.2.0.0/16[tcp/80-90]" },
		{ 17, -1, -1, true, true, { 0, 0 }, "10.1.0.0/16[udp]", "10.2.0.0/16[udp/opaque]" },
		{ 1, 8, 0, false, false, { 0, 0 }, "10.1.0.0/16[icmp/8.0]", "10.2.0.0/16[icmp/8.0]" },
		{ 1, 3, -1, false, false, { 0, 0 }, "10.1.0.0/16[icmp/3.0-3.255]", "10.2.0.0/16[icmp/3.0-3.255]" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct selector s = { .proto = rows[i].proto, .icmp_type = rows[i].type, .icmp_code = rows[i].code,
			.dport_set = rows[i].set, .dport_opaque = rows[i].opaque, .dport = rows[i].port, .nsrc = 1, .ndst = 1 }, *back = NULL;
		struct ts_list src, dst;
		struct pl_ts a, b;
		struct err e;
		char text[600] = "";
		size_t n;

		cr_assert_eq(addr_range_parse(&s.src[0], "10.1.0.0/16", 11, &e), 0);
		cr_assert_eq(addr_range_parse(&s.dst[0], "10.2.0.0/16", 11, &e), 0);
		ts_of_selector(&src, &s, true);
		ts_of_selector(&dst, &s, false);
		a = ts_payload(&src);
		b = ts_payload(&dst);
		ts_append(text, sizeof text, &a);
		cr_expect_str_eq(text, rows[i].src, "%s", text);
		text[0] = '\0';
		ts_append(text, sizeof text, &b);
		cr_expect_str_eq(text, rows[i].dst, "%s", text);
		cr_assert_eq(ts_selectors(&back, &n, &a, &b, &e), 0);
		cr_assert_eq(n, 1);
		cr_expect(back->proto == s.proto && back->icmp_type == s.icmp_type && back->icmp_code == s.icmp_code &&
		    back->dport_set == s.dport_set && back->dport_opaque == s.dport_opaque && !back->sport_set, "row %zu", i);
		free(back);
	}
}

/* Any address is one of each family that the other side has. */
Test(ts, any)
{
	struct selector s = { .proto = -1, .icmp_type = -1, .icmp_code = -1, .ndst = 1 };
	struct ts_list l;
	struct pl_ts p;
	char text[300] = "";
	struct err e;

	cr_assert_eq(addr_range_parse(&s.dst[0], "fd00::/8", 8, &e), 0);
	ts_of_selector(&l, &s, true);
	p = ts_payload(&l);
	ts_append(text, sizeof text, &p);
	cr_expect_str_eq(text, "::/0", "%s", text);
	s.ndst = 0;
	ts_of_selector(&l, &s, true);
	cr_expect_eq(l.n, 2);
}
