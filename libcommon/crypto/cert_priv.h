/*
 * cert_priv.h - what the files about certificates share: OpenSSL's objects.
 */
#ifndef CRYPTO_CERT_PRIV_H
#define CRYPTO_CERT_PRIV_H

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/cert.h"

enum { CERT_HELD = CERT_NAMES + CERT_PURPOSES + 12 };

/* Memory that fields point to. */
struct cert_held { void *p[CERT_HELD]; size_t n; };

struct cert {
	X509 *x;
	struct pkey *key;
	struct err no_key;			/* why, if key is NULL */
	GENERAL_NAMES *names;
	struct cert_held held;
	struct cert_fields f;
};

struct crl {
	X509_CRL *x;
	struct cert_held held;
	struct crl_fields f;
};

/* A copy that lives with the certificate; the empty span for want of memory or room. */
struct span cert_hold(struct cert_held *h, const void *p, size_t n);
void cert_release(struct cert_held *h);
/* Fills f from x; -1: a part that must be there cannot be read. */
int cert_fill(struct cert *c, struct span der, struct err *e);
/* The extensions. */
int cert_fill_extensions(struct cert *c, struct err *e);
int cert_time(int64_t *t, const ASN1_TIME *from, struct err *e);
struct span cert_signature_name(struct cert_held *h, const X509_ALGOR *alg);
/* Text of a name into held memory. */
struct span cert_dn(struct cert_held *h, const X509_NAME *name);
/* The next is X509_sign_ctx() or the like, as k signs best. */
bool cert_sign_begin(EVP_MD_CTX *md, const struct pkey *k, bool pss, OSSL_LIB_CTX *ctx);
/* As dn_format() does. */
size_t dn_text(const X509_NAME *name, char out[DN_TEXT]);

#endif
