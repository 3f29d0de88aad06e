#include <criterion/criterion.h>
#include <string.h>

#include "ike/build.h"
#include "ike/message.h"
#include "unit/ike/pair_conf.h"

static struct build b;
static struct session_conf conf;
static struct ike_message m;

static void setup(void)
{
	build_init(&b);
	session_conf_init(&conf);
	ike_message_init(&m);
}

static void teardown(void)
{
	build_clear(&b);
	session_conf_clear(&conf);
	ike_message_clear(&m);
}

TestSuite(build, .init = setup, .fini = teardown);

/* What was built, encoded and decoded again: without a fault. */
static const struct ike_payloads *again(void)
{
	static uint8_t bytes[65536];
	struct wr w = wr_of(bytes, sizeof bytes);
	struct ike_payloads ps = build_payloads(&b);
	struct ike_message out = { .hdr = { .spi_i = 1, .version = IKE_V2, .exchange = IKE_X_SA_INIT, .flags = IKE_FLAG_INITIATOR },
		.payloads = ps };
	struct err e;

	cr_assert(build_ok(&b));
	cr_assert_eq(ike_message_encode(&out, &w, &e), 0, "%s", e.text);
	cr_assert_eq(ike_message_decode(&m, (struct span){ bytes, w.n }, &e), 0);
	cr_assert_eq(m.faults.n, 0);
	return &m.payloads;
}

static void expect_offers(const struct ike_payload *sa, const char *want)
{
	struct offers os = { 0 };
	char text[OFFER_TEXT], all[2000] = "";
	struct err e;

	cr_assert_not_null(sa);
	cr_assert_eq(offers_of_payload(&os, sa, &conf.mem, &e), 0);
	for (unsigned i = 0; i < os.n; i++) {
		strcat(all, i > 0 ? ", " : "");
		strcat(all, offer_format(text, &os.offer[i]));
		cr_expect_eq(sa->sa.proposal[i].number, i + 1);
	}
	cr_expect_str_eq(all, want);
}

/* RFC 5282 8: AEADs and others are not in one proposal; the first cipher says which kind comes first. */
Test(build, ciphers_of_both_kinds)
{
	static const struct { const char *offers, *want; } rows[] = {
		{ "aes128gcm16-prfsha256-x25519", "aes128gcm16-prfsha256-curve25519" },
		{ "aes256-sha256-x25519", "aes256-sha256-curve25519" },
		{ "aes128gcm16-aes256-sha256-x25519", "aes128gcm16-prfsha256-curve25519, aes256-sha256-curve25519" },
		{ "aes256-aes128gcm16-sha256-x25519,aes128ctr-sha1-modp2048", "aes256-sha256-curve25519, "
		    "aes128gcm16-prfsha256-curve25519, aes128ctr-sha1-modp2048" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct offers os;

		pair_offers(&conf, &os, IKE_PROTO_IKE, rows[i].offers);
		build_clear(&b);
		build_sa(&b, &os, (struct span){ 0 }, 0);
		expect_offers(ike_payload_find(again(), IKE_P_SA), rows[i].want);
	}
}

Test(build, types_left_out)
{
	static const uint8_t spi[4] = { 1, 2, 3, 4 };
	const struct ike_payload *sa;
	struct offers os;

	pair_offers(&conf, &os, IKE_PROTO_ESP, "aes128gcm16-x25519");
	build_sa(&b, &os, (struct span){ spi, 4 }, 1u << IKE_T_KE);
	sa = ike_payload_find(again(), IKE_P_SA);
	cr_assert_not_null(sa);
	cr_assert_eq(sa->sa.nproposal, 1);
	cr_expect_eq(sa->sa.proposal[0].protocol, IKE_PROTO_ESP);
	cr_expect_eq(sa->sa.proposal[0].spi.n, 4);
	for (unsigned i = 0; i < sa->sa.proposal[0].ntransform; i++)
		cr_expect_neq(sa->sa.proposal[0].transform[i].type, IKE_T_KE);
}

Test(build, each_payload)
{
	const struct ike_payloads *ps;
	struct span text = { (const uint8_t *)"0123456789abcdef", 16 };
	const struct pl_notify *n;

	build_notify(&b, IKE_N_COOKIE, text);
	build_notify_number(&b, IKE_N_INVALID_KE_PAYLOAD, 31, 2);
	build_notify_spi(&b, IKE_PROTO_ESP, (struct span){ text.p, 4 }, IKE_N_REKEY_SA, (struct span){ 0 });
	build_ke(&b, 31, text);
	build_nonce(&b, text);
	build_id(&b, IKE_P_IDI, IKE_ID_FQDN, text);
	build_delete(&b, IKE_PROTO_ESP, 4, 2, (struct span){ text.p, 8 });
	ps = again();
	cr_assert_eq(ps->n, 7);
	cr_expect_eq(ike_notify_find(ps, IKE_N_COOKIE)->data.n, 16);
	cr_expect_eq(ike_notify_find(ps, IKE_N_INVALID_KE_PAYLOAD)->number, 31);
	n = ike_notify_find(ps, IKE_N_REKEY_SA);
	cr_expect_eq(n->protocol, IKE_PROTO_ESP);
	cr_expect_eq(n->spi.n, 4);
	cr_expect_eq(ps->payload[3].ke.group, 31);
	cr_expect_eq(ps->payload[4].opaque.data.n, 16);
	cr_expect_eq(ps->payload[5].id.type, IKE_ID_FQDN);
	cr_expect_eq(ps->payload[6].del.nspi, 2);
}

/* What does not fit spoils it for good, and nothing is written past its end. */
Test(build, full)
{
	static uint8_t large[BUILD_MEMORY];

	for (int i = 0; i < BUILD_PAYLOADS; i++)
		build_notify(&b, IKE_N_COOKIE, (struct span){ 0 });
	cr_expect(build_ok(&b));
	build_notify(&b, IKE_N_COOKIE, (struct span){ 0 });
	cr_expect_not(build_ok(&b));
	build_clear(&b);
	cr_expect(build_ok(&b));
	build_nonce(&b, (struct span){ large, sizeof large });
	build_nonce(&b, (struct span){ large, sizeof large });
	cr_expect_not(build_ok(&b));
}
