#include <criterion/criterion.h>

#include "unit/ike/eap_talk.h"
#include "unit/pki.h"
#include "unit/text.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static struct rng rng;
static struct cert_set ca, other_ca, server, client;
static struct cert_policy policy = { .when = PKI_NOW };
static const struct pki_plan root = { .cn = "Root", .ca = true };
static const struct pki_plan gw = { .cn = "gw", .san = "gw.example", .purpose = "serverAuth" };
static const struct pki_plan alice = { .cn = "alice", .san = "alice@example.org", .purpose = "clientAuth" };

static void begin(struct talk *t)
{
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	rng_init_seed(&rng, talk_text("eap-tls"), "unit");
	pki_add(&ca, &root, NULL);
	pki_add(&server, &gw, &ca);
	pki_add(&client, &alice, &ca);
	talk_init(t, 1u << EAP_TLS);
	t->client.identity = "alice@example.org";
	t->client.server_name = "gw.example";
	t->client.certs = &client;
	t->server.certs = &server;
	t->client.anchors = t->server.anchors = &ca;
	t->client.policy = t->server.policy = &policy;
}

static void end(struct talk *t)
{
	talk_clear(t);
	cert_set_clear(&ca);
	cert_set_clear(&other_ca);
	cert_set_clear(&server);
	cert_set_clear(&client);
}

static void expect_well(const struct talk *t)
{
	cr_expect(t->c_state == EAP_DONE && t->s_state == EAP_DONE, "%s, %s", eap_why(t->c), eap_why(t->s));
	cr_expect_str_eq(eap_method(t->c), "EAP-TLS");
	cr_expect(eap_is_mutual(t->c) && eap_is_mutual(t->s));
	cr_expect_eq(eap_msk(t->c)->n, 64);
	cr_expect(secret_eq(eap_msk(t->c), eap_msk(t->s)));
	cr_assert_not_null(eap_peer_cert(t->s));
	cr_expect_eq(cert_fields(eap_peer_cert(t->s))->subject.n, strlen("CN=alice"));
	cr_expect_eq(cert_fields(eap_peer_cert(t->c))->subject.n, strlen("CN=gw"));
	cr_expect_leq(t->largest, 1100);
}

/* TLS 1.2 and 1.3, as either end allows it; keys of all kinds; the identity asked for or known. */
Test(eap_tls, well)
{
	static const struct { unsigned client, server; const char *type; bool ask; } rows[] = {
		{ 0, 0, NULL, true }, { 12, 0, NULL, true }, { 0, 12, NULL, true }, { 13, 13, "rsa", true },
		{ 12, 12, "rsa", false }, { 13, 0, "ecdsa", false }, { 12, 0, "ecdsa", true }, { 13, 0, "ed448", true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pki_plan plan = gw;
		struct talk t;

		begin(&t);
		plan.type = rows[i].type;
		cert_set_clear(&server);
		pki_add(&server, &plan, &ca);
		t.client.tls_max = rows[i].client;
		t.server.tls_max = rows[i].server;
		t.server.ask_identity = rows[i].ask;
		talk_run(&t, &rng);
		expect_well(&t);
		end(&t);
	}
}

/* An intermediate authority, sent along; a long chain goes in many fragments. */
Test(eap_tls, chain)
{
	struct cert_set sub = { 0 }, long_ca = { 0 };
	struct pki_plan plan = { .cn = "Sub", .ca = true, .type = "rsa" };
	struct talk t;

	for (unsigned max = 12; max <= 13; max++) {
		begin(&t);
		pki_add(&sub, &plan, &ca);
		cert_set_clear(&server);
		pki_add(&server, &gw, &sub);
		pki_copy(&server, sub.cert[0]);
		pki_copy(&server, ca.cert[0]);
		t.client.tls_max = max;
		talk_run(&t, &rng);
		expect_well(&t);
		cr_expect_gt(t.packets, 9);
		end(&t);
		cert_set_clear(&sub);
		cert_set_clear(&long_ca);
	}
}

enum bad { UNTRUSTED_SERVER, UNTRUSTED_CLIENT, EXPIRED_CLIENT, EXPIRED_SERVER, SERVER_NAME, CLIENT_NAME, SERVER_USE,
	CLIENT_USE, NO_CRL, IDENTITY_NAME };

static void spoil(struct talk *t, enum bad how)
{
	struct pki_plan s = gw, c = alice;
	static const struct pki_plan other = { .cn = "Other", .ca = true };

	pki_add(&other_ca, &other, NULL);
	switch (how) {
	case UNTRUSTED_SERVER: t->client.anchors = &other_ca; return;
	case UNTRUSTED_CLIENT: t->server.anchors = &other_ca; return;
	case EXPIRED_CLIENT: c.to = PKI_NOW - 1; break;
	case EXPIRED_SERVER: s.to = PKI_NOW - 1; break;
	case SERVER_NAME: s.san = "other.example"; break;
	case CLIENT_NAME: c.san = "mallory@example.org"; break;
	case SERVER_USE: s.purpose = "clientAuth"; break;
	case CLIENT_USE: c.purpose = "serverAuth"; break;
	case NO_CRL: policy.need_crl = true; return;
	case IDENTITY_NAME: t->client.identity = "mallory@example.org"; return;
	}
	cert_set_clear(&server);
	cert_set_clear(&client);
	pki_add(&server, &s, &ca);
	pki_add(&client, &c, &ca);
}

static const struct { enum bad how; const char *client, *server; } bad[] = {
	{ UNTRUSTED_SERVER, "the server's certificate is not trusted: unable to get local issuer certificate (\"CN=gw\")",
	  "the client sent the TLS alert \"unknown CA\"" },
	{ UNTRUSTED_CLIENT, "the server sent the TLS alert \"unknown CA\"",
	  "the client's certificate is not trusted: unable to get local issuer certificate (\"CN=alice\")" },
	{ EXPIRED_CLIENT, "the server sent the TLS alert \"certificate expired\"",
	  "the client's certificate is not trusted: certificate has expired (\"CN=alice\")" },
	{ EXPIRED_SERVER, "the server's certificate is not trusted: certificate has expired (\"CN=gw\")",
	  "the client sent the TLS alert \"certificate expired\"" },
	{ SERVER_NAME, "the server's certificate (\"CN=gw\") does not name \"gw.example\"",
	  "the client sent the TLS alert \"handshake failure\"" },
	{ CLIENT_NAME, "the server sent the TLS alert \"handshake failure\"",
	  "the client's certificate (\"CN=alice\") does not name \"alice@example.org\"" },
	{ SERVER_USE, "the server's certificate is not trusted: unsuitable certificate purpose (\"CN=gw\")",
	  "the client sent the TLS alert \"unsupported certificate\"" },
	{ CLIENT_USE, "the server sent the TLS alert \"unsupported certificate\"",
	  "the client's certificate is not trusted: unsuitable certificate purpose (\"CN=alice\")" },
	{ NO_CRL, "the server's certificate is not trusted: unable to get certificate CRL (\"CN=gw\")",
	  "the client sent the TLS alert \"unknown CA\"" },
	{ IDENTITY_NAME, "the server sent the TLS alert \"handshake failure\"",
	  "the client's certificate (\"CN=alice\") does not name \"mallory@example.org\"" },
};

Test(eap_tls, bad)
{
	for (unsigned max = 12; max <= 13; max++)
		for (size_t i = 0; i < COUNT(bad); i++) {
			struct talk t;

			begin(&t);
			t.server.tls_max = max;
			spoil(&t, bad[i].how);
			talk_run(&t, &rng);
			cr_expect(t.c_state == EAP_FAILED && t.s_state == EAP_FAILED, "%zu", i);
			cr_expect_str_eq(eap_why(t.c), bad[i].client);
			cr_expect_str_eq(eap_why(t.s), bad[i].server);
			cr_expect(eap_msk(t.c)->n == 0 && eap_msk(t.s)->n == 0 && eap_peer_cert(t.c) == NULL);
			policy.need_crl = false;
			end(&t);
		}
}

/* tests/certs/gone.pem is on sub.crl's successor gone.crl. */
Test(eap_tls, revoked)
{
	static const char *const files[] = { "gone.pem", "gone.key", "sub.pem" };
	struct talk t;
	size_t n;
	struct err e;

	for (int crl = 0; crl < 2; crl++) {
		char *text;

		begin(&t);
		cert_set_clear(&client);
		for (size_t i = 0; i < COUNT(files) + (size_t)crl + 1; i++) {
			char path[64];
			struct cert_set *to = i < COUNT(files) ? &client : &other_ca;

			snprintf(path, sizeof path, "tests/certs/%s", i < COUNT(files) ? files[i] : i == COUNT(files) ?
			    "ca.pem" : "gone.crl");
			cr_assert_not_null(text = load_file(path, &n), "%s", path);
			cr_assert_geq(cert_set_read(to, (struct span){ (uint8_t *)text, n }, NULL, &e), 1, "%s", e.text);
			free(text);
		}
		t.client.identity = "gone.example.org";
		t.server.anchors = &other_ca;
		talk_run(&t, &rng);
		cr_expect_eq(t.s_state, crl ? EAP_FAILED : EAP_DONE, "%s", eap_why(t.s));
		cr_expect_str_eq(eap_why(t.s), crl ?
		    "the client's certificate is not trusted: certificate revoked (\"CN=gone\")" : "");
		cr_expect_str_eq(eap_why(t.c), crl ? "the server sent the TLS alert \"certificate revoked\"" : "");
		end(&t);
	}
}

/* Where the identity is not the certificate's business, the certificate says who it is. */
Test(eap_tls, any_peer)
{
	static const struct { const char *identity, *san, *name; bool any; } rows[] = {
		{ "@example.org", "alice@example.org", "alice@example.org", true },
		{ "", "alice.example", "alice.example", false }, { "mallory", NULL, "CN=alice", true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pki_plan plan = alice;
		struct talk t;

		begin(&t);
		plan.san = rows[i].san;
		cert_set_clear(&client);
		pki_add(&client, &plan, &ca);
		t.client.identity = rows[i].identity;
		t.server.any_peer = rows[i].any;
		t.client.server_name = NULL;
		talk_run(&t, &rng);
		expect_well(&t);
		cr_expect_eq(eap_peer_identity(t.s).n, strlen(rows[i].name));
		cr_expect_arr_eq(eap_peer_identity(t.s).p, rows[i].name, strlen(rows[i].name));
		end(&t);
	}
}

static size_t flip(void *arg, unsigned number, uint8_t *p, size_t n)
{
	const size_t *at = arg;

	if (number == at[0] && at[1] < n)
		p[at[1]] ^= (uint8_t)(1 << at[1] % 8);
	return n;
}

static size_t cut(void *arg, unsigned number, uint8_t *p, size_t n)
{
	const size_t *at = arg;

	if (number != at[0] || at[1] >= n || at[1] < 4)
		return n;
	store_be16(p + 2, (uint16_t)at[1]);
	return at[1];
}

/* Whoever changes a handshake is caught, or nothing came of it. */
Test(eap_tls, changed)
{
	for (unsigned max = 12; max <= 13; max++)
		for (size_t number = 0; number < 12; number++)
			for (size_t octet = 4; octet < 1030; octet += octet < 16 ? 1 : 131) {
				size_t at[] = { number, octet };
				struct talk t;

				begin(&t);
				t.server.tls_max = max;
				t.change = octet % 2 == 0 ? flip : cut;
				t.arg = at;
				talk_run(&t, &rng);
				cr_expect(t.packets < TALK_MAX);
				if (t.s_state == EAP_DONE && t.c_state == EAP_DONE)
					cr_expect(secret_eq(eap_msk(t.c), eap_msk(t.s)));
				end(&t);
			}
}

/* To a server or client that waits for a TLS message: flags, the length they announce, data. */
static int feed(struct eap *x, uint8_t code, uint8_t id, uint8_t flags, uint32_t length, size_t data)
{
	static uint8_t packet[3000];
	uint8_t out[EAP_OUT_MAX];
	struct wr w = wr_of(packet, sizeof packet), to = wr_of(out, sizeof out);
	struct err e;

	wr_u8(&w, code);
	wr_u8(&w, id);
	wr_u16(&w, (uint16_t)(6 + (flags & 0x80 ? 4 : 0) + data));
	wr_u8(&w, EAP_TLS);
	wr_u8(&w, flags);
	if (flags & 0x80)
		wr_u32(&w, length);
	wr_zero(&w, data);
	return eap_step(x, (struct span){ packet, w.n }, &to, &e);
}

Test(eap_tls, fragments)
{
	static const struct { uint8_t flags; uint32_t length; size_t data; uint8_t flags2; uint32_t length2; size_t data2;
		const char *why; } rows[] = {
		{ 0xc0, 65537, 10, 0, 0, 0, "an EAP-TLS message has more than 65536 octets" },
		{ 0xc0, 5, 10, 0, 0, 0, "an EAP-TLS message has 10 octets, wanted 5" },
		{ 0x80, 50, 10, 0, 0, 0, "an EAP-TLS message has 10 octets, wanted 50" },
		{ 0xc0, 50, 10, 0x80, 51, 41, "the fragments of an EAP-TLS message are of different ones" },
		{ 0xc0, 50, 10, 0x00, 0, 41, "an EAP-TLS message has 51 octets, wanted 50" },
		{ 0xc0, 50, 10, 0x40, 0, 0, "an EAP-TLS fragment is empty" },
		{ 0x20, 0, 0, 0, 0, 0, "EAP-TLS starts again" },
	};
	struct talk t;

	begin(&t);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err e;
		struct eap *x = eap_client_new(&t.client, &rng, &t.arena, &e);
		int rc = feed(x, EAP_REQUEST, 1, 0x20, 0, 0);

		cr_expect_eq(rc, EAP_GOES_ON);
		rc = feed(x, EAP_REQUEST, 2, rows[i].flags, rows[i].length, rows[i].data);
		if (rc == EAP_GOES_ON)
			rc = feed(x, EAP_REQUEST, 3, rows[i].flags2, rows[i].length2, rows[i].data2);
		cr_expect_eq(rc, EAP_FAILED);
		cr_expect_str_eq(eap_why(x), rows[i].why);
		eap_free(x);
	}
	end(&t);
}

/* Fragments without end, of one octet and of many. */
Test(eap_tls, bounded)
{
	static const struct { size_t data; const char *why; } rows[] = {
		{ 1, "the EAP conversation has no end" }, { 2000, "an EAP-TLS message has more than 65536 octets" },
	};
	struct talk t;

	begin(&t);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err e;
		struct eap *x = eap_client_new(&t.client, &rng, &t.arena, &e);
		int rc = feed(x, EAP_REQUEST, 1, 0x20, 0, 0);

		for (unsigned k = 0; k < 2000 && rc == EAP_GOES_ON; k++)
			rc = feed(x, EAP_REQUEST, (uint8_t)k, 0x40, 0, rows[i].data);
		cr_expect_eq(rc, EAP_FAILED);
		cr_expect_str_eq(eap_why(x), rows[i].why);
		eap_free(x);
	}
	end(&t);
}
