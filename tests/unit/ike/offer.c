#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "ike/choose.h"

static struct mem mem;
static struct err e;

static void begin(void)
{
	mem_init(&mem, 16 << 20);
}

static void end(void)
{
	mem_clear(&mem);
}

TestSuite(offer, .init = begin, .fini = end);

static struct offers parse(const char *text)
{
	struct offers os = { 0 };

	cr_assert_eq(offers_parse(&os, text, IKE_PROTO_NONE, OFFER_ANY, &mem, &e), 0, "%s: %s", text, e.text);
	return os;
}

/* Text of any dialect, and what strongSwan would write. */
static const struct { const char *text, *want; uint8_t protocol; } same[] = {
	{ "aes256gcm16-prfsha384-ecp384", "aes256gcm16-prfsha384-ecp384", IKE_PROTO_IKE },
	{ "aes128-sha256-modp2048", "aes128-sha256-modp2048", IKE_PROTO_IKE },
	{ "aes128-sha256-prfsha512-ecp256", "aes128-sha256-prfsha512-ecp256", IKE_PROTO_IKE },
	{ "aes128gcm16-sha256-modp2048!", "aes128gcm16-prfsha256-modp2048", IKE_PROTO_IKE },
	{ "aes256-aes128-sha256-sha1-x25519-ecp256", "aes256-aes128-sha256-sha1-curve25519-ecp256", IKE_PROTO_IKE },
	{ "aes256gcm16-prfsha384-x25519-ke1_mlkem768", "aes256gcm16-prfsha384-curve25519-ke1_mlkem768", IKE_PROTO_IKE },
	{ "chacha20poly1305-prfsha256-curve25519", "chacha20poly1305-prfsha256-curve25519", IKE_PROTO_IKE },
	{ "3des-md5-modp1024", "3des-md5-modp1024", IKE_PROTO_IKE },
	{ "aes128gcm16-esn-noesn", "aes128gcm16-esn-noesn", IKE_PROTO_ESP },
	{ "aes256-sha256-esn", "aes256-sha256-esn", IKE_PROTO_ESP },
	{ "null-sha1", "null-sha1", IKE_PROTO_ESP },
	{ "sha384", "sha384", IKE_PROTO_AH },
	{ "esp=aes256gcm16-ecp384", "aes256gcm16-ecp384", IKE_PROTO_ESP },
	{ "aes256-sha2_512;modp4096+dh19", "aes256-sha512-modp4096-ecp256", IKE_PROTO_IKE },
	{ "ike=aes_gcm256-sha2_512+sha2_256-dh19", "aes256gcm16-prfsha512-prfsha256-ecp256", IKE_PROTO_IKE },
	{ "esp=aes_gcm_c_256-null", "aes256gcm16", IKE_PROTO_ESP },
	{ "esp=aes128-sha2_256", "aes128-sha256", IKE_PROTO_ESP },
	{ "ike=aes256-sha2;dh14", "aes256-sha256-modp2048", IKE_PROTO_IKE },
	{ "ikesa enc aes-256 prf hmac-sha2-256 auth hmac-sha2-256 group modp2048", "aes256-sha256-modp2048", IKE_PROTO_IKE },
	{ "enc aes-256 prf hmac-sha2-256 auth hmac-sha2-256 group modp2048", "aes256-sha256-modp2048", IKE_PROTO_IKE },
	{ "childsa enc aes-256-gcm noesn", "aes256gcm16", IKE_PROTO_ESP },
	{ "childsa enc aes-128-gcm-12 group ecp256", "aes128gcm12-ecp256-esn-noesn", IKE_PROTO_ESP },
	{ "encryption aes-cbc-256 integrity sha256 group 14 19", "aes256-sha256-modp2048-ecp256", IKE_PROTO_IKE },
	{ "encryption aes-gcm-256 prf sha384 group 20", "aes256gcm16-prfsha384-ecp384", IKE_PROTO_IKE },
	{ "encr aes 256 hash sha256 group 14", "aes256-sha256-modp2048", IKE_PROTO_IKE },
	{ "esp-aes 256 esp-sha256-hmac", "aes256-sha256", IKE_PROTO_ESP },
	{ "esp-aes esp-sha-hmac", "aes128-sha1", IKE_PROTO_ESP },
	{ "esp-3des esp-md5-hmac", "3des-md5", IKE_PROTO_ESP },
	{ "esp-gcm 256", "aes256gcm16", IKE_PROTO_ESP },
	{ "ah-sha256-hmac", "sha256", IKE_PROTO_AH },
};

Test(offer, dialects)
{
	char text[OFFER_TEXT];

	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		struct offers os = parse(same[i].text);

		cr_expect_eq(os.n, 1, "%s: %u offers", same[i].text, os.n);
		cr_expect_str_eq(offer_format(text, &os.offer[0]), same[i].want, "%s: %s", same[i].text, text);
		cr_expect_eq(os.offer[0].protocol, same[i].protocol, "%s: protocol %u", same[i].text, os.offer[0].protocol);
	}
}

static const struct { const char *text, *want; } wrong[] = {
	{ "", "found no proposal" },
	{ "aes128-sha256-mopd2048", "proposal 1: unknown algorithm \"mopd2048\", nearest is \"modp2048\"" },
	{ "aes128-modp2048", "proposal 1: wanted an integrity algorithm beside the cipher, such as \"sha256\"" },
	{ "ike=aes128-sha256", "proposal 1: wanted a key exchange for IKE, such as \"ecp256\"" },
	{ "ike=aes256gcm16-ecp384", "proposal 1: wanted a PRF for IKE, such as \"prfsha256\"" },
	{ "aes128-sha256,aes256gcn16", "proposal 2: unknown algorithm \"aes256gcn16\", nearest is \"aes256gcm16\"" },
	{ "encryption rot13 group 14", "unknown algorithm \"rot13\"" },
	{ "esp-aes esp-sha3-hmac", "unknown algorithm \"esp-sha3-hmac\"" },
};

Test(offer, errors)
{
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct offers os = { 0 };

		cr_expect_eq(offers_parse(&os, wrong[i].text, IKE_PROTO_NONE, OFFER_ANY, &mem, &e), -1, "%s", wrong[i].text);
		cr_expect_str_eq(e.text, wrong[i].want, "%s: %s", wrong[i].text, e.text);
	}
}

/* The first algorithm of each row has a word that leads back to it. */
Test(offer, every_algorithm_has_a_word)
{
	char word[OFFER_WORD];

	for (size_t i = 0; alg_encr_row(i) != NULL; i++)
		for (const struct alg_size *s = alg_encr_row(i)->size; s->strongswan != NULL; s++) {
			struct offer_alg a = { alg_encr_row(i)->id, alg_encr_row(i)->size[1].bits != 0 ||
				alg_encr_row(i)->max_bits != 0 ? s->bits : 0 };
			struct offers os;
			char text[128];

			if (a.id == 0)
				continue;
			snprintf(text, sizeof text, "esp=%s-sha1", offer_alg_format(word, IKE_T_ENCR, a));
			os = parse(text);
			cr_expect_eq(os.offer[0].of[IKE_T_ENCR].alg[0].id, a.id, "%s", text);
			cr_expect_eq(os.offer[0].of[IKE_T_ENCR].alg[0].bits, a.bits, "%s", text);
		}
	for (size_t i = 0; alg_ke_row(i) != NULL; i++) {
		struct offer_alg a = { alg_ke_row(i)->id, 0 };
		struct offers os;
		char text[128];

		snprintf(text, sizeof text, "aes128-sha256-%s", offer_alg_format(word, IKE_T_KE, a));
		os = parse(text);
		cr_expect_eq(os.offer[0].of[IKE_T_KE].alg[0].id, a.id, "%s", text);
	}
}

/* B chooses; NULL: nothing, and then what differs and what helps. */
static const struct { const char *a, *b, *chosen, *gap, *advice; unsigned flags; } pairs[] = {
	{ "aes128-sha256-modp2048", "aes256-sha256-modp2048,aes128-sha256-modp2048", "aes128-sha256-modp2048", NULL, NULL, 0 },
	{ "aes256-aes128-sha256-modp2048", "aes128-aes256-sha256-modp2048", "aes128-sha256-modp2048", NULL, NULL, 0 },
	{ "aes128-sha256-modp2048", "aes128-sha256-ecp384", NULL, "key exchange: A has modp2048, B has ecp384",
	  "add modp2048 to B, or add ecp384 to A", 0 },
	{ "aes128-sha256-modp1024", "aes128-sha256-ecp384", NULL, "key exchange: A has modp1024, B has ecp384",
	  "add ecp384 to A (modp1024 SHOULD NOT be used, RFC 8247)", 0 },
	{ "aes128-sha256-modp2048", "aes256-sha256-modp2048", NULL, "encryption: A has aes128, B has aes256",
	  "add aes128 to B, or add aes256 to A", 0 },
	{ "aes128-sha256-modp2048", "aes256gcm16-prfsha384-ecp384", NULL,
	  "encryption: A has aes128, B has aes256gcm16; PRF: A has prfsha256, B has prfsha384; "
	  "key exchange: A has modp2048, B has ecp384",
	  "add aes128-sha256-modp2048 to B, or add aes256gcm16-prfsha384-ecp384 to A", 0 },
	{ "esp=aes128-sha256", "esp=aes128gcm16", NULL, "encryption: A has aes128, B has aes128gcm16",
	  "add aes128-sha256 to B, or add aes128gcm16 to A", 0 },
	{ "esp=aes128gcm16-ecp256", "esp=aes128gcm16", "aes128gcm16", NULL, NULL, CHOOSE_WITHOUT_KE },
	{ "esp=aes128gcm16-ecp256", "esp=aes128gcm16", NULL, "key exchange: A has ecp256, B has none",
	  "add ecp256 to B, or drop key exchange from A", 0 },
	{ "esp=aes128gcm16-ecp256-none", "esp=aes128gcm16", "aes128gcm16", NULL, NULL, 0 },
	{ "aes128gcm16-esn", "aes128gcm16-noesn", NULL, "sequence numbers: A has esn, B has noesn",
	  "add esn to B, or add noesn to A", 0 },
	{ "aes128gcm16-esn-noesn", "aes128gcm16-noesn", "aes128gcm16", NULL, NULL, 0 },
	/* the proposal is whole: aes256 of one and sha1 of another do not mix */
	{ "aes128-sha1-modp2048,aes256-sha256-ecp256", "aes128-sha256-modp2048", NULL, "integrity: A has sha1, B has sha256; "
	  "PRF: A has prfsha1, B has prfsha256", "add aes128-sha256-modp2048 to A, or add aes128-sha1-modp2048 to B", 0 },
};

Test(offer, choose)
{
	static const char *const names[2] = { "A", "B" };
	char text[CHOOSE_TEXT], suite[OFFER_TEXT];

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct offers a = parse(pairs[i].a), b = parse(pairs[i].b);
		struct choice_gap g;
		struct choice c;
		bool found = offers_choose(&c, &b, &a, pairs[i].flags);

		cr_expect_eq(found, pairs[i].chosen != NULL, "%s with %s", pairs[i].a, pairs[i].b);
		if (found && pairs[i].chosen != NULL)
			cr_expect_str_eq(offer_format(suite, &c.suite), pairs[i].chosen, "%s", suite);
		if (found)
			continue;
		cr_assert(offers_nearest(&g, &a, &b, pairs[i].flags));
		cr_expect_str_eq(choice_gap_format(text, &g, &a, &b, names), pairs[i].gap, "%s", text);
		cr_expect_str_eq(choice_gap_advice(text, &g, &a, &b, names), pairs[i].advice, "%s", text);
	}
}
