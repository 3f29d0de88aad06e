/* IKE_AUTH: whose certificates and raw public keys are believed (RFC 4945, RFC 7670). */
#include "ike/session_auth.h"

#include <stdio.h>
#include <string.h>

enum { CANDIDATES = 64, RSA_BITS_MIN = 1024 };

/* A key that may have signed, and how the peer proves itself by it. */
struct candidate { const struct pkey *key; enum creds_how how; };
struct candidates { unsigned n; struct candidate c[CANDIDATES]; };

static void candidate_add(struct candidates *cs, const struct pkey *key, enum creds_how how)
{
	if (key != NULL && cs->n < CANDIDATES)
		cs->c[cs->n++] = (struct candidate){ key, how };
}

static const struct { enum cert_trust trust; const char *id, *advice; } refusals[] = {
	{ CERT_NO_ANCHOR, "certificate-untrusted", "install the authority that issued it, and let the peer send the "
	  "intermediate ones" },
	{ CERT_EXPIRED, "certificate-expired", "renew it, or check the clock of this machine" },
	{ CERT_NOT_YET_VALID, "certificate-expired", "check both clocks, or wait" },
	{ CERT_REVOKED, "certificate-revoked", "the peer needs a new certificate; whoever has the key of this one may not "
	  "be the peer" },
	{ CERT_BAD_SIGNATURE, "certificate-untrusted", "the certificate was altered, or another authority has the same name" },
	{ CERT_NOT_CA, "certificate-untrusted", "it was issued by a certificate that may issue none: ask the authority" },
	{ CERT_BAD_USAGE, "certificate-usage", "issue it for digitalSignature" },
	{ CERT_NO_CRL, "certificate-crl", "give the revocation list of its issuer" },
	{ CERT_BAD_CRL, "certificate-crl", "give a revocation list that is up to date" },
	{ CERT_WEAK, "certificate-weak", "issue it with SHA-256 or better" },
};

static void refuse_chain(struct auth_run *a, const struct cert_verdict *v)
{
	const char *id = "certificate-untrusted", *advice = "";

	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
		if (refusals[i].trust == v->trust) {
			id = refusals[i].id;
			advice = refusals[i].advice;
		}
	reason_advise(reason_add(&a->child.why, id, REASON_ERROR, "certificate %.*s%s: %s",
	    (int)(v->n_subject < AUTH_NAME ? v->n_subject : AUTH_NAME), v->subject,
	    v->depth > 0 ? " (an issuer of the peer's)" : "", v->why), "%s", advice);
}

static bool is_pinned(const struct creds *c, const struct cert *cert)
{
	struct span der = cert_fields(cert)->der;

	for (size_t i = 0; i < c->remote_keys.ncert; i++) {
		struct span is = cert_fields(c->remote_keys.cert[i])->der;

		if (is.n == der.n && memcmp(is.p, der.p, der.n) == 0)
			return true;
	}
	return false;
}

static bool is_trusted_key(const struct creds *c, const struct pkey *key)
{
	for (size_t i = 0; key != NULL && i < c->remote_keys.nkey; i++)
		if (pkey_eq(c->remote_keys.key[i], key))
			return true;
	return false;
}

/* One that is believed as it is has to be in time all the same. */
static int check_pinned(struct sess_ike *ike, const struct cert *cert)
{
	const struct cert_fields *f = cert_fields(cert);
	bool late = f->not_after < auth_seconds(ike), early = f->not_before > auth_seconds(ike);
	struct cert_verdict v = { .trust = late ? CERT_EXPIRED : CERT_NOT_YET_VALID,
		.why = late ? "certificate has expired" : "certificate is not yet valid" };

	if (ike->s->conf->creds->policy.any_time || (!late && !early))
		return 1;
	v.n_subject = f->subject.n < sizeof v.subject ? f->subject.n : sizeof v.subject;
	memcpy(v.subject, f->subject.p, v.n_subject);
	refuse_chain(ike->auth, &v);
	return 0;
}

static int check_cert(struct sess_ike *ike, const struct cert *cert, struct err *e)
{
	const struct creds *c = ike->s->conf->creds;
	const struct identity *id = &ike->pub.remote_id;
	struct auth_run *a = ike->auth;
	struct cert_policy policy = c->policy;
	struct cert_verdict v;
	struct span subject = cert_fields(cert)->subject;
	char name[AUTH_NAME];

	if (!cert_names(cert, id->type, identity_span(id))) {
		reason_advise(reason_add(&a->child.why, "certificate-identity", REASON_ERROR, "the certificate %.*s does not name \"%s\"",
		    (int)(subject.n < AUTH_NAME ? subject.n : AUTH_NAME), (const char *)subject.p, auth_name(name, id)),
		    "the peer has to use an identity of its certificate, or to get one with this subjectAltName");
		return 0;
	}
	if (is_pinned(c, cert))
		return check_pinned(ike, cert);
	if (c->anchors.ncert == 0) {
		reason_advise(reason_add(&a->child.why, "no-anchor", REASON_ERROR, "\"%s\" sent a certificate, and no authority is here to "
		    "vouch for it", auth_name(name, id)), "give the authority's certificate");
		return 0;
	}
	policy.when = auth_seconds(ike);
	if (cert_check(&v, cert, &a->certs, &c->anchors, &policy, e) < 0)
		return -1;
	if (v.trust == CERT_TRUSTED)
		return 1;
	refuse_chain(a, &v);
	return 0;
}

static int from_cert(struct sess_ike *ike, const struct cert *cert, unsigned allowed, struct candidates *cs, struct err *e)
{
	struct auth_run *a = ike->auth;
	const struct pkey *key = cert_key(cert, e);
	int rc;

	if (key == NULL) {
		reason_add(&a->child.why, "certificate-key", REASON_ERROR, "the key of the peer's certificate is not used here: %s", e->text);
		return 0;
	}
	if (allowed & 1u << CREDS_RAW_KEY && is_trusted_key(ike->s->conf->creds, key)) {
		candidate_add(cs, key, CREDS_RAW_KEY);
		return 1;
	}
	if (!(allowed & 1u << CREDS_CERT)) {
		reason_advise(reason_add(&a->child.why, "raw-key-unknown", REASON_ERROR, "the key of the peer's certificate is not among those "
		    "that are believed here"), "give this key, or an authority and let certificates prove the peer");
		return 0;
	}
	if ((rc = check_cert(ike, cert, e)) > 0)
		candidate_add(cs, key, CREDS_CERT);
	return rc;
}

/* It sent none: keys that are believed, and certificates that name it. */
static int from_here(struct sess_ike *ike, unsigned allowed, struct candidates *cs, struct err *e)
{
	const struct creds *c = ike->s->conf->creds;
	const struct cert_set *sets[] = { &c->remote_keys, &c->anchors };
	const struct identity *id = &ike->pub.remote_id;
	struct auth_run *a = ike->auth;
	char name[AUTH_NAME];
	int rc = 1;

	for (size_t i = 0; allowed & 1u << CREDS_RAW_KEY && i < c->remote_keys.nkey; i++)
		candidate_add(cs, c->remote_keys.key[i], CREDS_RAW_KEY);
	for (size_t k = 0; allowed & 1u << CREDS_CERT && k < 2; k++)
		for (size_t i = 0; rc > 0 && i < sets[k]->ncert; i++)
			if (cert_names(sets[k]->cert[i], id->type, identity_span(id)))
				rc = from_cert(ike, sets[k]->cert[i], allowed, cs, e);
	if (rc <= 0 || cs->n > 0)
		return rc;
	if (a->url_came)
		reason_advise(reason_add(&a->child.why, "certificate-url", REASON_ERROR, "\"%s\" sent its certificate as hash and URL, which is "
		    "not fetched here", auth_name(name, id)), "let the peer send the certificate itself (strongSwan: hash_and_url = no)");
	else
		reason_advise(reason_add(&a->child.why, "certificate-missing", REASON_ERROR, "\"%s\" sent no certificate that can be read, and "
		    "none of it is here", auth_name(name, id)), "let the peer send its certificate, or give it here");
	return 0;
}

static int find_candidates(struct sess_ike *ike, unsigned allowed, struct candidates *cs, struct err *e)
{
	struct auth_run *a = ike->auth;

	cs->n = 0;
	if (a->cert_came)
		return from_cert(ike, a->certs.cert[0], allowed, cs, e);
	if (!a->raw_came)
		return from_here(ike, allowed, cs, e);
	if (allowed & 1u << CREDS_RAW_KEY && is_trusted_key(ike->s->conf->creds, a->certs.key[0])) {
		candidate_add(cs, a->certs.key[0], CREDS_RAW_KEY);
		return 1;
	}
	reason_advise(reason_add(&a->child.why, "raw-key-unknown", REASON_ERROR, "the peer's raw public key is not among those that are "
	    "believed here"), "give this key, if it is the peer's");
	return 0;
}

/* What was right, and yet is not good enough. */
static int check_scheme(struct sess_ike *ike, const struct pkey *key, unsigned method, const struct sign_scheme *seen)
{
	struct pkey_info info = pkey_info(key);

	if (strcmp(info.type, "rsa") == 0 && info.bits < RSA_BITS_MIN) {
		reason_add(&ike->auth->child.why, "weak-key", REASON_ERROR, "the peer's RSA key has %u bits, wanted %d or more", info.bits,
		    RSA_BITS_MIN);
		return 0;
	}
	if (method == IKE_AUTH_DIGITAL_SIGNATURE && !(AUTH_HASHES & 1u << seen->alg->hash)) {
		reason_add(&ike->auth->child.why, "weak-signature", REASON_ERROR, "the peer signs by %s, whose hash it was not offered",
		    seen->alg->name);
		return 0;
	}
	return 1;
}

int auth_believe_signature(struct sess_ike *ike, const struct auth_side *side, const struct pl_auth *auth, unsigned allowed,
    struct err *e)
{
	struct candidates cs;
	struct sign_scheme seen = { 0 };
	int rc = find_candidates(ike, allowed, &cs, e), got = 0;
	char name[AUTH_NAME];

	if (rc <= 0)
		return rc;
	for (unsigned i = 0; i < cs.n; i++) {
		struct err why;

		if ((got = auth_check_signature(side, auth->method, auth->data, cs.c[i].key, &seen, &why)) > 0) {
			ike->pub.remote_how = cs.c[i].how;
			return check_scheme(ike, cs.c[i].key, auth->method, &seen);
		}
		if (got < 0)
			*e = why;
	}
	auth_name(name, &ike->pub.remote_id);
	if (got < 0)
		reason_add(&ike->auth->child.why, "wrong-signature", REASON_ERROR, "the AUTH of \"%s\" cannot be checked: %s", name, e->text);
	else
		reason_advise(reason_add(&ike->auth->child.why, "wrong-signature", REASON_ERROR, "the signature of \"%s\" is wrong", name),
		    "the peer signs with another key than that of its certificate, or than the one that is believed here, or somebody on "
		    "the way changed the first messages");
	return 0;
}
