#include "report/plural.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct { const char *many, *one; } rows[] = {
	{ "ESP 0x1: 1 packets carry a number that was there before", "ESP 0x1: 1 packet carries a number that was there before" },
	{ "1 of 3 packets (33 %) are missing, and 1 of 1 packets fail", "1 of 3 packets (33 %) is missing, and 1 of 1 packet fails" },
	{ "1 of 9 packets verify, and hold no packet: 2 packets are", "1 of 9 packets verifies, and holds no packet: 2 packets are" },
	{ "1 times ICMP said that packets of IPsec are too big", "1 time ICMP said that packets of IPsec are too big" },
	{ "an end went on (1 changes): two SAs are one", "an end went on (1 change): two SAs are one" },
	{ "1 packets with different numbers carry the same IV", "1 packet with different numbers carries the same IV" },
	{ "11 packets are, 0.1 packets are, 192.0.2.1 packets are", "11 packets are, 0.1 packets are, 192.0.2.1 packets are" },
	{ "\"1 packets are\" says 1 packets", "\"1 packets are\" says 1 packet" },
	{ "1 messages were sent again", "1 message was sent again" },
	{ "", "" }, { "1", "1" }, { "1 ", "1 " }, { "1 of", "1 of" }, { "1 of 2 ", "1 of 2 " }, { "number 1 of 2 things are", "number 1 of 2 things are" },
};

Test(plural, one)
{
	char text[200];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		snprintf(text, sizeof text, "%s", rows[i].many);
		plural_fix(text, sizeof text);
		cr_expect_str_eq(text, rows[i].one);
	}
	snprintf(text, sizeof text, "1 packets verify");
	plural_fix(text, 17);
	cr_expect_str_eq(text, "1 packet verifie", "no room for the last octet");
}
