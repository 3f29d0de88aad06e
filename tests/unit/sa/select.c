#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sa/select.h"
#include "load.h"

/* Four SAs; an expression's answer is a letter for each that fits. */
static const char sas[] =
    "{\"proto\":\"esp\",\"spi\":\"0xa0\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"mode\":\"tunnel\","
    "\"encr\":\"aes-gcm-16\",\"encr_key\":\"00112233445566778899aabbccddeeff01020304\",\"esn\":true,"
    "\"reqid\":7,\"dir\":\"out\",\"label\":\"to (Berlin)\",\"created\":\"2026-01-01T00:00:00Z\","
    "\"ts\":{\"src\":[\"10.1.0.0/16\"],\"dst\":[\"10.2.0.0/16\"]}}\n"
    "{\"proto\":\"esp\",\"spi\":\"0xb0\",\"src\":\"192.0.2.2\",\"dst\":\"192.0.2.1\",\"encr\":\"aes-cbc\","
    "\"integ\":\"hmac-sha2-256-128\",\"encr_key\":\"00112233445566778899aabbccddeeff\","
    "\"encap\":{\"type\":\"udp\",\"sport\":4500},\"life\":{\"hard\":{\"bytes\":1000},\"used\":{\"bytes\":5}}}\n"
    "{\"proto\":\"ah\",\"spi\":\"0xc0\",\"src\":\"2001:db8::1\",\"dst\":\"2001:db8::2\",\"mode\":\"transport\","
    "\"integ\":\"hmac-sha1-96\",\"integ_key\":\"000102030405060708090a0b0c0d0e0f10111213\",\"seq\":\"0x100000000\"}\n"
    "{\"proto\":\"ipcomp\",\"spi\":\"0xd0\"}\n";

static const struct { const char *text, *fits; } rows[] = {
	{ "proto=esp", "ab" }, { "proto=esp,ah", "abc" }, { "proto!=esp", "cd" }, { "proto == ESP", "ab" },
	{ "spi=0xb0", "b" }, { "spi=0xa0-0xbf", "ab" }, { "spi<0xb0", "a" }, { "spi>=176", "bcd" },
	{ "spi<=0xb0 and spi>0xa0", "b" },
	{ "src=192.0.2.1", "a" }, { "src=192.0.2.0/24", "ab" }, { "dst=2001:db8::/32,192.0.2.1", "bc" },
	{ "src", "abc" }, { "not src", "d" }, { "!src", "d" }, { "src!=192.0.2.1", "bcd" },
	{ "mode", "ac" }, { "mode=tunnel", "a" }, { "mode!=tunnel", "bcd" }, { "mode~trans", "c" },
	{ "encr=aes-gcm-16", "a" }, { "encr='rfc4106(gcm(aes))'", "a" }, { "encr=aes128gcm16", "a" },
	{ "encr=aes256gcm16", "" }, { "encr=ENCR_AES_CBC", "b" }, { "encr~gcm", "a" }, { "encr~AES", "ab" },
	{ "encr!~gcm", "bcd" }, { "encr_bits=128", "ab" }, { "encr_bits>128", "" },
	{ "integ=sha256", "b" }, { "integ=sha1,sha256", "bc" }, { "integ~sha", "bc" },
	{ "icv_bits=128", "ab" }, { "icv_bits<100", "c" }, { "keys=true", "acd" }, { "keys=no", "b" },
	{ "esn=true", "a" }, { "esn=false", "" }, { "esn!=true", "bcd" },
	{ "seq>0xffffffff", "c" }, { "reqid=7", "a" }, { "dir=out", "a" }, { "dir=in", "" },
	{ "encap", "b" }, { "encap=udp", "b" }, { "encap.sport=4500", "b" }, { "encap.dport", "" },
	{ "ts.dst=10.2.3.4", "a" }, { "ts.dst=10.0.0.0/8", "a" }, { "ts.dst=10.3.0.0/16", "" },
	{ "ts.src=10.1.0.0/16", "a" }, { "label=\"to (Berlin)\"", "a" }, { "label~berlin", "a" },
	{ "life.hard.bytes<2000", "b" }, { "life.used.bytes=5", "b" }, { "life.used.packets=0", "b" },
	{ "created<2026-06-01T00:00:00Z", "a" }, { "created>2026-06-01T00:00:00Z", "" },
	{ "proto=esp and encr~gcm or proto=ah", "ac" }, { "proto=esp and (encr~cbc or proto=ah)", "b" },
	{ "not (proto=esp or proto=ah)", "d" }, { "not not proto=esp", "ab" }, { "!proto=esp&&!proto=ah", "d" },
	{ "proto=ipcomp||spi=0xa0", "ad" }, { "not proto=esp and src", "c" }, { "origin.file=f", "abcd" },
	{ "origin.line>1", "bcd" }, { " ( proto = esp ) ", "ab" },
};

Test(select, fits)
{
	struct loaded l;

	load(&l, sas, strlen(sas), 100);
	cr_assert_eq(l.rc, 0, "%s", l.e.text);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err e;
		struct select *s = select_new(rows[i].text, &e);
		char got[8] = "";

		cr_assert_not_null(s, "%s: %s", rows[i].text, e.text);
		for (uint32_t k = 0; k < sad_count(l.sad); k++)
			if (select_match(s, &sad_at(l.sad, k)->sa))
				strncat(got, &"a\0b\0c\0d"[2 * k], 1);
		cr_expect_str_eq(got, rows[i].fits, "%s: \"%s\", wanted \"%s\"", rows[i].text, got, rows[i].fits);
		select_free(s);
	}
	sad_free(l.sad);
}

static const struct { const char *text, *why; } bad[] = {
	{ "", "column 1: wanted a key" },
	{ "prot=esp", "column 1: unknown key \"prot\", nearest is \"proto\"" },
	{ "proto=esq", "column 7: found \"esq\", nearest is \"esp\"" },
	{ "proto=", "column 7: wanted a value" },
	{ "proto=esp and", "column 14: wanted a key" },
	{ "proto=esp proto=ah", "column 11: found \"proto=ah\", wanted and, or" },
	{ "(proto=esp", "column 1: this bracket is not closed" },
	{ "proto=esp)", "column 10: found \")\"" },
	{ "label=\"x", "column 7: found no second quote" },
	{ "spi=many", "column 5: " }, { "spi=9-3", "column 5: " }, { "spi~1", "column 5: spi is no text" },
	{ "label<a", "column 7: label is no number" },
	{ "encr=aes-gmc-16", "column 6: unknown algorithm \"aes-gmc-16\", nearest is \"aes-gcm-16\"" },
	{ "src=10.0.0.0/33", "column 5: " }, { "created=today", "column 9: " }, { "proto=esp,", "column 11: wanted a value" },
};

Test(select, refuses)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err e = { 0 };
		struct select *s = select_new(bad[i].text, &e);

		cr_expect_null(s, "%s", bad[i].text);
		cr_expect_eq(strncmp(e.text, bad[i].why, strlen(bad[i].why)), 0, "%s: %s", bad[i].text, e.text);
	}
}

Test(select, depth_is_bounded)
{
	char text[2 * SELECT_DEPTH + 16] = "", many[SELECT_MAX + 2];
	struct select *s;
	struct err e;

	for (int i = 0; i < SELECT_DEPTH - 1; i++)
		strcat(text, "(");
	strcat(text, "spi");
	for (int i = 0; i < SELECT_DEPTH - 1; i++)
		strcat(text, ")");
	cr_expect_not_null(s = select_new(text, &e), "%s", e.text);
	select_free(s);
	memset(text, '!', SELECT_DEPTH);
	strcpy(text + SELECT_DEPTH, "spi");
	cr_expect_null(select_new(text, &e));
	memset(many, 'x', sizeof many - 1);
	many[sizeof many - 1] = '\0';
	cr_expect_null(select_new(many, &e));
	cr_expect_str_eq(e.text, "found more than 4096 characters");
}

/* The keys of the man page are those there are. */
Test(select, keys_are_documented)
{
	size_t n;
	char *page = load_file("man/ipsec-sa.1", &n);
	const char *name, *what;

	cr_assert_not_null(page);
	for (size_t i = 0; (name = select_key_name(i, &what)) != NULL; i++) {
		const char *tail = strncmp(name, "life.hard", 9) == 0 || strncmp(name, "life.used", 9) == 0 ? "life.soft" : name;

		cr_expect_not_null(strstr(page, tail), "%s is not in the page", name);
		cr_expect_not_null(what);
	}
	free(page);
}
