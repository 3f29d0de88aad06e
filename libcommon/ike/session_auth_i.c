/* IKE_AUTH as initiator (RFC 7296 1.2, 2.16, RFC 5998, RFC 6023). */
#include "ike/session_auth.h"
#include "ike/session_child.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- requests --- */

static bool with_child(const struct sess_ike *ike)
{
	const struct session_conf *conf = ike->s->conf;

	return conf->nchild > 0 && !(conf->childless && ike->peer_childless);
}

static int build_first(struct sess_ike *ike, struct build *b, struct err *e)
{
	const struct session_conf *conf = ike->s->conf;
	const struct identity *want = &conf->remote_id;
	const struct creds *c = conf->creds;
	struct auth_run *a;

	if (conf->nchild == 0 && !ike->peer_childless)
		return err_set(e, "the responder does not take an IKE SA without a child SA (RFC 6023)");
	if (auth_id_mine(ike, NULL, e) < 0)
		return -1;
	a = ike->auth;
	a->eap_only = c->how == CREDS_EAP && c->eap_only && eap_methods_mutual(c->eap.methods);
	build_id(b, IKE_P_IDI, ike->pub.id.type, identity_span(&ike->pub.id));
	auth_certs_add(ike, b);
	if (conf->initial_contact && !ike->s->follows)
		build_notify(b, IKE_N_INITIAL_CONTACT, (struct span){ 0 });
	sess_certreq_add(ike, b);
	if (want->type != 0 && want->type != IKE_ID_NULL)
		build_id(b, IKE_P_IDR, want->type, identity_span(want));
	if (c->how != CREDS_EAP && auth_prove(ike, NULL, b, e) < 0)
		return -1;
	cp_ask(ike, b);
	if (with_child(ike)) {
		a->child.conf = &conf->child[0];
		if (child_propose(ike, &a->child, b, e) < 0)
			return -1;
	}
	if (conf->mobike)
		build_notify(b, IKE_N_MOBIKE_SUPPORTED, (struct span){ 0 });
	if (a->eap_only)
		build_notify(b, IKE_N_EAP_ONLY_AUTHENTICATION, (struct span){ 0 });
	return 1;
}

static int auth_build(struct sess_ike *ike, struct job *job, struct build *b, struct err *e)
{
	(void)job;
	if (ike->auth == NULL || ike->auth->step == AUTH_FIRST)
		return build_first(ike, b, e);
	if (ike->auth->step == AUTH_EAP) {
		auth_eap_add(ike, b);
		return 1;
	}
	return auth_prove(ike, auth_eap_key(ike), b, e) < 0 ? -1 : 1;
}

/* --- this end does not believe the peer --- */

/* RFC 7296 2.21.2: the responder took us for good, and has to know; what it answers does not matter. */
static int refuse_build(struct sess_ike *ike, struct job *job, struct build *b, struct err *e)
{
	(void)ike;
	(void)job;
	(void)e;
	build_notify(b, IKE_N_AUTHENTICATION_FAILED, (struct span){ 0 });
	return 1;
}

static int refuse_answer(struct sess_ike *ike, struct job *job, const struct sess_in *in, struct err *e)
{
	(void)job;
	(void)in;
	(void)e;
	sess_ike_end(ike);
	return 0;
}

static const struct job_row refuse_row = { .name = "AUTHENTICATION_FAILED", .exchange = IKE_X_INFORMATIONAL,
	.build = refuse_build, .answer = refuse_answer, .last = true };

static int refuse(struct sess_ike *ike, struct err *e)
{
	auth_failed(ike);
	return sess_job_add(ike, &refuse_row, 0, NULL, e);
}

/* --- the peer does not believe this end, or says something else than it should --- */

static const struct pl_notify *error_of(const struct ike_payloads *p)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->payload[i].type == IKE_P_NOTIFY && p->payload[i].decoded && p->payload[i].notify.type < IKE_N_STATUS)
			return &p->payload[i].notify;
	return NULL;
}

static int refused(struct sess_ike *ike, const struct pl_notify *n)
{
	const char *notify = ike_notify_name(IKE_V2, n->type);
	bool known = ike->s->conf->remote_id.type != 0;
	struct auth_run *a = ike->auth;
	char name[AUTH_NAME];
	struct reason *r;

	auth_name(name, &ike->pub.id);
	if (n->type == IKE_N_AUTHENTICATION_FAILED && a->step != AUTH_FIRST) {
		r = reason_add(&a->child.why, "eap-failed", REASON_ERROR, "%s: the peer does not accept \"%s\" by %s", notify, name,
		    auth_how_text(ike, CREDS_EAP));
		reason_advise(r, "%s", auth_eap_advice(ike));
	} else if (n->type == IKE_N_AUTHENTICATION_FAILED) {
		r = reason_add(&a->child.why, "auth-failed", REASON_ERROR, "%s: the peer does not accept \"%s\" by %s", notify, name,
		    auth_how_text(ike, ike->pub.how));
		if (ike->pub.how == CREDS_NULL)
			reason_advise(r, "let the peer accept those without a name (NULL authentication, RFC 7619), or prove who this is: "
			    "--psk-file, or --cert and --key");
		else
			reason_advise(r, "compare the %s at both ends, and whether the peer expects this identity%s%s%s; its log tells which",
			    ike->pub.how == CREDS_PSK ? "pre-shared keys" : "keys and authorities", known ? ", and is \"" : "",
			    known ? auth_name(name, &ike->s->conf->remote_id) : "", known ? "\" itself" : "");
		auth_own_faults(ike, &a->child.why);
	} else {
		r = reason_add(&a->child.why, "refused", REASON_ERROR, "the peer refuses IKE_AUTH: %s",
		    notify != NULL ? notify : "an unknown error");
		if (n->type == IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD)
			reason_advise(r, "turn off the extension that sends it");
	}
	auth_failed(ike);
	sess_ike_end(ike);
	return 0;
}

__attribute__((format(printf, 2, 3)))
static int malformed(struct sess_ike *ike, const char *fmt, ...)
{
	char text[REASON_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	sess_fail(ike, "invalid-syntax", "", "%s", text);
	return 0;
}

/* --- answers --- */

/* The child that went with it; the IKE SA stands, whatever becomes of it (RFC 7296 1.2). */
static int take_child(struct sess_ike *ike, const struct ike_payloads *p, struct err *e)
{
	struct auth_run *a = ike->auth;
	struct sess_child *child;
	uint32_t spi = a->child.spi;
	int rc = cp_take(ike, p, &a->child.why);

	if (rc > 0 && a->child.conf == NULL)
		return 0;
	if (rc > 0) {
		if ((rc = child_accept(ike, &a->child, p, &child, e)) < 0)
			return -1;
	} else if (ike_payload_find(p, IKE_P_SA) != NULL) {
		/* set up there, and of no use without the address */
		a->child.spi = 0;
		if (sess_delete_spi(ike, a->child.protocol, spi, e) < 0)
			return -1;
	}
	if (rc == 1) {
		child_start(child);
		child_tell(child);
		return 0;
	}
	ike->s->refused++;
	child_tell_refused(ike, &a->child);
	return 0;
}

static int established(struct sess_ike *ike, const struct ike_payloads *p, struct err *e)
{
	const struct session_conf *conf = ike->s->conf;
	int rc;

	ike->peer_mobike = ike_notify_find(p, IKE_N_MOBIKE_SUPPORTED) != NULL;
	ike->pub.mobike = ike->peer_mobike && conf->mobike;
	auth_done(ike);
	life_auth_lifetime(ike, p);
	rc = take_child(ike, p, e);
	ike->s->asked = with_child(ike);
	if (rc == 0)
		rc = create_children(ike, e);
	sess_auth_free(ike->auth);
	ike->auth = NULL;
	sess_init_forget(ike);
	return rc;
}

/* The answer to EAP, or EAP's begin. */
static int take_eap(struct sess_ike *ike, const struct ike_payloads *p, struct err *e)
{
	const struct ike_payload *eap = ike_payload_find(p, IKE_P_EAP);
	const struct pl_notify *n = error_of(p);
	struct auth_run *a = ike->auth;
	int rc;

	if (n != NULL)
		return refused(ike, n);
	if (eap == NULL)
		return malformed(ike, "the peer's answer has no EAP, which was not over");
	if ((rc = auth_eap_step(ike, eap, e)) < 0)
		return -1;
	if (rc == EAP_FAILED && eap->eap.code != EAP_FAILURE)
		return refuse(ike, e);
	if (rc == EAP_FAILED) {			/* the peer knows */
		auth_failed(ike);
		sess_ike_end(ike);
		return 0;
	}
	a->step = rc == EAP_DONE ? AUTH_LAST : AUTH_EAP;
	if (rc == EAP_GOES_ON && a->n_packet == 0)
		return malformed(ike, "an EAP message of the peer asks for nothing");
	if (rc != EAP_DONE || !a->eap_only || eap_is_mutual(a->eap))
		return 1;
	reason_advise(reason_add(&a->child.why, "eap-only", REASON_ERROR, "the peer proves itself by EAP alone, and %s proves nothing of it",
	    auth_how_text(ike, CREDS_EAP)), "let the peer send its certificate, or use EAP-TLS");
	return refuse(ike, e);
}

/* RFC 7296 2.16: a responder proves itself by a signature before EAP; by EAP alone where both want it (RFC 5998). */
static int first_of_eap(struct sess_ike *ike, const struct ike_payloads *p, const struct ike_payload *auth, struct err *e)
{
	const struct creds *c = ike->s->conf->creds;
	struct auth_run *a = ike->auth;
	int rc;

	if (auth != NULL) {
		a->eap_only = false;
		if ((rc = auth_believe(ike, &auth->auth, c->remote & (1u << CREDS_CERT | 1u << CREDS_RAW_KEY), e)) < 0)
			return -1;
		if (rc == 0)
			return refuse(ike, e);
	} else if (!a->eap_only) {
		reason_advise(reason_add(&a->child.why, "eap-only", REASON_ERROR, "the peer wants EAP without proving itself"),
		    "let it send its certificate and AUTH");
		return refuse(ike, e);
	} else {
		ike->pub.remote_how = CREDS_EAP;
	}
	return auth_eap_begin(ike, false, e) < 0 ? -1 : take_eap(ike, p, e);
}

static int take_first(struct sess_ike *ike, const struct ike_payloads *p, struct err *e)
{
	const struct ike_payload *id = ike_payload_find(p, IKE_P_IDR), *auth = ike_payload_find(p, IKE_P_AUTH),
	    *eap = ike_payload_find(p, IKE_P_EAP);
	const struct creds *c = ike->s->conf->creds;
	const struct pl_notify *n = error_of(p);
	struct auth_run *a = ike->auth;
	int rc;

	if (auth == NULL && eap == NULL && n != NULL)
		return refused(ike, n);
	if (id == NULL || (auth == NULL && eap == NULL))
		return malformed(ike, "the peer's answer to IKE_AUTH lacks %s", id == NULL ? "its identity" : "AUTH");
	if (auth_certs_look(ike, p, e) < 0 ||
	    (rc = auth_id_peer(ike, id, auth != NULL && auth->auth.method == IKE_AUTH_NULL, e)) < 0)
		return -1;
	if (rc > 0 && ike_notify_find(p, IKE_N_ANOTHER_AUTH_FOLLOWS) != NULL) {
		reason_add(&a->child.why, "multiple-auth", REASON_ERROR, "the peer wants to prove itself twice (RFC 4739), which was not offered");
		rc = 0;
	}
	if (rc == 0)
		return refuse(ike, e);
	if (c->how == CREDS_EAP && eap != NULL)
		return first_of_eap(ike, p, auth, e);
	if (eap != NULL) {
		reason_advise(reason_add(&a->child.why, "auth-method", REASON_ERROR, "the peer wants EAP, this end proves itself by %s",
		    auth_how_text(ike, c->how)), "give a user and password for EAP, or let the peer take what is here");
		return refuse(ike, e);
	}
	if (c->how == CREDS_EAP)
		return malformed(ike, "the peer does not begin EAP");
	if ((rc = auth_believe(ike, &auth->auth, c->remote, e)) < 0)
		return -1;
	return rc == 0 ? refuse(ike, e) : established(ike, p, e);
}

static int take_last(struct sess_ike *ike, const struct ike_payloads *p, struct err *e)
{
	const struct ike_payload *auth = ike_payload_find(p, IKE_P_AUTH);
	const struct pl_notify *n = error_of(p);
	int rc;

	if (auth == NULL)
		return n != NULL ? refused(ike, n) : malformed(ike, "the peer's last answer to IKE_AUTH lacks AUTH");
	if ((rc = auth_believe_eap(ike, &auth->auth, e)) < 0)
		return -1;
	return rc == 0 ? refuse(ike, e) : established(ike, p, e);
}

static int auth_answer(struct sess_ike *ike, struct job *job, const struct sess_in *in, struct err *e)
{
	(void)job;
	switch (ike->auth->step) {
	case AUTH_FIRST: return take_first(ike, in->p, e);
	case AUTH_EAP: return take_eap(ike, in->p, e);
	default: return take_last(ike, in->p, e);
	}
}

const struct job_row sess_job_auth = { .name = "IKE_AUTH", .exchange = IKE_X_AUTH, .build = auth_build,
	.answer = auth_answer };
