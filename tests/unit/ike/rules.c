#include "unit/ike/wire.h"
#include "ike/rules.h"

/* A message of empty payloads: version, exchange, flags, types; inner: those of SK, or of IKEv1 encrypted. */
struct row {
	const char *why;
	uint8_t version, exchange, flags;
	const char *clear, *inner;	/* hex, an octet a payload; inner NULL: not opened */
	const char *fault;		/* the first's text begins so; NULL: none */
};

static size_t chain(uint8_t *out, const uint8_t *type, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		out[4 * i] = i + 1 < n ? type[i + 1] : 0;
		out[4 * i + 1] = 0;
		store_be16(out + 4 * i + 2, 4);
	}
	return 4 * n;
}

/* The texts of what ike_rules_check() adds. */
static void check(const struct row *r)
{
	uint8_t wire[512] = { 1 }, plain[512], type[64];
	struct ike_message m;
	char text[IKE_FAULT_TEXT] = "none";
	struct err e;
	size_t n = wire_hex(type, sizeof type, r->clear), before;

	wire[16] = n > 0 ? type[0] : 0;
	wire[17] = r->version;
	wire[18] = r->exchange;
	wire[19] = r->flags;
	n = 28 + chain(wire + 28, type, n);
	store_be32(wire + 24, (uint32_t)n);
	ike_message_init(&m);
	cr_assert_eq(ike_message_decode(&m, (struct span){ wire, n }, &e), 0);
	if (r->inner != NULL) {
		n = wire_hex(type, sizeof type, r->inner);
		before = chain(plain, type, n);
		ike_message_open(&m, n > 0 ? type[0] : 0, (struct span){ plain, before }, &e);
	}
	m.faults.n = m.faults.more = 0;		/* of empty payloads there are some; not what this is about */
	ike_rules_check(&m);
	if (m.faults.n > 0)
		ike_fault_text(text, &m.faults.fault[0]);
	if (r->fault == NULL)
		cr_expect_eq(m.faults.n, 0, "%s: %s", r->why, text);
	else
		cr_expect(strncmp(text, r->fault, strlen(r->fault)) == 0, "%s: %s", r->why, text);
	ike_message_clear(&m);
}

#define REQUEST IKE_V2, IKE_X_SA_INIT, IKE_FLAG_INITIATOR
#define RESPONSE IKE_V2, IKE_X_SA_INIT, IKE_FLAG_RESPONSE
#define V2(x) IKE_V2, IKE_X_ ## x, IKE_FLAG_INITIATOR
#define ANSWER(x) IKE_V2, IKE_X_ ## x, IKE_FLAG_RESPONSE
#define V1(x) IKE_V1, IKE_X_ ## x, 0
#define V1E(x) IKE_V1, IKE_X_ ## x, IKE_V1_FLAG_ENCRYPTION

/* RFC 7296 appendix C: types in hex, 21 SA, 22 KE, 23 IDi, 24 IDr, 27 AUTH, 28 Nonce, 29 N, 2c TSi, 2d TSr. */
Test(ike_rules, v2)
{
	static const struct row rows[] = {
		{ "C.1", REQUEST, "212228", NULL, NULL },
		{ "in another order, with N and V", REQUEST, "29282b2122", NULL, NULL },
		{ "an unknown payload", REQUEST, "212228c8", NULL, NULL },
		{ "no KE", REQUEST, "2128", NULL, "KE payload is missing" },
		{ "KE twice", REQUEST, "21222228", NULL, "KE at octet 32: payload occurs too often: 2, wanted 1" },
		{ "TSi", REQUEST, "2122282c", NULL, "TSi at octet 40: payload does not belong into this exchange" },
		{ "a request cannot be an error", REQUEST, "29", NULL, "SA payload is missing" },
		{ "C.1 with CERTREQ", RESPONSE, "2122282626", NULL, NULL },
		{ "refused", RESPONSE, "29", NULL, NULL },
		{ "C.2", V2(AUTH), "2e", "232527212c2d", NULL },
		{ "C.2 not opened", V2(AUTH), "2e", NULL, NULL },
		{ "N beside SK", V2(AUTH), "292e", NULL, "N at octet 28: payload stands outside the encryption" },
		{ "in clear", V2(AUTH), "2327212c2d", NULL, "IDi at octet 28: payload stands outside the encryption" },
		{ "TSr missing", V2(AUTH), "2e", "2327212c", "TSr payload is missing" },
		{ "childless, RFC 6023", V2(AUTH), "2e", "2327", NULL },
		{ "C.3", V2(AUTH), "2e", "23212c2d", NULL },
		{ "C.3 EAP", V2(AUTH), "2e", "30", NULL },
		{ "C.3 end", V2(AUTH), "2e", "27", NULL },
		{ "C.3 answer", ANSWER(AUTH), "2e", "24252730", NULL },
		{ "EAP alone, RFC 5998", ANSWER(AUTH), "2e", "2430", NULL },
		{ "EAP and a child", ANSWER(AUTH), "2e", "24272130",
		  "SA at octet 8 of what was encrypted: payload does not belong" },
		{ "C.3 last", ANSWER(AUTH), "2e", "272f212c2d", NULL },
		{ "refused", ANSWER(AUTH), "2e", "29", NULL },
		{ "an empty answer", ANSWER(AUTH), "2e", "", "EAP payload is missing" },
		{ "C.4", V2(CREATE_CHILD_SA), "2e", "292128222c2d", NULL },
		{ "C.5", V2(CREATE_CHILD_SA), "2e", "212822", NULL },
		{ "C.5 without KE", V2(CREATE_CHILD_SA), "2e", "2128", "KE payload is missing" },
		{ "C.6", V2(INFORMATIONAL), "2e", "", NULL },
		{ "C.6", ANSWER(INFORMATIONAL), "2e", "2a2a292f", NULL },
		{ "invalid SPI, 1.5", ANSWER(INFORMATIONAL), "29", NULL, NULL },
		{ "SA there", V2(INFORMATIONAL), "2e", "21", "SA at octet 0 of what was encrypted: payload does not" },
		{ "RFC 9370", V2(INTERMEDIATE), "2e", "22", NULL },
		{ "RFC 9370", V2(FOLLOWUP_KE), "2e", "2229", NULL },
		{ "RFC 9370", V2(FOLLOWUP_KE), "2e", "29", "KE payload is missing" },
		{ "RFC 5723", V2(SESSION_RESUME), "2829", NULL, NULL },
		{ "no ticket", V2(SESSION_RESUME), "28", NULL, "N payload is missing" },
		{ "another's exchange is not judged", IKE_V2, 240, 0, "21", NULL, NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check(&rows[i]);
}

/* RFC 2409 5: 01 SA, 04 KE, 05 ID, 06 CERT, 08 HASH, 09 SIG, 0a Nonce, 0b N, 0c D, 0d V, 0e ATTR, 14 NAT-D. */
Test(ike_rules, v1)
{
	static const struct row rows[] = {
		{ "main 1", V1(MAIN), "010d0d", NULL, NULL },
		{ "SA is first", V1(MAIN), "0d01", NULL, "SA at octet 32: payload stands in the wrong place" },
		{ "main 3", V1(MAIN), "040a1414", NULL, NULL },
		{ "no nonce", V1(MAIN), "04", NULL, "Nonce payload is missing" },
		{ "main 5", V1E(MAIN), "", "0508", NULL },
		{ "main 5", V1E(MAIN), "", "05060907", NULL },
		{ "main 5 in clear", V1(MAIN), "0508", NULL, "ID at octet 28: payload stands outside" },
		{ "aggressive 2", V1(AGGRESSIVE), "01040a05080d1414", NULL, NULL },
		{ "aggressive 3", V1(AGGRESSIVE), "08", NULL, NULL },
		{ "aggressive 3", V1E(AGGRESSIVE), "", "0814", NULL },
		{ "quick 1", V1E(QUICK), "", "08010a040505", NULL },
		{ "quick with SA before HASH", V1E(QUICK), "", "01080a", "HASH at octet 4 of what was encrypted: payload stands" },
		{ "quick 3", V1E(QUICK), "", "08", NULL },
		{ "three IDs", V1E(QUICK), "", "08010a050505", "ID at octet 12 of what was encrypted: payload occurs too often: 3" },
		{ "transaction", V1E(TRANSACTION), "", "080e", NULL },
		{ "delete", V1E(V1_INFORMATIONAL), "", "080c", NULL },
		{ "notify in clear", V1(V1_INFORMATIONAL), "0b", NULL, NULL },
		{ "fragment", V1(MAIN), "84", NULL, NULL },
		{ "fragment beside others", V1(MAIN), "0184", NULL, "SA at octet 28: payload stands outside" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check(&rows[i]);
}

/* RFC 7296 3.3.1: proposals of an offer are numbered from 1; RFC 2409 5: phase 1 has one. */
Test(ike_rules, proposals)
{
	uint8_t wire[256];
	size_t n = wire_hex(wire, sizeof wire, "0102030405060708 0000000000000000 21 20 22 08 00000000 0000006c"
	    "22 00 002c 02 00 0014 01 01 00 01 00 00 000c 01 00 000c 800e 0100"
	    "00 00 0014 03 01 00 01 00 00 000c 01 00 000c 800e 0080");
	char text[IKE_FAULT_TEXT];
	struct ike_message m;
	struct err e;

	n += wire_hex(wire + n, sizeof wire - n, "28 00 0008 001f 0000 00 00 0014 000102030405060708090a0b0c0d0e0f");
	store_be32(wire + 24, (uint32_t)n);
	ike_message_init(&m);
	cr_assert_eq(ike_message_decode(&m, (struct span){ wire, n }, &e), 0);
	cr_expect_eq(m.faults.n, 0);
	ike_rules_check(&m);
	cr_expect_eq(m.faults.n, 1);
	cr_expect_str_eq(ike_fault_text(text, &m.faults.fault[0]),
	    "SA at octet 28: proposal number has a value it may not have: 3");
	ike_message_clear(&m);
}
