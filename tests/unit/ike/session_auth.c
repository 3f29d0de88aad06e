/* IKE_AUTH in memory: pre-shared keys, nobody, and a man in the middle. */
#include "unit/ike/auth_pair.h"

Test(session_auth, pre_shared_key)
{
	pair_init(&p, "psk");
	ap_run();
	ap_expect_up("psk");
	for (int i = 0; i < 2; i++) {
		const struct session_ike *ike = session_ike(p.end[i].s);

		cr_expect(ap_says(i, "authenticated: pre-shared key, peer by pre-shared key"), "%s", p.end[i].log);
		cr_expect(ike->how == CREDS_PSK && ike->remote_how == CREDS_PSK);
		cr_expect(identity_eq(&p.end[!i].conf.id, ike->remote_id.type, identity_span(&ike->remote_id)));
		cr_expect(identity_eq(&p.end[i].conf.id, ike->id.type, identity_span(&ike->id)));
	}
	pair_clear(&p);
}

Test(session_auth, wrong_key)
{
	pair_init(&p, "wrong");
	ap_clear(&p.end[PAIR_I]);
	ap_psk(&p.end[PAIR_I], "%any", "correct house");
	ap_run();
	ap_expect_failed("wrong key", "auth-failed", "wrong-psk");
	cr_expect(ap_says(PAIR_I, "AUTHENTICATION_FAILED: the peer does not accept \"me@example\" by pre-shared key"), "%s",
	    p.end[PAIR_I].log);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_AUTHENTICATED] + p.end[PAIR_R].count[SESSION_AUTHENTICATED], 0);
	pair_clear(&p);
}

Test(session_auth, keys_by_identity)
{
	pair_init(&p, "by identity");
	ap_clear(&p.end[PAIR_R]);
	ap_psk(&p.end[PAIR_R], "%any", "for strangers");
	ap_psk(&p.end[PAIR_R], "me@example", "correct horse");
	ap_psk(&p.end[PAIR_R], "gw.example", "my own");
	ap_clear(&p.end[PAIR_I]);
	ap_psk(&p.end[PAIR_I], "other.example", "another");
	ap_psk(&p.end[PAIR_I], "gw.example", "correct horse");
	ap_run();
	ap_expect_up("by identity");
	pair_clear(&p);

	pair_init(&p, "no key");
	ap_clear(&p.end[PAIR_R]);
	ap_psk(&p.end[PAIR_R], "you@example", "correct horse");
	ap_run();
	ap_expect_failed("no key", "auth-failed", "no-psk");
	pair_clear(&p);

	pair_init(&p, "no key of this end");
	ap_clear(&p.end[PAIR_I]);
	ap_psk(&p.end[PAIR_I], "other.example", "another");
	ap_run();
	cr_expect_str_eq(p.end[PAIR_I].why.row[0].text, "IKE_AUTH: no pre-shared key for \"gw.example\"");
	pair_clear(&p);

	/* whoever it is: by its address, or the only one there is */
	pair_init(&p, "nobody in particular");
	p.end[PAIR_I].conf.remote_id.type = 0;
	ap_clear(&p.end[PAIR_I]);
	ap_psk(&p.end[PAIR_I], "192.0.2.77", "another");
	ap_psk(&p.end[PAIR_I], "198.51.100.2", "correct horse");
	ap_psk(&p.end[PAIR_I], "gw.example", "correct horse");
	ap_run();
	ap_expect_up("by address");
	pair_clear(&p);
	pair_init(&p, "the only one");
	p.end[PAIR_I].conf.remote_id.type = 0;
	ap_clear(&p.end[PAIR_I]);
	ap_psk(&p.end[PAIR_I], "gw.example", "correct horse");
	ap_run();
	ap_expect_up("the only one");
	pair_clear(&p);
}

Test(session_auth, other_identities)
{
	pair_init(&p, "responder is another");
	ap_id(&p.end[PAIR_I].conf.remote_id, "other.example");
	ap_run();
	ap_expect_failed("responder is another", "identity", "auth-failed");
	cr_expect(ap_says(PAIR_I, "the peer is \"gw.example\", expected was \"other.example\""), "%s", p.end[PAIR_I].log);
	pair_clear(&p);

	pair_init(&p, "initiator is another");
	ap_id(&p.end[PAIR_R].conf.remote_id, "you@example");
	ap_run();
	ap_expect_failed("initiator is another", "auth-failed", "identity");
	pair_clear(&p);

	pair_init(&p, "another type");
	ap_id(&p.end[PAIR_R].conf.remote_id, "keyid:me@example");
	ap_run();
	ap_expect_failed("another type", "auth-failed", "identity");
	pair_clear(&p);
}

static void nobody(int who)
{
	p.end[who].creds.how = CREDS_NULL;
	p.end[!who].creds.remote = 1u << CREDS_NULL;
	p.end[!who].conf.remote_id.type = 0;
}

Test(session_auth, null)
{
	pair_init(&p, "null");
	nobody(PAIR_I);
	nobody(PAIR_R);
	ap_run();
	ap_expect_up("null");
	cr_expect_eq(session_ike(p.end[PAIR_R].s)->remote_id.type, IKE_ID_NULL);
	cr_expect_eq(session_ike(p.end[PAIR_R].s)->id.type, IKE_ID_NULL);
	pair_clear(&p);

	pair_init(&p, "null initiator");
	nobody(PAIR_I);
	ap_run();
	ap_expect_up("null initiator, responder by a key");
	cr_expect_eq(session_ike(p.end[PAIR_I].s)->remote_how, CREDS_PSK);
	cr_expect_eq(session_ike(p.end[PAIR_R].s)->remote_how, CREDS_NULL);
	pair_clear(&p);
}

Test(session_auth, null_is_named_on_both_sides)
{
	pair_init(&p, "null of the initiator alone");
	p.end[PAIR_I].creds.how = CREDS_NULL;
	p.end[PAIR_R].conf.remote_id.type = 0;
	ap_run();
	ap_expect_failed("null of the initiator alone", "auth-failed", "auth-method");
	pair_clear(&p);

	pair_init(&p, "null of the responder alone");
	p.end[PAIR_R].creds.how = CREDS_NULL;
	p.end[PAIR_I].conf.remote_id.type = 0;
	ap_run();
	ap_expect_failed("null of the responder alone", "auth-method", "auth-failed");
	pair_clear(&p);

	/* who allows nobody and nothing else takes no key either */
	pair_init(&p, "null expected");
	p.end[PAIR_R].creds.remote = 1u << CREDS_NULL;
	ap_run();
	ap_expect_failed("null expected", "auth-failed", "auth-method");
	pair_clear(&p);

	/* nobody is not who is expected */
	pair_init(&p, "null, and somebody expected");
	nobody(PAIR_I);
	ap_id(&p.end[PAIR_R].conf.remote_id, "me@example");
	ap_run();
	ap_expect_failed("null, and somebody expected", "auth-failed", "identity");
	pair_clear(&p);
}

/* --- a man in the middle --- */

static void strip(struct ike_payloads *ps, const struct ike_hdr *h)
{
	struct ike_payload *sa = (struct ike_payload *)ike_payload_find(ps, IKE_P_SA);

	(void)h;
	cr_assert_eq(sa->sa.nproposal, 2);
	sa->sa.proposal++;
	sa->sa.nproposal--;
}

/* The strong proposal is taken out of the first message, so that the responder takes the other one. */
static bool downgrade(struct pair *x, struct pair_datagram *d)
{
	(void)x;
	if (d->n > 28 && d->p[18] == IKE_X_SA_INIT && d->to == PAIR_R)
		ap_man(d, strip);
	return true;
}

static void two_proposals(void)
{
	for (int i = 0; i < 2; i++)
		pair_offers(&p.end[i].conf, &p.end[i].conf.ike, IKE_PROTO_IKE,
		    "aes256gcm16-prfsha384-x25519,aes128-sha256-x25519");
}

Test(session_auth, downgrade)
{
	struct cert_set ca = { 0 };

	pair_init(&p, "no downgrade");
	two_proposals();
	ap_run();
	ap_expect_up("no downgrade");
	cr_expect_eq(session_ike(p.end[PAIR_I].s)->keys->encr_bits, 256);
	pair_clear(&p);

	pair_init(&p, "downgrade");
	two_proposals();
	p.man = downgrade;
	ap_run();
	cr_expect_eq(p.end[PAIR_R].count[SESSION_KEYS], 1, "the keys agree");
	ap_expect_failed("downgrade", "auth-failed", "wrong-psk");
	pair_clear(&p);

	pair_init(&p, "downgrade, certificates");
	two_proposals();
	ap_certs(&ca);
	p.man = downgrade;
	ap_run();
	ap_expect_failed("downgrade, certificates", "auth-failed", "wrong-signature");
	pair_clear(&p);
	cert_set_clear(&ca);

	pair_init(&p, "downgrade, nobody");
	two_proposals();
	nobody(PAIR_I);
	nobody(PAIR_R);
	p.man = downgrade;
	ap_run();
	ap_expect_failed("downgrade, nobody", "auth-failed", "wrong-signature");
	pair_clear(&p);
}

/* The answer is changed: the initiator sees it, and tells the responder, which was up already. */
Test(session_auth, changed_answer)
{
	pair_init(&p, "changed answer");
	p.man = ap_no_7427;
	ap_run();
	ap_expect_failed("changed answer", "wrong-psk", NULL);
	cr_expect_eq(p.end[PAIR_R].count[SESSION_AUTHENTICATED], 1);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_AUTHENTICATED], 0);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_CHILD_UP], 0);
	pair_clear(&p);
}

/* --- what peers may send, and this end does not --- */

static void edited(const char *what, int to, ap_edit *edit, const char *i, const char *r)
{
	pair_init(&p, what);
	ap_change(to, 0, edit);
	ap_run();
	ap_expect_failed(what, i, r);
	pair_clear(&p);
}

static void multiple(struct ike_payloads *ps, const struct ike_hdr *h)
{
	(void)h;
	ap_notify(ps, IKE_N_ANOTHER_AUTH_FOLLOWS, (struct span){ 0 });
}

static void long_id(struct ike_payloads *ps, const struct ike_hdr *h)
{
	static uint8_t data[IDENTITY_MAX + 1] = { 'a' };

	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].type == (ike_hdr_is_response(h) ? IKE_P_IDR : IKE_P_IDI))
			ps->payload[i].id.data = (struct span){ data, sizeof data };
}

static void zero_id(struct ike_payloads *ps, const struct ike_hdr *h)
{
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].type == (ike_hdr_is_response(h) ? IKE_P_IDR : IKE_P_IDI))
			ps->payload[i].id.type = 0;
}

static void method_77(struct ike_payloads *ps, const struct ike_hdr *h)
{
	(void)h;
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].type == IKE_P_AUTH)
			ps->payload[i].auth.method = 77;
}

static void short_auth(struct ike_payloads *ps, const struct ike_hdr *h)
{
	(void)h;
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].type == IKE_P_AUTH)
			ps->payload[i].auth.signature.n = ps->payload[i].auth.data.n = 0;
}

static void without_id(struct ike_payloads *ps, const struct ike_hdr *h)
{
	ap_drop_type(ps, ike_hdr_is_response(h) ? IKE_P_IDR : IKE_P_IDI);
}

static void without_auth(struct ike_payloads *ps, const struct ike_hdr *h)
{
	(void)h;
	ap_drop_type(ps, IKE_P_AUTH);
}

Test(session_auth, unusual_peers)
{
	edited("two authentications", PAIR_R, multiple, "auth-failed", "multiple-auth");
	edited("two authentications of the responder", PAIR_I, multiple, "multiple-auth", NULL);
	edited("an endless identity", PAIR_R, long_id, "auth-failed", "identity");
	edited("an endless identity of the responder", PAIR_I, long_id, "identity", NULL);
	edited("no identity", PAIR_R, zero_id, "auth-failed", "identity");
	edited("no identity of the responder", PAIR_I, zero_id, "identity", NULL);
	edited("an unknown method", PAIR_R, method_77, "auth-failed", "auth-method");
	edited("an unknown method of the responder", PAIR_I, method_77, "auth-method", NULL);
	edited("an empty AUTH", PAIR_R, short_auth, "auth-failed", "wrong-psk");
	edited("an empty AUTH of the responder", PAIR_I, short_auth, "wrong-psk", NULL);
	edited("no IDi", PAIR_R, without_id, "invalid-syntax", "invalid-syntax");
	edited("no AUTH", PAIR_R, without_auth, "auth-failed", "auth-method");
}

static void lifetime(struct ike_payloads *ps, const struct ike_hdr *h)
{
	static const uint8_t hour[] = { 0, 0, 0x0e, 0x10 };

	(void)h;
	ap_notify(ps, IKE_N_AUTH_LIFETIME, (struct span){ hour, sizeof hour });
}

/* RFC 4478: the initiator comes again before the hour is over. */
Test(session_auth, lifetime)
{
	pair_init(&p, "lifetime");
	ap_change(PAIR_I, 0, lifetime);
	ap_run();
	ap_expect_up("lifetime");
	p.man = NULL;
	pair_run(&p, 3600);
	cr_expect_eq(p.end[PAIR_I].nmore, 1, "%s", p.end[PAIR_I].log);
	cr_expect(session_is_complete(p.end[PAIR_I].more[0]));
	pair_clear(&p);
}

static unsigned contacts;

static void contact(void *arg, struct session *s)
{
	(void)arg;
	(void)s;
	contacts++;
}

Test(session_auth, initial_contact)
{
	pair_init(&p, "contact");
	p.end[PAIR_R].calls.initial_contact = contact;
	ap_run();
	ap_expect_up("contact");
	cr_expect_eq(contacts, 1);
	pair_clear(&p);

	pair_init(&p, "no contact");
	p.end[PAIR_R].calls.initial_contact = contact;
	p.end[PAIR_I].conf.initial_contact = false;
	ap_run();
	cr_expect_eq(contacts, 1);
	pair_clear(&p);

	/* nobody can speak for nobody */
	pair_init(&p, "contact of nobody");
	p.end[PAIR_R].calls.initial_contact = contact;
	nobody(PAIR_I);
	ap_run();
	ap_expect_up("contact of nobody");
	cr_expect_eq(contacts, 1);
	pair_clear(&p);
}

Test(session_auth, own_identity)
{
	pair_init(&p, "own identity");
	for (int i = 0; i < 2; i++) {
		p.end[i].conf.id.type = p.end[i].conf.remote_id.type = 0;
		p.end[i].conf.id.n = 0;
	}
	pair_start(&p);
	pair_settle(&p);
	ap_expect_up("own identity");
	cr_expect_eq(session_ike(p.end[PAIR_R].s)->remote_id.type, IKE_ID_IPV4_ADDR);
	pair_clear(&p);
}
