/* New revocation lists (RFC 5280 5). */
#include <openssl/err.h>

#include "crypto/cert_make.h"
#include "crypto/cert_priv.h"
#include "crypto/evp.h"
#include "crypto/pkey_priv.h"

static bool add_revoked(X509_CRL *x, const struct cert *c, const ASN1_TIME *when)
{
	X509_REVOKED *r = X509_REVOKED_new();

	if (r != NULL && X509_REVOKED_set_serialNumber(r, X509_get_serialNumber(c->x)) == 1 &&
	    X509_REVOKED_set_revocationDate(r, (ASN1_TIME *)(uintptr_t)when) == 1 && X509_CRL_add0_revoked(x, r) == 1)
		return true;
	X509_REVOKED_free(r);
	return false;
}

/* RFC 5280 5.2: both are a must. */
static bool add_extensions(X509_CRL *x, const struct crl_plan *p)
{
	const ASN1_OCTET_STRING *from = X509_get0_subject_key_id(p->issuer->x);
	AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	bool ok = authority != NULL && number != NULL && ASN1_INTEGER_set_uint64(number, p->number) == 1 &&
	    X509_CRL_add1_ext_i2d(x, NID_crl_number, number, 0, X509V3_ADD_DEFAULT) == 1;

	if (ok && from != NULL)
		ok = (authority->keyid = ASN1_OCTET_STRING_dup(from)) != NULL &&
		    X509_CRL_add1_ext_i2d(x, NID_authority_key_identifier, authority, 0, X509V3_ADD_DEFAULT) == 1;
	AUTHORITY_KEYID_free(authority);
	ASN1_INTEGER_free(number);
	return ok;
}

static bool set_fields(X509_CRL *x, const struct crl_plan *p)
{
	ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)p->this_update), *to = ASN1_TIME_set(NULL, (time_t)p->next_update);
	bool ok = from != NULL && to != NULL && X509_CRL_set_version(x, X509_CRL_VERSION_2) == 1 &&
	    X509_CRL_set_issuer_name(x, X509_get_subject_name(p->issuer->x)) == 1 &&
	    X509_CRL_set1_lastUpdate(x, from) == 1 && X509_CRL_set1_nextUpdate(x, to) == 1;

	for (size_t i = 0; ok && i < p->n_revoked; i++)
		ok = add_revoked(x, p->revoked[i], from);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	return ok && X509_CRL_sort(x) == 1;
}

static bool sign_it(X509_CRL *x, const struct crl_plan *p, OSSL_LIB_CTX *ctx)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok = md != NULL && cert_sign_begin(md, p->issuer_key, p->pss, ctx) && X509_CRL_sign_ctx(x, md) > 0;

	EVP_MD_CTX_free(md);
	return ok;
}

static int check_plan(const struct crl_plan *p, struct err *e)
{
	const struct cert_fields *f = &p->issuer->f;
	const struct pkey *key = cert_key(p->issuer, e);

	if (key == NULL)
		return -1;
	if (!p->issuer_key->info.has_private || !pkey_eq(key, p->issuer_key))
		return err_set(e, "the issuer's key is not that of its certificate");
	if (!f->ca || (f->has_usage && (f->usage & CERT_CRL_SIGN) == 0))
		return err_set(e, "the issuer's certificate is none that may sign revocation lists");
	if (p->next_update < p->this_update)
		return err_set(e, "a revocation list cannot end before it begins");
	for (size_t i = 0; i < p->n_revoked; i++) {
		struct span s = p->revoked[i]->f.subject;

		if (!cert_may_issue(p->issuer, p->revoked[i]))
			return err_set(e, "the certificate of \"%.*s\" is of another issuer", (int)(s.n < 200 ? s.n : 200),
			    (const char *)s.p);
	}
	return 0;
}

struct crl *crl_make(const struct crl_plan *p, struct err *e)
{
	struct evp_seed seed;
	struct crl *c = NULL;
	uint8_t *der = NULL;
	X509_CRL *x;
	int n;

	if (check_plan(p, e) < 0 || evp_seed_begin(&seed, p->rng, e) < 0)
		return NULL;
	x = X509_CRL_new_ex(seed.ctx, NULL);
	if (x == NULL || !set_fields(x, p) || !add_extensions(x, p) || !sign_it(x, p, seed.ctx) ||
	    (n = i2d_X509_CRL(x, &der)) <= 0)
		evp_error(e, "new CRL");
	else
		c = crl_decode((struct span){ der, (size_t)n }, e);
	OPENSSL_free(der);
	X509_CRL_free(x);
	evp_seed_end(&seed);
	return c;
}
