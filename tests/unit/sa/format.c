#include <criterion/criterion.h>
#include <stdlib.h>

#include "load.h"
#include "unit/want.h"

/* The SAs, then what was noted. */
static char *print_all(const struct loaded *l)
{
	char *sas = load_print(l, true), *all = NULL;
	size_t n;
	FILE *to = open_memstream(&all, &n);

	fputs(sas, to);
	for (const char *p = l->notes; *p != '\0'; p += strcspn(p, "\n") + 1)
		fprintf(to, "note: %.*s\n", (int)strcspn(p, "\n"), p);
	fclose(to);
	free(sas);
	return all;
}

/* tests/sa/NAME.txt in pieces of any size gives tests/sa/NAME.want (UPDATE=1 writes it).  For want of real dumps
 * setkey-dump, openbsd, vpp, vpp-show and ipdecap are what formats were described to be. */
Test(format, files)
{
	static const char *const names[] = {
		"native", "xfrm", "xfrm-s", "xfrm-oneline", "xfrm-noisy", "kernel-bundle-esp-ah-tra44",
		"kernel-ah-tun44-sha512-256-esn-cross", "kernel-ipcomp-tun44", "kernel-esp-natt",
		"kernel-esp-ccm", "xfrm-add", "xfrm-policy", "wireshark", "tcpdump", "setkey",
		"setkey-dump", "openbsd", "vpp", "vpp-show", "scapy", "ipdecap",
		"kernel-policy-bundle-ipcomp-esp-ah-tra44",
		"kernel-policy-esp-beet-4in6-aes128cbc-sha256-128", "strongswan",
		"strongswan-rekey", "libreswan", "fortigate", "mikrotik", "cisco", "juniper",
		"paloalto",
	};
	static const size_t steps[] = { 1, 7, 4096, 1 << 20 };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char path[128], want[128], *text;
		size_t n;

		snprintf(path, sizeof path, "tests/sa/%s.txt", names[i]);
		snprintf(want, sizeof want, "tests/sa/%s.want", names[i]);
		text = load_file(path, &n);
		for (size_t k = 0; k < 4; k++) {
			struct loaded l;
			char *got;

			load(&l, text, n, steps[k]);
			cr_assert_eq(l.rc, 0, "%s by %zu: %s", names[i], steps[k], l.e.text);
			got = print_all(&l);
			expect_want(want, got);
			free(got);
			sad_free(l.sad);
		}
		free(text);
	}
}

/* What was written reads back as the same. */
Test(format, round_trip)
{
	struct loaded a, b;
	char *text, *one, *two;
	size_t n;

	text = load_file("tests/sa/native.want", &n);
	load(&a, text, n, n);
	cr_assert_eq(a.rc, 0, "%s", a.e.text);
	one = load_print(&a, true);
	cr_expect_str_eq(one, text);
	free(text);
	text = load_print(&a, false);
	cr_expect_null(strstr(text, "_key"), "keys are left out: %s", text);
	load(&b, one, strlen(one), 100);
	two = load_print(&b, true);
	cr_expect_str_eq(one, two);
	free(text);
	free(one);
	free(two);
	sad_free(a.sad);
	sad_free(b.sad);
}

Test(format, notes)
{
	struct loaded l;
	size_t n;
	char *text = load_file("tests/sa/xfrm-noisy.txt", &n);

	load(&l, text, n, 64);
	cr_expect_not_null(strstr(l.notes, "f:26:8: passed over a state of protocol hao\n"));
	cr_expect_not_null(strstr(l.notes, "f:28:16: passed over an SA that has no SPI yet\n"));
	cr_expect_not_null(strstr(l.notes, "unknown algorithm \"cbc(\x01odd)\"\n"), "%s", l.notes);
	free(text);
	sad_free(l.sad);
}

#define HEAD "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00000100 reqid 0 mode tunnel\n"

#define ADD "ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x100 "

/* What is repaired is said, and marked guessed; a text is a text. */
Test(format, xfrm_repairs)
{
	static const struct { const char *text, *notes, *want; } rows[] = {
		{ HEAD "\tE:cbc(aes) 7cf1de2c 794f4fd 1020304 c0d0e0f\n\tA:hmac(sha1) 7cf1de2c 794f4fd 1020304 c0d0e0f 1\n",
		    "f:3:13: put back the leading zeros that are not printed\nf:4:15: put back the leading zeros that are "
		    "not printed\n", "\"encr_key\":\"7cf1de2c0794f4fd010203040c0d0e0f\",\"integ\":\"hmac-sha1-96\",\"integ_key\":"
		    "\"7cf1de2c0794f4fd010203040c0d0e0f00000001\"" },
		{ HEAD "\taead rfc4106(gcm(aes)) 0x7cf1de2c 794f4fd 1020304 c0d0e0f 10111213 96\n",
		    "f:3:25: put back the leading zeros that are not printed\n", "\"encr\":\"aes-gcm-12\",\"encr_key\":"
		    "\"7cf1de2c0794f4fd010203040c0d0e0f10111213\"" },
		{ HEAD "\taead rfc4106(gcm(aes)) 0x7cf1de2c0794f4fd010203040c0d0e0f10111213\n", "f:3:2: the length of the ICV "
		    "is missing: the key may be damaged, too\n", "\"guessed\":[\"encr\"]" },
		{ ADD "enc aes abcdefghijklmnop\n", "f:1:75: a key without 0x is a text for ip\n",
		    "\"encr_key\":\"6162636465666768696a6b6c6d6e6f70\",\"integ\":\"none\",\"esn\":false,\"replay_window\":0,\"reqid\":0,"
		    "\"origin\"" },
		/* what stands in place of a key */
		{ "\"IPv4\",\"*\",\"*\",\"0x1\",\"AES-CBC [RFC3602]\",\"<<Keys hidden>>\",\"HMAC-SHA-1-96 [RFC2404]\",\"***\"\n", "",
		    "\"encr\":\"aes-cbc\",\"integ\":\"hmac-sha1-96\",\"origin\"" },
		{ ADD "enc aes 0123456789abcdef\n", "f:1:75: a key without 0x is a text for ip\n",
		    "\"guessed\":[\"encr_key\"]" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct loaded l;
		char *got;

		load(&l, rows[i].text, strlen(rows[i].text), 7);
		cr_assert_eq(l.rc, 0, "row %zu: %s", i, l.e.text);
		got = load_print(&l, true);
		cr_expect_str_eq(l.notes, rows[i].notes, "row %zu: %s", i, l.notes);
		cr_expect_not_null(strstr(got, rows[i].want), "row %zu: %s", i, got);
		free(got);
		sad_free(l.sad);
	}
}

/* An SPI in two bases that differ is damaged: no SA is made of it. */
Test(format, spi_twice)
{
	static const struct { const char *text, *words; } rows[] = {
		{ "192.0.2.1 192.0.2.2\n\tesp mode=tunnel spi=3232235521(0xc0a80002) reqid=0(0x00000000)\n\tE: null\n",
		    "f:2:22: passed over: wanted a number, the same one in both bases\n" },
		{ "[0] sa 10 (0xa) spi 4097 (0x1000) protocol:esp flags:[]\n   crypto alg none\n   integrity alg none\n",
		    "f:1:1: passed over: wanted spi and a number, the same one in both bases\n" },
		{ "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0xc0a80001(3232235522) reqid 0 mode tunnel\n\tenc "
		    "ecb(cipher_null) \n", "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct loaded l;

		load(&l, rows[i].text, strlen(rows[i].text), 7);
		cr_expect_eq(l.rc, -1);
		cr_expect_eq(sad_count(l.sad), 0u);
		cr_expect_str_eq(l.notes, rows[i].words, "row %zu: %s", i, l.notes);
		cr_expect_not_null(strstr(l.e.text, i == 2 ? "f:2:16: wanted spi and a number, the same one in both bases"
		    : "f: found no SA"), "row %zu: %s", i, l.e.text);
		sad_free(l.sad);
	}
}

#define GCM "{\"proto\":\"esp\",\"spi\":1,\"encr\":\"aes-gcm-16\","

Test(format, errors)
{
	static const struct { const char *text, *words; enum err_kind kind; } rows[] = {
		{ "", "f: empty", ERR_DATA },
		{ " \r\n\t\n", "f: empty", ERR_DATA },
		{ "hello\n", "f: found no SA; wanted descriptors, ipsec-sa(5), or a format of "
		    "ipsec-formats(5)", ERR_INPUT },
		{ "{\"type\":\"ike\"}\n", "f: found keys of IKE SAs, wanted SAs; ipsec-ike decode "
		    "--print-sa --keys f -r CAPTURE makes them", ERR_INPUT },
		{ "0102030405060708,1112131415161718,00,00,\"x\",,,\"y\"\n", "f: found keys of IKE SAs, "
		    "wanted SAs; ipsec-ike decode --print-sa --keys f -r CAPTURE makes them", ERR_INPUT },
		{ "\x1f\x8b\x08\x08", "f: found gzip, wanted text: zcat unpacks it", ERR_INPUT },
		{ "\xff\xfes", "f: found UTF-16, wanted UTF-8: iconv -f UTF-16 -t UTF-8 converts it", ERR_INPUT },
		{ "\xd4\xc3\xb2\xa1\x02", "f: found a capture, wanted SAs", ERR_INPUT },
		{ "{\x01\x80 \n{;\n", "f: found no SA; wanted descriptors, ipsec-sa(5), or a format of "
		    "ipsec-formats(5)", ERR_INPUT },
		{ "{proto:\"esp\"}\n", "f:1:6: not JSON: string or '}' expected", ERR_INPUT },
		{ "{\n", "f:1:1: wanted one whole object in a line (jq -c writes such)", ERR_INPUT },
		{ "\n{\"proto\":\"esp\",\"spi\":1,\"encr\":\"aes-gmc-16\"}\n",
		    "f:2:31: unknown encr \"aes-gmc-16\", nearest is \"aes-gcm-16\"", ERR_INPUT },
		{ "{\"proto\":\"esp\",\"sip\":1}", "f:1:16: unknown key \"sip\", nearest is \"spi\"", ERR_INPUT },
		{ "{\"proto\":\"esp\",\"spi\":0}", "f:1:22: spi: found 0, wanted 1 to 4294967295", ERR_INPUT },
		{ "{\"proto\":\"ipcomp\",\"spi\":65536}", "f:1:1: found CPI 0x10000, wanted 1 to 65535 "
		    "(RFC 3173 2.2)", ERR_INPUT },
		{ "{\"v\":2}", "f:1:6: v: found version 2 of the descriptor, wanted 1: it was written by a "
		    "newer program", ERR_INPUT },
		{ "{\"type\":\"as\"}", "f:1:9: unknown type \"as\", nearest is \"sa\"", ERR_INPUT },
		{ "{\"spi\":1}", "f:1:1: wanted proto: esp, ah or ipcomp", ERR_INPUT },
		{ "{\"proto\":\"esp\",\"spi\":1}", "f:1:1: wanted encr: the cipher, or \"null\"", ERR_INPUT },
		{ "{\"proto\":\"esp\",\"spi\":1,\"encr\":\"aes-cbc\"}",
		    "f:1:1: wanted integ: an integrity algorithm, or \"none\"", ERR_INPUT },
		{ "{\"proto\":\"ah\",\"spi\":1}", "f:1:1: wanted integ: ah needs an integrity algorithm",
		    ERR_INPUT },
		{ "{\"proto\":\"ah\",\"spi\":1,\"encr\":\"null\",\"integ\":\"hmac-sha1-96\"}",
		    "f:1:30: encr: found \"null\", but ah does not encrypt", ERR_INPUT },
		{ GCM "\"integ\":\"hmac-sha1-96\"}", "f:1:52: integ: found \"hmac-sha1-96\", but aes-gcm-16 "
		    "has its own integrity check, wanted \"none\" or no integ", ERR_INPUT },
		{ GCM "\"encr_key\":\"000102030405060708090a0b0c0d0e0f\"}", "f:1:55: encr_key: found 16 bytes, "
		    "wanted 20 for aes-gcm-16: the key lacks its salt, the last 4 bytes of the KEYMAT",
		    ERR_INPUT },
		{ GCM "\"encr_key\":\"0001\"}", "f:1:55: encr_key: found a key of 2 bytes, wanted 20, 28 or 36 "
		    "for aes-gcm-16", ERR_INPUT },
		{ GCM "\"encr_key\":\"000\"}", "f:1:55: encr_key: found 3 hex digits, wanted an even number",
		    ERR_INPUT },
		{ GCM "\"encr_key\":\"00zz\"}", "f:1:55: encr_key: found something else than a hex digit as "
		    "digit 3, wanted hex", ERR_INPUT },
		{ GCM "\"icv_bits\":64}", "f:1:55: icv_bits: found an ICV length, but the name aes-gcm-16 says "
		    "it", ERR_INPUT },
		{ GCM "\"salt\":\"00\"}", "f:1:51: salt: found without encr_key", ERR_INPUT },
		{ "{\"proto\":\"esp\",\"spi\":1,\"encr\":\"aes128gcm16\",\"encr_key\":\"0001020304050607"
		    "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223\"}",
		    "f:1:56: encr_key: found 36 bytes, wanted 20 for \"aes128gcm16\"", ERR_INPUT },
		{ GCM "\"ts\":[{\"src\":[\"10.0.0.0/8\",\"10.0.0.0/40\"]}]}",
		    "f:1:71: src: prefix length: found 40, wanted 0 to 32", ERR_INPUT },
		{ GCM "\"encap\":{\"type\":\"udp\",\"sprot\":1}}", "f:1:66: unknown key \"sprot\", nearest is "
		    "\"sport\"", ERR_INPUT },
		{ GCM "\"esn\":\"yes\"}", "f:1:50: esn: wanted true or false", ERR_INPUT },
		{ GCM "\"esn\":true,\"esn\":true}", "f:1:59: not JSON: duplicate object key", ERR_INPUT },
		{ HEAD "\tenc cbc(aes) 0x0001\n", "f:3:15: found a key of 2 bytes, wanted 16, 24 or 32 for "
		    "aes-cbc", ERR_INPUT },
		/* of a command, what is no number is not passed over */
		{ ADD "mark zz mask 0xff enc aes 0x00\n", "f:1:72: mark: found \"zz\", wanted a number", ERR_INPUT },
		{ ADD "mark 5 mask zz enc aes 0x00\n", "f:1:79: mark: found \"zz\", wanted a number", ERR_INPUT },
		{ ADD "replay-window 3x enc aes 0x00\n", "f:1:81: replay-window: found \"3x\", wanted a number", ERR_INPUT },
		{ ADD "if_id foo\n", "f:1:73: if_id: found \"foo\", wanted a number", ERR_INPUT },
		{ ADD "encap espinudp 4500 b 0.0.0.0\n", "f:1:87: encap: found \"b\", wanted a number", ERR_INPUT },
		/* what stands behind a key shows that its end was lost */
		{ HEAD "\tenc cbc(aes) 0x000102030405060708090a0b0c0d0e08 bits)\n", "f:3:15: found \"bits)\" without what "
		    "stands before it: the key may be damaged", ERR_INPUT },
		{ "add 192.0.2.1 192.0.2.2 esp 0x1000 -E aes-cbc 0x000102030405060708090a0b0c0d0e0f add 192.0.2.2 192.0.2.1 "
		    "esp 0x1001 -E null;\n", "f:1:82: found \"add\" in one statement with what is before it: a ; may be "
		    "missing", ERR_INPUT },
		{ "ipsec sa add 1 spi 4096 esp crypto-alg aes-gcm-128 crypto-key 000102030405060708090a0b0c0d0e0f salt "
		    "00111213\n", "f:1:101: a key: wanted 0x", ERR_INPUT },
		/* the name says the key's size */
		{ "ipsec sa add 1 spi 4096 esp crypto-alg aes-cbc-256 crypto-key 000102030405060708090a0b0c0d0e0f\n",
		    "f:1:63: found a key of 16 bytes, wanted 32 for aes-cbc-256", ERR_INPUT },
		{ "[0] sa 10 (0xa) spi 4096 (0x1000) protocol:esp flags:[tunnel ]\n   salt 0x10111213\n   crypto alg "
		    "aes-gcm-256 key 000102030405060708090a0b0c0d0e0f\n", "f:3:31: found a key of 20 bytes, wanted 36 for "
		    "aes-gcm-256", ERR_INPUT },
		{ "\"IPv4\",\"*\",\"*\",\"1\",\"NULL\",\"\",\"NULL\",\"0x54\",\"2\",\"3\",\"4\"\n",
		    "f:1:1: found more than 10 columns: a line break is missing", ERR_INPUT },
		{ HEAD "\tenc cbc(aes) 0x000\n", "f:3:15: found 3 hex digits, wanted an even number",
		    ERR_INPUT },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct loaded l;

		load(&l, rows[i].text, strlen(rows[i].text), 1 + i % 3);
		cr_expect_eq(l.rc, -1, "row %zu", i);
		cr_expect_str_eq(l.e.text, rows[i].words, "row %zu: %s", i, l.e.text);
		cr_expect_eq(l.e.kind, rows[i].kind, "row %zu", i);
		sad_free(l.sad);
	}
}

/* A growing stream: the last record counts when nothing more is pending, and is completed later. */
Test(format, idle)
{
	static const char one[] = HEAD "\treplay-window 0 flag esn\n\tauth-trunc hmac(sha1) "
	    "0x404142434445464748494a4b4c4d4e4f50515253 96\n";
	static const char two[] = "\tenc cbc(aes) 0x000102030405060708090a0b0c0d0e0f\n\tanti-replay";
	static const char three[] = " esn context:\n\t seq-hi 0x1, seq 0x20, oseq-hi 0x0, oseq 0x11\n";
	struct err e;
	struct sad *sad = sad_new(&e);
	struct format_source *s = format_source_new("f", sad, NULL, NULL, &e);

	cr_assert_eq(format_source_push(s, one, strlen(one), &e), 0);
	cr_assert_eq(format_source_idle(s, &e), 0);
	cr_expect_eq(sad_count(sad), 0, "the cipher is missing");
	cr_assert_eq(format_source_push(s, two, strlen(two), &e), 0);
	cr_assert_eq(format_source_idle(s, &e), 0);
	cr_assert_eq(sad_count(sad), 1);
	cr_expect_eq(sad_at(sad, 0)->sa.esn, SA_YES);
	cr_assert_eq(format_source_push(s, three, strlen(three), &e), 0);
	cr_assert_eq(format_source_end(s, &e), 0);
	cr_expect_eq(sad_count(sad), 1);
	cr_expect_eq(format_source_count(s), 1);
	cr_expect_eq(sad_at(sad, 0)->sa.seq, 0x100000020);
	format_source_free(s);
	sad_free(sad);
}

/* Each row is the only one of its name. */
Test(format, rows)
{
	const struct format *f;
	struct err e;
	size_t n = 0;

	for (; format_row(n) != NULL; n++) {
		cr_expect_eq(format_by_name(&f, format_row(n)->name, &e), 0);
		cr_expect_eq(f, format_row(n), "%s", format_row(n)->name);
	}
	cr_expect_gt(n, 2);
}
