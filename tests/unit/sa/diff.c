#include <criterion/criterion.h>
#include <string.h>

#include "load.h"
#include "report/finding.h"
#include "sa/diff.h"

#define HEAD "{\"proto\":\"esp\",\"spi\":\"0x1000\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\","
#define CBC "\"encr\":\"aes-cbc\",\"encr_key\":\"8f1d3c5a7e90b2461c0d5e8f7a3b9d24\","
#define SHAKEY "\"integ_key\":\"9a7d1f4be2c8036655f1aa9e3c70d8124bb1e75f02c93a68d4e7160f8b2c5d91\""
#define SHA "\"integ\":\"hmac-sha2-256-128\"," SHAKEY
#define GCM "\"encr\":\"aes-gcm-16\",\"encr_key\":\"8f1d3c5a7e90b2461c0d5e8f7a3b9d2466aa10ff\""
#define GCM_X "\"encr\":\"aes-gcm-16\",\"encr_key\":\"001d3c5a7e90b2461c0d5e8f7a3b9d2466aa10ff\""
#define OUT ",\"dir\":\"out\"}"
#define IN ",\"dir\":\"in\"}"

/* ids of all differences in order; text: what the first one says, or part of it. */
static const struct { const char *a, *b, *ids, *text; } rows[] = {
	{ HEAD CBC SHA "}", HEAD CBC SHA "}", "", "" },
	{ HEAD CBC SHA OUT, HEAD CBC SHA ",\"icv_bits\":96" IN, "icv",
	    "A sends a 128-bit ICV, B expects 96: B drops every packet as an integrity failure" },
	{ HEAD CBC SHA IN, HEAD CBC SHA ",\"icv_bits\":96" OUT, "icv",
	    "B sends a 96-bit ICV, A expects 128: A drops every packet" },
	{ HEAD CBC SHA "}", HEAD CBC "\"integ\":\"hmac-sha2-256-96\"," SHAKEY "}", "icv",
	    "A has an ICV of 128 bits, B of 96: whoever receives drops every packet" },
	{ HEAD CBC SHA "}", HEAD CBC SHA ",\"icv_bits\":64}", "icv", "A has an ICV of 128 bits, B of 64" },
	{ HEAD CBC SHA "}", HEAD GCM "}", "encr", "A has aes-cbc-128 + hmac-sha2-256-128, B has aes-gcm-16-128" },
	{ HEAD GCM OUT, HEAD CBC SHA IN, "encr", "A encrypts with aes-gcm-16-128, B decrypts with aes-cbc-128" },
	{ HEAD CBC SHA OUT, HEAD "\"encr\":\"aes-cbc\",\"encr_key\":\"8f1d3c5a7e90b2461c0d5e8f7a3b9d240011223344556677\","
	    SHA IN, "encr-bits", "A encrypts with aes-cbc-128 + hmac-sha2-256-128, B has aes-cbc-192" },
	{ HEAD CBC SHA "}", HEAD "\"encr\":\"aes-cbc\",\"encr_key\":\"001d3c5a7e90b2461c0d5e8f7a3b9d24\"," SHA "}", "encr-key",
	    "the encryption keys differ: the ICV is good" },
	{ HEAD GCM OUT, HEAD "\"encr\":\"aes-gcm-16\",\"encr_key\":\"001d3c5a7e90b2461c0d5e8f7a3b9d2466aa10ff\"" IN,
	    "encr-key", "the encryption keys differ: B drops every packet as an integrity failure" },
	{ HEAD GCM "}", HEAD "\"encr\":\"aes-gcm-16\",\"encr_key\":\"8f1d3c5a7e90b2461c0d5e8f7a3b9d2466aa1000\"}", "salt",
	    "the salts differ" },
	{ HEAD CBC SHA "}", HEAD CBC "\"integ\":\"hmac-sha1-96\",\"integ_key\":\"9a7d1f4be2c8036655f1aa9e3c70d81201020407\"}",
	    "integ", "A has aes-cbc-128 + hmac-sha2-256-128, B has aes-cbc-128 + hmac-sha1-96" },
	{ HEAD CBC SHA "}", HEAD CBC "\"integ\":\"none\"}", "integ", "" },
	{ HEAD CBC SHA "}", HEAD CBC "\"integ\":\"hmac-sha2-256-128\",\"integ_key\":"
	    "\"007d1f4be2c8036655f1aa9e3c70d8124bb1e75f02c93a68d4e7160f8b2c5d91\"}", "integ-key", "the integrity keys differ" },
	{ HEAD GCM ",\"esn\":true" OUT, HEAD GCM ",\"esn\":false" IN, "esn", "extended sequence numbers: A yes, B no" },
	{ HEAD GCM ",\"esn\":true}", HEAD GCM "}", "", "" },
	{ HEAD GCM ",\"mode\":\"tunnel\"" OUT, HEAD GCM ",\"mode\":\"transport\"" IN, "mode",
	    "A sends in tunnel mode, B expects transport" },
	{ HEAD GCM ",\"encap\":{\"type\":\"udp\",\"sport\":4500,\"dport\":4500}" OUT, HEAD GCM IN, "encap",
	    "A sends with encapsulation udp 4500 4500, B expects none" },
	{ HEAD GCM ",\"ts\":{\"src\":[\"10.1.0.0/16\"]}}", HEAD GCM ",\"ts\":{\"src\":[\"10.1.0.0/24\"]}}", "ts",
	    "traffic selectors: A 10.1.0.0/16 > any, B 10.1.0.0/24 > any" },
	{ HEAD GCM ",\"ts\":[{\"proto\":\"tcp\"},{\"proto\":\"udp\"}]}", HEAD GCM ",\"ts\":[{\"proto\":\"udp\"},{\"proto\":\"tcp\"}]}",
	    "", "" },
	{ HEAD GCM OUT, "{\"proto\":\"esp\",\"spi\":\"0x1001\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\"," GCM IN,
	    "missing-at-receiver missing-at-sender", "A sends on this SA, B does not have it: B drops every packet" },
	{ HEAD GCM "}", "{\"proto\":\"esp\",\"spi\":\"0x1001\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\"," GCM "}",
	    "missing missing", "only A has this SA" },
	/* through a NAT: other addresses, the same SPI */
	{ HEAD GCM "}", "{\"proto\":\"esp\",\"spi\":\"0x1000\",\"src\":\"198.51.100.7\",\"dst\":\"192.0.2.2\"," GCM "}", "nat",
	    "the ends see other addresses: A 192.0.2.1 > 192.0.2.2, B 198.51.100.7 > 192.0.2.2" },
	/* one end does not tell where from: no NAT */
	{ HEAD GCM "}", "{\"proto\":\"esp\",\"spi\":\"0x1000\",\"dst\":\"192.0.2.2\"," GCM "}", "", "" },
	/* any of the candidates may be the one */
	{ HEAD GCM_X ",\"candidate\":\"c\"}\n" HEAD GCM ",\"candidate\":\"c\"}", HEAD GCM "}", "", "" },
	{ HEAD GCM "}", HEAD GCM_X ",\"candidate\":\"c\"}\n" HEAD GCM ",\"candidate\":\"c\"}", "", "" },
	{ HEAD GCM_X ",\"candidate\":\"c\"}\n" HEAD GCM ",\"candidate\":\"c\"}",
	    HEAD "\"encr\":\"aes-gcm-16\",\"encr_key\":\"101d3c5a7e90b2461c0d5e8f7a3b9d2466aa10ff\"}", "encr-key", "" },
	{ HEAD GCM "}", HEAD "\"encr\":\"aes-gcm-16\"}", "unknown-key", "" },
	{ HEAD GCM ",\"expires\":\"2000-01-01T00:00:00Z\"}", HEAD GCM "}", "expired-at-one-end", "past its hard limit at A" },
	{ HEAD GCM ",\"life\":{\"hard\":{\"s\":60}}}", HEAD GCM ",\"life\":{\"hard\":{\"s\":3600}}}", "life",
	    "limits: A up to 1 min, B up to 1 h" },
	{ HEAD GCM ",\"life\":{\"used\":{\"packets\":9}}" OUT, HEAD GCM ",\"life\":{\"used\":{\"packets\":7}}" IN, "lost",
	    "A sent 9 packets, B opened 7: 2 were lost" },
	{ HEAD GCM ",\"life\":{\"used\":{\"packets\":7}}" IN, HEAD GCM ",\"life\":{\"used\":{\"packets\":9}}" OUT, "lost",
	    "B sent 9 packets, A opened 7: 2 were lost" },
	/* the window is the receiver's */
	{ HEAD GCM ",\"replay_window\":0,\"esn\":true}", HEAD GCM ",\"replay_window\":32,\"esn\":false}", "esn",
	    "extended sequence numbers: A yes, B no; the high half is part of what the ICV covers: B drops" },
};

Test(diff, finds)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct findings f = { 0 };
		struct diff d = { 0 };
		struct loaded a, b;
		char ids[256] = "";
		struct err e;

		load(&a, rows[i].a, strlen(rows[i].a), 100);
		load(&b, rows[i].b, strlen(rows[i].b), 100);
		cr_assert(a.rc == 0 && b.rc == 0, "row %zu: %s %s", i, a.e.text, b.e.text);
		cr_assert_eq(diff_all(&d, a.sad, b.sad, INT64_C(1700000000000000000), &e), 0);
		for (size_t k = 0; k < d.n; k++) {
			snprintf(ids + strlen(ids), sizeof ids - strlen(ids), "%s%s", k > 0 ? " " : "",
			    advice_of_diff(d.hit[k].id)->id);
			cr_assert_eq(findings_add_diff(&f, &d.hit[k], &e), 0);
		}
		cr_expect_str_eq(ids, rows[i].ids, "row %zu: \"%s\", wanted \"%s\"", i, ids, rows[i].ids);
		if (f.n > 0)
			cr_expect_not_null(strstr(f.list[0].text, rows[i].text), "row %zu: \"%s\"", i, f.list[0].text);
		findings_clear(&f);
		diff_clear(&d);
		sad_free(a.sad);
		sad_free(b.sad);
	}
}

/* With several SAs of one SPI those whose addresses fit go together. */
Test(diff, pairs_by_addresses)
{
	static const char one[] = HEAD GCM "}\n{\"proto\":\"esp\",\"spi\":\"0x1000\",\"src\":\"192.0.2.9\",\"dst\":\"192.0.2.8\"," GCM "}\n";
	static const char two[] = "{\"proto\":\"esp\",\"spi\":\"0x1000\",\"src\":\"192.0.2.9\",\"dst\":\"192.0.2.8\"," GCM "}\n" HEAD GCM "}\n";
	struct diff d = { 0 };
	struct loaded a, b;
	struct err e;

	load(&a, one, strlen(one), 100);
	load(&b, two, strlen(two), 100);
	cr_assert_eq(diff_all(&d, a.sad, b.sad, 0, &e), 0);
	cr_expect_eq(d.n, 0);
	cr_expect_eq(d.pairs, 2);
	diff_clear(&d);
	sad_free(a.sad);
	sad_free(b.sad);
}

/* What fits better is not taken by what comes first. */
Test(diff, pairs_through_nat)
{
	static const char one[] = "{\"proto\":\"esp\",\"spi\":\"0x1000\",\"src\":\"10.0.0.9\",\"dst\":\"192.0.2.2\"," GCM_X "}\n" HEAD GCM "}\n";
	static const char two[] = HEAD GCM "}\n"
	    "{\"proto\":\"esp\",\"spi\":\"0x1000\",\"src\":\"198.51.100.7\",\"dst\":\"192.0.2.2\"," GCM_X "}\n";
	struct diff d = { 0 };
	struct loaded a, b;
	struct err e;

	load(&a, one, strlen(one), 100);
	load(&b, two, strlen(two), 100);
	cr_assert_eq(diff_all(&d, a.sad, b.sad, 0, &e), 0);
	cr_expect_eq(d.pairs, 2);
	cr_assert_eq(d.n, 1);
	cr_expect_eq(d.hit[0].id, DIFF_NAT);
	diff_clear(&d);
	sad_free(a.sad);
	sad_free(b.sad);
}

Test(diff, every_row_is_worded_and_tested)
{
	size_t n;
	char *page = load_file("man/ipsec-sa.1", &n);

	cr_assert_not_null(page);
	for (enum diff_id id = 0; id < DIFF_COUNT; id++) {
		const struct advice *row = advice_of_diff(id);
		bool tested = false;

		cr_assert_not_null(row->id);
		cr_expect_not_null(strstr(page, row->id), "%s is not in the page", row->id);
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
			tested = tested || strstr(rows[i].ids, row->id) != NULL;
		cr_expect(tested, "%s has no test", row->id);
	}
	free(page);
}
