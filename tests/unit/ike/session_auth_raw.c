/* IKE_AUTH in memory: keys and certificates that are believed without an authority. */
#include "unit/ike/auth_pair.h"

static void pin_key(struct pair_end *x, const struct cert *c)
{
	uint8_t spki[4096];
	struct err e;
	const struct pkey *k = cert_key(c, &e);
	int n = pkey_spki(k, spki, sizeof spki, &e);

	cr_assert_gt(n, 0);
	cr_assert_eq(cert_set_add_key(&x->creds.remote_keys, pkey_from_spki((struct span){ spki, (size_t)n }, &e), &e), 0);
	x->creds.remote = 1u << CREDS_RAW_KEY;
}

/* Both ends with keys that the other one knows; raw: sent as such (RFC 7670), else as certificates nobody vouches for. */
static void known_keys(bool raw, bool send)
{
	for (int i = 0; i < 2; i++) {
		ap_clear(&p.end[i]);
		ap_cert(&p.end[i], &(struct pki_plan){ .cn = "self", .san = i == PAIR_I ? "me@example" : "gw.example",
		    .type = i == PAIR_I ? "ecdsa" : "rsa" }, NULL);
		p.end[i].creds.send_cert = send;
	}
	for (int i = 0; i < 2; i++) {
		pin_key(&p.end[!i], p.end[i].creds.own.cert[0]);
		if (raw) {
			p.end[i].creds.how = CREDS_RAW_KEY;
			cert_free(p.end[i].creds.own.cert[0]);
			p.end[i].creds.own.ncert = 0;
		}
	}
}

Test(session_auth_raw, raw_keys)
{
	static const struct { bool raw, send; } rows[] = { { true, true }, { true, false }, { false, true } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		pair_init(&p, "raw keys");
		known_keys(rows[i].raw, rows[i].send);
		ap_run();
		ap_expect_up("raw keys");
		cr_expect(session_ike(p.end[PAIR_R].s)->remote_how == CREDS_RAW_KEY);
		pair_clear(&p);
	}

	pair_init(&p, "unknown raw key");
	known_keys(true, true);
	cert_set_clear(&p.end[PAIR_R].creds.remote_keys);
	pki_add(&p.end[PAIR_R].creds.remote_keys, &(struct pki_plan){ .cn = "another" }, NULL);
	ap_run();
	ap_expect_failed("unknown raw key", "auth-failed", "raw-key-unknown");
	pair_clear(&p);

	pair_init(&p, "a raw key of another identity");
	known_keys(true, true);
	ap_id(&p.end[PAIR_R].conf.remote_id, "you@example");
	ap_run();
	ap_expect_failed("a raw key of another identity", "auth-failed", "identity");
	pair_clear(&p);
}

static void no_certs(struct ike_payloads *ps, const struct ike_hdr *h)
{
	(void)h;
	ap_drop_type(ps, IKE_P_CERT);
}

/* As charon does with keys that are configured: it sends no CERT. */
Test(session_auth_raw, keys_that_are_not_sent)
{
	pair_init(&p, "not sent");
	known_keys(true, true);
	ap_change(PAIR_R, 0, no_certs);
	ap_run();
	ap_expect_up("not sent");
	pair_clear(&p);
}

Test(session_auth_raw, pinned_certificate)
{
	static const int64_t to[] = { 0, 1700000000 };

	for (int i = 0; i < 2; i++) {
		struct pair_end *x = &p.end[PAIR_I], *y = &p.end[PAIR_R];

		pair_init(&p, "pinned");
		ap_cert(x, &(struct pki_plan){ .cn = "self", .san = "me@example", .to = to[i] }, NULL);
		pki_copy(&y->creds.remote_keys, x->creds.own.cert[0]);
		y->creds.remote = 1u << CREDS_CERT;
		ap_run();
		if (i == 0)
			ap_expect_up("pinned");
		else
			ap_expect_failed("pinned, expired", "auth-failed", "certificate-expired");
		pair_clear(&p);

		pair_init(&p, "pinned, not sent");
		ap_cert(x, &(struct pki_plan){ .cn = "self", .san = "me@example", .to = to[i] }, NULL);
		pki_copy(&y->creds.remote_keys, x->creds.own.cert[0]);
		y->creds.remote = 1u << CREDS_CERT;
		ap_change(PAIR_R, 0, no_certs);
		ap_run();
		if (i == 0)
			ap_expect_up("pinned, not sent");
		else
			ap_expect_failed("pinned, not sent, expired", "auth-failed", "certificate-expired");
		pair_clear(&p);
	}
}
