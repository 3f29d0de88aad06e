/* IKE_AUTH as responder (RFC 7296 1.2, 2.16, RFC 5998, RFC 6023). */
#include "ike/session_auth.h"

#include <string.h>

/* RFC 7296 2.21.2: whoever asks learns no more than that. */
static int refuse(struct sess_ike *ike, struct build *b, uint16_t notify)
{
	build_clear(b);
	build_notify(b, notify, (struct span){ 0 });
	auth_failed(ike);
	sess_ike_end(ike);
	return 0;
}

static int malformed(struct sess_ike *ike, struct build *b, const char *what)
{
	reason_add(&ike->auth->child.why, "invalid-syntax", REASON_ERROR, "the peer's IKE_AUTH request %s", what);
	return refuse(ike, b, IKE_N_INVALID_SYNTAX);
}

/* This end cannot prove who it is: the peer is told as if it were its own fault. */
static int unproven(struct sess_ike *ike, struct build *b, const struct err *e)
{
	reason_add(&ike->auth->child.why, "local", REASON_ERROR, "this end cannot prove who it is: %s", e->text);
	return refuse(ike, b, IKE_N_AUTHENTICATION_FAILED);
}

/* --- what comes after AUTH --- */

static int answer_child(struct sess_ike *ike, const struct ike_payloads *p, struct build *b, struct err *e)
{
	struct auth_run *a = ike->auth;
	struct sess_child *child = NULL;
	int rc = cp_answer(ike, p, b, &a->child.why, e);

	if (rc < 0 || (rc > 0 && ike_payload_find(p, IKE_P_SA) == NULL))	/* RFC 6023 */
		return rc < 0 ? -1 : 0;
	if (rc > 0 && child_answer(ike, &a->child, p, b, &child, e) < 0)
		return -1;
	if (child != NULL) {
		child_start(child);
		child_tell(child);
	} else {
		child_tell_refused(ike, &a->child);
	}
	return 0;
}

/* p: the first request, which has CP, SA and TS. */
static int established(struct sess_ike *ike, const struct ike_payloads *p, struct build *b, struct err *e)
{
	struct session *s = ike->s;
	bool contact = ike->auth->initial_contact;
	int rc;

	ike->pub.mobike = ike->peer_mobike && s->conf->mobike;
	auth_done(ike);
	/* RFC 7619 2.4: nobody's word about nobody counts for nothing */
	if (contact && ike->pub.remote_id.type != IKE_ID_NULL && s->call.initial_contact != NULL)
		s->call.initial_contact(s->call.arg, s);
	rc = answer_child(ike, p, b, e);
	if (ike->pub.mobike)
		build_notify(b, IKE_N_MOBIKE_SUPPORTED, (struct span){ 0 });
	if (s->conf->reauth_ns > 0)		/* RFC 4478 */
		build_notify_number(b, IKE_N_AUTH_LIFETIME, s->conf->reauth_ns / 1000000000, 4);
	sess_auth_free(ike->auth);
	ike->auth = NULL;
	sess_init_forget(ike);
	return rc;
}

/* --- EAP --- */

/* CP, SA and TS wait until EAP is over. */
static int keep_request(struct auth_run *a, const struct ike_payloads *p, struct err *e)
{
	struct span all = ike_payloads_span(p, 0);
	uint8_t *copy = mem_new(&a->mem, all.n);

	if (copy == NULL)
		return err_nomem(e);
	memcpy(copy, all.p, all.n);
	a->first = p->payload[0].type;
	a->request = (struct span){ copy, all.n };
	return 0;
}

static int eap_first(struct sess_ike *ike, const struct ike_payloads *p, struct build *b, struct err *e)
{
	const struct creds *c = ike->s->conf->creds;
	struct auth_run *a = ike->auth;
	int rc;

	if (!(c->remote & 1u << CREDS_EAP)) {
		reason_advise(reason_add(&a->child.why, "auth-method", REASON_ERROR, "the peer wants EAP, which this end does not serve"),
		    "let the peer prove itself by another way, or give this end users for EAP");
		return refuse(ike, b, IKE_N_AUTHENTICATION_FAILED);
	}
	if (keep_request(a, p, e) < 0 || auth_eap_begin(ike, true, e) < 0)
		return -1;
	a->eap_only = c->eap_only && ike->peer_eap_only && eap_methods_mutual(c->eap.methods);
	build_id(b, IKE_P_IDR, ike->pub.id.type, identity_span(&ike->pub.id));
	if (!a->eap_only) {
		auth_certs_add(ike, b);
		if (auth_prove(ike, NULL, b, e) < 0)
			return e->kind == ERR_SYSTEM ? -1 : unproven(ike, b, e);
	}
	if ((rc = auth_eap_step(ike, NULL, e)) < 0)
		return -1;
	if (rc != EAP_GOES_ON)
		return refuse(ike, b, IKE_N_AUTHENTICATION_FAILED);
	auth_eap_add(ike, b);
	a->step = AUTH_EAP;
	return 0;
}

static int eap_next(struct sess_ike *ike, const struct ike_payloads *p, struct build *b, struct err *e)
{
	const struct ike_payload *eap = ike_payload_find(p, IKE_P_EAP);
	struct auth_run *a = ike->auth;
	int rc;

	if (eap == NULL)
		return malformed(ike, b, "lacks EAP, which was not over");
	if ((rc = auth_eap_step(ike, eap, e)) < 0)
		return -1;
	if (rc == EAP_DONE && auth_eap_identity(ike) == 0)
		return refuse(ike, b, IKE_N_AUTHENTICATION_FAILED);
	auth_eap_add(ike, b);
	if (rc == EAP_DONE)
		a->step = AUTH_LAST;
	if (rc == EAP_FAILED) {			/* EAP-Failure tells it (RFC 7296 2.16), if there was anything to be told */
		if (b->n == 0)
			build_notify(b, IKE_N_AUTHENTICATION_FAILED, (struct span){ 0 });
		auth_failed(ike);
		sess_ike_end(ike);
	}
	return 0;
}

static int eap_last(struct sess_ike *ike, const struct ike_payloads *p, struct build *b, struct err *e)
{
	const struct ike_payload *auth = ike_payload_find(p, IKE_P_AUTH);
	struct ike_faults faults = { .n = 0 };
	struct auth_run *a = ike->auth;
	struct ike_decoder d = { .mem = &a->mem, .faults = &faults, .version = IKE_V2, .inner = true, .start = a->request.p };
	struct ike_payloads first;
	int rc;

	if (auth == NULL)
		return malformed(ike, b, "lacks AUTH, which has to follow EAP");
	if ((rc = auth_believe_eap(ike, &auth->auth, e)) < 0)
		return -1;
	if (rc == 0)
		return refuse(ike, b, IKE_N_AUTHENTICATION_FAILED);
	if (ike_payloads_decode(&first, &d, a->first, a->request) < 0)
		return err_nomem(e);
	if (auth_prove(ike, auth_eap_key(ike), b, e) < 0)
		return -1;
	return established(ike, &first, b, e);
}

/* --- the first request --- */

static int look(struct sess_ike *ike, const struct ike_payloads *p, struct err *e)
{
	const struct ike_payload *idr = ike_payload_find(p, IKE_P_IDR);
	struct auth_run *a = auth_run(ike, e);

	if (a == NULL || auth_certs_look(ike, p, e) < 0 || sess_certreq_look(ike, p, e) < 0 ||
	    auth_id_mine(ike, idr != NULL ? &idr->id : NULL, e) < 0)
		return -1;
	ike->peer_mobike = ike_notify_find(p, IKE_N_MOBIKE_SUPPORTED) != NULL;
	ike->peer_eap_only = ike_notify_find(p, IKE_N_EAP_ONLY_AUTHENTICATION) != NULL;
	a->initial_contact = ike_notify_find(p, IKE_N_INITIAL_CONTACT) != NULL;
	return 0;
}

static int first(struct sess_ike *ike, const struct ike_payloads *p, struct build *b, struct err *e)
{
	const struct ike_payload *id = ike_payload_find(p, IKE_P_IDI), *auth = ike_payload_find(p, IKE_P_AUTH);
	const struct session_conf *conf = ike->s->conf;
	int rc;

	if (look(ike, p, e) < 0)
		return -1;
	if (id == NULL)
		return malformed(ike, b, "lacks the peer's identity");
	if (ike_payload_find(p, IKE_P_SA) == NULL && (conf->no_childless || !conf->childless))
		return malformed(ike, b, "asks for no child SA, which is not taken here (RFC 6023)");
	if ((rc = auth_id_peer(ike, id, auth == NULL || auth->auth.method == IKE_AUTH_NULL, e)) < 0)
		return -1;
	if (rc > 0 && ike_notify_find(p, IKE_N_ANOTHER_AUTH_FOLLOWS) != NULL) {
		reason_add(&ike->auth->child.why, "multiple-auth", REASON_ERROR,
		    "the peer wants to prove itself twice (RFC 4739), which was not offered");
		rc = 0;
	}
	if (rc > 0 && auth == NULL)
		return eap_first(ike, p, b, e);
	if (rc > 0 && (rc = auth_believe(ike, &auth->auth, conf->creds->remote & ~(1u << CREDS_EAP), e)) < 0)
		return -1;
	if (rc == 0)
		return refuse(ike, b, IKE_N_AUTHENTICATION_FAILED);
	build_id(b, IKE_P_IDR, ike->pub.id.type, identity_span(&ike->pub.id));
	auth_certs_add(ike, b);
	if (auth_prove(ike, NULL, b, e) < 0)
		return e->kind == ERR_SYSTEM ? -1 : unproven(ike, b, e);
	return established(ike, p, b, e);
}

int sess_auth_request(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e)
{
	if (ike->auth == NULL || ike->auth->step == AUTH_FIRST)
		return first(ike, in->p, b, e);
	return ike->auth->step == AUTH_EAP ? eap_next(ike, in->p, b, e) : eap_last(ike, in->p, b, e);
}

int sess_auth_info(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e)
{
	struct auth_run *a = auth_run(ike, e);

	if (a == NULL)
		return -1;
	if (ike_notify_find(in->p, IKE_N_AUTHENTICATION_FAILED) == NULL)
		return malformed(ike, b, "was to come, and INFORMATIONAL came");
	if (a->eap != NULL && eap_why(a->eap)[0] != '\0')	/* the peer saw it first */
		reason_advise(reason_add(&a->child.why, "eap-failed", REASON_ERROR, "%s failed: %s", auth_how_text(ike, CREDS_EAP),
		    eap_why(a->eap)), "%s", auth_eap_advice(ike));
	else
		reason_advise(reason_add(&a->child.why, "auth-failed", REASON_ERROR, "AUTHENTICATION_FAILED: the peer does not believe "
		    "this end, or gave up"), "its log tells why; compare identities, keys and authorities at both ends");
	auth_own_faults(ike, &a->child.why);
	auth_failed(ike);
	sess_ike_end(ike);
	return 0;
}
