#include <criterion/criterion.h>
#include <stdlib.h>

#include "load.h"
#include "unit/want.h"

/* tests/ike/NAME.txt in pieces of any size gives tests/ike/NAME.want (UPDATE=1 writes it).  The form of
 * fortigate.txt and wireshark.txt is that of real ones; vpp.txt, racoon.txt and libreswan.txt are what the
 * sources of these programs print.  The charon logs are real and compared with their truth by
 * tests/interop/ike_keys.py. */
Test(keyfile, files)
{
	static const char *const names[] = {
		"native", "wireshark", "tcpdump", "libreswan", "fortigate", "vpp", "racoon", "charon",
	};
	static const size_t steps[] = { 1, 7, 4096, 1 << 20 };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char path[128], want[128], *text;
		size_t n;

		snprintf(path, sizeof path, "tests/ike/%s.txt", names[i]);
		snprintf(want, sizeof want, "tests/ike/%s.want", names[i]);
		text = load_file(path, &n);
		for (size_t k = 0; k < 4; k++) {
			struct loaded l;
			char *got;

			load(&l, text, n, steps[k]);
			cr_assert_eq(l.rc, 0, "%s by %zu: %s", names[i], steps[k], l.e.text);
			got = load_print(&l);
			expect_want(want, got);
			free(got);
			unload(&l);
		}
		free(text);
	}
}

/* What keyfile printed reads back as the same. */
Test(keyfile, round_trip)
{
	size_t n;
	char *text = load_file("tests/ike/native.txt", &n), *once, *twice;
	struct loaded l;

	load(&l, text, n, n);
	cr_assert_eq(l.count, 3);
	cr_expect_eq(l.skipped, 2);
	once = load_print(&l);
	unload(&l);
	load(&l, once, strlen(once), 11);
	twice = load_print(&l);
	cr_expect_str_eq(once, twice);
	unload(&l);
	free(text);
	free(once);
	free(twice);
}

/* Several sources and other text in one file. */
Test(keyfile, mixed)
{
	static const char text[] =
	    "hello\n"
	    "{\"type\":\"ike\",\"spi_i\":\"0x1\",\"spi_r\":\"0x2\",\"sk_d\":\"000102030405060708090a0b0c0d0e0f\"}\n"
	    "$ cat ikev1_decryption_table\r\n"
	    "8102030405060708,000102030405060708090a0b0c0d0e0f\r\n"
	    "| ikev2 I 0x0102030405060708 0x1112131415161718 md5:0x404142434445464748494a4b4c4d4e4f "
	    "3des:0x000102030405060708090a0b0c0d0e0f1011121314151617\n"
	    "{\"type\":\"sa\",\"proto\":\"esp\",\"spi\":\"0x1\",\"encr\":\"null\",\"integ\":\"none\"}\n"
	    "  id/spi: 47 0102030405060708/1112131415161718\n"
	    "  proposal: aes128-sha1\n"
	    "  SK_ei: 0001020304050607-08090a0b0c0d0e0f\n";
	struct loaded l;

	load(&l, text, sizeof text - 1, 5);
	cr_assert_eq(l.rc, 0, "%s", l.e.text);
	cr_expect_eq(l.count, 4);
	/* the last two are of one IKE SA and contradict each other */
	cr_expect_eq(l.ring.n, 4);
	cr_expect_str_eq(l.notes, "f:7:1: IKE SA 0x0102030405060708 again with other keys than in f:5: both are tried\n");
	cr_expect_eq(l.ring.sets[1]->k.line, 4);
	cr_expect_str_eq(l.ring.sets[1]->k.format, "wireshark-ikev1");
	cr_expect_str_eq(l.ring.sets[1]->file, "f");
	unload(&l);
}

static const struct { const char *text, *reason; } refused[] = {
	{ "", "f: empty" },
	{ "\n \n", "f: empty" },
	{ "hello\n", "f: found no IKE key; wanted lines of type ike, ipsec-sa(5), or another form of ipsec-formats(5)" },
	{ "{\"type\":\"sa\",\"proto\":\"esp\",\"spi\":\"0x1\",\"encr\":\"null\",\"integ\":\"none\"}",
	  "f: found SAs, wanted keys of IKE SAs: --sa takes those" },
	{ "13[IKE] IKE_SA lab[1] established\n", "f: found no IKE key: charon logs them with ike at level 4" },
	{ "{\"type\":\"ike\"}", "f:1:1: wanted spi_i" },
	{ "{\"type\":\"ike\",\"version\":1}", "f:1:1: wanted cky_i" },
	{ "{", "f:1:1: wanted one whole object in a line (jq -c writes such)" },
	{ "{\"type\":\"ike\",\"spi_i\":0}", "f:1:23: spi_i: found 0, wanted 1 to 18446744073709551615" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"cky_i\":1}", "f:1:33: cky_i: the same SPI under two names" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"sk_x\":\"00\"}", "f:1:25: unknown key \"sk_x\", nearest is \"sk_d\"" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"sk_d\":\"0g\"}", "f:1:32: sk_d: found \"g\" at digit 2 of a hex string" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"sk_d\":\"\"}", "f:1:32: sk_d: wanted hex digits in a string" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"sk_d\":5}", "f:1:32: sk_d: wanted hex digits in a string" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"version\":3}", "f:1:35: version: found 3, wanted 1 to 2" },
	{ "{\"type\":\"ike\",\"v\":2,\"spi_i\":1}",
	  "f:1:19: v: found version 2 of the descriptor, wanted 1: it was written by a newer program" },
	{ "{\"type\":\"ike\",\"cky_i\":1,\"sk_d\":\"00\"}", "f:1:32: sk_d is of IKEv2, other keys are of IKEv1" },
	{ "{\"type\":\"ike\",\"version\":1,\"spi_i\":1,\"sk_d\":\"00\"}",
	  "f:1:25: version: found 1, but there are keys of IKEv2" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"encr\":\"aes-cbc\",\"sk_ei\":\"00\"}",
	  "f:1:50: sk_ei: found a key of 1 bytes, wanted 16, 24 or 32 for aes-cbc" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"encr\":\"aes128\",\"encr_bits\":256}",
	  "f:1:53: encr_bits: found 256, but encr's name has 128 bits" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"encr\":\"aes256gcm16\",\"sk_ei\":"
	  "\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"}",
	  "f:1:54: sk_ei: found a key of 32 bytes: the salt of 4 bytes that aes-gcm-16 wants behind it is missing" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"encr\":\"aes-gcm-16\",\"sk_ai\":\"00\"}",
	  "f:1:53: sk_ai: found a key of 1 bytes, wanted none: aes-gcm-16 checks integrity itself" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"integ\":\"hmac-sha1-96\",\"sk_ai\":\"00\"}",
	  "f:1:56: sk_ai: found a key of 1 bytes, wanted 20 for hmac-sha1-96" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"encr\":\"3des\",\"integ\":\"none\"}",
	  "f:1:47: integ: none is for ciphers that check integrity, 3des does not" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"prf\":\"hmac-sha1\",\"sk_pi\":\"00\"}",
	  "f:1:51: sk_pi: found a key of 1 bytes, wanted 20 for hmac-sha1" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"ke\":[\"curve25519\",\"modp-2049\"]}",
	  "f:1:44: ke: unknown name \"modp-2049\", nearest is \"modp-2048\"" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"ke\":[\"curve25519\"],\"shared\":[\"00\"]}",
	  "f:1:54: shared: found 1 bytes, wanted 32 for curve25519" },
	{ "{\"type\":\"ike\",\"spi_i\":1,\"initiator\":\"300.0.0.1\"}", NULL },
	{ "010203040506070,1112131415161718,000102030405060708090a0b0c0d0e0f,101112131415161718191a1b1c1d1e1f,"
	  "\"AES-CBC-128 [RFC3602]\",,,\"NONE [RFC4306]\"",
	  "f:1:1: SPI: found 15 characters, wanted 16 hex digits" },
	{ "0102030405060708,1112131415161718,000102030405060708090a0b0c0d0e0f,101112131415161718191a1b1c1d1e1,"
	  "\"AES-CBC-128 [RFC3602]\",,,\"NONE [RFC4306]\"", NULL },
	{ "0102030405060708,1112131415161718,000102030405060708090a0b0c0d0e0f,101112131415161718191a1b1c1d1e,"
	  "\"AES-CBC-128 [RFC3602]\",,,\"NONE [RFC4306]\"",
	  "f:1:68: sk_er: found a key of 15 bytes, wanted 16 for aes-cbc with 128 bits" },
	{ "0102030405060708,1112131415161718,000102030405060708090a0b0c0d0e0f,101112131415161718191a1b1c1d1e1f,"
	  "\"AES-CBC-128\",,,\"NONE [RFC4306]\"", "f:1:102: unknown algorithm \"AES-CBC-128\"" },
	{ "0102030405060708,1112131415161718,000102030405060708090a0b0c0d0e0f,101112131415161718191a1b1c1d1e1f,"
	  "\"AES-CBC-128 [RFC3602]\",,", "f:1:1: found 7 columns, wanted 8" },
	{ "0102030405060708,000102030405060708090a0b0c0d0e",
	  "f:1:18: found a key of 15 bytes, wanted 8, 16, 24 or 32" },
	{ "ikev2 I 0x010203040506070 0x1112131415161718 sha1:0x00 aes128:0x00", "f:1:9: SPI: wanted 0x and 16 hex digits" },
	{ "ikev2 I 0x0102030405060708 0x1112131415161718 sha1:0x00 aes128:0x000102030405060708090a0b0c0d0e0f",
	  "f:1:47: sk_ai: found a key of 1 bytes, wanted 20 for hmac-sha1-96" },
	{ "ikev2 I 0x0102030405060708 0x1112131415161718 sha1:4041 aes128:0x00", NULL },
	{ "ikev2 I 0x0102030405060708 0x1112131415161718 sha1 aes128", "f: found 1 IKE SAs, but none of their keys" },
	{ "  id/spi: 1 0102030405060708/111213141516171", "f:1:13: id/spi: wanted two SPIs of 16 hex digits with / between them" },
	{ "  id/spi: 1 0102030405060708/1112131415161718\n  proposal: aes128-sha1\n  SK_ei: 0001020304050607-08090a0b0c0d0e\n",
	  "f:3:1: sk_ei: found a key of 15 bytes, wanted 16 for aes-cbc with 128 bits" },
};

Test(keyfile, refused)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct loaded l;

		load(&l, refused[i].text, strlen(refused[i].text), 1 << 20);
		cr_expect_lt(l.rc, 0, "%s", refused[i].text);
		if (refused[i].reason != NULL)
			cr_expect_str_eq(l.e.text, refused[i].reason);
		cr_expect_eq(l.e.kind, strstr(l.e.text, "empty") != NULL && refused[i].text[0] != '{' ? ERR_DATA : ERR_INPUT);
		for (size_t k = 0; k < l.ring.n; k++)
			cr_expect(!keyset_has_keys(l.ring.sets[k]) || refused[i].text[0] != '{', "%s", refused[i].text);
		unload(&l);
	}
}

/* openswan-lp204 has such keys, and they verify. */
Test(keyfile, odd_hmac_keys)
{
	static const char text[] =
	    "{\"type\":\"ike\",\"spi_i\":\"0x8001020304050607\",\"integ\":\"hmac-sha2-256-128\","
	    "\"sk_ai\":\"f4c101c72118cf31d4682f68b9a29c07\",\"sk_ar\":\"e7354351e9a081c365b2761ac5f815ea\"}\n";
	static const char cut[] =
	    "{\"type\":\"ike\",\"spi_i\":\"0x8001020304050607\",\"integ\":\"hmac-sha2-256-128\","
	    "\"sk_ai\":\"f4c101c72118cf31d4682f68b9a29c07\",\"sk_ar\":\"e7354351e9a081c365b2761ac5f815\"}\n";
	struct loaded l;

	load(&l, text, sizeof text - 1, 64);
	cr_expect_eq(l.rc, 0, "%s", l.e.text);
	cr_expect_str_eq(l.notes, "f:1:1: integrity keys of 16 bytes, where hmac-sha2-256-128 has 32 in IKE: taken as they are\n");
	unload(&l);
	load(&l, cut, sizeof cut - 1, 64);
	cr_expect_lt(l.rc, 0);
	cr_expect_str_eq(l.e.text, "f:1:80: sk_ai: found a key of 16 bytes, wanted 32 for hmac-sha2-256-128");
	unload(&l);
}

Test(keyfile, rows)
{
	const struct format *f, *g;
	struct err e;
	size_t i = 0;

	for (; (f = keyfile_row(i)) != NULL; i++) {
		cr_expect_eq(keyfile_by_name(&g, f->name, &e), 0);
		cr_expect_eq(f, g);
		cr_expect_not_null(f->what);
	}
	cr_expect_gt(i, 8);
	cr_expect_lt(keyfile_by_name(&g, "wiresharks", &e), 0);
	cr_expect_str_eq(e.text, "unknown format \"wiresharks\", nearest is \"wireshark\"");
}
