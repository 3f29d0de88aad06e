/* hdr.c, payload.c (the chain), fault.c and message.c */
#include "unit/ike/wire.h"
#include "ike/message.h"

#define HDR(next, exchange, flags, length) \
	"0102030405060708 1112131415161718 " next " 20 " exchange " " flags " 00000003 " length
#define V1(next, exchange, flags, length) \
	"0102030405060708 1112131415161718 " next " 10 " exchange " " flags " 00000003 " length

struct decoded { struct ike_message m; uint8_t wire[4096]; size_t n; };

static struct decoded *decode(const char *hex)
{
	struct decoded *d = calloc(1, sizeof *d);
	struct err e;

	ike_message_init(&d->m);
	d->n = wire_hex(d->wire, sizeof d->wire, hex);
	cr_assert(ike_message_decode(&d->m, (struct span){ d->wire, d->n }, &e) == 0, "%s", e.text);
	return d;
}

static void done(struct decoded *d)
{
	ike_message_clear(&d->m);
	free(d);
}

Test(ike_message, header)
{
	struct decoded *d = decode(HDR("00", "25", "28", "0000001c"));
	const struct ike_hdr *h = &d->m.hdr;

	cr_expect(h->spi_i == 0x0102030405060708 && h->spi_r == 0x1112131415161718);
	cr_expect(h->version == IKE_V2 && h->exchange == IKE_X_INFORMATIONAL && h->message_id == 3);
	cr_expect(ike_hdr_is_response(h) && ike_hdr_is_initiator(h) && !ike_hdr_is_encrypted(h));
	cr_expect_eq(d->m.faults.n, 0);
	cr_expect_eq(d->m.payloads.n, 0);
	done(d);
}

Test(ike_message, no_header)
{
	struct ike_message m;
	uint8_t wire[27] = { 0 };
	struct err e;

	ike_message_init(&m);
	cr_expect_lt(ike_message_decode(&m, (struct span){ wire, sizeof wire }, &e), 0);
	cr_expect_str_eq(e.text, "27 octets, too short for an IKE header (28)");
	cr_expect_lt(ike_message_decode(&m, (struct span){ NULL, 0 }, &e), 0);
	ike_message_clear(&m);
}

/* Whatever is wrong, what can be read is there, and the fault says where. */
Test(ike_message, faults)
{
	static const struct { const char *hex; unsigned payloads; const char *text; } rows[] = {
		{ HDR("2b", "22", "08", "00000020") "00 00 0004 ff", 1,
		  "message at octet 32: message is followed by stray octets: 1" },
		{ HDR("2b", "22", "08", "00000021") "00 00 0004", 1,
		  "message at octet 24: message is cut off: 32 octets, wanted 33" },
		{ HDR("2b", "22", "08", "00000000") "00 00 0004", 1,
		  "message at octet 24: message is cut off: 32 octets, wanted 0" },
		{ HDR("2b", "22", "08", "00000021") "00 00 0004 aa", 1,
		  "message at octet 32: last payload is followed by stray octets: 1" },
		{ HDR("2b", "22", "08", "00000021") "00 00 0006 aa", 1,
		  "V at octet 28: payload has an impossible length: 6, wanted 5" },
		{ HDR("2b", "22", "08", "00000021") "2b 00 0003 aa", 0,
		  "V at octet 28: payload has an impossible length: 3, wanted 5" },
		{ HDR("2b", "22", "08", "00000020") "28 00 0004", 1,
		  "Nonce at octet 32: payload header does not fit: 0 octets, wanted 4" },
		{ HDR("c8", "22", "08", "00000021") "00 80 0005 aa", 1,
		  "unknown (200) at octet 28: payload is critical and unknown" },
		{ HDR("2e", "23", "08", "00000026") "2b 00 0006 aabb 00 00 0004", 1,
		  "message at octet 34: last payload stands after the encrypted payload" },
		{ HDR("00", "1f", "08", "0000001c"), 0, "message at octet 18: exchange type is not known: 31" },
		{ "0102030405060708 0000000000000000 00 30 22 08 00000000 0000001c", 0,
		  "message at octet 17: version is not known: 3" },
		{ "0000000000000000 0000000000000000 00 20 22 08 00000000 0000001c", 0,
		  "message at octet 0: initiator's SPI has a value it may not have: 0" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct decoded *d = decode(rows[i].hex);
		char text[IKE_FAULT_TEXT];

		cr_expect_eq(d->m.faults.n, 1, "row %zu: %u faults", i, d->m.faults.n);
		cr_expect_eq(d->m.payloads.n, rows[i].payloads, "row %zu", i);
		if (d->m.faults.n > 0)
			cr_expect_str_eq(ike_fault_text(text, &d->m.faults.fault[0]), rows[i].text, "row %zu: %s", i,
			    text);
		done(d);
	}
}

/* An unknown payload that is not critical is nothing to complain about (RFC 7296 2.5). */
Test(ike_message, unknown_payload)
{
	struct decoded *d = decode(HDR("c8", "22", "08", "00000025") "2b 00 0005 aa 00 00 0004");

	cr_expect_eq(d->m.faults.n, 0);
	cr_expect_eq(d->m.payloads.n, 2);
	cr_expect(!d->m.payloads.payload[0].decoded && d->m.payloads.payload[0].body.n == 1);
	done(d);
}

/* A line about a message; what does not fit is cut. */
Test(ike_message, words)
{
	struct decoded *d = decode(HDR("28", "22", "08", "0000003c")
	    "29 00 0014 000102030405060708090a0b0c0d0e0f c8 00 0008 00 00 400c 00 00 0004");
	char text[64], cut[12];

	cr_expect_str_eq(ike_payloads_text(text, sizeof text, &d->m.payloads),
	    "Nonce, N(MOBIKE_SUPPORTED), unknown (200)");
	cr_expect_str_eq(ike_payloads_text(cut, sizeof cut, &d->m.payloads), "Nonce, N(MO");
	done(d);
}

/* A chain of headers alone ends at the bound. */
Test(ike_message, endless)
{
	struct ike_message m;
	static uint8_t wire[60000];
	struct err e;

	ike_message_init(&m);
	wire_hex(wire, sizeof wire, HDR("2b", "22", "08", "0000ea60"));
	for (size_t i = 28; i < sizeof wire; i += 4)
		memcpy(wire + i, "\53\0\0\4", 4);
	cr_assert_eq(ike_message_decode(&m, (struct span){ wire, sizeof wire }, &e), 0);
	cr_expect_eq(m.payloads.n, IKE_PAYLOADS_MAX);
	cr_expect_eq(m.faults.n, 1);
	cr_expect_eq(m.faults.fault[0].kind, IKE_FAULT_LIMIT);
	ike_message_clear(&m);
}

/* The list of faults is bounded, too. */
Test(ike_message, many_faults)
{
	struct ike_message m;
	static uint8_t wire[28 + 5 * 100];
	struct err e;

	ike_message_init(&m);
	wire_hex(wire, sizeof wire, HDR("28", "22", "08", "00000210"));
	for (size_t i = 28; i < sizeof wire; i += 5)
		memcpy(wire + i, i + 5 < sizeof wire ? "\50\0\0\5\1" : "\0\0\0\5\1", 5);
	cr_assert_eq(ike_message_decode(&m, (struct span){ wire, sizeof wire }, &e), 0);
	cr_expect_eq(m.faults.n, IKE_FAULTS_MAX);
	cr_expect_eq(m.faults.more, 100 - IKE_FAULTS_MAX);
	ike_message_clear(&m);
}

/* What was encrypted is opened, found, and told apart from what was in clear. */
Test(ike_message, opened)
{
	struct decoded *d = decode(HDR("2e", "25", "08", "00000022") "2a 00 0006 aabb");
	uint8_t plain[64];
	size_t n = wire_hex(plain, sizeof plain, "29 00 0008 01 00 0000 00 00 0008 00 00 400c");
	char text[IKE_FAULT_TEXT];
	struct err e;

	cr_assert_not_null(ike_message_sk(&d->m));
	cr_expect_eq(ike_message_sk(&d->m)->sk.first, IKE_P_DELETE);
	cr_expect_eq(ike_message_sk(&d->m)->sk.body.n, 2);
	cr_expect_null(ike_notify_find(ike_message_payloads(&d->m), IKE_N_MOBIKE_SUPPORTED));
	cr_assert_eq(ike_message_open(&d->m, IKE_P_DELETE, (struct span){ plain, n }, &e), 0);
	cr_expect_eq(d->m.faults.n, 0);
	cr_expect_not_null(ike_notify_find(ike_message_payloads(&d->m), IKE_N_MOBIKE_SUPPORTED));
	cr_expect_not_null(ike_payload_find(ike_message_payloads(&d->m), IKE_P_DELETE));
	cr_assert_eq(ike_message_open(&d->m, IKE_P_DELETE, (struct span){ plain, n - 1 }, &e), 0);
	cr_expect_str_eq(ike_fault_text(text, &d->m.faults.fault[0]),
	    "N at octet 8 of what was encrypted: payload has an impossible length: 8, wanted 7");
	done(d);
}

/* IKEv1: padding after the last payload is none of the faults. */
Test(ike_message, v1_encrypted)
{
	struct decoded *d = decode(V1("08", "20", "01", "00000024") "0011223344556677");
	uint8_t plain[64];
	size_t n = wire_hex(plain, sizeof plain, "00 00 0006 aabb 0000");
	struct err e;

	cr_expect_eq(d->m.sealed.n, 8);
	cr_expect_eq(d->m.payloads.n, 0);
	cr_expect_null(ike_message_sk(&d->m));
	cr_assert_eq(ike_message_open(&d->m, d->m.hdr.next, (struct span){ plain, n }, &e), 0);
	cr_expect_eq(d->m.faults.n, 0);
	cr_expect_eq(d->m.inner.n, 1);
	cr_expect_eq(d->m.inner.rest.n, 2);
	done(d);
}

/* A message made of structures: lengths and next payloads are filled in; one that does not fit is an error. */
Test(ike_message, encode)
{
	static const uint8_t value[] = { 0xaa, 0xbb, 0xcc };
	struct ike_attr bits = { .type = IKE_ATTR_KEY_LENGTH, .tv = true, .value = 128 };
	struct ike_transform encr = { .type = IKE_T_ENCR, .id = 20, .attr = &bits, .nattr = 1 };
	struct ike_proposal it = { .number = 1, .protocol = IKE_PROTO_IKE, .transform = &encr, .ntransform = 1 };
	struct ike_payload payload[] = {
		{ .version = IKE_V2, .type = IKE_P_SA, .decoded = true, .sa = { .proposal = &it, .nproposal = 1 } },
		{ .version = IKE_V2, .type = IKE_P_KE, .decoded = true, .critical = true,
		  .ke = { .group = 31, .value = { value, 3 } } },
	};
	struct ike_message m;
	uint8_t out[128], want[128];
	struct wr w = wr_of(out, sizeof out);
	struct err e;
	size_t n;

	ike_message_init(&m);
	m.hdr = (struct ike_hdr){ .spi_i = 1, .version = IKE_V2, .exchange = IKE_X_SA_INIT,
		.flags = IKE_FLAG_INITIATOR };
	m.payloads = (struct ike_payloads){ .payload = payload, .n = 2 };
	cr_assert_eq(ike_message_encode(&m, &w, &e), 0);
	n = wire_hex(want, sizeof want, "0000000000000001 0000000000000000 21 20 22 08 00000000 0000003f"
	    "22 00 0018 00 00 0014 01 01 00 01 00 00 000c 01 00 0014 800e 0080 00 80 000b 001f 0000 aabbcc");
	cr_expect(w.n == n && memcmp(out, want, n) == 0);
	w = wr_of(out, 40);
	cr_expect_lt(ike_message_encode(&m, &w, &e), 0);
	cr_expect_str_eq(e.text, "IKE message does not fit into 40 octets");
	ike_message_clear(&m);
}

/* A message with faults is encoded as it came, as far as lengths tell where its payloads are. */
Test(ike_message, encode_faulty)
{
	struct decoded *d = decode(HDR("28", "22", "08", "00000026") "2b 00 0005 aa 00 00 0005 bb");
	uint8_t out[64];
	struct wr w = wr_of(out, sizeof out);
	struct err e;

	cr_expect_eq(d->m.faults.n, 1);
	cr_assert_eq(ike_message_encode(&d->m, &w, &e), 0);
	cr_expect(w.n == d->n && memcmp(out, d->wire, d->n) == 0);
	done(d);
}
