/* IKE_AUTH in memory: certificates and raw public keys. */
#include "unit/ike/auth_pair.h"

static const struct { const char *type, *curve; bool pss, old; const char *method; } keys[] = {
	{ "rsa", NULL, false, false, "Digital Signature" }, { "rsa", NULL, true, false, "Digital Signature" },
	{ "rsa", NULL, false, true, "RSA" }, { "ecdsa", "secp256r1", false, false, "Digital Signature" },
	{ "ecdsa", "secp384r1", false, false, "Digital Signature" }, { "ecdsa", "secp256r1", false, true, "ECDSA" },
	{ "ecdsa", "secp384r1", false, true, "ECDSA" }, { "ecdsa", "secp521r1", false, true, "ECDSA" },
	{ "ecdsa", "brainpoolP256r1", false, false, "Digital Signature" }, { "ed25519", NULL, false, false, "Digital Signature" },
	{ "ed448", NULL, false, false, "Digital Signature" },
};

/* Every kind of key, by the method of RFC 7427 and by its own. */
Test(session_auth_cert, keys)
{
	struct cert_set ca = { 0 };

	ap_ca(&ca, "root");
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		char what[64];

		snprintf(what, sizeof what, "%s %s %d %d", keys[i].type, keys[i].curve != NULL ? keys[i].curve : "", keys[i].pss,
		    keys[i].old);
		pair_init(&p, what);
		for (int k = 0; k < 2; k++) {
			struct pair_end *x = &p.end[k];

			ap_clear(x);
			ap_cert(x, &(struct pki_plan){ .cn = what, .san = k == PAIR_I ? "me@example" : "gw.example",
			    .type = keys[i].type, .curve = keys[i].curve }, &ca);
			ap_trust(x, &ca);
			x->creds.pss = keys[i].pss;
			x->creds.old_methods = keys[i].old;
		}
		ap_run();
		ap_expect_up(what);
		cr_expect(ap_says(PAIR_I, "authenticated: certificate, peer by certificate"));
		pair_clear(&p);
	}
	cert_set_clear(&ca);
}

static void only_sha1(struct ike_payloads *ps, const struct ike_hdr *h)
{
	static const uint8_t sha1[] = { 0, 1 };

	ap_no_hashes(ps, h);
	ap_notify(ps, IKE_N_SIGNATURE_HASH_ALGORITHMS, (struct span){ sha1, sizeof sha1 });
}

static bool sha1_alone(struct pair *x, struct pair_datagram *d)
{
	(void)x;
	if (d->n > 28 && d->p[18] == IKE_X_SA_INIT && d->to == PAIR_I)
		ap_man(d, only_sha1);
	return true;
}

/* A peer that announces no hash is signed to by the methods before RFC 7427; Ed25519 has none. */
Test(session_auth_cert, peer_without_hashes)
{
	struct cert_set ca = { 0 };

	pair_init(&p, "ed25519 by an old method");
	ap_certs(&ca);
	p.end[PAIR_I].creds.old_methods = true;
	ap_run();
	cr_expect(ap_says(PAIR_I, "a key of type ed25519 signs by method 14 (RFC 7427) only, and the methods before it are asked for"),
	    "%s", p.end[PAIR_I].log);
	pair_clear(&p);

	/* SHA-1 is as good as none (RFC 8247 3.2) */
	pair_init(&p, "SHA-1 alone");
	ap_certs(&ca);
	p.man = sha1_alone;
	ap_run();
	cr_expect(ap_says(PAIR_I, "for which the peer announced no hash that fits"), "%s", p.end[PAIR_I].log);
	pair_clear(&p);

	pair_init(&p, "no hashes");
	ap_certs(&ca);
	p.man = ap_no_7427;
	ap_run();
	cr_expect(ap_says(PAIR_I, "for which the peer announced no hash that fits"), "%s", p.end[PAIR_I].log);
	pair_clear(&p);
	cert_set_clear(&ca);
}

Test(session_auth_cert, intermediates)
{
	struct cert_set root = { 0 }, sub = { 0 }, deep = { 0 };

	ap_ca(&root, "root");
	pki_add(&sub, &(struct pki_plan){ .cn = "sub", .ca = true }, &root);
	pki_add(&deep, &(struct pki_plan){ .cn = "deep", .ca = true }, &sub);
	for (int with = 0; with < 2; with++) {
		pair_init(&p, "intermediates");
		ap_clear(&p.end[PAIR_I]);
		ap_cert(&p.end[PAIR_I], &(struct pki_plan){ .cn = "me", .san = "me@example" }, &deep);
		if (with) {			/* in any order; the root is not sent */
			pki_copy(&p.end[PAIR_I].creds.own, root.cert[0]);
			pki_copy(&p.end[PAIR_I].creds.own, sub.cert[0]);
			pki_copy(&p.end[PAIR_I].creds.own, deep.cert[0]);
		}
		p.end[PAIR_I].creds.remote = 1u << CREDS_PSK;
		ap_psk(&p.end[PAIR_I], "%any", "correct horse");
		p.end[PAIR_I].creds.how = CREDS_CERT;
		ap_trust(&p.end[PAIR_R], &root);
		ap_run();
		if (with)
			ap_expect_up("intermediates");
		else
			ap_expect_failed("intermediates are missing", "auth-failed", "certificate-untrusted");
		pair_clear(&p);
	}
	cert_set_clear(&root);
	cert_set_clear(&sub);
	cert_set_clear(&deep);
}

/* --- certificates that are not good --- */

enum { BAD_CA = 1, BAD_CRL = 2, NO_ANCHOR = 4 };

static const struct { const char *what; struct pki_plan plan; unsigned how; const char *id, *text; } bad[] = {
	{ "untrusted", { .cn = "x" }, BAD_CA, "certificate-untrusted", "certificate CN=x: unable to get local issuer certificate" },
	{ "expired", { .cn = "x", .to = 1700000000 }, 0, "certificate-expired", "certificate CN=x: certificate has expired" },
	{ "not yet valid", { .cn = "x", .from = 1900000000 }, 0, "certificate-expired", "certificate CN=x: certificate is not yet valid" },
	{ "revoked", { .cn = "x" }, BAD_CRL, "certificate-revoked", "certificate CN=x: certificate revoked" },
	{ "of another name", { .cn = "x", .san = "other.example" }, 0, "certificate-identity", NULL },
	{ "of another kind of name", { .cn = "x", .san = "dns:me.example" }, 0, "certificate-identity", NULL },
	{ "no anchor", { .cn = "x" }, NO_ANCHOR, "no-anchor", NULL },
};

static void revoke(struct pair_end *x, const struct cert_set *ca, const struct cert *c)
{
	struct crl_plan plan = { .issuer = ca->cert[0], .issuer_key = ca->key[0], .revoked = &c, .n_revoked = 1,
		.this_update = PKI_FROM, .next_update = PKI_TO, .number = 1 };
	struct crl *crl;
	struct err e;

	cr_assert((crl = crl_make(&plan, &e)) != NULL, "%s", e.text);
	cr_assert_eq(cert_set_add_crl(&x->creds.anchors, crl, &e), 0);
}

/* This end has the certificate, the other one refuses it. */
static void refused(size_t i, int who)
{
	struct pair_end *x = &p.end[who], *y = &p.end[!who];
	struct cert_set ca = { 0 }, other = { 0 };
	struct pki_plan plan = bad[i].plan;

	pair_init(&p, bad[i].what);
	ap_certs(&ca);
	ap_ca(&other, "other");
	cert_set_clear(&x->creds.own);
	if (plan.san == NULL)
		plan.san = who == PAIR_I ? "me@example" : "gw.example";
	ap_cert(x, &plan, bad[i].how & BAD_CA ? &other : &ca);
	if (bad[i].how & BAD_CRL)
		revoke(y, &ca, x->creds.own.cert[0]);
	if (bad[i].how & NO_ANCHOR) {
		cert_set_clear(&y->creds.anchors);
		y->creds.remote |= 1u << CREDS_PSK;	/* without that nothing would begin */
	}
	ap_run();
	if (who == PAIR_I)
		ap_expect_failed(bad[i].what, "auth-failed", bad[i].id);
	else
		ap_expect_failed(bad[i].what, bad[i].id, "auth-failed");
	cr_expect(bad[i].text == NULL || strstr(y->log, bad[i].text) != NULL, "%s", y->log);
	cr_expect(strncmp(bad[i].id, "certificate-expired", 19) != 0 || who == PAIR_R || ap_says(PAIR_I, "certificate-expired: the"),
	    "the end with the certificate sees it, too: %s", x->log);
	cr_expect_eq(y->count[SESSION_AUTHENTICATED], 0);
	pair_clear(&p);
	cert_set_clear(&ca);
	cert_set_clear(&other);
}

Test(session_auth_cert, refused_by_the_responder)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		refused(i, PAIR_I);
}

Test(session_auth_cert, refused_by_the_initiator)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		refused(i, PAIR_R);
}

/* A list that revokes somebody else does no harm; one that has to be there, and is not, does. */
Test(session_auth_cert, lists)
{
	struct cert_set ca = { 0 }, another = { 0 };

	pair_init(&p, "another is revoked");
	ap_certs(&ca);
	pki_add(&another, &(struct pki_plan){ .cn = "thief", .san = "me@example" }, &ca);
	revoke(&p.end[PAIR_R], &ca, another.cert[0]);
	p.end[PAIR_R].creds.policy.need_crl = true;
	ap_run();
	ap_expect_up("another is revoked");
	pair_clear(&p);

	pair_init(&p, "no list");
	ap_certs(&ca);
	p.end[PAIR_R].creds.policy.need_crl = true;
	ap_run();
	ap_expect_failed("no list", "auth-failed", "certificate-crl");
	pair_clear(&p);
	cert_set_clear(&ca);
	cert_set_clear(&another);
}

static struct span stolen;

static void with_stolen(struct ike_payloads *ps, const struct ike_hdr *h)
{
	(void)h;
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].type == IKE_P_CERT)
			ps->payload[i].cert.data = stolen;
}

/* The certificate is right and the key is not: whoever copied it. */
Test(session_auth_cert, stolen_certificate)
{
	struct cert_set ca = { 0 }, me = { 0 };

	pair_init(&p, "stolen");
	ap_certs(&ca);
	pki_add(&me, &(struct pki_plan){ .cn = "victim", .san = "me@example" }, &ca);
	stolen = cert_fields(me.cert[0])->der;
	ap_change(PAIR_R, 0, with_stolen);
	ap_run();
	ap_expect_failed("stolen", "auth-failed", "wrong-signature");
	pair_clear(&p);
	cert_set_clear(&ca);
	cert_set_clear(&me);
}

/* --- what is asked for --- */

Test(session_auth_cert, the_one_that_is_asked_for)
{
	struct cert_set a = { 0 }, b = { 0 };
	struct pair_end *x = &p.end[PAIR_I], *y = &p.end[PAIR_R];

	ap_ca(&a, "a");
	ap_ca(&b, "b");
	for (int i = 0; i < 2; i++) {
		pair_init(&p, "asked for");
		ap_clear(x);
		ap_cert(x, &(struct pki_plan){ .cn = "of a", .san = "me@example" }, &a);
		ap_cert(x, &(struct pki_plan){ .cn = "of b", .san = "me@example" }, &b);
		pki_copy(&x->creds.anchors, a.cert[0]);
		pki_copy(&x->creds.anchors, b.cert[0]);
		x->creds.remote = 1u << CREDS_CERT;
		x->creds.send_cert = false;		/* it is asked for */
		ap_clear(y);
		ap_cert(y, &(struct pki_plan){ .cn = "gw", .san = "gw.example" }, &a);
		ap_trust(y, i == 0 ? &a : &b);
		y->creds.send_cert = false;
		ap_run();
		ap_expect_up("asked for");
		pair_clear(&p);
	}
	cert_set_clear(&a);
	cert_set_clear(&b);
}

static void no_certs(struct ike_payloads *ps, const struct ike_hdr *h)
{
	(void)h;
	ap_drop_type(ps, IKE_P_CERT);
}

static void by_url(struct ike_payloads *ps, const struct ike_hdr *h)
{
	static const uint8_t data[] = "01234567890123456789http://ca.example/me.der";

	(void)h;
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].type == IKE_P_CERT)
			ps->payload[i].cert = (struct pl_cert){ IKE_CERT_HASH_URL, { data, sizeof data - 1 } };
}

static void garbage(struct ike_payloads *ps, const struct ike_hdr *h)
{
	static const uint8_t data[] = "garbage";

	(void)h;
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].type == IKE_P_CERT)
			ps->payload[i].cert.data = (struct span){ data, sizeof data - 1 };
}

static void cut(struct ike_payloads *ps, const struct ike_hdr *h)
{
	(void)h;
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].type == IKE_P_AUTH)
			ps->payload[i].auth.signature.n = ps->payload[i].auth.data.n = 3;
}

Test(session_auth_cert, what_cannot_be_read)
{
	static const struct { ap_edit *edit; const char *id; } rows[] = {
		{ by_url, "certificate-url" }, { garbage, "certificate-missing" }, { no_certs, "certificate-missing" },
		{ cut, "wrong-signature" },
	};
	struct cert_set ca = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		pair_init(&p, rows[i].id);
		ap_certs(&ca);
		ap_change(PAIR_R, 0, rows[i].edit);
		ap_run();
		ap_expect_failed(rows[i].id, "auth-failed", rows[i].id);
		pair_clear(&p);
	}
	cert_set_clear(&ca);
}

/* Who has no identity is what its certificate says; an asked one if the certificate has it. */
Test(session_auth_cert, identity_of_the_certificate)
{
	struct cert_set ca = { 0 };

	pair_init(&p, "identity of the certificate");
	ap_certs(&ca);
	for (int i = 0; i < 2; i++)
		p.end[i].conf.id = (struct identity){ 0 };
	ap_id(&p.end[PAIR_R].conf.remote_id, "CN=me");
	ap_run();
	ap_expect_up("identity of the certificate");
	cr_expect_eq(session_ike(p.end[PAIR_R].s)->id.type, IKE_ID_FQDN, "asked for");
	pair_clear(&p);
	cert_set_clear(&ca);
}
