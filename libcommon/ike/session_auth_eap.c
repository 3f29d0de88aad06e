/* IKE_AUTH: EAP as client and as server (RFC 7296 2.16, RFC 5998). */
#include "ike/session_auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who the server's certificate has to name: who it says it is, as cert_name_parse() reads it.  "": nobody can be named so. */
static const char *named(struct auth_run *a, const struct identity *id)
{
	static const struct name words[] = {
		{ IKE_ID_FQDN, "dns:" }, { IKE_ID_RFC822_ADDR, "email:" }, { IKE_ID_IPV4_ADDR, "ip:" }, { IKE_ID_IPV6_ADDR, "ip:" },
		{ IKE_ID_DER_ASN1_DN, "dn:" },
	};
	const char *word = name_by_id(words, sizeof words / sizeof words[0], id->type);
	bool plain = id->type == IKE_ID_FQDN || id->type == IKE_ID_RFC822_ADDR;
	char text[IDENTITY_TEXT], *out;
	size_t n;

	if (word == NULL || (plain && memchr(id->data, '\0', id->n) != NULL))
		return "";
	if (plain)
		snprintf(text, sizeof text, "%.*s", (int)id->n, (const char *)id->data);
	else
		identity_format(text, id->type, identity_span(id));
	n = strlen(word) + strlen(text) + 1;
	if ((out = mem_new(&a->mem, n)) == NULL)
		return NULL;
	snprintf(out, n, "%s%s", word, text);
	return out;
}

int auth_eap_begin(struct sess_ike *ike, bool server, struct err *e)
{
	const struct creds *c = ike->s->conf->creds;
	struct auth_run *a = ike->auth;
	struct rng *rng = ike->s->conf->rng;

	a->eap_conf = c->eap;
	a->policy = c->eap.policy != NULL ? *c->eap.policy : c->policy;
	a->policy.when = auth_seconds(ike);
	a->eap_conf.policy = &a->policy;
	/* alone, EAP is all that proves the responder */
	if (!server && a->eap_only && (a->eap_conf.server_name = named(a, &ike->pub.remote_id)) == NULL)
		return err_nomem(e);
	if ((a->packet = malloc(EAP_OUT_MAX)) == NULL)
		return err_nomem(e);
	a->eap = server ? eap_server_new(&a->eap_conf, rng, &a->arena, e) : eap_client_new(&a->eap_conf, rng, &a->arena, e);
	return a->eap != NULL ? 0 : -1;
}

const char *auth_eap_advice(const struct sess_ike *ike)
{
	const char *method = ike->auth->eap != NULL ? eap_method(ike->auth->eap) : NULL;

	if (method == NULL)
		return "let both ends allow one EAP method that is the same (--eap), and check the user (or the RADIUS server's log)";
	return strcmp(method, "EAP-TLS") == 0 ?
	    "compare certificates, authorities and names at both ends (or look into the RADIUS server's log)" :
	    "check the user and password at both ends (or the RADIUS server's log)";
}

int auth_eap_step(struct sess_ike *ike, const struct ike_payload *in, struct err *e)
{
	struct auth_run *a = ike->auth;
	struct wr w = wr_of(a->packet, EAP_OUT_MAX);
	int rc = eap_step(a->eap, in != NULL ? in->body : (struct span){ 0 }, &w, e);

	a->n_packet = wr_ok(&w) ? w.n : 0;
	if (rc == EAP_FAILED)
		reason_advise(reason_add(&a->child.why, "eap-failed", REASON_ERROR, "%s failed: %s", auth_how_text(ike, CREDS_EAP),
		    eap_why(a->eap)), "%s", auth_eap_advice(ike));
	return rc;
}

void auth_eap_add(struct sess_ike *ike, struct build *b)
{
	struct auth_run *a = ike->auth;
	struct ike_payload *p;

	if (a->n_packet > 0 && (p = build_add(b, IKE_P_EAP)) != NULL) {
		p->decoded = false;
		p->body = build_copy(b, (struct span){ a->packet, a->n_packet });
		wipe(a->packet, a->n_packet);
		a->n_packet = 0;
	}
}

const struct secret *auth_eap_key(const struct sess_ike *ike)
{
	static const struct secret none;
	const struct secret *msk = eap_msk(ike->auth->eap);

	return msk != NULL ? msk : &none;
}

/* The identity that EAP proved counts; what IDi said was nothing but a word (RFC 7296 2.16). */
int auth_eap_identity(struct sess_ike *ike)
{
	struct span is = eap_peer_identity(ike->auth->eap);
	struct identity id;
	char text[EAP_NAME_MAX + 1];
	struct err e;

	ike->pub.remote_how = CREDS_EAP;
	if (is.n > 0 && is.n < sizeof text && memchr(is.p, '\0', is.n) == NULL) {
		memcpy(text, is.p, is.n);
		text[is.n] = '\0';
		if (identity_parse(&id, text, &e) < 0 || id.type == 0 || id.type == IKE_ID_NULL)
			identity_set(&id, IKE_ID_KEY_ID, is);
		ike->pub.remote_id = id;
	} else if (is.n > 0 && identity_set(&id, IKE_ID_KEY_ID, is)) {
		ike->pub.remote_id = id;
	}
	return auth_id_expected(ike, &ike->pub.remote_id);
}
