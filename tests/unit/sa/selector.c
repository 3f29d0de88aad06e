#include <criterion/criterion.h>
#include <string.h>

#include "sa/selector.h"

Test(selector, ranges)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "10.1.0.0/16", "10.1.0.0/16" }, { "10.1.2.3/16", "10.1.0.0/16" },
		{ "10.1.0.5-10.1.0.9", "10.1.0.5-10.1.0.9" }, { "10.0.0.0-10.0.0.255", "10.0.0.0/24" },
		{ "10.1.0.1", "10.1.0.1/32" }, { "0.0.0.0/0", "0.0.0.0/0" },
		{ "2001:db8::/32", "2001:db8::/32" }, { "::1-::3", "::1-::3" },
	};
	static const char *const bad[] = {
		"10.0.0.0/33", "10.0.0.0/", "/8", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "a-b", "",
	};
	char out[ADDR_RANGE_TEXT];
	struct addr_range r;
	struct err e;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect_eq(addr_range_parse(&r, rows[i].in, strlen(rows[i].in), &e), 0, "%s", rows[i].in);
		cr_expect_str_eq(addr_range_format(out, &r), rows[i].out);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect_lt(addr_range_parse(&r, bad[i], strlen(bad[i]), &e), 0, "%s", bad[i]);
}

Test(selector, match)
{
	struct selector s = { .proto = 6, .icmp_type = -1, .icmp_code = -1, .nsrc = 2 };
	struct selector_view v = { .proto = 6, .has_ports = true, .sport = 1000, .dport = 443 };
	struct err e;

	addr_range_parse(&s.src[0], "10.1.0.0/16", 11, &e);
	addr_range_parse(&s.src[1], "10.3.0.1-10.3.0.5", 17, &e);
	addr_parse(&v.src, "10.3.0.5", 8, &e);
	addr_parse(&v.dst, "192.0.2.9", 9, &e);
	cr_expect(selector_match(&s, &v));
	v.proto = 17;
	cr_expect(!selector_match(&s, &v));
	v.proto = 6;
	s.dport_set = true;
	s.dport = (struct port_range){ 400, 443 };
	cr_expect(selector_match(&s, &v));
	v.dport = 444;
	cr_expect(!selector_match(&s, &v));
	v.has_ports = false;		/* a later fragment */
	cr_expect(!selector_match(&s, &v));
	s.dport_opaque = true;
	cr_expect(selector_match(&s, &v), "RFC 4301 4.4.1.1: OPAQUE");
	v.has_ports = true;
	cr_expect(!selector_match(&s, &v));
	s.dport_set = false;
	addr_parse(&v.src, "10.3.0.6", 8, &e);
	cr_expect(!selector_match(&s, &v));
	s.nsrc = 0;
	cr_expect(selector_match(&s, &v));
	s.proto = v.proto = 1;
	s.icmp_type = 8;
	v.icmp_type = 8;
	cr_expect(selector_match(&s, &v));
	s.icmp_code = 1;
	cr_expect(!selector_match(&s, &v));
}
