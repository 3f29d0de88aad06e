#include "ike/identity.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/text.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* hex: as charon 5.9.8 sends it for the same text, written out by hand; DN by "openssl asn1parse". */
static const struct { const char *text; uint8_t type; const char *hex, *back; } rows[] = {
	{ "192.0.2.1", 1, "c0000201", NULL },
	{ "gw.example", 2, "67772e6578616d706c65", NULL },
	{ "@gw.example", 2, "67772e6578616d706c65", "gw.example" },
	{ "fqdn:192.0.2.1", 2, "3139322e302e322e31", NULL },
	{ "fqdn:me@x", 2, "6d654078", NULL },
	{ "dns:gw", 2, "6777", "gw" },
	{ "me@example", 3, "6d65406578616d706c65", NULL },
	{ "rfc822:bob", 3, "626f62", NULL },
	{ "email:a@b", 3, "614062", "a@b" },
	{ "2001:db8::1", 5, "20010db8000000000000000000000001", NULL },
	{ "C=XX, CN=gw", 9, "301a310b30090603550406130258583" "10b300906035504030c026777", NULL },
	{ "/C=XX/CN=gw", 9, "301a310b30090603550406130258583" "10b300906035504030c026777", "C=XX, CN=gw" },
	{ "dn:CN=gw", 9, "300d310b300906035504030c026777", "CN=gw" },
	{ "keyid:group 1", 11, "67726f75702031", NULL },
	{ "keyid:0x0102", 11, "0102", "keyid:\1\2" },
	{ "keyid:0x00ff", 11, "00ff", NULL },
	{ "keyid:0x3078", 11, "3078", "keyid:0x" },
	{ "keyid:0x30783031", 11, "30783031", NULL },	/* "0x01" as text */
	{ "%null", 13, "", NULL },
	{ "%any", 0, "", NULL },
	{ "", 0, "", "%any" },
};

Test(identity, text_and_octets)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		char out[IDENTITY_TEXT], hex[2 * IDENTITY_MAX + 1];
		struct identity id, again;
		struct err e;

		cr_assert_eq(identity_parse(&id, rows[i].text, &e), 0, "%s: %s", rows[i].text, e.text);
		cr_expect_eq(id.type, rows[i].type, "%s: type %u", rows[i].text, id.type);
		cr_expect_str_eq(hex_format(hex, identity_span(&id)), rows[i].hex, "%s: %s", rows[i].text, hex);
		identity_format(out, id.type, identity_span(&id));
		cr_expect_str_eq(out, rows[i].back != NULL ? rows[i].back : rows[i].text);
		cr_assert_eq(identity_parse(&again, out, &e), 0, "%s: %s", out, e.text);
		cr_expect(again.type == id.type && again.n == id.n && memcmp(again.data, id.data, id.n) == 0, "%s", out);
	}
}

static const struct { const char *text, *why; } wrong[] = {
	{ "keyid:", "found an identity without a value" },
	{ "@", "found an identity without a value" },
	{ "fqdn:", "found an identity without a value" },
	{ "CN=", NULL },
	{ "=x", NULL },
	{ "XX=gw", NULL },
	{ "dn:gw", NULL },
	{ "/", NULL },
};

Test(identity, what_is_none)
{
	char text[3 * IDENTITY_MAX];
	struct identity id;
	struct err e;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		bool bad = identity_parse(&id, wrong[i].text, &e) < 0;

		cr_expect(bad, "%s", wrong[i].text);
		cr_expect(!bad || wrong[i].why == NULL || strcmp(e.text, wrong[i].why) == 0, "%s: %s", wrong[i].text, e.text);
	}
	memset(text, 'a', sizeof text);
	text[IDENTITY_MAX] = '\0';
	cr_expect_eq(identity_parse(&id, text, &e), 0);
	text[IDENTITY_MAX] = 'a';
	text[IDENTITY_MAX + 1] = '\0';
	cr_expect_eq(identity_parse(&id, text, &e), -1);
	cr_expect_str_eq(e.text, "found an identity of 1025 octets, wanted at most 1024");
	memcpy(text, "keyid:0x", 8);
	memset(text + 8, 'a', 2 * IDENTITY_MAX + 2);
	text[8 + 2 * IDENTITY_MAX + 2] = '\0';
	cr_expect_eq(identity_parse(&id, text, &e), -1);
	text[8 + 2 * IDENTITY_MAX] = '\0';
	cr_expect_eq(identity_parse(&id, text, &e), 0);
	cr_expect_eq(id.n, IDENTITY_MAX);
	cr_expect_not(identity_set(&id, 2, (struct span){ (const uint8_t *)text, IDENTITY_MAX + 1 }));
}

/* What a peer sends may be anything; out holds what is longest. */
Test(identity, anything_has_a_text)
{
	static uint8_t data[2 * IDENTITY_MAX];
	char out[IDENTITY_TEXT];

	memset(data, 0xff, sizeof data);
	for (unsigned type = 0; type < 256; type++)
		for (size_t n = 0; n <= sizeof data; n = n < 20 ? n + 1 : 2 * n)
			cr_assert_leq(strlen(identity_format(out, (uint8_t)type, (struct span){ data, n })), IDENTITY_TEXT - 1);
	cr_expect_str_eq(identity_format(out, 7, (struct span){ data, 2 }), "type 7: 0xffff");
	cr_expect_str_eq(identity_format(out, 1, (struct span){ data, 3 }), "type 1: 0xffffff");
	cr_expect_str_eq(identity_format(out, 9, (struct span){ data, 3 }), "type 9: 0xffffff");
	cr_expect_str_eq(identity_format(out, 2, (struct span){ (const uint8_t *)"a\0b", 3 }), "fqdn:0x610062");
	cr_expect_str_eq(identity_format(out, 2, (struct span){ NULL, 0 }), "fqdn:0x");
}

static const struct { const char *want, *is; bool same; } pairs[] = {
	{ "%any", "gw.example", true }, { "gw.example", "GW.Example", true }, { "gw.example", "gw.exampl", false },
	{ "gw.example", "fqdn:gw.example", true }, { "gw.example", "keyid:gw.example", false },
	{ "gw.example", "rfc822:gw.example", false }, { "me@example", "me@EXAMPLE", true },
	{ "me@example", "Me@example", false }, { "192.0.2.1", "192.0.2.1", true }, { "192.0.2.1", "192.0.2.2", false },
	{ "192.0.2.1", "fqdn:192.0.2.1", false }, { "C=XX, CN=gw", "/C=XX/CN=GW", true },
	{ "C=XX, CN=gw", "CN=gw, C=XX", false }, { "CN=gw", "CN=gw2", false }, { "keyid:a", "keyid:A", false },
	{ "%null", "%null", true }, { "gw.example", "%any", false }, { "gw.example", "*.example", false },
};

Test(identity, equal)
{
	struct identity a, b;
	struct err e;

	for (size_t i = 0; i < COUNT(pairs); i++) {
		cr_assert_eq(identity_parse(&a, pairs[i].want, &e), 0);
		cr_assert_eq(identity_parse(&b, pairs[i].is, &e), 0);
		cr_expect_eq(identity_eq(&a, b.type, identity_span(&b)), pairs[i].same, "%s %s", pairs[i].want, pairs[i].is);
	}
	/* no names at all are not equal */
	a = (struct identity){ .type = 9, .n = 2, .data = { 0x30, 0 } };
	cr_expect_not(identity_eq(&a, 9, identity_span(&a)));
	a.n = 0;
	cr_expect_not(identity_eq(&a, 9, identity_span(&a)));
	a.type = 2;
	cr_expect_not(identity_eq(&a, 2, identity_span(&a)));
}

/* The same Name with PrintableString in place of UTF8String, as other tools write it. */
Test(identity, names_in_other_strings)
{
	uint8_t der[64];
	struct identity a;
	struct err e;
	size_t n;

	cr_assert_eq(identity_parse(&a, "C=XX, CN=gw", &e), 0);
	memcpy(der, a.data, n = a.n);
	cr_assert_eq(der[n - 4], 0x0c);
	der[n - 4] = 0x13;
	cr_expect(identity_eq(&a, 9, (struct span){ der, n }));
	der[n - 1] = 'x';
	cr_expect_not(identity_eq(&a, 9, (struct span){ der, n }));
}
