/* After a session no secret of it remains in memory. */
#include <criterion/criterion.h>

#include "unit/ike/crowd.h"
#include "crypto/ke.h"
#include "crypto/mschap.h"
#include "crypto/prf.h"
#include "unit/ike/eap_talk.h"
#include "unit/ike/remains.h"
#include "unit/pki.h"

static struct remains marks;

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
	cr_assert_eq(prf_make(alg_prf_by_name(prf), (struct span){ psk, sizeof psk }, &text, 1, padded, &e), 0);
	remains_mark(&marks, "prf(PSK)", padded, alg_prf_by_name(prf)->out);
	for (int i = 0; i < 2; i++) {
		creds_clear(&c->creds[i]);
		c->creds[i].how = CREDS_PSK;
		c->creds[i].remote = 1u << CREDS_PSK;
		cr_assert_eq(creds_add_psk(&c->creds[i], &(struct identity){ .type = 0 }, psk, sizeof psk, &e), 0);
	}
	wipe(psk, sizeof psk);
	wipe(padded, sizeof padded);
}

static void expect_nothing(const char *what)
{
	cr_expect_eq(remains_scan(&marks), 0, "%s: %u pieces of %u remain:\n%s", what, marks.count, marks.n, marks.found);
}

/* Ticked, and all that comes of it. */
static void go_on(struct crowd *c)
{
	struct err e;

	c->now += 1000000;
	cr_assert_eq(session_tick(c->s, c->now, &e), 0);
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
	cr_assert(crowd_begin(&c, 1), "%s: %s", ike, c.failed);
	cr_assert_gt(remains_scan(&marks), 10, "what is in use is found");
	cr_assert_eq(session_rekey_child(c.s, session_child_at(c.s, 0)->number, c.now, &e), 0);
	go_on(&c);
	cr_assert_eq(session_rekey_ike(c.s, c.now, &e), 0);
	go_on(&c);
	cr_assert_eq(session_ike(c.s)->number, 2, "%s", c.failed);
	if (!abrupt) {
		cr_assert_eq(session_delete(c.s, c.now, &e), 0);
		go_on(&c);
		cr_expect(session_over(c.s));
		cr_expect_null(hub_at(c.hub, 0));
		session_free(c.s);
		c.s = NULL;
		marks.skip = psks;		/* the PSK is the responder's for others */
		expect_nothing("sessions are over");
		marks.skip = 0;
	}
	crowd_clear(&c);
	expect_nothing(ike);
}

Test(remains, psk)
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
			cr_expect_gt(marks.n, 30);
		}
}

/* Private values and what is agreed on, of every group. */
Test(remains, key_exchange)
{
	const struct alg_ke *alg;
	struct rng rng;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	for (size_t i = 0; (alg = alg_ke_row(i)) != NULL; i++) {
		struct arena arena = { 0 };
		struct secret mine, theirs, shared;
		uint8_t out[KE_PUBLIC_MAX], answer[KE_PUBLIC_MAX];

		if (alg->pub_i == 0)
			continue;
		marks.n = 0;
		rng_init_system(&rng);
		cr_assert_eq(ke_generate(alg, &rng, &arena, &mine, &e), 0, "%s: %s", alg->name, e.text);
		mark_number("private", &mine);
		cr_assert_eq(ke_public(alg, (struct span){ mine.p, mine.n }, out, &e), 0);
		cr_assert_eq(ke_respond(alg, &rng, (struct span){ out, alg->pub_i }, &arena, &theirs, answer, &shared, &e), 0);
		mark_number("other private", &theirs);
		cr_assert_eq(ke_agree(alg, (struct span){ mine.p, mine.n }, (struct span){ answer, alg->pub_r }, &arena, &shared,
		    &e), 0);
		mark_number("shared", &shared);
		cr_assert_gt(remains_scan(&marks), 2);
		arena_clear(&arena);
		rng_clear(&rng);
		expect_nothing(alg->name);
	}
}

/* Passwords of EAP are the caller's; what comes of them is gone, and so is TLS's key. */
Test(remains, eap)
{
	static const struct pki_plan root = { .cn = "Root", .ca = true }, both = { .cn = "both" };
	static struct cert_set ca, own;
	struct cert_policy policy = { .when = PKI_NOW };
	static const struct { uint8_t type, tls; } rows[] = { { EAP_MSCHAPV2, 0 }, { EAP_TLS, 12 }, { EAP_TLS, 13 } };
	struct rng rng;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
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
		cr_assert_eq(mschap_hash(t.client.password, hash, &e), 0);
		remains_mark(&marks, "NT hash", hash, sizeof hash);
		wipe(hash, sizeof hash);
		talk_run(&t, &rng);
		cr_assert(t.c_state == EAP_DONE && t.s_state == EAP_DONE, "%s, %s", eap_why(t.c), eap_why(t.s));
		remains_mark(&marks, "MSK", eap_msk(t.c)->p, 32);
		cr_assert_gt(remains_scan(&marks), 1);
		talk_clear(&t);
		expect_nothing(rows[i].type == EAP_TLS ? "EAP-TLS" : "EAP-MSCHAPv2");
	}
	cert_set_clear(&ca);
	cert_set_clear(&own);
}
