#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/psk.h"

static void written(enum psk_format f, const struct psk *k, const char *want)
{
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	psk_write(to, f, k);
	fclose(to);
	cr_expect_str_eq(text, want);
	free(text);
}

/* The forms are those of swanctl.conf(5) and libreswan's ipsec.secrets(5). */
Test(psk, formats)
{
	struct psk k = { .hex = "00ff", .base64 = "AP8=", .number = 0xc0de };
	struct err e;

	written(PSK_HEX, &k, "00ff\n");
	written(PSK_BASE64, &k, "AP8=\n");
	written(PSK_SWANCTL, &k, "secrets {\n\tike-0000c0de {\n\t\tsecret = \"0sAP8=\"\n\t}\n}\n");
	written(PSK_LIBRESWAN, &k, ": PSK 0sAP8=\n");
	cr_assert_eq(psk_add_id(&k, "gw.example.org", &e), 0);
	cr_assert_eq(psk_add_id(&k, "2001:db8::1", &e), 0);
	written(PSK_SWANCTL, &k, "secrets {\n\tike-0000c0de {\n\t\tid-1 = \"gw.example.org\"\n"
	    "\t\tid-2 = \"2001:db8::1\"\n\t\tsecret = \"0sAP8=\"\n\t}\n}\n");
	written(PSK_LIBRESWAN, &k, "gw.example.org 2001:db8::1 : PSK 0sAP8=\n");
	cr_expect(psk_format_has_ids(PSK_SWANCTL) && psk_format_has_ids(PSK_LIBRESWAN));
	cr_expect(!psk_format_has_ids(PSK_HEX) && !psk_format_has_ids(PSK_BASE64));
}

/* Nothing that would end the word, begin a comment or another line. */
Test(psk, bad_ids)
{
	static const char *const rows[] = {
		"a b", "a\nb", "a\"b", "a'b", "a#b", "a\\b", "{", "}", ":", "\t", "a\x7f",
	};
	struct psk k = { .nid = 0 };
	struct err e;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(psk_add_id(&k, rows[i], &e), -1, "%s", rows[i]);
	cr_expect_eq(k.nid, 0);
	for (int i = 0; i < PSK_IDS; i++)
		cr_expect_eq(psk_add_id(&k, "gw@example.org", &e), 0);
	cr_expect_eq(psk_add_id(&k, "one-more", &e), -1);
}

/* RFC 4648 10 */
Test(psk, base64)
{
	static const char *const rows[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foobar", "Zm9vYmFy" },
	};
	char text[BASE64_TEXT(6)];

	for (size_t i = 0; i < 5; i++)
		cr_expect_str_eq(base64_format(text, (struct span){ (const uint8_t *)rows[i][0],
		    strlen(rows[i][0]) }), rows[i][1]);
}
