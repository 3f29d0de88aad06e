#include "crypto/cert.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>

#include "crypto/cert_priv.h"
#include "crypto/evp.h"
#include "crypto/pkey_priv.h"
#include "crypto/sign.h"

struct span cert_hold(struct cert_held *h, const void *p, size_t n)
{
	uint8_t *copy;

	if (n == 0 || h->n == CERT_HELD || (copy = malloc(n)) == NULL)
		return (struct span){ 0 };
	memcpy(copy, p, n);
	h->p[h->n++] = copy;
	return (struct span){ copy, n };
}

void cert_release(struct cert_held *h)
{
	while (h->n > 0)
		free(h->p[--h->n]);
}

int cert_time(int64_t *t, const ASN1_TIME *from, struct err *e)
{
	struct tm tm;

	if (from == NULL || ASN1_TIME_to_tm(from, &tm) != 1) {
		ERR_clear_error();
		return err_set(e, "a time in it cannot be read");
	}
	*t = timegm(&tm);
	return 0;
}

struct span cert_dn(struct cert_held *h, const X509_NAME *name)
{
	char text[DN_TEXT];

	return cert_hold(h, text, dn_text(name, text));
}

struct span cert_signature_name(struct cert_held *h, const X509_ALGOR *alg)
{
	const ASN1_OBJECT *oid = NULL;
	struct sign_scheme s;
	uint8_t *der = NULL;
	char text[128];
	struct err e;
	int n = i2d_X509_ALGOR(alg, &der);

	if (n > 0 && sign_scheme_decode(&s, (struct span){ der, (size_t)n }, &e) == 0) {
		OPENSSL_free(der);
		return cert_hold(h, s.alg->name, strlen(s.alg->name));
	}
	OPENSSL_free(der);
	X509_ALGOR_get0(&oid, NULL, NULL, alg);
	n = oid != NULL ? OBJ_obj2txt(text, sizeof text, oid, 0) : 0;
	return n > 0 ? cert_hold(h, text, strnlen(text, sizeof text)) : (struct span){ 0 };
}

static struct span name_der(const X509_NAME *name)
{
	const uint8_t *p = NULL;
	size_t n = 0;

	return X509_NAME_get0_der(name, &p, &n) == 1 ? (struct span){ p, n } : (struct span){ 0 };
}

static void fill_key(struct cert *c)
{
	EVP_PKEY *evp = X509_get0_pubkey(c->x);
	struct cert_fields *f = &c->f;
	uint8_t *spki = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->x), &spki);
	struct err e;
	OSSL_LIB_CTX *ctx = evp_context(&e);

	f->has_id = n > 0 && ctx != NULL && EVP_Q_digest(ctx, "SHA1", NULL, spki, (size_t)n, f->id, NULL) == 1;
	OPENSSL_free(spki);
	if (evp == NULL) {
		evp_error(&c->no_key, "public key");
		return;
	}
	EVP_PKEY_up_ref(evp);
	if ((c->key = pkey_take(evp, false, &c->no_key)) == NULL)
		return;
	f->key_usable = true;
	f->key = c->key->info;
}

int cert_fill(struct cert *c, struct span der, struct err *e)
{
	struct cert_fields *f = &c->f;
	const ASN1_INTEGER *serial = X509_get0_serialNumber(c->x);
	const X509_ALGOR *alg = NULL;
	OSSL_LIB_CTX *ctx = evp_context(e);

	if ((f->der = cert_hold(&c->held, der.p, der.n)).n == 0)
		return err_nomem(e);
	if (ctx == NULL || cert_time(&f->not_before, X509_get0_notBefore(c->x), e) < 0 ||
	    cert_time(&f->not_after, X509_get0_notAfter(c->x), e) < 0)
		return -1;
	if (EVP_Q_digest(ctx, "SHA1", NULL, der.p, der.n, f->sha1, NULL) != 1 ||
	    EVP_Q_digest(ctx, "SHA256", NULL, der.p, der.n, f->sha256, NULL) != 1)
		return evp_error(e, "digest");
	f->version = (unsigned)X509_get_version(c->x) + 1;
	f->serial = (struct span){ ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial) };
	f->subject = cert_dn(&c->held, X509_get_subject_name(c->x));
	f->issuer = cert_dn(&c->held, X509_get_issuer_name(c->x));
	f->subject_der = name_der(X509_get_subject_name(c->x));
	f->issuer_der = name_der(X509_get_issuer_name(c->x));
	X509_get0_signature(NULL, &alg, c->x);
	f->signature = cert_signature_name(&c->held, alg);
	fill_key(c);
	return cert_fill_extensions(c, e);
}

struct cert *cert_decode(struct span der, struct err *e)
{
	const uint8_t *p = der.p;
	OSSL_LIB_CTX *ctx = evp_context(e);
	struct cert *c;

	if (ctx == NULL)
		return NULL;
	if (der.n == 0 || der.n > CERT_DER_MAX) {
		err_set(e, "found a certificate of %zu bytes, wanted 1 to %d", der.n, CERT_DER_MAX);
		return NULL;
	}
	if ((c = calloc(1, sizeof *c)) == NULL || (c->x = X509_new_ex(ctx, NULL)) == NULL) {
		err_nomem(e);
	} else if (d2i_X509(&c->x, &p, (long)der.n) == NULL) {
		evp_error(e, "certificate");
	} else if (p != der.p + der.n) {
		err_set(e, "found %zu bytes behind a certificate", der.n - (size_t)(p - der.p));
	} else if (cert_fill(c, der, e) == 0) {
		ERR_clear_error();
		return c;
	}
	ERR_clear_error();
	cert_free(c);
	return NULL;
}

void cert_free(struct cert *c)
{
	if (c == NULL)
		return;
	X509_free(c->x);
	pkey_free(c->key);
	GENERAL_NAMES_free(c->names);
	cert_release(&c->held);
	free(c);
}

const struct cert_fields *cert_fields(const struct cert *c)
{
	return &c->f;
}

const struct pkey *cert_key(const struct cert *c, struct err *e)
{
	if (c->key == NULL)
		*e = c->no_key;
	return c->key;
}

bool cert_may_issue(const struct cert *issuer, const struct cert *c)
{
	int rc = X509_check_issued(issuer->x, c->x);

	ERR_clear_error();
	return rc == X509_V_OK;
}

struct crl *crl_decode(struct span der, struct err *e)
{
	const uint8_t *p = der.p;
	OSSL_LIB_CTX *ctx = evp_context(e);
	const X509_ALGOR *alg = NULL;
	ASN1_INTEGER *number;
	struct crl *c;

	if (ctx == NULL)
		return NULL;
	if (der.n == 0 || der.n > CERT_CRL_MAX) {
		err_set(e, "found a CRL of %zu bytes, wanted 1 to %d", der.n, CERT_CRL_MAX);
		return NULL;
	}
	if ((c = calloc(1, sizeof *c)) == NULL || (c->x = X509_CRL_new_ex(ctx, NULL)) == NULL) {
		err_nomem(e);
		goto failed;
	}
	if (d2i_X509_CRL(&c->x, &p, (long)der.n) == NULL) {
		evp_error(e, "CRL");
		goto failed;
	}
	if (p != der.p + der.n) {
		err_set(e, "found %zu bytes behind a CRL", der.n - (size_t)(p - der.p));
		goto failed;
	}
	c->f.next_update = INT64_MAX;
	if (cert_time(&c->f.this_update, X509_CRL_get0_lastUpdate(c->x), e) < 0 ||
	    (X509_CRL_get0_nextUpdate(c->x) != NULL &&
	    cert_time(&c->f.next_update, X509_CRL_get0_nextUpdate(c->x), e) < 0))
		goto failed;
	c->f.der = cert_hold(&c->held, der.p, der.n);
	c->f.issuer = cert_dn(&c->held, X509_CRL_get_issuer(c->x));
	c->f.issuer_der = name_der(X509_CRL_get_issuer(c->x));
	X509_CRL_get0_signature(c->x, NULL, &alg);
	c->f.signature = cert_signature_name(&c->held, alg);
	c->f.n_revoked = (size_t)(X509_CRL_get_REVOKED(c->x) != NULL ?
	    sk_X509_REVOKED_num(X509_CRL_get_REVOKED(c->x)) : 0);
	if ((number = X509_CRL_get_ext_d2i(c->x, NID_crl_number, NULL, NULL)) != NULL)
		c->f.number = cert_hold(&c->held, ASN1_STRING_get0_data(number),
		    (size_t)ASN1_STRING_length(number));
	ASN1_INTEGER_free(number);
	ERR_clear_error();
	return c;
failed:
	ERR_clear_error();
	crl_free(c);
	return NULL;
}

void crl_free(struct crl *c)
{
	if (c == NULL)
		return;
	X509_CRL_free(c->x);
	cert_release(&c->held);
	free(c);
}

const struct crl_fields *crl_fields(const struct crl *c)
{
	return &c->f;
}
