#include <criterion/criterion.h>

#include "packet/wesp.h"

/* RFC 5840 2: next header, header length, trailer length, flags. */
static const struct {
	const char *why;
	uint8_t p[16];
	uint8_t version;
	bool udp;
	enum verdict v;
	size_t esp;
} rows[] = {
	{ "encrypted", { 0, 0, 0, 0x20 }, 4, false, V_OK, 4 },
	{ "reserved flags are ignored", { 0, 0, 0, 0x2f }, 4, false, V_OK, 4 },
	{ "encrypted, but names a next header", { 4, 0, 0, 0x20 }, 4, false, V_BAD_HEADER, 4 },
	{ "encrypted, but tells an offset", { 0, 12, 0, 0x20 }, 4, false, V_BAD_HEADER, 4 },
	{ "encrypted, but tells an ICV", { 0, 0, 12, 0x20 }, 4, false, V_BAD_HEADER, 4 },
	{ "null, IPv4", { 4, 12, 12, 0 }, 4, false, V_OK, 4 },
	{ "null with an IV of 8", { 4, 20, 16, 0 }, 4, false, V_OK, 4 },
	{ "less than 12", { 4, 8, 12, 0 }, 4, false, V_BAD_HEADER, 4 },
	{ "no multiple of 4", { 4, 13, 12, 0 }, 4, false, V_BAD_HEADER, 4 },
	{ "no multiple of 8 over IPv6", { 4, 20, 12, 0x10 }, 6, false, V_BAD_HEADER, 8 },
	{ "null, IPv6", { 41, 16, 12, 0x10 }, 6, false, V_OK, 8 },
	{ "padding counts", { 41, 12, 12, 0x10 }, 6, false, V_BAD_HEADER, 8 },
	{ "padding over IPv4", { 4, 16, 12, 0x10 }, 4, false, V_BAD_HEADER, 8 },
	{ "version 1", { 0, 0, 0, 0x60 }, 4, false, V_UNSUPPORTED, 4 },
	{ "encrypted in UDP", { 0, 0, 0, 2, 0, 0, 0, 0x20 }, 4, true, V_OK, 8 },
	{ "null in UDP", { 0, 0, 0, 2, 4, 12, 12, 0 }, 4, true, V_OK, 8 },
	{ "null in UDP over IPv6", { 0, 0, 0, 2, 41, 12, 12, 0 }, 6, true, V_OK, 8 },
	{ "padding in UDP over IPv4", { 0, 0, 0, 2, 0, 0, 0, 0x30 }, 4, true, V_BAD_HEADER, 12 },
};

Test(wesp, parse)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct wesp_view w;
		uint8_t p[24] = { 0 };
		size_t need = rows[i].esp + 8;

		memcpy(p, rows[i].p, sizeof rows[i].p);
		cr_expect_eq(wesp_in_udp(p, sizeof p), rows[i].udp, "%s", rows[i].why);
		cr_expect_eq(wesp_parse(&w, p, need, rows[i].version, rows[i].udp), rows[i].v, "%s",
		    rows[i].why);
		cr_expect_eq(w.esp, rows[i].esp, "%s", rows[i].why);
		for (size_t n = 0; n < need; n++)
			cr_expect_eq(wesp_parse(&w, p, n, rows[i].version, rows[i].udp),
			    V_TRUNCATED, "%s: %zu", rows[i].why, n);
	}
	cr_expect_not(wesp_in_udp((const uint8_t *)"\0\0\0", 3));
}

Test(wesp, check)
{
	const uint8_t null[16] = { 4, 20, 16, 0 }, encrypted[16] = { 0, 0, 0, 0x20 };
	struct wesp_view w;

	cr_assert_eq(wesp_parse(&w, null, sizeof null, 4, false), V_OK);
	cr_expect_eq(wesp_check(&w, false, 8, 16, 4), V_OK);
	cr_expect_eq(wesp_check(&w, true, 8, 16, 4), V_BAD_HEADER, "the SA encrypts");
	cr_expect_eq(wesp_check(&w, false, 0, 16, 4), V_BAD_HEADER, "another IV");
	cr_expect_eq(wesp_check(&w, false, 8, 12, 4), V_BAD_HEADER, "another ICV");
	cr_expect_eq(wesp_check(&w, false, 8, 16, 41), V_BAD_HEADER, "another next header");
	cr_assert_eq(wesp_parse(&w, encrypted, sizeof encrypted, 4, false), V_OK);
	cr_expect_eq(wesp_check(&w, true, 8, 16, 4), V_OK, "it hides them");
	cr_expect_eq(wesp_check(&w, false, 8, 16, 4), V_BAD_HEADER);
}
