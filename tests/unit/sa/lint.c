#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "report/advice.h"
#include "sa/lint.h"
#include "load.h"

#define NOW INT64_C(1700000000000000000)
#define ESP "{\"proto\":\"esp\",\"spi\":\"0x1000\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\","
#define BACK "{\"proto\":\"esp\",\"spi\":\"0x2000\",\"src\":\"192.0.2.2\",\"dst\":\"192.0.2.1\","
#define AH "{\"proto\":\"ah\",\"spi\":\"0x3000\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"integ\":\"hmac-sha2-256-128\"," \
	"\"integ_key\":\"9a7d1f4be2c8036655f1aa9e3c70d8124bb1e75f02c93a68d4e7160f8b2c5d91\"}\n"
#define GCM "\"encr\":\"aes-gcm-16\",\"encr_key\":"
#define CBC "\"encr\":\"aes-cbc\",\"encr_key\":\"8f1d3c5a7e90b2461c0d5e8f7a3b9d24\","
#define K1 "\"8f1d3c5a7e90b2461c0d5e8f7a3b9d2466aa10ff\""
#define K2 "\"1f1d3c5a7e90b2461c0d5e8f7a3b9d2477aa10ff\""
#define SHA "\"integ\":\"hmac-sha2-256-128\",\"integ_key\":\"9a7d1f4be2c8036655f1aa9e3c70d8124bb1e75f02c93a68d4e7160f8b2c5d91\""
#define GOOD ESP GCM K1

/* ids: all that must be found of this severity or worse, in order; "": nothing. */
static const struct { const char *text; enum severity least; const char *ids; } rows[] = {
	{ GOOD "}\n" BACK GCM K2 "}\n", SEVERITY_INFO, "" },
	{ GOOD "}", SEVERITY_INFO, "one-way" },
	{ ESP GCM "\"0000000000000000000000000000000012345678\"}", SEVERITY_WARNING, "zero-key" },
	{ ESP CBC "\"integ\":\"hmac-sha1-96\",\"integ_key\":\"0000000000000000000000000000000000000000\"}",
	    SEVERITY_WARNING, "zero-key" },
	{ ESP GCM "\"0123456789abcdef0123456789abcdef12345678\"}", SEVERITY_WARNING, "pattern-key" },
	{ ESP GCM "\"000102030405060708090a0b0c0d0e0f12345678\"}", SEVERITY_WARNING, "pattern-key" },
	{ ESP GCM "\"fffefdfcfbfaf9f8f7f6f5f4f3f2f1f012345678\"}", SEVERITY_WARNING, "pattern-key" },
	{ ESP "\"encr\":\"des\",\"encr_key\":\"fe01fe01fe01fe01\"," SHA "}", SEVERITY_WARNING,
	    "pattern-key des-weak-key encr-must-not" },
	/* parity is not part of the key */
	{ ESP "\"encr\":\"des\",\"encr_key\":\"011e001e010e000f\"," SHA "}", SEVERITY_WARNING,
	    "des-weak-key encr-must-not" },
	{ ESP "\"encr\":\"3des\",\"encr_key\":\"8f1d3c5a7e90b246aabbccddeeff00118f1d3c5a7e90b246\"," SHA "}",
	    SEVERITY_WARNING, "encr-should-not" },
	{ ESP "\"encr\":\"3des\",\"encr_key\":\"8f1d3c5a7e90b2468e1c3d5b7f91b347aabbccddeeff0011\"," SHA "}",
	    SEVERITY_WARNING, "3des-single encr-should-not" },
	{ ESP CBC "\"integ\":\"hmac-sha2-256-128\",\"integ_key\":"
	    "\"8f1d3c5a7e90b2461c0d5e8f7a3b9d244bb1e75f02c93a68d4e7160f8b2c5d91\"}", SEVERITY_WARNING, "key-two-uses" },
	{ GOOD "}\n" BACK GCM K1 "}\n", SEVERITY_WARNING, "counter-key-both-ways" },
	{ GOOD "}\n" BACK GCM "\"8f1d3c5a7e90b2461c0d5e8f7a3b9d2466aa10fe\"}\n", SEVERITY_WARNING, "same-key-both-ways" },
	{ GOOD "}\n{\"proto\":\"esp\",\"spi\":\"0x9000\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.9\"," GCM K1 "}\n",
	    SEVERITY_WARNING, "counter-same-key" },
	{ ESP CBC SHA "}\n" BACK CBC "\"integ\":\"none\"}\n", SEVERITY_WARNING, "no-integrity same-key" },
	{ GOOD "}\n" BACK GCM "\"1f1d3c5a7e90b2461c0d5e8f7a3b9d2466aa10ff\"}\n", SEVERITY_WARNING, "salt-reuse" },
	{ ESP "\"encr\":\"aes-gcm-16\"}", SEVERITY_INFO, "no-key one-way" },
	{ GOOD ",\"guessed\":[\"icv_bits\"]}", SEVERITY_INFO, "guessed one-way" },
	{ GOOD "}\n" ESP GCM K2 "}", SEVERITY_WARNING, "candidates" },
	{ GOOD ",\"insecure\":\"test\"}", SEVERITY_WARNING, "insecure" },
	{ ESP CBC "\"integ\":\"none\"}", SEVERITY_WARNING, "no-integrity" },
	{ ESP CBC "\"integ\":\"none\"}\n" AH, SEVERITY_WARNING, "no-integrity-ah" },
	{ ESP CBC "\"integ\":\"none\",\"bundle\":\"x\"}\n" AH, SEVERITY_WARNING, "no-integrity" },
	{ ESP "\"encr\":\"null\",\"integ\":\"none\"}", SEVERITY_WARNING, "no-protection" },
	{ ESP "\"encr\":\"null\"," SHA "}", SEVERITY_WARNING, "" },
	{ ESP "\"encr\":\"aes-cbc\",\"encr_key\":\"8f1d3c5a7e90b2461c0d5e8f7a3b9d241c0d5e8f7a3b9d24\"," SHA "}",
	    SEVERITY_INFO, "one-way" },
	{ ESP "\"encr\":\"blowfish\",\"encr_key\":\"8f1d3c5a7e90b2461c0d5e8f7a3b9d24\"," SHA "}", SEVERITY_WARNING,
	    "encr-must-not" },
	{ ESP "\"encr\":\"camellia-cbc\",\"encr_key\":\"8f1d3c5a7e90b2461c0d5e8f7a3b9d24\"," SHA "}", SEVERITY_INFO,
	    "encr-not-mentioned one-way" },
	{ ESP "\"encr\":\"aes-ccm-8\",\"encr_key\":\"8f1d3c5a7e90b2461c0d5e8f7a3b9d24abcdef\"}", SEVERITY_INFO, "one-way" },
	{ ESP "\"encr\":\"aes-ccm-8\",\"encr_key\":\"8f1d3c5a7e90b2461c0d5e8f7a3b9d241c0d5e8f7a3b9d24abcdef\"}",
	    SEVERITY_INFO, "encr-not-mentioned one-way" },
	{ ESP CBC "\"integ\":\"hmac-md5-96\",\"integ_key\":\"9a7d1f4be2c8036655f1aa9e3c70d812\"}", SEVERITY_WARNING,
	    "integ-must-not" },
	{ ESP CBC "\"integ\":\"hmac-sha1-96\",\"integ_key\":\"9a7d1f4be2c8036655f1aa9e3c70d81201020407\"}", SEVERITY_INFO,
	    "integ-must-minus one-way" },
	{ ESP CBC "\"integ\":\"aes-cmac-96\",\"integ_key\":\"9a7d1f4be2c8036655f1aa9e3c70d812\"}", SEVERITY_INFO,
	    "integ-not-mentioned one-way" },
	{ ESP CBC SHA ",\"icv_bits\":64}", SEVERITY_WARNING, "icv-short" },
	{ ESP CBC SHA ",\"icv_bits\":96}", SEVERITY_WARNING, "sha256-96" },
	{ ESP CBC "\"integ\":\"hmac-sha2-256-96\",\"integ_key\":"
	    "\"9a7d1f4be2c8036655f1aa9e3c70d8124bb1e75f02c93a68d4e7160f8b2c5d91\"}", SEVERITY_WARNING, "sha256-96" },
	{ "{\"proto\":\"esp\",\"spi\":255," GCM K1 "}", SEVERITY_WARNING, "spi-reserved" },
	{ "{\"proto\":\"esp\",\"spi\":256," GCM K1 "}", SEVERITY_WARNING, "" },
	{ "{\"proto\":\"ipcomp\",\"spi\":2}", SEVERITY_WARNING, "" },
	{ GOOD ",\"esn\":true,\"replay_window\":0}", SEVERITY_WARNING, "esn-no-window" },
	{ GOOD ",\"esn\":true,\"replay_window\":0,\"dir\":\"out\"}", SEVERITY_WARNING, "" },
	{ GOOD ",\"replay_window\":0,\"dir\":\"in\"}", SEVERITY_WARNING, "no-replay-check" },
	{ GOOD ",\"replay_window\":0}", SEVERITY_WARNING, "" },
	{ GOOD ",\"seq\":\"0xffffffff\"}", SEVERITY_WARNING, "seq-exhausted" },
	{ GOOD ",\"seq\":\"0xfffffff0\",\"esn\":false}", SEVERITY_WARNING, "seq-near-end" },
	{ GOOD ",\"seq\":\"0xfffffff0\",\"esn\":true}", SEVERITY_WARNING, "" },
	{ GOOD ",\"seq\":\"0x1fffffff0\"}", SEVERITY_WARNING, "" },
	{ GOOD ",\"expires\":\"2023-11-14T22:13:20Z\"}", SEVERITY_WARNING, "expired" },
	{ GOOD ",\"expires\":\"2023-11-14T22:13:21Z\"}", SEVERITY_WARNING, "" },
	{ GOOD ",\"created\":\"2023-11-14T21:13:20Z\",\"life\":{\"hard\":{\"s\":3600}}}", SEVERITY_WARNING, "expired" },
	{ GOOD ",\"created\":\"2023-11-14T21:13:21Z\",\"life\":{\"hard\":{\"s\":3600},\"soft\":{\"s\":60}}}", SEVERITY_INFO,
	    "rekey-due one-way" },
	{ GOOD ",\"life\":{\"hard\":{\"packets\":10},\"used\":{\"packets\":10}}}", SEVERITY_WARNING, "expired" },
	{ GOOD ",\"life\":{\"hard\":{\"bytes\":10},\"used\":{\"bytes\":9}}}", SEVERITY_WARNING, "" },
	{ GOOD ",\"life\":{\"used\":{\"bytes\":9}}}", SEVERITY_WARNING, "manual-counter" },
	{ ESP CBC SHA ",\"life\":{\"used\":{\"bytes\":9}}}", SEVERITY_INFO, "no-limit one-way" },
	{ ESP "\"encr\":\"3des\",\"encr_key\":\"8f1d3c5a7e90b246aabbccddeeff00118f1d3c5a7e90b246\"," SHA
	    ",\"life\":{\"hard\":{\"s\":3600}}}", SEVERITY_WARNING, "encr-should-not volume-limit" },
	{ ESP "\"encr\":\"3des\",\"encr_key\":\"8f1d3c5a7e90b246aabbccddeeff00118f1d3c5a7e90b246\"," SHA
	    ",\"life\":{\"hard\":{\"bytes\":1073741824}}}", SEVERITY_WARNING, "encr-should-not" },
	{ ESP "\"encr\":\"3des\",\"encr_key\":\"8f1d3c5a7e90b246aabbccddeeff00118f1d3c5a7e90b246\"," SHA
	    ",\"life\":{\"hard\":{\"s\":1},\"used\":{\"bytes\":34359738369}}}", SEVERITY_WARNING,
	    "encr-should-not volume-over" },
	{ GOOD ",\"esn\":true,\"life\":{\"hard\":{\"bytes\":\"0x100000000000000\"}}}", SEVERITY_WARNING, "volume-limit" },
	{ GOOD ",\"esn\":false,\"life\":{\"hard\":{\"bytes\":\"0x100000000000000\"}}}", SEVERITY_WARNING, "" },
};

static void ids_of(const char *text, enum severity least, char out[256])
{
	struct lint lint = { 0 };
	struct loaded l;
	struct err e;

	load(&l, text, strlen(text), 100);
	cr_assert_eq(l.rc, 0, "%s: %s", text, l.e.text);
	cr_assert_eq(lint_all(&lint, l.sad, NOW, &e), 0);
	out[0] = '\0';
	for (size_t i = 0; i < lint.n; i++) {
		const struct advice *row = advice_of_lint(lint.hit[i].id);

		/* of several SAs each says the same: once is enough here */
		if (row->severity >= least && strstr(out, row->id) == NULL)
			snprintf(out + strlen(out), 256 - strlen(out), "%s%s", out[0] != '\0' ? " " : "", row->id);
	}
	lint_clear(&lint);
	sad_free(l.sad);
}

Test(lint, finds)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char got[256];

		ids_of(rows[i].text, rows[i].least, got);
		cr_expect_str_eq(got, rows[i].ids, "%s: \"%s\", wanted \"%s\"", rows[i].text, got, rows[i].ids);
	}
}

/* Each row has its words, an id of its own, and stands in the man page and in a test above. */
Test(lint, every_row_is_worded_and_tested)
{
	static const char *const elsewhere[] = { "key-length", "ah-encap", "same-key", "no-policy", "policy-without-sa" };
	size_t n;
	char *page = load_file("man/ipsec-sa.1", &n);

	cr_assert_not_null(page);
	for (enum lint_id id = 0; id < LINT_COUNT; id++) {
		const struct advice *row = advice_of_lint(id);
		bool tested = false;

		cr_assert_not_null(row->id, "row %d", (int)id);
		cr_assert_not_null(row->text);
		cr_expect_not_null(strstr(page, row->id), "%s is not in the page", row->id);
		for (enum lint_id k = 0; k < id; k++)
			cr_expect_str_neq(row->id, advice_of_lint(k)->id);
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
			tested = tested || strstr(rows[i].ids, row->id) != NULL;
		for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
			tested = tested || strcmp(elsewhere[i], row->id) == 0;
		cr_expect(tested, "%s has no test", row->id);
	}
	free(page);
}

/* What readers refuse, another source of SAs may still hold. */
Test(lint, what_readers_refuse)
{
	uint8_t key[20] = { 1, 7, 3 };
	struct lint l = { 0 };
	struct sa sa;
	struct err e;

	sa_init(&sa);
	sa.proto = SA_ESP;
	sa.spi = 300;
	sa.encr = alg_encr_by_name("aes-cbc", NULL);
	sa.integ = alg_integ_by_name("hmac-sha1-96");
	sa.encr_key = (struct secret){ key, 15 };
	sa.integ_key = (struct secret){ key, 19 };
	sa.encr_key_known = sa.integ_key_known = true;
	cr_assert_eq(lint_sa(&l, &sa, NOW, &e), 0);
	cr_expect_not_null(lint_has(&l, LINT_KEY_LENGTH));
	cr_expect_eq(lint_has(&l, LINT_KEY_LENGTH)->found, 15);
	lint_clear(&l);
	sa.proto = SA_AH;
	sa.encr = NULL;
	sa.encap.type = SA_ENCAP_UDP;
	cr_assert_eq(lint_sa(&l, &sa, NOW, &e), 0);
	cr_expect_not_null(lint_has(&l, LINT_AH_NAT));
	lint_clear(&l);
}

/* Policies beside SAs: those of another reqid, and of a template around a tunnel. */
Test(lint, policies)
{
	static const char state[] =
	    "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00001000 reqid 1 mode tunnel\n"
	    "\taead rfc4106(gcm(aes)) 0x8f1d3c5a7e90b2461c0d5e8f7a3b9d2466aa10ff 128\n";
	static const char policy[] =
	    "src 10.1.0.0/24 dst 10.2.0.0/24 \n\tdir out priority 0 \n"
	    "\ttmpl src 192.0.2.1 dst 192.0.2.2\n\t\tproto esp reqid %c mode tunnel\n";
	static const struct { char reqid; bool no_policy, no_sa; } cases[] = { { '1', false, false }, { '2', true, true } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct lint lint = { 0 };
		struct loaded l;
		char text[1024];
		struct err e;

		snprintf(text, sizeof text, "%s", state);
		snprintf(text + strlen(text), sizeof text - strlen(text), policy, cases[i].reqid);
		load(&l, text, strlen(text), 100);
		cr_assert_eq(l.rc, 0, "%s", l.e.text);
		cr_assert_eq(lint_policies(&lint, l.sad, sad_policies(l.sad), &e), 0);
		cr_expect_eq(lint_has(&lint, LINT_NO_POLICY) != NULL, cases[i].no_policy, "%c", cases[i].reqid);
		cr_expect_eq(lint_has(&lint, LINT_POLICY_NO_SA) != NULL, cases[i].no_sa, "%c", cases[i].reqid);
		lint_clear(&lint);
		sad_free(l.sad);
	}
}
