#include "crypto/cert_set.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>

#include "crypto/cert_priv.h"
#include "crypto/der.h"
#include "crypto/evp.h"
#include "crypto/pkey_priv.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

void cert_set_clear(struct cert_set *s)
{
	for (size_t i = 0; i < s->ncert; i++)
		cert_free(s->cert[i]);
	for (size_t i = 0; i < s->ncrl; i++)
		crl_free(s->crl[i]);
	for (size_t i = 0; i < s->nkey; i++)
		pkey_free(s->key[i]);
	free(s->cert);
	free(s->crl);
	free(s->key);
	*s = (struct cert_set){ 0 };
}

/* Room for one more pointer in list, which has n. */
static void *grow(void *list, size_t n, const char *what, struct err *e)
{
	void *more = list;

	if (n == CERT_SET_MAX) {
		err_set(e, "more than %d %s", CERT_SET_MAX, what);
		return NULL;
	}
	if ((n & (n - 1)) == 0 && (more = realloc(list, (n == 0 ? 1 : 2 * n) * sizeof(void *))) == NULL)
		err_nomem(e);
	return more;
}

int cert_set_add(struct cert_set *s, struct cert *c, struct err *e)
{
	struct cert **more = grow(s->cert, s->ncert, "certificates", e);

	if (more == NULL) {
		cert_free(c);
		return -1;
	}
	s->cert = more;
	s->cert[s->ncert++] = c;
	return 0;
}

int cert_set_add_crl(struct cert_set *s, struct crl *c, struct err *e)
{
	struct crl **more = grow(s->crl, s->ncrl, "CRLs", e);

	if (more == NULL) {
		crl_free(c);
		return -1;
	}
	s->crl = more;
	s->crl[s->ncrl++] = c;
	return 0;
}

int cert_set_add_key(struct cert_set *s, struct pkey *k, struct err *e)
{
	struct pkey **more = grow(s->key, s->nkey, "keys", e);

	if (more == NULL) {
		pkey_free(k);
		return -1;
	}
	s->key = more;
	s->key[s->nkey++] = k;
	return 0;
}

struct cert *cert_set_of_key(const struct cert_set *s, const struct pkey *k)
{
	for (size_t i = 0; i < s->ncert; i++)
		if (s->cert[i]->key != NULL && pkey_eq(s->cert[i]->key, k))
			return s->cert[i];
	return NULL;
}

/* Each adder: how many were added, or -1. */
static int add_cert(struct cert_set *s, struct span der, struct err *e)
{
	struct cert *c = cert_decode(der, e);

	return c == NULL || cert_set_add(s, c, e) < 0 ? -1 : 1;
}

static int add_crl(struct cert_set *s, struct span der, struct err *e)
{
	struct crl *c = crl_decode(der, e);

	return c == NULL || cert_set_add_crl(s, c, e) < 0 ? -1 : 1;
}

static int add_public(struct cert_set *s, struct span der, struct err *e)
{
	struct pkey *k = pkey_from_spki(der, e);

	return k == NULL || cert_set_add_key(s, k, e) < 0 ? -1 : 1;
}

static int add_rsa(struct cert_set *s, struct span der, struct err *e)
{
	struct pkey *k = pkey_from_rsa(der, e);

	return k == NULL || cert_set_add_key(s, k, e) < 0 ? -1 : 1;
}

/* What OpenSSL took apart is encoded again: a certificate keeps the bytes it came in. */
static int add_x509(struct cert_set *s, X509 *x, struct err *e)
{
	uint8_t *der = NULL;
	int n = i2d_X509(x, &der), rc = n > 0 ? add_cert(s, (struct span){ der, (size_t)n }, e) :
	    evp_error(e, "certificate");

	OPENSSL_free(der);
	return rc;
}

static int add_x509_crl(struct cert_set *s, X509_CRL *x, struct err *e)
{
	uint8_t *der = NULL;
	int n = i2d_X509_CRL(x, &der), rc = n > 0 ? add_crl(s, (struct span){ der, (size_t)n }, e) :
	    evp_error(e, "CRL");

	OPENSSL_free(der);
	return rc;
}

/* The certificates and CRLs of SignedData (RFC 2315 9.1), whose signatures nobody needs. */
static int add_pkcs7(struct cert_set *s, struct span der, struct err *e)
{
	const uint8_t *p = der.p;
	OSSL_LIB_CTX *ctx = evp_context(e);
	PKCS7 *p7 = ctx != NULL ? PKCS7_new_ex(ctx, NULL) : NULL;
	int n = 0, rc = 0;

	if (p7 == NULL || d2i_PKCS7(&p7, &p, (long)der.n) == NULL) {
		rc = evp_error(e, "PKCS#7");
	} else if (!PKCS7_type_is_signed(p7) || p7->d.sign == NULL) {
		rc = err_set(e, "a PKCS#7 structure that holds no certificates");
	} else {
		STACK_OF(X509) *certs = p7->d.sign->cert;
		STACK_OF(X509_CRL) *crls = p7->d.sign->crl;

		for (int i = 0; rc >= 0 && i < sk_X509_num(certs); i++, n++)
			rc = add_x509(s, sk_X509_value(certs, i), e);
		for (int i = 0; rc >= 0 && i < sk_X509_CRL_num(crls); i++, n++)
			rc = add_x509_crl(s, sk_X509_CRL_value(crls, i), e);
	}
	ERR_clear_error();
	PKCS7_free(p7);
	return rc < 0 ? -1 : n;
}

static const struct { const char *name; int (*add)(struct cert_set *s, struct span der, struct err *e); } blocks[] = {
	{ PEM_STRING_X509, add_cert }, { PEM_STRING_X509_OLD, add_cert }, { PEM_STRING_X509_CRL, add_crl },
	{ PEM_STRING_PUBLIC, add_public }, { PEM_STRING_RSA_PUBLIC, add_rsa }, { PEM_STRING_PKCS7, add_pkcs7 },
	{ "CMS", add_pkcs7 },
};

static int add_private(struct cert_set *s, struct span file, const struct passphrase *ask, struct err *e)
{
	struct pkey *k = pkey_read_private(file, ask, e);

	return k == NULL || cert_set_add_key(s, k, e) < 0 ? -1 : 1;
}

/* Blocks of other kinds (parameters, requests) are passed over. */
static int add_block(struct cert_set *s, const char *name, struct span der, bool *has_private, struct err *e)
{
	for (size_t i = 0; i < COUNT(blocks); i++)
		if (strcmp(blocks[i].name, name) == 0)
			return blocks[i].add(s, der, e);
	*has_private |= strstr(name, "PRIVATE KEY") != NULL;
	return 0;
}

static int read_pem(struct cert_set *s, struct span file, const struct passphrase *ask, struct err *e)
{
	BIO *b = BIO_new_mem_buf(file.p, (int)file.n);
	bool has_private = false;
	char *name, *head;
	uint8_t *p;
	long len;
	int rc = 0, n = 0;

	while (rc >= 0 && b != NULL && PEM_read_bio(b, &name, &head, &p, &len) == 1) {
		rc = add_block(s, name, (struct span){ p, (size_t)len }, &has_private, e);
		n += rc;
		OPENSSL_clear_free(p, (size_t)len);
		OPENSSL_free(name);
		OPENSSL_free(head);
	}
	ERR_clear_error();
	BIO_free(b);
	if (rc >= 0 && has_private && (rc = add_private(s, file, ask, e)) > 0)
		n++;
	return rc < 0 ? -1 : n > 0 ? n : err_set(e, "no certificate, CRL or key in it");
}

enum kind { KIND_CERT, KIND_CRL, KIND_PKCS7, KIND_PKCS12, KIND_PUBLIC, KIND_PRIVATE, KIND_NONE };

/* Told by the first elements of the outer SEQUENCE. */
static enum kind kind_of(struct span file)
{
	struct rd r = rd_of(file.p, file.n), outer = der_take(&r, DER_SEQUENCE), first, in, probe;

	if (!rd_ok(&outer))
		return KIND_NONE;
	if (der_peek(&outer) == DER_OID)
		return KIND_PKCS7;		/* ContentInfo */
	if (der_peek(&outer) == DER_INTEGER) {	/* PFX: version 3; a private key: version 0 or 1 */
		first = der_take(&outer, DER_INTEGER);
		return first.n == 1 && first.p[0] == 3 ? KIND_PKCS12 : KIND_PRIVATE;
	}
	first = der_take(&outer, DER_SEQUENCE);
	probe = outer;
	if (!rd_ok(&first))
		return KIND_NONE;
	if (der_peek(&probe) == DER_BIT_STRING)
		return KIND_PUBLIC;
	if (der_peek(&probe) == DER_OCTET_STRING)
		return KIND_PRIVATE;		/* EncryptedPrivateKeyInfo */
	/* TBSCertificate: [0] version or serial, then an algorithm, issuer, validity of two times in a SEQUENCE;
	 * TBSCertList: version, an algorithm, issuer, a time */
	in = first;
	if (der_peek(&in) == DER_CONTEXT)
		return KIND_CERT;
	if (der_peek(&in) == DER_INTEGER)
		der_take(&in, DER_INTEGER);
	der_take(&in, DER_SEQUENCE);
	der_take(&in, DER_SEQUENCE);
	return rd_ok(&in) && der_peek(&in) != DER_SEQUENCE ? KIND_CRL : KIND_CERT;
}

int cert_set_read(struct cert_set *s, struct span file, const struct passphrase *ask, struct err *e)
{
	if (file.n == 0 || file.n > CERT_FILE_MAX)
		return err_set(e, "found a file of %zu bytes, wanted 1 to %d", file.n, CERT_FILE_MAX);
	if (pem_is(file))
		return read_pem(s, file, ask, e);
	switch (kind_of(file)) {
	case KIND_CERT: return add_cert(s, file, e);
	case KIND_CRL: return add_crl(s, file, e);
	case KIND_PKCS7: return add_pkcs7(s, file, e);
	case KIND_PKCS12: return cert_set_read_pkcs12(s, file, ask, e);
	case KIND_PUBLIC: return add_public(s, file, e);
	case KIND_PRIVATE: return add_private(s, file, ask, e);
	default: return err_set(e, "neither PEM nor DER of a certificate, CRL, key or archive");
	}
}

/* RFC 7296 3.6: SHA-1 of what the URL gives, then the URL. */
static int take_url(struct cert_url *url, struct span data, struct err *e)
{
	struct rd r = rd_of(data.p, data.n);

	url->sha1 = rd_take(&r, PKEY_ID);
	url->url = rd_rest(&r);
	if (rd_ok(&r) && url->url.n > 0)
		return 0;
	*url = (struct cert_url){ { 0 }, { 0 } };
	return err_set(e, "a hash and URL of %zu bytes is too short", data.n);
}

int cert_set_add_payload(struct cert_set *s, unsigned encoding, struct span data, struct cert_url *url,
    struct err *e)
{
	*url = (struct cert_url){ { 0 }, { 0 } };
	switch (encoding) {
	case CERT_PKCS7: return add_pkcs7(s, data, e);
	case CERT_X509:
	case CERT_X509_KE: return add_cert(s, data, e);
	case CERT_CRL: return add_crl(s, data, e);
	case CERT_RAW_RSA: return add_rsa(s, data, e);
	case CERT_RAW_KEY: return add_public(s, data, e);
	case CERT_HASH_URL:
	case CERT_HASH_URL_BUNDLE: return take_url(url, data, e);
	default: return err_set(e, "encoding %u holds no certificate that is read here", encoding);
	}
}
