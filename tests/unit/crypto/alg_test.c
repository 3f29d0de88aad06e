#include <criterion/criterion.h>
#include <string.h>

#include <openssl/evp.h>

#include "crypto/alg.h"
#include "crypto/evp.h"

/* Next blank-separated word of *list into word; false at its end. */
static bool next_word(const char **list, char word[80])
{
	size_t n;

	if (*list == NULL)
		return false;
	*list += strspn(*list, " ");
	n = strcspn(*list, " ");
	snprintf(word, 80, "%.*s", (int)n, *list);
	*list += n;
	return n > 0;
}

static void encr_is(const struct alg_encr *a, const char *name, unsigned bits)
{
	unsigned got = 999;

	if (name == NULL)
		return;
	cr_expect_eq(alg_encr_by_name(name, &got), a, "%s does not lead to %s", name, a->name);
	/* where there is one size only, it need not be said */
	cr_expect(got == bits || (a->size[1].bits == 0 && got == 0), "%s: %u bits", name, got);
}

static void integ_is(const struct alg_integ *a, const char *name)
{
	if (name != NULL)
		cr_expect_eq(alg_integ_by_name(name), a, "%s does not lead to %s", name, a->name);
}

/* "cbc(aes)" to "aes". */
static const char *inside(const char *xfrm, char out[80])
{
	const char *open = strchr(xfrm, '(');

	snprintf(out, 80, "%.*s", (int)strcspn(open + 1, ")"), open + 1);
	return out;
}

Test(alg, encr_names_lead_back)
{
	const struct alg_encr *a;
	char word[80], with[120];

	for (size_t i = 0; (a = alg_encr_row(i)) != NULL; i++) {
		const char *list = a->alias;

		encr_is(a, a->name, 0);
		encr_is(a, a->iana, 0);
		if (a->iana != NULL)
			encr_is(a, a->iana + strlen("ENCR_"), 0);
		encr_is(a, a->wireshark, 0);
		encr_is(a, a->setkey, 0);
		while (next_word(&list, word))
			encr_is(a, word, 0);
		for (size_t k = 0; k == 0 || a->size[k].bits != 0; k++) {
			for (list = a->size[k].strongswan; next_word(&list, word);)
				encr_is(a, word, a->size[k].bits);
			encr_is(a, a->size[k].tcpdump, a->size[k].bits);
		}
		if (a->iana != NULL)
			cr_expect_eq(alg_encr_by_id(a->id), a);
		if (a->xfrm == NULL)
			continue;
		cr_expect_eq(alg_encr_by_xfrm(a->xfrm, a->icv * 8u), a, "%s", a->xfrm);
		snprintf(with, sizeof with, "seqiv(%s)", a->xfrm);
		cr_expect_eq(alg_encr_by_xfrm(with, a->icv * 8u), a, "%s", with);
		if (strncmp(a->xfrm, "rfc", 3) != 0)
			cr_expect_eq(alg_encr_by_xfrm(inside(a->xfrm, word), 0), a, "%s", word);
		cr_expect_eq(alg_encr_by_name(a->xfrm, NULL)->icv >= a->icv, true);
	}
}

Test(alg, integ_names_lead_back)
{
	const struct alg_integ *a;
	char word[80];

	for (size_t i = 0; (a = alg_integ_row(i)) != NULL; i++) {
		const char *list = a->alias;

		integ_is(a, a->name);
		integ_is(a, a->iana);
		if (a->iana != NULL)
			integ_is(a, a->iana + strlen("AUTH_"));
		integ_is(a, a->wireshark);
		integ_is(a, a->setkey);
		while (next_word(&list, word))
			integ_is(a, word);
		for (list = a->strongswan; next_word(&list, word);)
			integ_is(a, word);
		if (a->iana != NULL)
			cr_expect_eq(alg_integ_by_id(a->id), a);
		if (a->xfrm == NULL)
			continue;
		cr_expect_eq(alg_integ_by_xfrm(a->xfrm, a->icv * 8u), a, "%s", a->xfrm);
		if (strncmp(a->xfrm, "hmac(", 5) == 0)
			cr_expect_eq(alg_integ_by_xfrm(inside(a->xfrm, word), a->icv * 8u), a, "%s", word);
	}
}

Test(alg, no_name_twice)
{
	const struct alg_encr *a, *b;
	const struct alg_integ *c, *d;

	for (size_t i = 0; (a = alg_encr_row(i)) != NULL; i++)
		for (size_t k = i + 1; (b = alg_encr_row(k)) != NULL; k++) {
			cr_expect_str_neq(a->name, b->name);
			cr_expect(a->iana == NULL || b->iana == NULL || strcmp(a->iana, b->iana) != 0);
			cr_expect(a->id != b->id || a->id == 0, "%s and %s", a->name, b->name);
			cr_expect(a->xfrm == NULL || b->xfrm == NULL || strcmp(a->xfrm, b->xfrm) != 0 ||
			    a->icv < b->icv, "%s", a->xfrm);
		}
	for (size_t i = 0; (c = alg_integ_row(i)) != NULL; i++)
		for (size_t k = i + 1; (d = alg_integ_row(k)) != NULL; k++) {
			cr_expect_str_neq(c->name, d->name);
			cr_expect(c->iana == NULL || d->iana == NULL || strcmp(c->iana, d->iana) != 0);
			cr_expect(c->xfrm == NULL || d->xfrm == NULL || strcmp(c->xfrm, d->xfrm) != 0 ||
			    c->icv != d->icv);
		}
}

Test(alg, rows_can_be_fetched)
{
	const struct alg_encr *a;
	const struct alg_integ *b;
	struct err e = { 0 };

	for (size_t i = 0; (a = alg_encr_row(i)) != NULL; i++)
		for (const struct alg_size *s = a->size; s->bits != 0; s++) {
			const EVP_CIPHER *c;

			cr_expect_eq(s->evp == NULL, a->gcry != NULL, "%s", a->name);
			if (s->evp == NULL)
				continue;
			cr_assert_not_null(c = evp_cipher(s->evp, &e), "%s: %s", s->evp, e.text);
			cr_expect_eq(EVP_CIPHER_get_key_length(c) * 8, s->bits, "%s", s->evp);
			cr_expect_eq(EVP_CIPHER_get_block_size(c), a->block, "%s", s->evp);
			cr_expect_eq(evp_cipher(s->evp, &e), c);
		}
	for (size_t i = 1; (b = alg_integ_row(i)) != NULL; i++) {
		EVP_MD *md = b->kind == INTEG_KIND_HMAC ? EVP_MD_fetch(NULL, b->evp, NULL) : NULL;

		if (b->kind == INTEG_KIND_HMAC)
			cr_expect(md != NULL && EVP_MD_get_size(md) == b->full, "%s", b->evp);
		else
			cr_expect_not_null(evp_cipher(b->evp, &e), "%s", b->evp);
		EVP_MD_free(md);
	}
	cr_expect_null(evp_cipher("AES-129-CBC", &e));
	cr_expect_eq(strncmp(e.text, "OpenSSL: AES-129-CBC: ", 22), 0, "%s", e.text);
}

static const struct { const char *name, *row; unsigned bits; } words[] = {
	{ "AES-128-GCM", "aes-gcm-16", 128 },		/* OpenSSL's; not GMAC, which uses it too */
	{ "aes-128-ccm", "aes-ccm-16", 128 },
	{ "aes-256-cbc", "aes-cbc", 256 },
	{ "aes256-ctr", "aes-ctr", 256 },
	{ "aes-gcm-16-192", "aes-gcm-16", 192 },
	{ "Aes-Gcm-16", "aes-gcm-16", 0 },
	{ "encr-aes-gcm-8", "aes-gcm-8", 0 },
	{ "NULL_AES_GMAC", "null-auth-aes-gmac", 0 },
	{ "rfc4106(gcm(aes))", "aes-gcm-16", 0 },
	{ "aes", "aes-cbc", 0 },
	{ "blowfish448", "blowfish", 448 },
	{ "blowfish-40", "blowfish", 40 },
	{ "blowfish", "blowfish", 0 },
	{ "blowfish456", NULL, 0 }, { "blowfish32", NULL, 0 }, { "blowfish41", NULL, 0 },
	{ "cast5", "cast", 0 },
	{ "cast40", "cast", 40 },
	{ "cast136", NULL, 0 },
	{ "serpent192", "serpent", 192 },
	{ "twofish192", NULL, 0 },
	{ "camellia256ccm96", "camellia-ccm-12", 256 },
	{ "camellia-192-ctr", "camellia-ctr", 192 },
	{ "aes-gcm-16-iiv-256", "aes-gcm-16-iiv", 256 },
	{ "ENCR_AES_CCM_8_IIV", "aes-ccm-8-iiv", 0 },
	{ "ChaCha20-Poly1305", "chacha20-poly1305", 0 },
	{ "des3_ede", "3des", 0 },
	{ "", NULL, 0 }, { "ENCR", NULL, 0 }, { "ENCR_", NULL, 0 }, { "aes-cb", NULL, 0 },
	{ "gcm(aes)", NULL, 0 }, { "seqiv(", NULL, 0 }, { "seqiv()", NULL, 0 }, { "()", NULL, 0 },
	{ "aes128 ", NULL, 0 }, { " ", NULL, 0 }, { "hmac-sha1-96", NULL, 0 },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  NULL, 0 },
};

Test(alg, names_people_write)
{
	unsigned bits;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		const struct alg_encr *a = alg_encr_by_name(words[i].name, &bits);

		if (words[i].row == NULL)
			cr_expect_null(a, "\"%s\"", words[i].name);
		else
			cr_expect(a != NULL && strcmp(a->name, words[i].row) == 0 && bits == words[i].bits,
			    "\"%s\": %s %u", words[i].name, a != NULL ? a->name : "-", bits);
	}
	cr_expect_null(alg_integ_by_name("aes"), "a cipher, not the MAC xcbc(aes)");
	cr_expect_null(alg_integ_by_name(""));
	cr_expect_str_eq(alg_integ_by_name("NONE")->name, "none");
	cr_expect_str_eq(alg_integ_by_name("sha256")->name, "hmac-sha2-256-128");
}

Test(alg, xfrm_lengths)
{
	cr_expect_str_eq(alg_integ_by_xfrm("hmac(sha256)", 0)->name, "hmac-sha2-256-96");
	cr_expect_str_eq(alg_integ_by_xfrm("hmac(sha256)", 128)->name, "hmac-sha2-256-128");
	cr_expect_str_eq(alg_integ_by_xfrm("hmac(sha256)", 256)->name, "hmac-sha2-256-128");
	cr_expect_str_eq(alg_integ_by_xfrm("hmac(sha1)", 0)->name, "hmac-sha1-96");
	cr_expect_str_eq(alg_integ_by_xfrm("hmac(sha1)", 160)->name, "hmac-sha1-160");
	cr_expect_str_eq(alg_integ_by_xfrm("hmac(md5)", 0)->name, "hmac-md5-96");
	cr_expect_str_eq(alg_integ_by_xfrm("hmac(rmd160)", 0)->name, "hmac-ripemd160-96");
	cr_expect_null(alg_integ_by_xfrm("hmac(sm3)", 0));
	cr_expect_str_eq(alg_encr_by_xfrm("rfc4106(gcm(aes))", 0)->name, "aes-gcm-16");
	cr_expect_str_eq(alg_encr_by_xfrm("rfc4309(ccm(aes))", 96)->name, "aes-ccm-12");
	cr_expect_null(alg_encr_by_xfrm("rfc4106(gcm(aes))", 32));
	cr_expect_null(alg_encr_by_id(0));
	cr_expect_null(alg_encr_by_id(999));
	cr_expect_str_eq(alg_integ_by_id(0)->name, "none");
	cr_expect_null(alg_integ_by_id(999));
}

Test(alg, suggestions)
{
	cr_expect_str_eq(alg_encr_nearest("aes-gmc-16"), "aes-gcm-16");
	cr_expect_str_eq(alg_encr_nearest("chacha20-poly1306"), "chacha20-poly1305");
	cr_expect_str_eq(alg_integ_nearest("hmac-sha2-265-128"), "hmac-sha2-256-128");
	cr_expect_null(alg_encr_nearest("zzzzzzzzzzzz"));
	cr_expect_null(alg_integ_nearest("xyzzy"));
	cr_expect_null(alg_encr_nearest(""));
}

static void sizes_are(const char *name, const char *text)
{
	char out[64];

	cr_expect_str_eq(alg_encr_sizes(alg_encr_by_name(name, NULL), out, sizeof out), text);
}

Test(alg, key_sizes)
{
	const struct alg_encr *bf = alg_encr_by_name("blowfish", NULL);

	sizes_are("null", "0");
	sizes_are("3des", "24");
	sizes_are("aes-gcm-16", "20, 28 or 36");
	sizes_are("twofish", "16 or 32");
	sizes_are("cast", "5 to 16");
	sizes_are("blowfish", "5 to 56");
	for (size_t n = 0; n < 100; n++)
		cr_expect_eq(alg_encr_size(bf, n), n >= 5 && n <= 56 ? bf->size : NULL, "%zu", n);
}

/* The tables of RFC 8221 5, 6 and 8, held against its text; 192-bit keys of AES are at MAY, AES-CCM-8 at SHOULD with 128 bits alone. */
static const struct { const char *name; unsigned bits; enum alg_status status; } rfc8221[] = {
	{ "des", 64, ALG_MUST_NOT }, { "3des", 192, ALG_SHOULD_NOT }, { "blowfish", 128, ALG_MUST_NOT },
	{ "null", 0, ALG_MUST }, { "aes-cbc", 128, ALG_MUST }, { "aes-cbc", 192, ALG_MAY }, { "aes-cbc", 256, ALG_MUST },
	{ "aes-ccm-8", 128, ALG_SHOULD }, { "aes-ccm-8", 192, ALG_UNSPECIFIED }, { "aes-ccm-8", 256, ALG_UNSPECIFIED },
	{ "aes-gcm-16", 128, ALG_MUST }, { "aes-gcm-16", 192, ALG_MAY }, { "aes-gcm-16", 256, ALG_MUST },
	{ "chacha20-poly1305", 256, ALG_SHOULD },
	{ "aes-ctr", 128, ALG_MAY }, { "aes-ctr", 192, ALG_MAY }, { "aes-ctr", 256, ALG_MAY },
	{ "none", 0, ALG_MUST_NOT }, { "hmac-md5-96", 0, ALG_MUST_NOT }, { "hmac-sha1-96", 0, ALG_MUST_MINUS },
	{ "aes-xcbc-96", 0, ALG_MAY }, { "aes-128-gmac", 0, ALG_MAY }, { "aes-192-gmac", 0, ALG_MAY },
	{ "aes-256-gmac", 0, ALG_MAY }, { "hmac-sha2-256-128", 0, ALG_MUST }, { "hmac-sha2-512-256", 0, ALG_SHOULD },
};

static enum alg_status of_rfc8221(const char *name, unsigned bits)
{
	for (size_t i = 0; i < sizeof rfc8221 / sizeof rfc8221[0]; i++)
		if (strcmp(rfc8221[i].name, name) == 0 && rfc8221[i].bits == bits)
			return rfc8221[i].status;
	return ALG_UNSPECIFIED;
}

Test(alg, status_is_rfc8221s)
{
	const struct alg_integ *integ;
	const struct alg_encr *encr;

	for (size_t i = 0; (encr = alg_encr_row(i)) != NULL; i++)
		for (const struct alg_size *s = encr->size; ; s++) {
			cr_expect_eq(alg_encr_status(encr, s->bits), of_rfc8221(encr->name, s->bits), "%s %u", encr->name, s->bits);
			if (s->bits == 0 || s[1].bits == 0)
				break;
		}
	for (size_t i = 0; (integ = alg_integ_row(i)) != NULL; i++)
		cr_expect_eq(integ->status, of_rfc8221(integ->name, 0), "%s", integ->name);
	cr_expect_str_eq(alg_status_name(ALG_MUST_MINUS), "MUST-");
}
