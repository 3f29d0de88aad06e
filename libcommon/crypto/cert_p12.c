/*
 * PKCS#12 archives.  OpenSSL's own PKCS12_parse() does as many rounds of key derivation as the file asks
 * for; here each part's number is looked at before it is opened.
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "crypto/cert_priv.h"
#include "crypto/cert_set.h"
#include "crypto/evp.h"
#include "crypto/pkey_priv.h"

enum { DEPTH = 4 };			/* bags in bags */

struct archive {
	struct cert_set *set;
	const char *pass;		/* NULL: none, which is not the empty one */
	int n_pass;
	int added;
	int64_t rounds;			/* of key derivation so far, in all parts */
};

/* Takes part of what the whole archive may cost. */
static int spend(struct archive *a, int64_t rounds, struct err *e)
{
	if (rounds < 0)
		return -1;
	a->rounds += rounds;
	return a->rounds <= PKEY_ROUNDS_MAX ? 0 : err_set(e, "a PKCS#12 archive that wants more than %d rounds of key "
	    "derivation", PKEY_ROUNDS_MAX);
}

static int check_algorithm(struct archive *a, const X509_ALGOR *alg, struct err *e)
{
	uint8_t *der = NULL;
	int n = alg != NULL ? i2d_X509_ALGOR(alg, &der) : 0;
	int rc = spend(a, n > 0 ? pkey_rounds((struct span){ der, (size_t)n }, e) :
	    err_set(e, "encrypted with parameters that cannot be read"), e);

	OPENSSL_free(der);
	return rc;
}

static int add_x509(struct archive *a, const PKCS12_SAFEBAG *bag, struct err *e)
{
	X509 *x = PKCS12_SAFEBAG_get1_cert(bag);
	uint8_t *der = NULL;
	int n = x != NULL ? i2d_X509(x, &der) : 0;
	struct cert *c = n > 0 ? cert_decode((struct span){ der, (size_t)n }, e) : NULL;

	if (n <= 0)
		evp_error(e, "certificate");
	OPENSSL_free(der);
	X509_free(x);
	return c == NULL ? -1 : cert_set_add(a->set, c, e);
}

static int add_crl(struct archive *a, const PKCS12_SAFEBAG *bag, struct err *e)
{
	X509_CRL *x = PKCS12_SAFEBAG_get1_crl(bag);
	uint8_t *der = NULL;
	int n = x != NULL ? i2d_X509_CRL(x, &der) : 0;
	struct crl *c = n > 0 ? crl_decode((struct span){ der, (size_t)n }, e) : NULL;

	if (n <= 0)
		evp_error(e, "CRL");
	OPENSSL_free(der);
	X509_CRL_free(x);
	return c == NULL ? -1 : cert_set_add_crl(a->set, c, e);
}

static int add_key(struct archive *a, const PKCS8_PRIV_KEY_INFO *p8, struct err *e)
{
	EVP_PKEY *evp = EVP_PKCS82PKEY_ex(p8, evp_context(e), NULL);
	struct pkey *k = evp != NULL ? pkey_take(evp, true, e) : NULL;

	if (evp == NULL)
		evp_error(e, "private key");
	return k == NULL ? -1 : cert_set_add_key(a->set, k, e);
}

static int add_shrouded(struct archive *a, const PKCS12_SAFEBAG *bag, struct err *e)
{
	const X509_SIG *sig = PKCS12_SAFEBAG_get0_pkcs8(bag);
	uint8_t *der = NULL;
	int n = sig != NULL ? i2d_X509_SIG(sig, &der) : 0;
	struct span all = { der, n > 0 ? (size_t)n : 0 };
	struct pkey *k = NULL;

	if (n <= 0)
		evp_error(e, "encrypted private key");
	else if (spend(a, pkey_rounds_pkcs8(all, e), e) == 0)
		k = pkey_decrypt(all, a->pass, a->n_pass, e);
	OPENSSL_free(der);
	return k == NULL ? -1 : cert_set_add_key(a->set, k, e);
}

static int add_bags(struct archive *a, const STACK_OF(PKCS12_SAFEBAG) *bags, int depth, struct err *e);

/* Kinds of bag that hold nothing of ours are passed over. */
static int add_bag(struct archive *a, const PKCS12_SAFEBAG *bag, int depth, struct err *e)
{
	int rc = 0, kind = PKCS12_SAFEBAG_get_nid(bag), type = PKCS12_SAFEBAG_get_bag_nid(bag);

	switch (kind) {
	case NID_keyBag: rc = add_key(a, PKCS12_SAFEBAG_get0_p8inf(bag), e); break;
	case NID_pkcs8ShroudedKeyBag: rc = add_shrouded(a, bag, e); break;
	case NID_certBag: rc = type == NID_x509Certificate ? add_x509(a, bag, e) : 1; break;
	case NID_crlBag: rc = type == NID_x509Crl ? add_crl(a, bag, e) : 1; break;
	case NID_safeContentsBag:
		return depth == DEPTH ? err_set(e, "bags in bags, deeper than %d", DEPTH) :
		    add_bags(a, PKCS12_SAFEBAG_get0_safes(bag), depth + 1, e);
	default: return 0;
	}
	a->added += rc == 0;
	return rc < 0 ? -1 : 0;
}

static int add_bags(struct archive *a, const STACK_OF(PKCS12_SAFEBAG) *bags, int depth, struct err *e)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < sk_PKCS12_SAFEBAG_num(bags); i++)
		rc = add_bag(a, sk_PKCS12_SAFEBAG_value(bags, i), depth, e);
	return rc;
}

static int add_safe(struct archive *a, PKCS7 *p7, struct err *e)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	int rc;

	if (PKCS7_type_is_data(p7)) {
		bags = PKCS12_unpack_p7data(p7);
	} else if (PKCS7_type_is_encrypted(p7) && p7->d.encrypted != NULL && p7->d.encrypted->enc_data != NULL) {
		if (check_algorithm(a, p7->d.encrypted->enc_data->algorithm, e) < 0)
			return -1;
		if ((bags = PKCS12_unpack_p7encdata(p7, a->pass, a->n_pass)) == NULL && evp_legacy())
			bags = PKCS12_unpack_p7encdata(p7, a->pass, a->n_pass);
	} else {
		return 0;
	}
	rc = bags != NULL ? add_bags(a, bags, 0, e) : evp_error(e, "PKCS#12");
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return rc;
}

/* The MAC tells whether the passphrase is right; NULL and "" are tried for none. */
static int check_mac(PKCS12 *p12, struct archive *a, struct err *e)
{
	const ASN1_INTEGER *rounds = NULL;
	int64_t n = 1;

	PKCS12_get0_mac(NULL, NULL, NULL, &rounds, p12);
	if (rounds != NULL && (ASN1_INTEGER_get_int64(&n, rounds) != 1 || n < 1 || n > PKEY_ROUNDS_MAX))
		n = PKEY_ROUNDS_MAX + 1;
	if (spend(a, n, e) < 0)
		return -1;
	if (!PKCS12_mac_present(p12) || PKCS12_verify_mac(p12, a->pass, a->n_pass) == 1)
		return 0;
	if (a->n_pass == 0 && PKCS12_verify_mac(p12, NULL, 0) == 1) {
		a->pass = NULL;
		return 0;
	}
	ERR_clear_error();
	return err_set(e, "a PKCS#12 archive that does not open: the passphrase is another one");
}

static int add_archive(PKCS12 *p12, struct archive *a, struct err *e)
{
	STACK_OF(PKCS7) *safes;
	int rc = 0;

	if (check_mac(p12, a, e) < 0)
		return -1;
	if ((safes = PKCS12_unpack_authsafes(p12)) == NULL)
		return evp_error(e, "PKCS#12");
	for (int i = 0; rc == 0 && i < sk_PKCS7_num(safes); i++)
		rc = add_safe(a, sk_PKCS7_value(safes, i), e);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return rc;
}

int cert_set_read_pkcs12(struct cert_set *s, struct span file, const struct passphrase *ask, struct err *e)
{
	char pass[PASSPHRASE_MAX + 1];
	const uint8_t *p = file.p;
	struct archive a = { .set = s, .pass = pass };
	OSSL_LIB_CTX *ctx = evp_context(e);
	PKCS12 *p12 = ctx != NULL ? PKCS12_init_ex(NID_pkcs7_data, ctx, NULL) : NULL;
	int rc = -1;

	if (ctx == NULL)
		return -1;
	if (p12 == NULL || file.n > CERT_FILE_MAX || d2i_PKCS12(&p12, &p, (long)file.n) == NULL) {
		evp_error(e, "PKCS#12");
	} else if ((a.n_pass = passphrase_ask(ask, pass, e)) >= 0) {
		pass[a.n_pass] = '\0';
		rc = add_archive(p12, &a, e);
	}
	OPENSSL_cleanse(pass, sizeof pass);
	ERR_clear_error();
	PKCS12_free(p12);
	return rc < 0 ? -1 : a.added > 0 ? a.added : err_set(e, "a PKCS#12 archive with nothing in it");
}
