/* IKE_AUTH in memory: EAP. */
#include "ike/session_priv.h"
#include "unit/ike/auth_pair.h"

static int user(void *arg, struct span name, struct span *password)
{
	(void)arg;
	if (name.n != 5 || memcmp(name.p, "alice", 5) != 0)
		return 0;
	*password = (struct span){ (const uint8_t *)"secret", 6 };
	return 1;
}

/* The responder has a certificate, the initiator a password (TLS: a certificate, too). */
static void eap(struct cert_set *ca, unsigned methods)
{
	struct creds *i = &p.end[PAIR_I].creds, *r = &p.end[PAIR_R].creds;

	ap_certs(ca);
	cert_set_clear(&i->own);
	i->how = CREDS_EAP;
	i->eap = (struct eap_conf){ .methods = methods, .identity = "alice", .password = { (const uint8_t *)"secret", 6 } };
	r->remote = 1u << CREDS_EAP;
	r->eap = (struct eap_conf){ .methods = methods, .user = user, .ask_identity = true };
	p.end[PAIR_R].conf.remote_id = (struct identity){ 0 };
	if (methods & 1u << EAP_TLS) {
		pki_add(&i->own, &(struct pki_plan){ .cn = "alice", .san = "dns:alice", .type = "ecdsa" }, ca);
		i->eap.certs = &i->own;
		i->eap.anchors = &i->anchors;
		i->eap.server_name = "gw.example";
		r->eap.certs = &r->own;
		r->eap.anchors = &r->anchors;
		cert_set_clear(&r->own);		/* OpenSSL's defaults take no Ed25519 in TLS 1.2 */
		ap_cert(&p.end[PAIR_R], &(struct pki_plan){ .cn = "gw", .san = "gw.example", .type = "ecdsa" }, ca);
	}
}

static const struct { unsigned method; const char *name; } methods[] = {
	{ EAP_MD5, "EAP-MD5" }, { EAP_GTC, "EAP-GTC" }, { EAP_MSCHAPV2, "EAP-MSCHAPv2" }, { EAP_TLS, "EAP-TLS" },
};

Test(session_eap, each_method)
{
	struct cert_set ca = { 0 };

	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		char text[100];
		struct identity alice;

		pair_init(&p, methods[i].name);
		eap(&ca, 1u << methods[i].method);
		ap_run();
		ap_expect_up(methods[i].name);
		snprintf(text, sizeof text, "authenticated: %s, peer by certificate", methods[i].name);
		cr_expect(ap_says(PAIR_I, text), "%s: %s", text, p.end[PAIR_I].log);
		snprintf(text, sizeof text, "authenticated: certificate, peer by %s", methods[i].name);
		cr_expect(ap_says(PAIR_R, text), "%s: %s", text, p.end[PAIR_R].log);
		/* who EAP says, not who IDi said */
		ap_id(&alice, "alice");
		cr_expect(identity_eq(&alice, session_ike(p.end[PAIR_R].s)->remote_id.type,
		    identity_span(&session_ike(p.end[PAIR_R].s)->remote_id)));
		pair_clear(&p);
	}
	cert_set_clear(&ca);
}

/* A responder whose own trouble it is says so at once: nobody waits for an answer that never comes. */
Test(session_eap, responder_cannot)
{
	struct cert_set ca = { 0 };

	pair_init(&p, "responder cannot");
	eap(&ca, 1u << EAP_MD5);
	pair_start(&p);
	p.end[PAIR_R].creds.eap.user = NULL;
	pair_settle(&p);
	cr_expect(pair_is_over(&p));
	cr_expect(ap_says(PAIR_R, "failed: local: "), "%s", p.end[PAIR_R].log);
	cr_expect(ap_says(PAIR_I, "AUTHENTICATION_FAILED"), "%s", p.end[PAIR_I].log);
	cr_expect_not_null(strstr(p.end[PAIR_R].why.row[0].advice, "this end's options"));
	pair_clear(&p);
	cert_set_clear(&ca);
}

Test(session_eap, wrong_password)
{
	struct cert_set ca = { 0 };

	for (size_t i = 0; i < 3; i++) {
		pair_init(&p, methods[i].name);
		eap(&ca, 1u << methods[i].method);
		p.end[PAIR_I].creds.eap.password = (struct span){ (const uint8_t *)"sekret", 6 };
		ap_run();
		ap_expect_failed(methods[i].name, "eap-failed", "eap-failed");
		pair_clear(&p);

		pair_init(&p, "unknown user");
		eap(&ca, 1u << methods[i].method);
		p.end[PAIR_I].creds.eap.identity = "mallory";
		ap_run();
		ap_expect_failed("unknown user", "eap-failed", "eap-failed");
		pair_clear(&p);
	}
	cert_set_clear(&ca);
}

Test(session_eap, tls_certificates)
{
	struct cert_set ca = { 0 }, other = { 0 };

	ap_ca(&other, "other");
	pair_init(&p, "client of another authority");
	eap(&ca, 1u << EAP_TLS);
	cert_set_clear(&p.end[PAIR_I].creds.own);
	pki_add(&p.end[PAIR_I].creds.own, &(struct pki_plan){ .cn = "alice", .san = "dns:alice", .type = "ecdsa" }, &other);
	ap_run();
	ap_expect_failed("client of another authority", "eap-failed", "eap-failed");
	pair_clear(&p);

	pair_init(&p, "somebody else's name");
	eap(&ca, 1u << EAP_TLS);
	p.end[PAIR_I].creds.eap.identity = "bob";
	ap_run();
	ap_expect_failed("somebody else's name", "eap-failed", "eap-failed");
	pair_clear(&p);
	cert_set_clear(&ca);
	cert_set_clear(&other);
}

/* The server proves itself before EAP begins. */
Test(session_eap, server_is_not_believed)
{
	struct cert_set ca = { 0 }, other = { 0 };

	ap_ca(&other, "other");
	pair_init(&p, "server of another authority");
	eap(&ca, 1u << EAP_MSCHAPV2);
	cert_set_clear(&p.end[PAIR_I].creds.anchors);
	ap_trust(&p.end[PAIR_I], &other);
	ap_run();
	ap_expect_failed("server of another authority", "certificate-untrusted", "auth-failed");
	pair_clear(&p);

	pair_init(&p, "server of another name");
	eap(&ca, 1u << EAP_MSCHAPV2);
	ap_id(&p.end[PAIR_I].conf.remote_id, "other.example");
	ap_run();
	ap_expect_failed("server of another name", "identity", "auth-failed");
	pair_clear(&p);

	/* RFC 7296 2.16: by a signature, whatever else is allowed */
	pair_init(&p, "server by a key");
	eap(&ca, 1u << EAP_MSCHAPV2);
	ap_psk(&p.end[PAIR_I], "%any", "correct horse");
	p.end[PAIR_I].creds.how = CREDS_EAP;
	p.end[PAIR_I].creds.remote |= 1u << CREDS_CERT;
	ap_psk(&p.end[PAIR_R], "%any", "correct horse");
	p.end[PAIR_R].creds.remote = 1u << CREDS_EAP;
	ap_run();
	ap_expect_failed("server by a key", "auth-method", "auth-failed");
	pair_clear(&p);
	cert_set_clear(&ca);
	cert_set_clear(&other);
}

/* What the server calls itself in IKE stands in its certificate, or there is nobody of that name. */
Test(session_eap, eap_alone_names_the_server)
{
	static const char *const ids[] = { "liar.example", "gw@example", "keyid:gw.example", "192.0.2.9", "C=XX, CN=gw" };
	struct cert_set ca = { 0 };

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		pair_init(&p, ids[i]);
		eap(&ca, 1u << EAP_TLS);
		p.end[PAIR_I].creds.eap.server_name = NULL;
		p.end[PAIR_I].conf.remote_id = (struct identity){ 0 };
		ap_id(&p.end[PAIR_R].conf.id, ids[i]);
		p.end[PAIR_I].creds.eap_only = p.end[PAIR_R].creds.eap_only = true;
		ap_run();
		ap_expect_failed(ids[i], "eap-failed", "eap-failed");
		cr_expect_eq(p.end[PAIR_I].count[SESSION_AUTHENTICATED], 0);
		pair_clear(&p);
	}
	cert_set_clear(&ca);
}

/* GTC sends it as it is. */
Test(session_eap, password_does_not_stay)
{
	struct cert_set ca = { 0 };

	pair_init(&p, "password");
	eap(&ca, 1u << EAP_GTC);
	ap_run();
	ap_expect_up("password");
	for (int i = 0; i < 2; i++) {
		const struct session_desk *d = p.end[i].s->desk;

		for (size_t k = 0; k + 6 <= sizeof d->room; k++)
			cr_assert(memcmp(d->room + k, "secret", 6) != 0 && memcmp(d->plain + k, "secret", 6) != 0, "%d: %zu", i, k);
	}
	pair_clear(&p);
	cert_set_clear(&ca);
}

/* RFC 5998: both want it, and the method proves both. */
Test(session_eap, eap_alone)
{
	static const struct { unsigned method; bool i, r, only; } rows[] = {
		{ EAP_TLS, true, true, true }, { EAP_TLS, true, false, false }, { EAP_TLS, false, true, false },
		{ EAP_MSCHAPV2, true, true, false }, { EAP_MD5, true, true, false },
	};
	struct cert_set ca = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		pair_init(&p, "eap alone");
		eap(&ca, 1u << rows[i].method);
		p.end[PAIR_I].creds.eap_only = rows[i].i;
		p.end[PAIR_R].creds.eap_only = rows[i].r;
		ap_run();
		ap_expect_up("eap alone");
		cr_expect_eq(session_ike(p.end[PAIR_I].s)->remote_how, rows[i].only ? CREDS_EAP : CREDS_CERT, "%zu", i);
		pair_clear(&p);
	}
	cert_set_clear(&ca);
}

static void without_auth(struct ike_payloads *ps, const struct ike_hdr *h)
{
	(void)h;
	ap_drop_type(ps, IKE_P_AUTH);
}

static void without_eap(struct ike_payloads *ps, const struct ike_hdr *h)
{
	(void)h;
	ap_drop_type(ps, IKE_P_EAP);
}

static void with_success(struct ike_payloads *ps, const struct ike_hdr *h)
{
	static const uint8_t success[] = { EAP_SUCCESS, 2, 0, 4 };

	(void)h;
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].type == IKE_P_EAP) {
			ps->payload[i].decoded = false;
			ps->payload[i].body = (struct span){ success, sizeof success };
		}
}

static void other_mac(struct ike_payloads *ps, const struct ike_hdr *h)
{
	(void)h;
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].type == IKE_P_AUTH)
			((uint8_t *)(uintptr_t)ps->payload[i].auth.data.p)[3] ^= 1;
}

/* Message 1 begins; of MD5: 2 has the identity, 3 the response, 4 AUTH. */
static void edited(const char *what, int to, unsigned id, ap_edit *edit, const char *i, const char *r)
{
	struct cert_set ca = { 0 };

	pair_init(&p, what);
	eap(&ca, 1u << EAP_MD5);
	ap_change(to, id, edit);
	ap_run();
	ap_expect_failed(what, i, r);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_AUTHENTICATED], 0);
	pair_clear(&p);
	cert_set_clear(&ca);
}

Test(session_eap, unusual_peers)
{
	edited("the responder does not prove itself", PAIR_I, 1, without_auth, "eap-only", "auth-failed");
	edited("no EAP begins", PAIR_I, 1, without_eap, "invalid-syntax", NULL);
	edited("success before anything", PAIR_I, 1, with_success, "eap-failed", "auth-failed");
	edited("success before its time", PAIR_I, 2, with_success, "eap-failed", "auth-failed");
	edited("no EAP goes on", PAIR_R, 2, without_eap, NULL, "invalid-syntax");
	edited("no AUTH in the end", PAIR_R, 4, without_auth, NULL, "invalid-syntax");
	edited("AUTH of another key", PAIR_R, 4, other_mac, "eap-failed", "wrong-signature");
	edited("AUTH of another key in the end", PAIR_I, 4, other_mac, "wrong-signature", NULL);
}

Test(session_eap, nobody_serves_it)
{
	struct cert_set ca = { 0 };

	pair_init(&p, "nobody serves it");
	eap(&ca, 1u << EAP_MD5);
	p.end[PAIR_R].creds.remote = 1u << CREDS_CERT;
	ap_run();
	ap_expect_failed("nobody serves it", "auth-failed", "auth-method");
	pair_clear(&p);

	pair_init(&p, "nobody expected it");
	eap(&ca, 1u << EAP_MD5);
	ap_id(&p.end[PAIR_R].conf.remote_id, "bob");
	ap_run();
	ap_expect_failed("nobody expected it", "eap-failed", "identity");
	pair_clear(&p);

	pair_init(&p, "no method in common");
	eap(&ca, 1u << EAP_MD5);
	p.end[PAIR_R].creds.eap.methods = 1u << EAP_GTC;
	ap_run();
	ap_expect_failed("no method in common", "eap-failed", "eap-failed");
	pair_clear(&p);
	cert_set_clear(&ca);
}

/* Nothing begins where the responder could not prove itself. */
Test(session_eap, what_is_no_configuration)
{
	static const struct { unsigned methods, remote; bool only, ok; const char *why; } rows[] = {
		{ 1u << EAP_MSCHAPV2, 1u << CREDS_CERT, false, true, NULL },
		{ 1u << EAP_TLS, 1u << CREDS_EAP, true, true, NULL },
		{ 1u << EAP_TLS, 1u << CREDS_EAP, false, false, "with EAP the responder has to prove itself by a certificate or a "
		  "raw public key, and none is believed here" },
		{ 1u << EAP_TLS, 1u << CREDS_PSK | 1u << CREDS_NULL, false, false, NULL },
		{ 1u << EAP_MSCHAPV2, 1u << CREDS_EAP, true, false, "EAP alone is for methods that prove the responder, too: EAP-TLS" },
		{ 1u << EAP_TLS | 1u << EAP_MD5, 1u << CREDS_EAP, true, false, NULL },
	};
	struct cert_set ca = { 0 };
	struct err e;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct creds *c = &p.end[PAIR_I].creds;

		pair_init(&p, "configuration");
		eap(&ca, rows[i].methods);
		c->remote = rows[i].remote;
		c->eap_only = rows[i].only;
		cr_expect_eq(session_conf_check(&p.end[PAIR_I].conf, true, &e) == 0, rows[i].ok, "%zu", i);
		cr_expect(rows[i].why == NULL || strcmp(e.text, rows[i].why) == 0, "%zu: %s", i, e.text);
		cr_expect_eq(session_conf_check(&p.end[PAIR_I].conf, false, &e), -1, "a responder does not prove itself by EAP");
		pair_clear(&p);
	}
	cert_set_clear(&ca);
}
