/*
 * ike-remains: after a session no secret of it remains in memory, neither what this project took nor what OpenSSL took and
 * gave back.  A program of its own: Criterion's libraries use OpenSSL before it can be told to wipe what it frees.
 */
#include "unit/ike/crowd.h"
#include "crypto/ke.h"
#include "crypto/mschap.h"
#include "crypto/prf.h"
#include "unit/ike/eap_talk.h"
#include "unit/pki.h"
#include "ike/remains.h"

static struct remains marks;
static unsigned passed, failed;

/* What has to be for the rest to mean anything. */
static void must(bool ok, const char *what, const char *why)
{
	if (ok)
		return;
	printf("not ok remains %s: %s\n", what, why);
	exit(1);
}

static void mark(const char *name, const struct secret *s)
{
	remains_mark(&marks, name, s->p, s->n);
}

static void mark_number(const char *name, const struct secret *s)
{
	remains_mark_number(&marks, name, s->p, s->n);
}

static void mark_sa(const struct sa *sa)
{
	mark("child encr", &sa->encr_key);
	mark("child integ", &sa->integ_key);
}

static void on_event(struct crowd *c, const struct session_event *ev)
{
	const struct ike_keys *k = ev->ike != NULL ? ev->ike->keys : NULL;

	(void)c;
	if (ev->kind == SESSION_KEYS) {
		mark("SKEYSEED", &k->skeyseed);
		mark("SK_d", &k->sk_d);
		mark("SK_ei", &k->sk_ei);
		mark("SK_er", &k->sk_er);
		mark("SK_ai", &k->sk_ai);
		mark("SK_ar", &k->sk_ar);
		mark("SK_pi", &k->sk_pi);
		mark("SK_pr", &k->sk_pr);
		for (unsigned i = 0; i < k->nshared; i++)
			mark("g^ir", &k->shared[i]);
	}
	if (ev->kind == SESSION_CHILD_UP || ev->kind == SESSION_CHILD_REKEYED) {
		mark_sa(&ev->child->in);
		mark_sa(&ev->child->out);
	}
}

/* A new one into both ends' credentials; what AUTH makes of it is remembered, too (RFC 7296 2.15). */
static void give_psk(struct crowd *c, const char *prf)
{
	static const char pad[] = "Key Pad for IKEv2";
	const struct span text = { (const uint8_t *)pad, sizeof pad - 1 };
	uint8_t psk[32], padded[PRF_MAX];
	struct err e;

	random_bytes(psk, sizeof psk);
	remains_mark(&marks, "PSK", psk, sizeof psk);
	must(prf_make(alg_prf_by_name(prf), (struct span){ psk, sizeof psk }, &text, 1, padded, &e) == 0, prf, e.text);
	remains_mark(&marks, "prf(PSK)", padded, alg_prf_by_name(prf)->out);
	for (int i = 0; i < 2; i++) {
		creds_clear(&c->creds[i]);
		c->creds[i].how = CREDS_PSK;
		c->creds[i].remote = 1u << CREDS_PSK;
		must(creds_add_psk(&c->creds[i], &(struct identity){ .type = 0 }, psk, sizeof psk, &e) == 0, prf, e.text);
	}
	wipe(psk, sizeof psk);
	wipe(padded, sizeof padded);
}

static void expect_nothing(const char *what)
{
	if (remains_scan(&marks) == 0) {
		passed++;
		return;
	}
	failed++;
	printf("not ok remains %s: %u pieces of %u:\n%s", what, marks.count, marks.n, marks.found);
}

/* Ticked, and all that comes of it. */
static void go_on(struct crowd *c)
{
	struct err e;

	c->now += 1000000;
	must(session_tick(c->s, c->now, &e) == 0, "tick", e.text);
	crowd_deliver(c);
}

/* Rekeyed, then deleted or dropped. */
static void negotiate(const char *ike, const char *prf, const char *esp, bool abrupt)
{
	static struct crowd c;
	unsigned psks;
	struct err e;

	crowd_init(&c, "remains");
	rng_clear(&c.rng);
	rng_init_system(&c.rng);
	give_psk(&c, prf);
	psks = marks.n;
	for (int i = 0; i < 2; i++) {
		pair_offers(&c.conf[i], &c.conf[i].ike, IKE_PROTO_IKE, ike);
		pair_offers(&c.conf[i], &c.conf[i].child[0].offers, IKE_PROTO_ESP, esp);
	}
	c.seen = on_event;
	must(crowd_begin(&c, 1), ike, c.failed);
	must(remains_scan(&marks) > 10, ike, "what is in use is not found");
	must(session_rekey_child(c.s, session_child_at(c.s, 0)->number, c.now, &e) == 0, ike, e.text);
	go_on(&c);
	must(session_rekey_ike(c.s, c.now, &e) == 0, ike, e.text);
	go_on(&c);
	must(session_ike(c.s)->number == 2, ike, c.failed);
	if (!abrupt) {
		must(session_delete(c.s, c.now, &e) == 0, ike, e.text);
		go_on(&c);
		must(session_over(c.s) && hub_at(c.hub, 0) == NULL, ike, "not over");
		session_free(c.s);
		c.s = NULL;
		marks.skip = psks;		/* the PSK is the responder's for others */
		expect_nothing("sessions are over");
		marks.skip = 0;
	}
	crowd_clear(&c);
	expect_nothing(ike);
}

static void psks(void)
{
	static const struct { const char *ike, *prf, *esp; } rows[] = {
		{ "aes128gcm16-prfsha256-x25519", "hmac-sha2-256", "aes128gcm16" },
		{ "aes256-sha384-ecp384", "hmac-sha2-384", "aes256-sha256-x25519" },
		{ "aes256ctr-sha512-x448", "hmac-sha2-512", "chacha20poly1305-ecp256" },
		{ "chacha20poly1305-prfaesxcbc-modp2048", "aes128-xcbc", "aes128gcm16-modp2048" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (int abrupt = 0; abrupt < 2; abrupt++) {
			marks.n = 0;
			negotiate(rows[i].ike, rows[i].prf, rows[i].esp, abrupt);
			must(marks.n > 30, rows[i].ike, "keys were not told");
		}
}

/* Private values and what is agreed on, of every group. */
static void key_exchanges(void)
{
	const struct alg_ke *alg;
	struct rng rng;
	struct err e;

	for (size_t i = 0; (alg = alg_ke_row(i)) != NULL; i++) {
		struct arena arena = { 0 };
		struct secret mine, theirs, shared;
		uint8_t out[KE_PUBLIC_MAX], answer[KE_PUBLIC_MAX];

		if (alg->pub_i == 0)
			continue;
		marks.n = 0;
		rng_init_system(&rng);
		must(ke_generate(alg, &rng, &arena, &mine, &e) == 0, alg->name, e.text);
		mark_number("private", &mine);
		must(ke_public(alg, (struct span){ mine.p, mine.n }, out, &e) == 0, alg->name, e.text);
		must(ke_respond(alg, &rng, (struct span){ out, alg->pub_i }, &arena, &theirs, answer, &shared, &e) == 0,
		    alg->name, e.text);
		mark_number("other private", &theirs);
		must(ke_agree(alg, (struct span){ mine.p, mine.n }, (struct span){ answer, alg->pub_r }, &arena, &shared,
		    &e) == 0, alg->name, e.text);
		mark_number("shared", &shared);
		must(remains_scan(&marks) > 2, alg->name, "what is in use is not found");
		arena_clear(&arena);
		rng_clear(&rng);
		expect_nothing(alg->name);
	}
}

/* Passwords of EAP are the caller's; what comes of them is gone, and so is TLS's key. */
static void eaps(void)
{
	static const struct pki_plan root = { .cn = "Root", .ca = true }, both = { .cn = "both" };
	static struct cert_set ca, own;
	struct cert_policy policy = { .when = PKI_NOW };
	static const struct { uint8_t type, tls; } rows[] = { { EAP_MSCHAPV2, 0 }, { EAP_TLS, 12 }, { EAP_TLS, 13 } };
	struct rng rng;
	struct err e;

	rng_init_system(&rng);
	pki_add(&ca, &root, NULL);
	pki_add(&own, &both, &ca);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct talk t;
		uint8_t hash[MSCHAP_HASH];

		marks.n = 0;
		talk_init(&t, 1u << rows[i].type);
		t.client.certs = t.server.certs = &own;
		t.client.anchors = t.server.anchors = &ca;
		t.client.policy = t.server.policy = &policy;
		t.client.tls_max = rows[i].tls;
		t.server.any_peer = true;
		must(mschap_hash(t.client.password, hash, &e) == 0, "MSCHAPv2", e.text);
		remains_mark(&marks, "NT hash", hash, sizeof hash);
		wipe(hash, sizeof hash);
		talk_run(&t, &rng);
		must(t.c_state == EAP_DONE && t.s_state == EAP_DONE, eap_why(t.c), eap_why(t.s));
		remains_mark(&marks, "MSK", eap_msk(t.c)->p, 32);
		must(remains_scan(&marks) > 1, "EAP", "what is in use is not found");
		talk_clear(&t);
		expect_nothing(rows[i].type == EAP_TLS ? "EAP-TLS" : "EAP-MSCHAPv2");
	}
	cert_set_clear(&ca);
	cert_set_clear(&own);
}

int main(void)
{
	struct err e;

	must(secret_init(&e) == 0, "start", e.text);
	psks();
	key_exchanges();
	eaps();
	printf("%u passed, %u failed\n", passed, failed);
	return failed > 0;
}
