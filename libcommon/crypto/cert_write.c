/* Certificates to files: PEM, PKCS#12. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "crypto/cert_make.h"
#include "crypto/cert_priv.h"
#include "crypto/evp.h"
#include "crypto/pkey_priv.h"

enum { ROUNDS = 100000 };

int cert_write_pem(const struct cert *c, char **out, size_t *n, struct err *e)
{
	BIO *b = BIO_new(BIO_s_mem());
	int rc = -1;

	if (b == NULL || PEM_write_bio_X509(b, c->x) != 1)
		evp_error(e, "certificate");
	else
		rc = bio_copy(b, out, n, e);
	BIO_free(b);
	return rc;
}

int crl_write_pem(const struct crl *c, char **out, size_t *n, struct err *e)
{
	BIO *b = BIO_new(BIO_s_mem());
	int rc = -1;

	if (b == NULL || PEM_write_bio_X509_CRL(b, c->x) != 1)
		evp_error(e, "CRL");
	else
		rc = bio_copy(b, out, n, e);
	BIO_free(b);
	return rc;
}

static bool add_others(STACK_OF(X509) *list, const struct cert_set *others)
{
	bool ok = list != NULL;

	for (size_t i = 0; ok && others != NULL && i < others->ncert; i++)
		ok = sk_X509_push(list, others->cert[i]->x) > 0;
	return ok;
}

int cert_write_pkcs12(const struct cert *c, const struct pkey *k, const struct cert_set *others, const char *pass,
    struct rng *rng, struct arena *a, struct secret *out, struct err *e)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	PKCS12 *p12 = NULL;
	uint8_t *der = NULL;
	struct evp_seed seed;
	int n = 0, rc = -1;

	if (evp_seed_begin(&seed, rng, e) < 0)
		goto out;
	if (add_others(list, others))
		p12 = PKCS12_create_ex(pass, NULL, k->evp, c->x, list, NID_aes_256_cbc, NID_aes_256_cbc, ROUNDS, ROUNDS,
		    0, seed.ctx, NULL);
	if (p12 == NULL || (n = i2d_PKCS12(p12, &der)) <= 0)
		evp_error(e, "PKCS#12");
	else
		rc = secret_copy(a, out, der, (size_t)n, e);
	OPENSSL_clear_free(der, n > 0 ? (size_t)n : 0);
	PKCS12_free(p12);
out:
	sk_X509_free(list);
	evp_seed_end(&seed);
	return rc;
}
