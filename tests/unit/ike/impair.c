/* impair*.c: each fault by what a decoder sees of a message that had it. */
#include "unit/ike/wire.h"

#include "base/secret.h"
#include "ike/impair.h"
#include "ike/message.h"

/* IKE_SA_INIT: SA (IKE, ENCR 20, KE 31), KE 31, Nonce, N(NAT_DETECTION_SOURCE_IP), N(.._DESTINATION_IP). */
#define CHAIN_INIT "22 00 001c 00 00 0018 01 01 00 02 03 00 0008 01 00 0014 00 00 0008 04 00 001f" \
	"28 00 000c 001f 0000 01020304" \
	"29 00 0014 000102030405060708090a0b0c0d0e0f" \
	"29 00 001c 00 00 4004 aabbccdd00000000000000000000000000000000" \
	"00 00 001c 00 00 4005 aabbccdd00000000000000000000000000000000"
/* IDi, AUTH (PSK), SA (ESP, SPI c0de0001, ENCR 20), TSi, TSr: 10.1.0.0 to 10.1.255.255. */
#define TS "0018 01 000000 07 00 0010 0000 ffff 0a010000 0a01ffff"
#define CHAIN_AUTH "27 00 000c 02 000000 61626364" \
	"21 00 000c 02 000000 01020304" \
	"2c 00 0018 00 00 0014 01 03 04 01 c0de0001 00 00 0008 01 00 0014" \
	"2d 00 " TS "00 00 " TS

static struct rng rng;
static struct err e;

static void start(void)
{
	secret_init(&e);
	rng_init_seed(&rng, (struct span){ (const uint8_t *)"x", 1 }, "test");
}

TestSuite(ike_impair, .init = start);

static struct ike_impair *impair(const char *list)
{
	struct ike_impair *im = ike_impair_new(&rng, &e);

	cr_assert_not_null(im, "%s", e.text);
	cr_assert(ike_impair_add(im, list, &e) == 0, "%s: %s", list, e.text);
	return im;
}

/* A message that is impaired while it is built, and decoded again. */
struct made { struct ike_message m, from; struct build b; uint8_t wire[2048], got[2048]; size_t n; };

static void make(struct made *d, struct ike_impair *im, uint8_t exchange, uint8_t flags)
{
	struct ike_hdr h = { .spi_i = 1, .spi_r = 2, .version = IKE_V2, .exchange = exchange, .flags = flags,
		.message_id = 7 };
	bool init = exchange == IKE_X_SA_INIT;
	struct ike_payloads ps;
	struct wr w;

	*d = (struct made){ 0 };
	ike_message_init(&d->from);
	ike_message_init(&d->m);
	mem_init(&d->b.mem, BUILD_MEMORY);
	h.next = init ? IKE_P_SA : IKE_P_IDI;
	w = wr_of(d->wire, sizeof d->wire);
	h.length = 28;
	ike_hdr_encode(&h, &w);
	w.n += wire_hex(d->wire + w.n, sizeof d->wire - w.n, init ? CHAIN_INIT : CHAIN_AUTH);
	store_be32(d->wire + 24, (uint32_t)w.n);
	cr_assert_eq(ike_message_decode(&d->from, (struct span){ d->wire, w.n }, &e), 0);
	cr_assert_eq(d->from.faults.n, 0);
	memcpy(d->b.payload, d->from.payloads.payload, d->from.payloads.n * sizeof d->b.payload[0]);
	d->b.n = d->from.payloads.n;
	ike_impair_payloads(im, &h, &d->b);
	cr_assert_not(d->b.bad);
	w = wr_of(d->got, sizeof d->got);
	ike_hdr_encode(&h, &w);
	ps = (struct ike_payloads){ .payload = d->b.payload, .n = d->b.n };
	h.next = d->got[16] = ike_payloads_encode(&ps, &w);
	cr_assert(wr_ok(&w));
	store_be32(d->got + 24, (uint32_t)w.n);
	ike_impair_chain(im, &h, d->got + 28, w.n - 28);
	d->n = w.n;
	cr_assert_eq(ike_message_decode(&d->m, (struct span){ d->got, w.n }, &e), 0);
}

static void unmake(struct made *d)
{
	ike_message_clear(&d->m);
	ike_message_clear(&d->from);
	mem_clear(&d->b.mem);
}

/* The whole message as JSON. */
static char *shown(const struct ike_message *m)
{
	struct out_json json;
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	out_json_init(&json, to);
	out_object(&json.out, NULL);
	ike_message_show(&json.out, m);
	out_end(&json.out);
	fclose(to);
	return text;
}

enum { INIT = IKE_X_SA_INIT, AUTH = IKE_X_AUTH };

Test(ike_impair, payloads)
{
	static const struct { const char *list; uint8_t exchange; const char *payloads, *shows; } rows[] = {
		{ "omit:KE", INIT, "SA, Nonce, N(NAT_DETECTION_SOURCE_IP), N(NAT_DETECTION_DESTINATION_IP)", "" },
		{ "omit:nat-d", INIT, "SA, KE, Nonce", "" },
		{ "omit:NAT_DETECTION_SOURCE_IP", INIT, "SA, KE, Nonce, N(NAT_DETECTION_DESTINATION_IP)", "" },
		{ "omit:N", INIT, "SA, KE, Nonce", "" },
		{ "omit:AUTH", INIT, "SA, KE, Nonce, N(NAT_DETECTION_SOURCE_IP), N(NAT_DETECTION_DESTINATION_IP)", "" },
		{ "omit:AUTH,omit:TSi", AUTH, "IDi, SA, TSr", "" },
		{ "duplicate-payload:KE,omit:N", INIT, "SA, KE, KE, Nonce", "" },
		{ "reorder-payloads", AUTH, "TSr, TSi, SA, AUTH, IDi", "" },
		{ "unknown-critical,omit:N", INIT, "SA, KE, Nonce, unknown (200)", "\"critical\":true" },
		{ "unknown-payload:201,omit:N", INIT, "SA, KE, Nonce, unknown (201)", "\"data\":\"696d706169726564\"" },
		{ "add-vendor,omit:N", INIT, "SA, KE, Nonce, V", "\"696d7061697265642062792069707365632d696b65\"" },
		{ "add-vendor:a@b,omit:N", INIT, "SA, KE, Nonce, V", "\"614062\"" },
		{ "omit:N,add-notify:MOBIKE_SUPPORTED", INIT, "SA, KE, Nonce, N(MOBIKE_SUPPORTED)", "" },
		{ "omit:N,add-notify:40000", INIT, "SA, KE, Nonce, N(unknown (40000))", "" },
		{ "critical-known", AUTH, "IDi, AUTH, SA, TSi, TSr", "{\"payload\":\"TSr\",\"payload_id\":45,\"length\":24,\"critical\":true" },
		{ "wrong-proposal", AUTH, "IDi, AUTH, SA, TSi, TSr", "\"transform_id\":65000" },
		{ "bad-spi-size", AUTH, "IDi, AUTH, SA, TSi, TSr", "\"spi\":\"c0de00\"" },
		{ "bad-spi-size:6", AUTH, "IDi, AUTH, SA, TSi, TSr", "\"spi\":\"c0de00010000\"" },
		{ "zero-spi", AUTH, "IDi, AUTH, SA, TSi, TSr", "\"spi\":\"00000000\"" },
		{ "bad-nonce-length,omit:N", INIT, "SA, KE, Nonce", "\"0001020304050607\"" },
		{ "bad-ke-length,omit:N", INIT, "SA, KE, Nonce", "\"010203\"" },
		{ "zero-ke,omit:N", INIT, "SA, KE, Nonce", "\"00000000\"" },
		{ "wrong-ke-group:19,omit:N", INIT, "SA, KE, Nonce", "\"group_id\":19" },
		{ "forged-natd,omit:NAT_DETECTION_DESTINATION_IP", INIT, "SA, KE, Nonce, N(NAT_DETECTION_SOURCE_IP)",
		  "\"55443322ffff" },
		{ "wrong-id", AUTH, "IDi, AUTH, SA, TSi, TSr", "impaired.example" },
		{ "wrong-id:me@home", AUTH, "IDi, AUTH, SA, TSi, TSr", "me@home" },
		{ "bad-auth", AUTH, "IDi, AUTH, SA, TSi, TSr", "\"01020305\"" },
		{ "wrong-auth-method", AUTH, "IDi, AUTH, SA, TSi, TSr", "\"method_id\":200" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ike_impair *im = impair(rows[i].list);
		char text[256], *json;
		struct made d;

		make(&d, im, rows[i].exchange, IKE_FLAG_INITIATOR);
		json = shown(&d.m);
		cr_expect_str_eq(ike_payloads_text(text, sizeof text, &d.m.payloads), rows[i].payloads, "%s: %s",
		    rows[i].list, text);
		cr_expect(strstr(json, rows[i].shows) != NULL, "%s: %s", rows[i].list, json);
		free(json);
		unmake(&d);
		ike_impair_free(im);
	}
}

/* An answer's identity is IDr. */
Test(ike_impair, identity_of_this_end)
{
	struct ike_impair *im = impair("wrong-id");
	struct made d;

	make(&d, im, AUTH, IKE_FLAG_RESPONSE);
	cr_expect_eq(ike_payload_find(&d.m.payloads, IKE_P_IDI)->id.data.n, 4);
	unmake(&d);
	ike_impair_free(im);
}

Test(ike_impair, selectors)
{
	struct ike_impair *im = impair("bad-ts");
	const struct ike_ts *t;
	struct made d;

	make(&d, im, AUTH, 0);
	t = &ike_payload_find(&d.m.payloads, IKE_P_TSR)->ts.ts[0];
	cr_expect(addr_cmp(&t->first, &t->last) > 0 && t->first_port == 2 && t->last_port == 1);
	unmake(&d);
	ike_impair_free(im);
}

/* The header; spi_i 1, spi_r 2, message id 7 are what it is else. */
Test(ike_impair, header)
{
	static const struct { const char *list; uint8_t flags; struct ike_hdr h; } rows[] = {
		{ "wrong-message-id", 8, { .spi_i = 1, .spi_r = 2, .version = 0x20, .exchange = 35, .flags = 8, .message_id = 8 } },
		{ "wrong-message-id:100", 8, { 1, 2, 0, 0x20, 35, 8, 107, 0 } },
		{ "wrong-spi", 8, { 1, 3, 0, 0x20, 35, 8, 7, 0 } },
		{ "wrong-spi:0x10", 0x20, { 17, 2, 0, 0x20, 35, 0x20, 7, 0 } },
		{ "bad-version", 8, { 1, 2, 0, 0x30, 35, 8, 7, 0 } },
		{ "minor-version", 8, { 1, 2, 0, 0x25, 35, 8, 7, 0 } },
		{ "bad-exchange", 8, { 1, 2, 0, 0x20, 99, 8, 7, 0 } },
		{ "flip-initiator", 8, { 1, 2, 0, 0x20, 35, 0, 7, 0 } },
		{ "flip-response", 8, { 1, 2, 0, 0x20, 35, 0x28, 7, 0 } },
		{ "reserved-bits", 8, { 1, 2, 0, 0x20, 35, 0xdf, 7, 0 } },
		{ "bad-exchange,wrong-message-id@IKE_AUTH-request:1", 8, { 1, 2, 0, 0x20, 99, 8, 8, 0 } },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct ike_hdr *want = &rows[i].h, *h;
		struct ike_impair *im = impair(rows[i].list);
		struct made d;

		make(&d, im, AUTH, rows[i].flags);
		h = &d.m.hdr;
		cr_expect(h->spi_i == want->spi_i && h->spi_r == want->spi_r && h->version == want->version &&
		    h->exchange == want->exchange && h->flags == want->flags && h->message_id == want->message_id,
		    "%s", rows[i].list);
		unmake(&d);
		ike_impair_free(im);
	}
}

/* Reserved fields are set wherever RFC 7296 has some that are not signed, and nothing else is another. */
Test(ike_impair, reserved_fields)
{
	struct ike_impair *im = impair("reserved-bits");
	const struct ike_payload *p;
	struct made d;

	make(&d, im, AUTH, 0);
	cr_expect_eq(d.m.payloads.n, 5);
	for (unsigned i = 0; i < d.m.payloads.n; i++)
		cr_expect(d.m.payloads.payload[i].reserved == 0x7f && !d.m.payloads.payload[i].critical);
	p = ike_payload_find(&d.m.payloads, IKE_P_SA);
	cr_expect(p->sa.proposal[0].reserved == 0xff && p->sa.proposal[0].transform[0].reserved == 0xff &&
	    p->sa.proposal[0].transform[0].head_reserved == 0xff && p->sa.proposal[0].transform[0].id == 20);
	cr_expect_eq(ike_payload_find(&d.m.payloads, IKE_P_AUTH)->auth.reserved[2], 0xff);
	cr_expect_eq(ike_payload_find(&d.m.payloads, IKE_P_TSI)->ts.reserved[0], 0xff);
	cr_expect_eq(ike_payload_find(&d.m.payloads, IKE_P_IDI)->id.port, 0);
	unmake(&d);
	make(&d, im, INIT, 0);
	cr_expect_eq(ike_payload_find(&d.m.payloads, IKE_P_KE)->ke.reserved, 0xffff);
	unmake(&d);
	ike_impair_free(im);
}

Test(ike_impair, lengths)
{
	static const struct { const char *list; uint8_t exchange; const char *fault; } rows[] = {
		{ "bad-length", INIT, "SA at octet 28: payload has an impossible length: 65535, wanted 116" },
		{ "bad-length:3", INIT, "SA at octet 28: payload has an impossible length: 3, wanted 116" },
		{ "bad-proposal-length", AUTH, NULL }, { "bad-proposal-length:2", INIT, NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ike_impair *im = impair(rows[i].list);
		char text[IKE_FAULT_TEXT];
		struct made d;

		make(&d, im, rows[i].exchange, 0);
		cr_assert_gt(d.m.faults.n, 0, "%s", rows[i].list);
		cr_expect(rows[i].fault == NULL ? d.m.faults.fault[0].payload == IKE_P_SA :
		    strcmp(ike_fault_text(text, &d.m.faults.fault[0]), rows[i].fault) == 0, "%s: %s", rows[i].list,
		    ike_fault_text(text, &d.m.faults.fault[0]));
		unmake(&d);
		ike_impair_free(im);
	}
}

/* Which of three messages of an exchange, of which the second is an answer. */
Test(ike_impair, when)
{
	static const struct { const char *list; bool hit[3]; } rows[] = {
		{ "wrong-message-id", { true, true, true } }, { "wrong-message-id@any", { true, true, true } },
		{ "wrong-message-id@any:2", { false, true, false } }, { "wrong-message-id@ike_auth:3", { false, false, true } },
		{ "wrong-message-id@IKE_AUTH-response", { false, true, false } },
		{ "wrong-message-id@any-request:2", { false, false, true } },
		{ "wrong-message-id@IKE_SA_INIT", { false, false, false } },
		{ "wrong-message-id@IKE_AUTH:4", { false, false, false } },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ike_impair *im = impair(rows[i].list);

		for (unsigned k = 0; k < 3; k++) {
			struct made d;

			make(&d, im, AUTH, k == 1 ? IKE_FLAG_RESPONSE : 0);
			cr_expect_eq(d.m.hdr.message_id == 8, rows[i].hit[k], "%s: message %u", rows[i].list, k);
			unmake(&d);
		}
		ike_impair_free(im);
	}
}

/* Datagrams: header of an exchange, a body that begins with its number. */
struct datagram { uint8_t p[48]; };

static struct span datagram(struct datagram *d, uint64_t spi_i, uint8_t next, uint8_t flags, uint8_t number)
{
	struct ike_hdr h = { .spi_i = spi_i, .spi_r = 2, .next = next, .version = IKE_V2, .exchange = IKE_X_AUTH,
		.flags = flags, .message_id = 1, .length = sizeof d->p };
	struct wr w = wr_of(d->p, sizeof d->p);

	ike_hdr_encode(&h, &w);
	memset(d->p + 28, 0, sizeof d->p - 28);
	store_be16(d->p + 32, number);
	return (struct span){ d->p, sizeof d->p };
}

/* Four datagrams go in; out comes, by their numbers. */
Test(ike_impair, datagrams)
{
	static const struct { const char *list, *gone; } rows[] = {
		{ "add-vendor", "1 2 3 4" }, { "drop", "" }, { "drop@IKE_AUTH:2", "1 3 4" }, { "drop@IKE_SA_INIT", "1 2 3 4" },
		{ "no-answer", "1 2 4" }, { "duplicate@any:3", "1 2 3 3 4" }, { "replay", "1 2 1 3 2 4 3" },
		{ "replay:2", "1 2 3 1 4 2" }, { "reorder@any:2", "1 3 2 4" }, { "reorder@any:4", "1 2 3" },
		{ "reorder", "2 1 4 3" }, { "missing-fragment", "2 3 4" }, { "missing-fragment:3", "1 2 4" },
		{ "duplicate@any:2,replay:1@any:2,reorder@any:1", "2 2 1 1 3 4" }, { "reorder@any:1,drop@any:2", "1 3 4" },
		{ "drop@IKE_AUTH-response", "1 2 4" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ike_impair *im = impair(rows[i].list);
		char gone[64] = "";

		for (uint8_t k = 1; k <= 4; k++) {
			struct datagram d;
			struct span out[IKE_IMPAIR_OUT];
			unsigned n = ike_impair_send(im, datagram(&d, 1, IKE_P_SKF, k == 3 ? IKE_FLAG_RESPONSE : 0, k), out);

			for (unsigned j = 0; j < n; j++)
				snprintf(gone + strlen(gone), sizeof gone - strlen(gone), "%s%u", gone[0] != '\0' ? " " : "",
				    load_be16(out[j].p + 32));
		}
		cr_expect_str_eq(gone, rows[i].gone, "%s: %s", rows[i].list, gone);
		ike_impair_free(im);
	}
}

/* What another IKE SA sent is neither replayed into this one nor sent behind its datagrams. */
Test(ike_impair, datagrams_of_two)
{
	struct ike_impair *im = impair("replay,reorder@any:2");
	struct span out[IKE_IMPAIR_OUT];
	struct datagram d;

	cr_expect_eq(ike_impair_send(im, datagram(&d, 1, IKE_P_SK, 0, 1), out), 1);
	cr_expect_eq(ike_impair_send(im, datagram(&d, 2, IKE_P_SK, 0, 2), out), 0);
	cr_expect_eq(ike_impair_send(im, datagram(&d, 1, IKE_P_SK, 0, 3), out), 2);
	cr_expect_eq(load_be16(out[1].p + 32), 1);
	ike_impair_free(im);
}

Test(ike_impair, octets)
{
	static const struct { const char *list; uint8_t next; size_t n; int at; uint32_t length; } rows[] = {
		{ "corrupt-icv", IKE_P_SK, 48, 47, 48 }, { "corrupt-icv", IKE_P_SA, 48, -1, 48 },
		{ "corrupt:30", IKE_P_SA, 48, 30, 48 }, { "corrupt:48", IKE_P_SA, 48, -1, 48 }, { "truncate", IKE_P_SK, 41, -1, 48 },
		{ "truncate:100", IKE_P_SK, 1, -1, 48 }, { "trailing", IKE_P_SK, 56, -1, 48 },
		{ "bad-message-length", IKE_P_SK, 48, 27, 49 }, { "truncate:100,corrupt,corrupt-icv", IKE_P_SK, 1, 0, 48 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ike_impair *im = impair(rows[i].list);
		struct datagram d;
		struct span in = datagram(&d, 1, rows[i].next, 0, 1), out[IKE_IMPAIR_OUT];
		int differs = -1;

		cr_assert_eq(ike_impair_send(im, in, out), 1);
		cr_expect_eq(out[0].n, rows[i].n, "%s: %zu", rows[i].list, out[0].n);
		for (size_t k = 0; k < out[0].n && k < in.n; k++)
			if (out[0].p[k] != in.p[k])
				differs = (int)k;
		cr_expect_eq(differs, rows[i].at, "%s: %d", rows[i].list, differs);
		cr_expect(out[0].n < 28 || load_be32(out[0].p + 24) == rows[i].length, "%s", rows[i].list);
		ike_impair_free(im);
	}
}

/* A bit somewhere behind the header, where the seed says. */
Test(ike_impair, corrupt_somewhere)
{
	struct ike_impair *im = impair("corrupt");
	struct datagram d;
	struct span in = datagram(&d, 1, IKE_P_SA, 0, 1), out[IKE_IMPAIR_OUT];

	for (unsigned i = 0; i < 200; i++) {
		cr_assert_eq(ike_impair_send(im, in, out), 1);
		cr_expect_eq(memcmp(out[0].p, in.p, 28), 0);
		cr_expect_neq(memcmp(out[0].p, in.p, in.n), 0);
	}
	ike_impair_free(im);
}

/* Without impairments all goes as it is; short and huge datagrams, too. */
Test(ike_impair, none)
{
	static uint8_t huge[70000];
	struct ike_impair *im = impair("drop");
	struct span out[IKE_IMPAIR_OUT], in = { huge, 28 };
	struct made d;

	cr_expect(ike_impair_send(NULL, in, out) == 1 && out[0].p == in.p && out[0].n == in.n);
	cr_expect(ike_impair_send(im, (struct span){ huge, 27 }, out) == 1 && out[0].n == 27);
	cr_expect(ike_impair_send(im, (struct span){ huge, sizeof huge }, out) == 1 && out[0].n == sizeof huge);
	make(&d, NULL, AUTH, 0);
	cr_expect(d.n == d.from.wire.n && memcmp(d.got, d.wire, d.n) == 0);
	unmake(&d);
	ike_impair_free(im);
	ike_impair_free(NULL);
}
