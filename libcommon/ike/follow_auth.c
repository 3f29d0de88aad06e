#include "ike/follow_state.h"

#include <string.h>

#include "crypto/cert.h"
#include "ike/auth_v1.h"

static struct span bytes_of(const struct secret *s)
{
	return (struct span){ s->p, s->n };
}

/* The key that signed: of the first certificate, or the raw one, in this message. */
static struct pkey *key_of(const struct ike_payloads *ps, uint8_t type, struct cert **cert, struct err *e)
{
	for (unsigned i = 0; i < ps->n; i++) {
		const struct ike_payload *p = &ps->payload[i];

		if (p->type != type || !p->decoded)
			continue;
		if (p->cert.encoding == IKE_CERT_RAW_KEY)
			return pkey_from_spki(p->cert.data, e);
		if (p->cert.encoding == IKE_CERT_RAW_RSA)
			return pkey_from_rsa(p->cert.data, e);
		if (p->cert.encoding == IKE_CERT_X509) {
			*cert = cert_decode(p->cert.data, e);
			return NULL;
		}
	}
	err_set(e, "no certificate is in the message");
	return NULL;
}

static void judge(struct follow *f, struct follow_message *out, int right, const char *what, const struct err *e)
{
	out->auth = right > 0 ? FOLLOW_VERIFIED : right == 0 ? FOLLOW_FORGED : FOLLOW_UNCHECKED;
	snprintf(f->auth_why, sizeof f->auth_why, "%.*s", FOLLOW_WHY - 1, right >= 0 ? what : e->text);
	out->auth_why = f->auth_why;
}

/* "the certificate of C=XX, CN=gw" */
static void name_signer(char text[FOLLOW_WHY], const struct cert *c)
{
	struct span subject = c != NULL ? cert_fields(c)->subject : (struct span){ 0 };

	if (c == NULL)
		snprintf(text, FOLLOW_WHY, "the raw public key in the message");
	else
		snprintf(text, FOLLOW_WHY, "the certificate of %.*s", (int)(subject.n < 160 ? subject.n : 160),
		    (const char *)subject.p);
}

/* Pre-shared keys that may be meant, in turn. */
static int check_psk(const struct follow *f, const struct followed *s, const struct auth_side *a, struct span data,
    struct err *e)
{
	const struct secret *psk[] = { &s->sa.k.psk, f->o.psk };
	bool any = false;

	for (int i = 0; i < 2; i++) {
		int got;

		if (psk[i] == NULL || psk[i]->n == 0)
			continue;
		if ((got = auth_check_mac(a, bytes_of(psk[i]), data, e)) != 0)
			return got;
		any = true;
	}
	return any ? 0 : err_set(e, "no pre-shared key was given to check it with");
}

static void check_signature(struct follow *f, struct follow_message *out, const struct auth_side *a,
    const struct pl_auth *auth)
{
	struct cert *cert = NULL;
	struct err e = { .text = "" };
	struct pkey *own = key_of(&f->m.inner, IKE_P_CERT, &cert, &e);
	const struct pkey *key = own != NULL ? own : cert != NULL ? cert_key(cert, &e) : NULL;
	struct sign_scheme seen = { 0 };
	char who[FOLLOW_WHY];
	int right = key != NULL ? auth_check_signature(a, auth->method, auth->data, key, &seen, &e) : -1;

	name_signer(who, cert);
	judge(f, out, right, who, &e);
	pkey_free(own);
	cert_free(cert);
}

void follow_auth(struct follow *f, struct followed *s, struct follow_message *out)
{
	const struct ike_payload *p = ike_payload_find(&f->m.inner, IKE_P_AUTH);
	bool i = out->from_initiator;
	struct auth_side a = { .prf = s->sa.k.prf, .message = blob_span(i ? &s->init_i : &s->init_r),
		.nonce = blob_span(i ? &s->nr : &s->ni), .id = blob_span(i ? &s->id_i : &s->id_r),
		.sk_p = bytes_of(i ? &s->sa.k.sk_pi : &s->sa.k.sk_pr) };
	uint8_t steps[AUTH_INT_MAX];
	const struct pl_notify *no_ppk;
	struct err e = { .text = "" };

	if (p == NULL || !p->decoded)
		return;
	if (a.prf == NULL || a.message.n == 0 || a.nonce.n == 0 || a.id.n == 0 || a.sk_p.n == 0) {
		err_set(&e, "%s", a.sk_p.n == 0 ? "SK_p is not known" :
		    "the beginning of the exchange is not in the capture");
		judge(f, out, -1, "", &e);
		return;
	}
	a.int_auth = (struct span){ steps, auth_int_end(&s->int_auth, a.prf, s->auth_id, steps) };
	if (p->auth.method == IKE_AUTH_PSK)
		judge(f, out, check_psk(f, s, &a, p->auth.data, &e), "the pre-shared key", &e);
	else if (p->auth.method == IKE_AUTH_NULL)
		judge(f, out, auth_check_mac(&a, a.sk_p, p->auth.data, &e), "NULL authentication: nobody", &e);
	else
		check_signature(f, out, &a, &p->auth);
	/* RFC 8784 3: beside AUTH by the PPK there may be one without, for a responder that has none */
	no_ppk = ike_notify_find(&f->m.inner, IKE_N_NO_PPK_AUTH);
	if (out->auth == FOLLOW_FORGED && no_ppk != NULL && p->auth.method == IKE_AUTH_PSK &&
	    check_psk(f, s, &a, no_ppk->data, &e) > 0)
		judge(f, out, 1, "the pre-shared key, without a PPK", &e);
	if (out->auth != FOLLOW_VERIFIED && s->eap && p->auth.method == IKE_AUTH_PSK) {
		err_set(&e, "it is made of EAP's key, which is not known");
		judge(f, out, -1, "", &e);
	}
}

void follow_auth_v1(struct follow *f, struct followed *s, struct follow_message *out)
{
	bool i = out->from_initiator;
	const struct ike_payloads *ps = ike_message_payloads(&f->m);
	const struct ike_payload *hash = ike_payload_find(ps, IKE_V1_P_HASH), *sig = ike_payload_find(ps, IKE_V1_P_SIG);
	struct auth_v1 a = { .prf = s->sa.k.prf, .skeyid = bytes_of(&s->sa.k.skeyid), .g_xi = blob_span(&s->ke_i),
		.g_xr = blob_span(&s->ke_r), .cky_i = s->sa.spi_i, .cky_r = s->sa.spi_r,
		.sa = s->v1 != NULL ? blob_span(&s->v1->sa_i) : (struct span){ 0 },
		.id_i = blob_span(&s->id_i), .id_r = blob_span(&s->id_r) };
	struct err e = { .text = "" };

	if ((hash == NULL || !hash->decoded) && (sig == NULL || !sig->decoded))
		return;
	if (a.prf == NULL || a.skeyid.n == 0 || a.sa.n == 0 || a.g_xi.n == 0 || a.g_xr.n == 0 || a.cky_r == 0 ||
	    (i ? a.id_i.n : a.id_r.n) == 0) {
		err_set(&e, "%s", a.skeyid.n == 0 ? "SKEYID is not known" :
		    "the beginning of the exchange is not in the capture");
		judge(f, out, -1, "", &e);
	} else if (hash != NULL) {
		judge(f, out, auth_v1_check_hash(&a, i, hash->opaque.data, &e), "SKEYID", &e);
	} else {
		struct cert *cert = NULL;
		struct pkey *own = key_of(ps, IKE_V1_P_CERT, &cert, &e);
		const struct pkey *key = own != NULL ? own : cert != NULL ? cert_key(cert, &e) : NULL;
		struct sign_scheme seen = { 0 };
		char who[FOLLOW_WHY];
		int right = key != NULL ? auth_v1_check_signature(&a, i, sig->opaque.data, key, &seen, &e) : -1;

		name_signer(who, cert);
		judge(f, out, right, who, &e);
		pkey_free(own);
		cert_free(cert);
	}
}
