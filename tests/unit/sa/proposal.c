#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "sa/proposal.h"

static struct proposal p;
static struct err e;

static void parse(const char *text)
{
	cr_assert_eq(proposal_parse(&p, text, &e), 0, "%s: %s", text, e.text);
}

/* text, alone and beside others, is this cipher and size. */
static void encr_is(const struct alg_encr *a, const char *text, unsigned bits)
{
	static const char *const around[][2] = { { "", "" }, { "", "-esn" }, { "sha256-", "-noesn" } };
	char word[PROPOSAL_MAX];

	for (size_t i = 0; i < 3; i++) {
		snprintf(word, sizeof word, "%s%s%s", around[i][0], text, around[i][1]);
		parse(word);
		cr_expect_eq(p.encr, a, "%s is %s, wanted %s", word, p.encr != NULL ? p.encr->name : "none",
		    a->name);
		cr_expect_eq(p.encr_bits, bits, "%s: %u bits", word, p.encr_bits);
		cr_expect_eq(p.integ == NULL, i < 2, "%s", word);
		cr_expect_eq(p.esn, i == 0 ? SA_UNKNOWN : i == 1 ? SA_YES : SA_NO);
	}
}

static void integ_is(const struct alg_integ *a, const char *text)
{
	char word[PROPOSAL_MAX];

	/* two rows share "NULL", and a cipher comes first */
	snprintf(word, sizeof word, "aes192-%s-esn", text);
	parse(word);
	cr_expect_eq(p.integ, a, "%s is %s", word, p.integ != NULL ? p.integ->name : "none");
	cr_expect(p.encr != NULL && p.encr_bits == 192);
	cr_expect_eq(p.esn, SA_YES);
}

/* Each of the blank-separated words. */
static void each_encr(const struct alg_encr *a, const char *list, unsigned bits)
{
	char word[PROPOSAL_MAX];

	for (size_t n; list != NULL && *list != '\0'; list += n + strspn(list + n, " ")) {
		n = strcspn(list, " ");
		snprintf(word, sizeof word, "%.*s", (int)n, list);
		encr_is(a, word, bits);
	}
}

/* The Linux name of several rows means the one with the longest ICV. */
static const struct alg_encr *longest(const struct alg_encr *a)
{
	return alg_encr_by_name(a->xfrm, NULL);
}

Test(proposal, every_cipher_in_every_dialect)
{
	const struct alg_encr *a;
	char word[PROPOSAL_MAX];

	for (size_t i = 0; (a = alg_encr_row(i)) != NULL; i++) {
		unsigned first = a->size[0].bits;

		each_encr(a, a->alias, first);
		encr_is(a, a->name, first);
		if (a->iana != NULL)
			encr_is(a, a->iana, first);
		if (a->xfrm != NULL)
			encr_is(longest(a), a->xfrm, first);
		if (a->wireshark != NULL)
			encr_is(a, a->wireshark, first);
		if (a->setkey != NULL)
			encr_is(a, a->setkey, first);
		for (const struct alg_size *s = a->size; s->bits != 0; s++) {
			each_encr(a, s->strongswan, s->bits);
			if (s->tcpdump != NULL)
				encr_is(a, s->tcpdump, s->bits);
			snprintf(word, sizeof word, "%s-%u", a->name, s->bits);
			encr_is(a, word, s->bits);
			snprintf(word, sizeof word, "%s-%u", a->iana != NULL ? a->iana : a->name, s->bits);
			encr_is(a, word, s->bits);
			snprintf(word, sizeof word, "%s-%u", a->xfrm != NULL ? a->xfrm : a->name, s->bits);
			encr_is(a->xfrm != NULL ? longest(a) : a, word, s->bits);
		}
		for (unsigned bits = a->min_bits; bits != 0 && bits <= a->max_bits; bits += 8) {
			snprintf(word, sizeof word, "%s-%u", a->name, bits);
			encr_is(a, word, bits);
		}
	}
}

Test(proposal, every_integrity_algorithm_in_every_dialect)
{
	const struct alg_integ *a;
	char word[PROPOSAL_MAX];

	for (size_t i = 0; (a = alg_integ_row(i)) != NULL; i++) {
		const char *const names[] = { a->name, a->iana, a->wireshark, a->setkey };
		const char *const lists[] = { a->strongswan, a->alias };

		for (size_t k = 0; k < 4; k++)
			if (names[k] != NULL)
				integ_is(a, names[k]);
		if (a->xfrm != NULL)
			integ_is(alg_integ_by_name(a->xfrm), a->xfrm);
		for (size_t k = 0; k < 2; k++)
			for (const char *l = lists[k]; l != NULL && *l != '\0';) {
				size_t n = strcspn(l, " ");

				snprintf(word, sizeof word, "%.*s", (int)n, l);
				integ_is(a, word);
				l += n + strspn(l + n, " ");
			}
	}
}

/* strongSwan 6's list of keywords for ESP and AH, but for what the registry lacks: Camellia-XCBC, and
 * Twofish with 192 bits.  A keyword, the name here, bits of the key. */
static const struct { const char *word, *name; unsigned bits; } keywords[] = {
	{ "null", "null", 0 }, { "des", "des", 64 }, { "3des", "3des", 192 }, { "aes", "aes-cbc", 128 },
	{ "aes128", "aes-cbc", 128 }, { "aes192", "aes-cbc", 192 }, { "aes256", "aes-cbc", 256 },
	{ "aes128ctr", "aes-ctr", 128 }, { "aes192ctr", "aes-ctr", 192 }, { "aes256ctr", "aes-ctr", 256 },
	{ "aes128ccm8", "aes-ccm-8", 128 }, { "aes128ccm64", "aes-ccm-8", 128 },
	{ "aes192ccm12", "aes-ccm-12", 192 }, { "aes192ccm96", "aes-ccm-12", 192 },
	{ "aes256ccm16", "aes-ccm-16", 256 }, { "aes256ccm128", "aes-ccm-16", 256 },
	{ "aes256ccm", "aes-ccm-16", 256 }, { "aes128gcm8", "aes-gcm-8", 128 },
	{ "aes128gcm64", "aes-gcm-8", 128 }, { "aes192gcm12", "aes-gcm-12", 192 },
	{ "aes192gcm96", "aes-gcm-12", 192 }, { "aes256gcm16", "aes-gcm-16", 256 },
	{ "aes256gcm128", "aes-gcm-16", 256 }, { "aes128gcm", "aes-gcm-16", 128 },
	{ "aes128gmac", "null-auth-aes-gmac", 128 }, { "aes192gmac", "null-auth-aes-gmac", 192 },
	{ "aes256gmac", "null-auth-aes-gmac", 256 }, { "chacha20poly1305", "chacha20-poly1305", 256 },
	{ "chacha20poly1305compat", "chacha20-poly1305", 256 }, { "blowfish", "blowfish", 128 },
	{ "blowfish128", "blowfish", 128 }, { "blowfish192", "blowfish", 192 },
	{ "blowfish256", "blowfish", 256 }, { "camellia", "camellia-cbc", 128 },
	{ "camellia192", "camellia-cbc", 192 }, { "camellia256", "camellia-cbc", 256 },
	{ "camellia128ctr", "camellia-ctr", 128 }, { "camellia256ctr", "camellia-ctr", 256 },
	{ "camellia128ccm8", "camellia-ccm-8", 128 }, { "camellia128ccm64", "camellia-ccm-8", 128 },
	{ "camellia192ccm12", "camellia-ccm-12", 192 }, { "camellia192ccm96", "camellia-ccm-12", 192 },
	{ "camellia256ccm16", "camellia-ccm-16", 256 }, { "camellia256ccm128", "camellia-ccm-16", 256 },
	{ "cast128", "cast", 128 }, { "serpent", "serpent", 128 }, { "serpent192", "serpent", 192 },
	{ "serpent256", "serpent", 256 }, { "twofish", "twofish", 128 }, { "twofish256", "twofish", 256 },
	{ "sha", "hmac-sha1-96", 160 }, { "sha1", "hmac-sha1-96", 160 },
	{ "sha1_160", "hmac-sha1-160", 160 }, { "sha256", "hmac-sha2-256-128", 256 },
	{ "sha2_256", "hmac-sha2-256-128", 256 }, { "sha256_96", "hmac-sha2-256-96", 256 },
	{ "sha2_256_96", "hmac-sha2-256-96", 256 }, { "sha384", "hmac-sha2-384-192", 384 },
	{ "sha2_384", "hmac-sha2-384-192", 384 }, { "sha512", "hmac-sha2-512-256", 512 },
	{ "sha2_512", "hmac-sha2-512-256", 512 }, { "md5", "hmac-md5-96", 128 },
	{ "md5_128", "hmac-md5-128", 128 }, { "aesxcbc", "aes-xcbc-96", 128 },
	{ "aescmac", "aes-cmac-96", 128 },
};

Test(proposal, strongswan_keywords)
{
	for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
		parse(keywords[i].word);
		cr_expect_str_eq(p.encr != NULL ? p.encr->name : p.integ->name, keywords[i].name);
		cr_expect_eq(p.encr != NULL ? p.encr_bits : p.integ->key * 8u, keywords[i].bits, "%s",
		    keywords[i].word);
	}
}

/* strongSwan's groups and PRFs, and those of RFC 9370's additional exchanges, are for IKE. */
Test(proposal, ike_words_are_skipped)
{
	static const char *const words[] = {
		"modpnone", "modpnull", "modp768", "modp1024", "modp1536", "modp2048", "modp3072", "modp4096",
		"modp6144", "modp8192", "modp1024s160", "modp2048s224", "modp2048s256", "ecp192", "ecp224",
		"ecp256", "ecp384", "ecp521", "ecp224bp", "ecp256bp", "ecp384bp", "ecp512bp", "curve25519",
		"x25519", "curve448", "x448", "ntru128", "mlkem512", "mlkem768", "mlkem1024", "ke1_mlkem768",
		"ke7_kyber3", "frodoa5", "MODP2048", "none", "prfsha1", "prfsha256", "prfsha384", "prfsha512",
		"prfmd5", "prfaesxcbc", "prfaescmac", "prfcamelliaxcbc",
	};
	char word[PROPOSAL_MAX];

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		snprintf(word, sizeof word, "aes256-sha256-%s-esn", words[i]);
		parse(word);
		cr_expect_str_eq(p.skipped, words[i]);
		cr_expect_eq(p.esn, SA_YES);
		snprintf(word, sizeof word, "aes256gcm16-%s", words[i]);
		parse(word);
	}
	parse("aes256gcm16-none");
	cr_expect_eq(p.integ->kind, INTEG_KIND_NONE);
	cr_expect_str_empty(p.skipped);
}

Test(proposal, sizes)
{
	static const struct { const char *text; unsigned bits; bool assumed; } rows[] = {
		{ "aes-gcm-16", 128, true }, { "aes-gcm-16-128", 128, false }, { "aes", 128, true },
		{ "aes-256-sha256", 256, false }, { "camellia-192-esn", 192, false }, { "blowfish", 128, false },
		{ "blowfish-448", 448, false }, { "3des", 192, false }, { "3des-192", 192, false },
		{ "rfc4106(gcm(aes))-256", 256, false }, { "null", 0, false },
		{ "rfc7539esp(chacha20,poly1305)", 256, false }, { "AES-CBC [RFC3602]-256", 256, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		parse(rows[i].text);
		cr_expect_eq(p.encr_bits, rows[i].bits, "%s: %u", rows[i].text, p.encr_bits);
		cr_expect_eq(p.bits_assumed, rows[i].assumed, "%s", rows[i].text);
	}
}

Test(proposal, what_is_wrong)
{
	static const struct { const char *text, *why; } rows[] = {
		{ "", "found a proposal of 0 characters, wanted 1 to 255" },
		{ "aes128--sha256", "found an empty word in the proposal \"aes128--sha256\"" },
		{ "aes128-", "found an empty word in the proposal \"aes128-\"" },
		{ "aes128gcm16,aes256gcm16", "found several proposals in \"aes128gcm16,aes256gcm16\", wanted "
		    "one: an SA has one set of algorithms" },
		{ "aes128-aes256", "found the cipher \"aes256\" beside aes-cbc, wanted one of a kind" },
		{ "aes128-sha1-sha256",
		    "found the integrity algorithm \"sha256\" beside hmac-sha1-96, wanted one of a kind" },
		{ "aes128-null-null", "found the integrity algorithm \"null\" beside none, wanted one of a kind" },
		{ "aes128gcm16-esn-noesn", "found both esn and noesn, wanted one of them" },
		{ "aes-gmc-16", "unknown algorithm \"aes-gmc-16\", nearest is \"aes-gcm-16\"" },
		{ "aes-gmc-16-esn", "unknown algorithm \"aes-gmc-16\", nearest is \"aes-gcm-16\"" },
		{ "aes256-sha265", "unknown algorithm \"sha265\", nearest is \"sha256\"" },
		{ "aes255-sha256", "unknown algorithm \"aes255\", nearest is \"aes256\"" },
		{ "aes256gcm16-ens", "unknown algorithm \"ens\", nearest is \"esn\"" },
		{ "xyzzy", "unknown algorithm \"xyzzy\"" },
		{ "aes-100", "unknown algorithm \"aes-100\", nearest is \"aes128\"" },
		{ "aes128-256", "unknown algorithm \"aes128-256\", nearest is \"aes128\"" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect_eq(proposal_parse(&p, rows[i].text, &e), -1, "%s", rows[i].text);
		cr_expect_str_eq(e.text, rows[i].why);
	}
}

Test(proposal, long_ones)
{
	char text[2 * PROPOSAL_MAX];

	memset(text, 'a', sizeof text);
	text[sizeof text - 1] = '\0';
	cr_expect_eq(proposal_parse(&p, text, &e), -1);
	text[PROPOSAL_MAX - 1] = '\0';
	cr_expect_eq(proposal_parse(&p, text, &e), -1);
	for (size_t i = 1; i < PROPOSAL_MAX - 1; i += 2)
		text[i] = '-';
	cr_expect_eq(proposal_parse(&p, text, &e), -1);
	cr_expect_str_eq(e.text, "found more than 32 words in a proposal");
}

Test(proposal, complete_for_a_protocol)
{
	static const struct { const char *text, *esp, *ah; } rows[] = {
		{ "aes128gcm16", NULL, "found the cipher aes-gcm-16, but AH does not encrypt (RFC 4302)" },
		{ "sha256", "wanted a cipher, such as \"aes256gcm16\", or \"null\"; for AH say --ah", NULL },
		{ "aes-128-gmac", "wanted a cipher, such as \"aes256gcm16\", or \"null\"; for AH say --ah", NULL },
		{ "esn", "wanted a cipher, such as \"aes256gcm16\", or \"null\"",
		    "wanted an integrity algorithm for AH, such as \"sha256\"" },
		{ "none", "wanted a cipher, such as \"aes256gcm16\", or \"null\"",
		    "wanted an integrity algorithm for AH, such as \"sha256\"" },
		{ "aes128", "wanted an integrity algorithm beside aes-cbc, such as \"sha256\" (or \"none\")",
		    "found the cipher aes-cbc, but AH does not encrypt (RFC 4302)" },
		{ "aes128-none", NULL, "found the cipher aes-cbc, but AH does not encrypt (RFC 4302)" },
		{ "aes128gcm16-sha256", "found hmac-sha2-256-128, but aes-gcm-16 has its own integrity check",
		    "found the cipher aes-gcm-16, but AH does not encrypt (RFC 4302)" },
		{ "null-aes-128-gmac", "found aes-128-gmac, which is for AH alone; ESP has null-auth-aes-gmac "
		    "(RFC 4543)", "found the cipher null, but AH does not encrypt (RFC 4302)" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (int ah = 0; ah < 2; ah++) {
			const char *why = ah ? rows[i].ah : rows[i].esp;
			int rc;

			parse(rows[i].text);
			rc = proposal_check(&p, ah ? SA_AH : SA_ESP, &e);
			cr_expect_eq(rc, why == NULL ? 0 : -1, "%s", rows[i].text);
			if (rc < 0 && why != NULL)
				cr_expect_str_eq(e.text, why);
		}
}

Test(proposal, formats_as_itself)
{
	static const char *const rows[][2] = {
		{ "aes256gcm16-esn", "aes-gcm-16-256-esn" }, { "sha1-3des", "3des-192-hmac-sha1-96" },
		{ "null-sha256-noesn", "null-hmac-sha2-256-128-noesn" }, { "aescmac", "aes-cmac-96" },
	};
	char text[PROPOSAL_MAX];

	for (size_t i = 0; i < 4; i++) {
		parse(rows[i][0]);
		cr_expect_str_eq(proposal_format(text, &p), rows[i][1]);
	}
}
