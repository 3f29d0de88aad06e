/*
 * EAP.  First octet: what both ends use (bits 0 to 2: method, 3: the identity is asked for, 4: the server offers all, 5
 * and 6: who hears the input alone, 1 a client, 2 a server).  Then, for both against each other: changes of the
 * conversation, each the number of a packet, what to do, an offset (2), a value; for one alone: packets, each a length and
 * type-data, under a fitting header.  Two ends that are content must have the same key.
 */
#include "unit/ike/eap_talk.h"
#include "unit/pki.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct cert_set ca, own;
static struct cert_policy policy = { .when = PKI_NOW };

static const struct { uint8_t type, tls; } methods[] = {
	{ EAP_MSCHAPV2, 0 }, { EAP_MD5, 0 }, { EAP_GTC, 0 }, { EAP_TLS, 12 }, { EAP_TLS, 13 },
};

static void make_certs(void)
{
	static const struct pki_plan root = { .cn = "Root", .ca = true }, both = { .cn = "both", .san = "both.example" };

	if (ca.ncert > 0)
		return;
	pki_add(&ca, &root, NULL);
	pki_add(&own, &both, &ca);
}

/* One change after the other, where they fit. */
static size_t change(void *arg, unsigned number, uint8_t *p, size_t n)
{
	const struct rd *all = arg;
	struct rd r = *all;

	while (r.n >= 5) {
		bool here = rd_u8(&r) == number;
		uint8_t what = rd_u8(&r);
		size_t at = rd_u16(&r);
		uint8_t value = rd_u8(&r);

		if (!here)
			continue;
		if (what % 4 == 0 && at < n) {
			p[at] ^= value;
		} else if (what % 4 == 1 && at < n) {
			p[at] = value;
		} else if (what % 4 == 2 && at > 0 && at < n) {
			n = at;
		} else if (what % 4 == 3 && at > n && at <= EAP_OUT_MAX) {
			memset(p + n, value, at - n);
			n = at;
		}
		if (what & 4 && n >= 4)		/* the header says so, too */
			store_be16(p + 2, (uint16_t)n);
	}
	return n;
}

static void one_alone(struct eap *x, uint8_t code, struct rd r)
{
	uint8_t packet[5 + 255], out[EAP_OUT_MAX], id = 0;
	struct wr to = wr_of(out, sizeof out);
	struct err e;

	if (code == EAP_RESPONSE && eap_step(x, (struct span){ 0 }, &to, &e) == EAP_GOES_ON)
		id = out[1];
	while (r.n > 0) {
		struct rd data = rd_sub(&r, rd_u8(&r) % (r.n + 1));
		struct wr w = wr_of(packet, sizeof packet);
		uint8_t first = data.n > 0 ? data.p[0] : 0;

		wr_u8(&w, first >= 0xfc ? (uint8_t)(first - 0xfb) : code);	/* types that nobody has: other codes */
		wr_u8(&w, id);
		wr_u16(&w, (uint16_t)(4 + data.n));
		wr_span(&w, rd_rest(&data));
		to = wr_of(out, sizeof out);
		if (eap_step(x, (struct span){ packet, w.n }, &to, &e) != EAP_GOES_ON)
			break;
		id = code == EAP_RESPONSE ? out[1] : (uint8_t)(id + 1);
	}
	if (strlen(eap_why(x)) >= EAP_WHY)
		abort();
}

static void setup(struct talk *t, uint8_t how)
{
	size_t m = (how & 7) % (sizeof methods / sizeof methods[0]);

	talk_init(t, 1u << methods[m].type);
	t->client.certs = t->server.certs = &own;
	t->client.anchors = t->server.anchors = &ca;
	t->client.policy = t->server.policy = &policy;
	t->client.server_name = "both.example";
	t->client.tls_max = methods[m].tls;
	t->server.any_peer = true;
	t->server.ask_identity = (how & 8) != 0;
	if (how & 16)
		t->server.methods = ~0u;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rd r = rd_of(p, n);
	uint8_t how = rd_u8(&r);
	struct talk t;
	struct rng rng;
	struct err e;

	if (secret_init(&e) < 0)
		abort();
	make_certs();
	rng_init_seed(&rng, talk_text("fuzz"), "eap");
	setup(&t, how);
	if ((how & 96) == 32) {
		t.client.methods = ~0u;
		t.c = eap_client_new(&t.client, &rng, &t.arena, &e);
		one_alone(t.c, EAP_REQUEST, r);
	} else if ((how & 96) == 64) {
		t.s = eap_server_new(&t.server, &rng, &t.arena, &e);
		one_alone(t.s, EAP_RESPONSE, r);
	} else {
		t.change = change;
		t.arg = &r;
		talk_run(&t, &rng);
		if (t.c_state == EAP_DONE && t.s_state == EAP_DONE && !secret_eq(eap_msk(t.c), eap_msk(t.s)))
			abort();
		if (t.packets >= TALK_MAX)
			abort();
	}
	talk_clear(&t);
	return 0;
}
