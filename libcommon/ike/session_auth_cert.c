/* IKE_AUTH: certificates and raw public keys, sent and asked for (RFC 7296 3.6, 3.7, RFC 7670). */
#include "ike/session_auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INIT_CAS = 40 };

/* --- what the peer sent --- */

int auth_certs_look(struct sess_ike *ike, const struct ike_payloads *p, struct err *e)
{
	struct auth_run *a = auth_run(ike, e);
	size_t bytes = 0;
	unsigned n = 0;

	if (a == NULL)
		return -1;
	for (unsigned i = 0; i < p->n; i++) {
		const struct pl_cert *c = &p->payload[i].cert;
		struct cert_url url;
		size_t had = a->certs.ncert;
		bool first = n == 0;

		if (p->payload[i].type != IKE_P_CERT || !p->payload[i].decoded)
			continue;
		if (++n > AUTH_CERTS || (bytes += c->data.n) > AUTH_CERT_BYTES)
			break;
		/* what cannot be read may not have been needed */
		if (cert_set_add_payload(&a->certs, c->encoding, c->data, &url, e) < 0 && e->kind == ERR_SYSTEM)
			return -1;
		if (first) {
			a->cert_came = a->certs.ncert > had;
			a->raw_came = a->certs.nkey > 0;
		}
		a->url_came |= url.url.n > 0;
	}
	return 0;
}

int sess_certreq_look(struct sess_ike *ike, const struct ike_payloads *p, struct err *e)
{
	struct auth_run *a = NULL;

	for (unsigned i = 0; i < p->n; i++) {
		const struct pl_cert *c = &p->payload[i].cert;
		struct rd r = rd_of(c->data.p, c->data.n);

		if (p->payload[i].type != IKE_P_CERTREQ || !p->payload[i].decoded)
			continue;
		if ((a = auth_run(ike, e)) == NULL)
			return -1;
		a->asked = true;
		if (a->ca == NULL && (a->ca = mem_array(&a->mem, AUTH_CAS, PKEY_ID)) == NULL)
			return err_nomem(e);
		while (c->encoding == IKE_CERT_X509 && r.n >= PKEY_ID && a->nca < AUTH_CAS)
			memcpy(a->ca[a->nca++], rd_take(&r, PKEY_ID).p, PKEY_ID);
	}
	return 0;
}

/* RFC 7670 3: a raw key is asked for without naming an authority. */
void sess_certreq_add(const struct sess_ike *ike, struct build *b)
{
	const struct creds *c = ike->s->conf->creds;
	size_t most = ike->state == SESS_INIT ? INIT_CAS : AUTH_CAS, n = 0;
	uint8_t ids[AUTH_CAS * PKEY_ID];
	struct ike_payload *p;

	for (size_t i = 0; i < c->anchors.ncert && n < most && c->remote & 1u << CREDS_CERT; i++) {
		const struct cert_fields *f = cert_fields(c->anchors.cert[i]);

		if (f->has_id)
			memcpy(ids + n++ * PKEY_ID, f->id, PKEY_ID);
	}
	if (n > 0 && (p = build_add(b, IKE_P_CERTREQ)) != NULL)
		p->cert = (struct pl_cert){ IKE_CERT_X509, build_copy(b, (struct span){ ids, n * PKEY_ID }) };
	if (c->remote & 1u << CREDS_RAW_KEY && (p = build_add(b, IKE_P_CERTREQ)) != NULL)
		p->cert = (struct pl_cert){ IKE_CERT_RAW_KEY, { 0 } };
}

/* --- what this end sends --- */

/* Who issued it, of what is here; NULL: not here, or nobody else. */
static const struct cert *issuer_of(const struct creds *c, const struct cert *cert)
{
	const struct cert_fields *f = cert_fields(cert);

	if (f->subject_der.n == f->issuer_der.n && memcmp(f->subject_der.p, f->issuer_der.p, f->issuer_der.n) == 0)
		return NULL;
	for (size_t i = 0; i < c->own.ncert; i++)
		if (c->own.cert[i] != cert && cert_may_issue(c->own.cert[i], cert))
			return c->own.cert[i];
	return NULL;
}

/* The peer asked for an authority above this certificate. */
static bool is_asked_for(const struct auth_run *a, const struct creds *c, const struct cert *cert)
{
	for (unsigned depth = 0; cert != NULL && depth < CERT_CHAIN_MAX; depth++, cert = issuer_of(c, cert)) {
		const struct cert_fields *f = cert_fields(cert);

		for (unsigned i = 0; i < a->nca; i++) {
			if (f->has_id && memcmp(f->id, a->ca[i], PKEY_ID) == 0)
				return true;
			for (size_t k = 0; k < c->anchors.ncert; k++) {
				const struct cert_fields *up = cert_fields(c->anchors.cert[k]);

				if (up->has_id && memcmp(up->id, a->ca[i], PKEY_ID) == 0 &&
				    cert_may_issue(c->anchors.cert[k], cert))
					return true;
			}
		}
	}
	return false;
}

const struct pkey *auth_key_mine(const struct sess_ike *ike, const struct cert **cert, struct err *e)
{
	const struct creds *c = ike->s->conf->creds;
	const struct pkey *key = NULL;
	bool raw = c->how == CREDS_RAW_KEY;

	*cert = NULL;
	for (size_t i = 0; i < c->own.nkey; i++) {
		const struct cert *of = raw ? NULL : cert_set_of_key(&c->own, c->own.key[i]);

		if (!pkey_info(c->own.key[i]).has_private || (!raw && of == NULL))
			continue;
		if (key == NULL) {
			key = c->own.key[i];
			*cert = of;
		} else if (of != NULL && ike->auth != NULL && !is_asked_for(ike->auth, c, *cert) &&
		    is_asked_for(ike->auth, c, of)) {
			key = c->own.key[i];
			*cert = of;
		}
	}
	if (key == NULL)
		err_set(e, c->own.nkey == 0 ? "no private key is here to sign with" :
		    raw ? "found a public key, wanted a private one to sign with" :
		    "no certificate goes with the private key");
	return key;
}

static void cert_add(struct build *b, uint8_t encoding, struct span data)
{
	struct ike_payload *p = build_add(b, IKE_P_CERT);

	if (p != NULL)
		p->cert = (struct pl_cert){ encoding, build_copy(b, data) };
}

void auth_certs_add(const struct sess_ike *ike, struct build *b)
{
	const struct creds *c = ike->s->conf->creds;
	const struct cert *cert;
	const struct pkey *key;
	struct err e;
	int n;

	if ((c->how != CREDS_CERT && c->how != CREDS_RAW_KEY) || (!c->send_cert && !ike->auth->asked) ||
	    (key = auth_key_mine(ike, &cert, &e)) == NULL)
		return;
	if (cert == NULL) {
		uint8_t *spki = mem_new(&b->mem, PKEY_DER_MAX);

		if (spki != NULL && (n = pkey_spki(key, spki, PKEY_DER_MAX, &e)) > 0)
			cert_add(b, IKE_CERT_RAW_KEY, (struct span){ spki, (size_t)n });
		return;
	}
	cert_add(b, IKE_CERT_X509, cert_fields(cert)->der);
	for (unsigned depth = 1; depth < CERT_CHAIN_MAX && (cert = issuer_of(c, cert)) != NULL; depth++)
		if (issuer_of(c, cert) != NULL || cert_fields(cert)->subject_der.n != cert_fields(cert)->issuer_der.n ||
		    memcmp(cert_fields(cert)->subject_der.p, cert_fields(cert)->issuer_der.p,
		    cert_fields(cert)->issuer_der.n) != 0)	/* the root is the peer's own business */
			cert_add(b, IKE_CERT_X509, cert_fields(cert)->der);
}

void auth_own_faults(const struct sess_ike *ike, struct reasons *why)
{
	const struct identity *id = &ike->pub.id;
	const struct cert *cert = NULL;
	char name[AUTH_NAME];
	struct err e;

	if (ike->pub.how != CREDS_CERT || auth_key_mine(ike, &cert, &e) == NULL || cert == NULL)
		return;
	if (!cert_names(cert, id->type, identity_span(id)))
		reason_advise(reason_add(why, "certificate-identity", REASON_ERROR,
		    "the certificate of this end does not name \"%s\"", auth_name(name, id)),
		    "put it into the subjectAltName, or use an identity that is there");
	if (cert_fields(cert)->not_after < auth_seconds(ike) || cert_fields(cert)->not_before > auth_seconds(ike))
		reason_advise(reason_add(why, "certificate-expired", REASON_ERROR, "the certificate of this end %s",
		    cert_fields(cert)->not_after < auth_seconds(ike) ? "has expired" : "is not valid yet"),
		    "renew it, or check the clock");
}
