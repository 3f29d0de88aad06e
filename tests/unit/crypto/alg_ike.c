#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "crypto/alg.h"
#include "crypto/prf.h"

/* Each blank-separated word of list, given to what by_name() is. */
#define EACH_WORD(list, word, what)						\
	for (const char *at_ = (list); at_ != NULL && *at_ != '\0'; at_ += strspn(at_, " ")) {	\
		size_t n_ = strcspn(at_, " ");					\
		char word[80];							\
		snprintf(word, sizeof word, "%.*s", (int)n_, at_);		\
		at_ += n_;							\
		what;								\
	}

Test(alg_ike, prf_names_lead_back)
{
	const struct alg_prf *a;

	for (size_t i = 0; (a = alg_prf_row(i)) != NULL; i++) {
		cr_expect_eq(alg_prf_by_name(a->name), a, "%s", a->name);
		cr_expect_eq(alg_prf_by_name(a->iana), a, "%s", a->iana);
		cr_expect_eq(alg_prf_by_name(a->iana + strlen("PRF_")), a, "%s", a->iana);
		EACH_WORD(a->strongswan, w, cr_expect_eq(alg_prf_by_name(w), a, "%s", w))
		EACH_WORD(a->alias, w, cr_expect_eq(alg_prf_by_name(w), a, "%s", w))
		cr_expect_eq(alg_prf_by_id(a->id), a);
		cr_expect_eq(alg_prf_by_v1(a->v1), a->v1 != 0 ? a : NULL);
		cr_expect(a->key == a->out && a->out <= PRF_MAX, "%s", a->name);
	}
	cr_expect_null(alg_prf_by_name("hmac"));
	cr_expect_null(alg_prf_by_name(""));
	cr_expect_str_eq(alg_prf_nearest("hmac-sha2-265"), "hmac-sha2-256");
	cr_expect_null(alg_prf_by_id(3));
}

Test(alg_ike, ke_names_lead_back)
{
	const struct alg_ke *a;
	char text[24];

	for (size_t i = 0; (a = alg_ke_row(i)) != NULL; i++) {
		cr_expect_eq(alg_ke_by_name(a->name), a, "%s", a->name);
		cr_expect_eq(alg_ke_by_name(a->iana), a, "%s", a->iana);
		EACH_WORD(a->strongswan, w, cr_expect_eq(alg_ke_by_name(w), a, "%s", w))
		EACH_WORD(a->alias, w, cr_expect_eq(alg_ke_by_name(w), a, "%s", w))
		cr_expect_eq(alg_ke_by_id(a->id), a);
		for (int k = 0; k < 4; k++) {
			snprintf(text, sizeof text, "%s%u", (const char *[]){ "", "DH", "group", "group " }[k], a->id);
			cr_expect_eq(alg_ke_by_name(text), a, "%s", text);
		}
	}
	cr_expect_null(alg_ke_by_name("0"));
	cr_expect_null(alg_ke_by_name("dh"));
	cr_expect_null(alg_ke_by_name("dh014"));
	cr_expect_null(alg_ke_by_name(""));
	cr_expect_str_eq(alg_ke_nearest("mdop-2048"), "modp-2048");
}

/* The lengths IANA's registry and the RFCs give: what a KE payload holds, and the shared secret. */
Test(alg_ke, lengths)
{
	static const struct { uint16_t id, i, r, shared; } want[] = {
		{ 1, 96, 96, 96 }, { 2, 128, 128, 128 }, { 5, 192, 192, 192 }, { 14, 256, 256, 256 },
		{ 15, 384, 384, 384 }, { 16, 512, 512, 512 }, { 17, 768, 768, 768 }, { 18, 1024, 1024, 1024 },
		{ 19, 64, 64, 32 }, { 20, 96, 96, 48 }, { 21, 132, 132, 66 }, { 22, 128, 128, 128 },
		{ 23, 256, 256, 256 }, { 24, 256, 256, 256 }, { 25, 48, 48, 24 }, { 26, 56, 56, 28 },
		{ 27, 56, 56, 28 }, { 28, 64, 64, 32 }, { 29, 96, 96, 48 }, { 30, 128, 128, 64 },
		{ 31, 32, 32, 32 }, { 32, 56, 56, 56 }, { 35, 800, 768, 32 }, { 36, 1184, 1088, 32 },
		{ 37, 1568, 1568, 32 },
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		const struct alg_ke *a = alg_ke_by_id(want[i].id);

		cr_assert_not_null(a, "group %u", want[i].id);
		cr_expect_eq(a->pub_i, want[i].i, "%s", a->name);
		cr_expect_eq(a->pub_r, want[i].r, "%s", a->name);
		cr_expect_eq(a->shared, want[i].shared, "%s", a->name);
	}
	while (alg_ke_row(n) != NULL)
		n++;
	cr_expect_eq(n, sizeof want / sizeof want[0]);
}

Test(alg_ike, names_once)
{
	const struct alg_ke *a, *b;

	for (size_t i = 0; (a = alg_ke_row(i)) != NULL; i++)
		for (size_t k = i + 1; (b = alg_ke_row(k)) != NULL; k++) {
			cr_expect_str_neq(a->name, b->name);
			cr_expect_neq(a->id, b->id);
		}
}

/* RFC 8247 2.1 to 2.5, held against its text; what it does not mention, and what IANA does not allow in IKE. */
Test(alg_ike, rfc8247)
{
	static const struct { const char *name; unsigned bits; enum alg_status want; } encr[] = {
		{ "aes-cbc", 128, ALG_MUST }, { "aes-cbc", 192, ALG_MAY }, { "aes-cbc", 256, ALG_MUST },
		{ "chacha20-poly1305", 256, ALG_SHOULD }, { "aes-gcm-16", 256, ALG_SHOULD },
		{ "aes-gcm-16", 192, ALG_MAY }, { "aes-ccm-8", 128, ALG_SHOULD }, { "aes-ccm-8", 256, ALG_MAY },
		{ "aes-ccm-8", 192, ALG_MAY }, { "aes-gcm-8", 128, ALG_MAY }, { "aes-gcm-12", 256, ALG_MAY },
		{ "aes-gcm-12", 192, ALG_MAY }, { "aes-ccm-12", 128, ALG_UNSPECIFIED }, { "aes-ccm-16", 256, ALG_UNSPECIFIED },
		{ "3des", 192, ALG_MAY }, { "des", 64, ALG_MUST_NOT }, { "null", 0, ALG_MUST_NOT },
		{ "null-auth-aes-gmac", 128, ALG_MUST_NOT }, { "aes-gcm-16-iiv", 128, ALG_MUST_NOT },
		{ "aes-ctr", 128, ALG_MAY }, { "camellia-cbc", 256, ALG_UNSPECIFIED },
	}, integ[] = {
		{ "hmac-sha2-256-128", 0, ALG_MUST }, { "hmac-sha2-512-256", 0, ALG_SHOULD },
		{ "hmac-sha1-96", 0, ALG_MUST_MINUS }, { "aes-xcbc-96", 0, ALG_SHOULD },
		{ "hmac-md5-96", 0, ALG_MUST_NOT }, { "hmac-sha2-384-192", 0, ALG_UNSPECIFIED },
		{ "aes-cmac-96", 0, ALG_UNSPECIFIED }, { "none", 0, ALG_MUST_NOT },
	}, prf[] = {
		{ "hmac-sha2-256", 0, ALG_MUST }, { "hmac-sha2-512", 0, ALG_SHOULD_PLUS },
		{ "hmac-sha1", 0, ALG_MUST_MINUS }, { "aes128-xcbc", 0, ALG_SHOULD },
		{ "hmac-md5", 0, ALG_MUST_NOT }, { "hmac-sha2-384", 0, ALG_UNSPECIFIED },
		{ "aes128-cmac", 0, ALG_UNSPECIFIED },
	}, ke[] = {
		{ "1", 0, ALG_MUST_NOT }, { "2", 0, ALG_SHOULD_NOT }, { "5", 0, ALG_SHOULD_NOT },
		{ "14", 0, ALG_MUST }, { "15", 0, ALG_UNSPECIFIED }, { "19", 0, ALG_SHOULD },
		{ "22", 0, ALG_MUST_NOT }, { "23", 0, ALG_SHOULD_NOT }, { "24", 0, ALG_SHOULD_NOT },
		{ "20", 0, ALG_UNSPECIFIED }, { "31", 0, ALG_UNSPECIFIED },
	};

	for (size_t i = 0; i < sizeof encr / sizeof encr[0]; i++)
		cr_expect_eq(alg_encr_ike_status(alg_encr_by_name(encr[i].name, NULL), encr[i].bits), encr[i].want,
		    "%s %u", encr[i].name, encr[i].bits);
	for (size_t i = 0; i < sizeof integ / sizeof integ[0]; i++)
		cr_expect_eq(alg_integ_by_name(integ[i].name)->ike, integ[i].want, "%s", integ[i].name);
	for (size_t i = 0; i < sizeof prf / sizeof prf[0]; i++)
		cr_expect_eq(alg_prf_by_name(prf[i].name)->ike, prf[i].want, "%s", prf[i].name);
	for (size_t i = 0; i < sizeof ke / sizeof ke[0]; i++)
		cr_expect_eq(alg_ke_by_name(ke[i].name)->ike, ke[i].want, "%s", ke[i].name);
	cr_expect_str_eq(alg_status_name(ALG_SHOULD_PLUS), "SHOULD+");
}

static const char *encr_name(const struct alg_encr *a)
{
	return a != NULL ? a->name : "none";
}

/* RFC 2409 appendix A, RFC 2407 4.4.4 and 4.5, and what IANA added. */
Test(alg_ike, numbers_of_ikev1)
{
	static const struct { uint16_t id; const char *name; } encr[] = {
		{ 0, "none" }, { 1, "des" }, { 2, "none" }, { 3, "blowfish" }, { 5, "3des" }, { 6, "cast" },
		{ 7, "aes-cbc" }, { 8, "camellia-cbc" }, { 65005, "twofish" },
	}, esp[] = {
		{ 0, "none" }, { 2, "des" }, { 3, "3des" }, { 11, "null" }, { 12, "aes-cbc" }, { 20, "aes-gcm-16" },
		{ 21, "none" }, { 22, "camellia-cbc" }, { 23, "null-auth-aes-gmac" }, { 28, "none" },
	}, integ[] = {
		{ 1, "hmac-md5-96" }, { 2, "hmac-sha1-96" }, { 5, "hmac-sha2-256-128" }, { 7, "hmac-sha2-512-256" },
		{ 8, "hmac-ripemd160-96" }, { 9, "aes-xcbc-96" }, { 13, "aes-256-gmac" }, { 252, "hmac-sha2-256-96" },
	};

	for (size_t i = 0; i < sizeof encr / sizeof encr[0]; i++)
		cr_expect_str_eq(encr_name(alg_encr_by_v1(encr[i].id)), encr[i].name, "%u", encr[i].id);
	for (size_t i = 0; i < sizeof esp / sizeof esp[0]; i++)
		cr_expect_str_eq(encr_name(alg_encr_by_v1_esp((uint8_t)esp[i].id)), esp[i].name, "%u", esp[i].id);
	for (size_t i = 0; i < sizeof integ / sizeof integ[0]; i++)
		cr_expect_str_eq(alg_integ_by_v1(integ[i].id)->name, integ[i].name, "%u", integ[i].id);
	cr_expect_null(alg_integ_by_v1(0));
	cr_expect_null(alg_prf_by_v1(0));
	cr_expect_null(alg_prf_by_v1(3));
}
