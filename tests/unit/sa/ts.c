#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sa/desc.h"
#include "sa/ts.h"

/* What the selector is as a descriptor has it. */
static char *shown(struct selector *ts)
{
	struct sa sa;
	size_t n;
	char *text = NULL, *at;
	FILE *to = open_memstream(&text, &n);

	sa_init(&sa);
	sa.proto = SA_IPCOMP;
	sa.spi = 1;
	sa.ts = ts;
	sa.nts = 1;
	desc_write(to, &sa, true);
	fclose(to);
	cr_assert_not_null(at = strstr(text, "\"ts\":["));
	memmove(text, at + 6, strlen(at + 6) + 1);
	text[strcspn(text, "}") + 1] = '\0';
	return text;
}

static const struct { const char *text, *ts, *back; } good[] = {
	{ "10.1.0.0/16=10.2.0.0/16", "{\"src\":[\"10.1.0.0/16\"],\"dst\":[\"10.2.0.0/16\"]}",
	    "{\"src\":[\"10.2.0.0/16\"],\"dst\":[\"10.1.0.0/16\"]}" },
	{ "any=2001:db8::/32[tcp/443]", "{\"dst\":[\"2001:db8::/32\"],\"proto\":\"tcp\",\"dport\":443}",
	    "{\"src\":[\"2001:db8::/32\"],\"proto\":\"tcp\",\"sport\":443}" },
	{ "1.2.3.4,1.2.3.8-1.2.3.9[udp/1-1023]=any[udp]",
	    "{\"src\":[\"1.2.3.4/32\",\"1.2.3.8/31\"],\"proto\":\"udp\",\"sport\":\"1-1023\"}",
	    "{\"dst\":[\"1.2.3.4/32\",\"1.2.3.8/31\"],\"proto\":\"udp\",\"dport\":\"1-1023\"}" },
	{ "any[47]=any", "{\"proto\":\"gre\"}", "{\"proto\":\"gre\"}" },
	{ "any[icmp]=::/0,0.0.0.0/0[any]", "{\"dst\":[\"::/0\",\"0.0.0.0/0\"],\"proto\":\"icmp\"}",
	    "{\"src\":[\"::/0\",\"0.0.0.0/0\"],\"proto\":\"icmp\"}" },
};

Test(ts, good_ones_and_their_reverse)
{
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct selector ts;
		struct err e;
		char *text;

		cr_assert_eq(ts_parse(&ts, good[i].text, &e), 0, "%s: %s", good[i].text, e.text);
		text = shown(&ts);
		cr_expect_str_eq(text, good[i].ts);
		free(text);
		ts_reverse(&ts);
		text = shown(&ts);
		cr_expect_str_eq(text, good[i].back);
		free(text);
	}
}

Test(ts, bad_ones)
{
	static const struct { const char *text, *why; } rows[] = {
		{ "", "wanted MINE=THEIRS" },
		{ "10.1.0.0/16", "wanted MINE=THEIRS" },
		{ "=", "wanted addresses, or \"any\"" },
		{ "any=", "wanted addresses, or \"any\"" },
		{ "any=[tcp]", "wanted addresses, or \"any\"" },
		{ "any=any[tcp", "wanted \"]\" after \"[tcp\"" },
		{ "any=any[", "wanted \"]\" after \"[\"" },
		{ "any[tcp]x=any", "wanted \"]\" after \"[tcp]x\"" },
		{ "any=any[]", "found \"\", wanted a protocol's name or number" },
		{ "any=any[tpc]", "found \"tpc\", wanted a protocol's name or number" },
		{ "any[tcp]=any[udp]", "found protocols 6 and 17, wanted one for both sides" },
		{ "any=any[tcp/]", "port: found nothing, wanted a number" },
		{ "any=any[tcp/70000]", "port: found 70000, wanted 0 to 65535" },
		{ "any=any[tcp/9-8]", "port: found 8, wanted 9 to 65535" },
		{ "any=any[icmp/8]", "found \"icmp/8\", but icmp has no ports" },
		{ "10.0.0.0/8=::/0", "found IPv4 on one side and IPv6 on the other" },
		{ "10.0.0.0/33=any", "prefix length: found 33, wanted 0 to 32" },
		{ "10.0.0.1,=any", "found \"\", wanted an IPv4 or IPv6 address" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct selector ts;
		struct err e = { .text = "" };

		cr_expect_eq(ts_parse(&ts, rows[i].text, &e), -1, "%s", rows[i].text);
		cr_expect_str_eq(e.text, rows[i].why);
	}
}

Test(ts, seventeen_ranges)
{
	char text[17 * 8 + 8] = "";
	struct selector ts;
	struct err e;

	for (int i = 0; i < 17; i++)
		strcat(text, i == 0 ? "1.1.1.1" : ",1.1.1.1");
	strcat(text, "=any");
	cr_expect_eq(ts_parse(&ts, text, &e), -1);
	cr_expect_str_eq(e.text, "found more than 16 ranges");
}
