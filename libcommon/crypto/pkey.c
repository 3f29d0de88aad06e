#include "crypto/pkey.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/evp.h"
#include "crypto/pkey_priv.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* OpenSSL's name of a type, and ours. */
static const struct { const char *evp, *type; bool pss; } types[] = {
	{ "RSA", "rsa", false }, { "RSA-PSS", "rsa", true }, { "EC", "ecdsa", false },
	{ "ED25519", "ed25519", false }, { "ED448", "ed448", false }, { "DSA", "dsa", false },
};

/* OpenSSL's name of a curve, and that of RFC 8422 and RFC 5639. */
static const struct { const char *evp, *name; } curves[] = {
	{ "prime256v1", "secp256r1" }, { "secp384r1", "secp384r1" }, { "secp521r1", "secp521r1" },
	{ "secp224r1", "secp224r1" }, { "prime192v1", "secp192r1" }, { "secp256k1", "secp256k1" },
	{ "brainpoolP224r1", "brainpoolP224r1" }, { "brainpoolP256r1", "brainpoolP256r1" },
	{ "brainpoolP320r1", "brainpoolP320r1" }, { "brainpoolP384r1", "brainpoolP384r1" },
	{ "brainpoolP512r1", "brainpoolP512r1" },
};

static int find_curve(struct pkey *k, struct err *e)
{
	char name[64];
	int explicit = 0;

	if (EVP_PKEY_get_utf8_string_param(k->evp, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, NULL) != 1)
		return err_set(e, "the curve of an EC key has no name");
	/* absent is fine: it came from elsewhere than DER */
	if (EVP_PKEY_get_int_param(k->evp, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit) == 1 &&
	    explicit != 0)
		return err_set(e, "the curve of an EC key is given by its parameters, wanted a name");
	for (size_t i = 0; i < COUNT(curves); i++)
		if (strcmp(curves[i].evp, name) == 0)
			k->info.curve = curves[i].name;
	return k->info.curve != NULL ? 0 : err_set(e, "the curve \"%s\" is none that IKE knows", name);
}

static int find_type(struct pkey *k, struct err *e)
{
	size_t i = 0;
	int bits = EVP_PKEY_get_bits(k->evp);

	while (i < COUNT(types) && !EVP_PKEY_is_a(k->evp, types[i].evp))
		i++;
	if (i == COUNT(types))
		return err_set(e, "a key that cannot sign, of type \"%s\"", EVP_PKEY_get0_type_name(k->evp) != NULL ?
		    EVP_PKEY_get0_type_name(k->evp) : "unknown");
	if (bits <= 0 || bits > PKEY_BITS_MAX)
		return err_set(e, "found %s key of %d bits, wanted up to %d", types[i].type, bits, PKEY_BITS_MAX);
	k->info.type = types[i].type;
	k->info.pss_only = types[i].pss;
	k->info.bits = (unsigned)bits;
	return strcmp(types[i].evp, "EC") == 0 ? find_curve(k, e) : 0;
}

struct pkey *pkey_take(EVP_PKEY *evp, bool has_private, struct err *e)
{
	struct pkey *k = calloc(1, sizeof *k);

	if (k == NULL) {
		EVP_PKEY_free(evp);
		err_nomem(e);
		return NULL;
	}
	k->evp = evp;
	k->info.has_private = has_private;
	if (find_type(k, e) == 0)
		return k;
	ERR_clear_error();
	pkey_free(k);
	return NULL;
}

struct pkey *pkey_from_spki(struct span der, struct err *e)
{
	const uint8_t *p = der.p;
	OSSL_LIB_CTX *ctx = evp_context(e);
	EVP_PKEY *evp;

	if (ctx == NULL)
		return NULL;
	if (der.n == 0 || der.n > PKEY_DER_MAX) {
		err_set(e, "found a public key of %zu bytes, wanted 1 to %d", der.n, PKEY_DER_MAX);
		return NULL;
	}
	if ((evp = d2i_PUBKEY_ex(NULL, &p, (long)der.n, ctx, NULL)) == NULL) {
		evp_error(e, "public key");
		return NULL;
	}
	if (p != der.p + der.n) {
		EVP_PKEY_free(evp);
		err_set(e, "found %zu bytes behind a public key", der.n - (size_t)(p - der.p));
		return NULL;
	}
	return pkey_take(evp, false, e);
}

/* Wrapped into a SubjectPublicKeyInfo, as the library knows only that in a context of its own. */
struct pkey *pkey_from_rsa(struct span der, struct err *e)
{
	X509_PUBKEY *pub = X509_PUBKEY_new();
	uint8_t *copy = OPENSSL_memdup(der.p, der.n), *spki = NULL;
	struct pkey *k = NULL;
	int n;

	if (der.n == 0 || der.n > PKEY_DER_MAX / 2)
		err_set(e, "found an RSA key of %zu bytes, wanted 1 to %d", der.n, PKEY_DER_MAX / 2);
	else if (pub == NULL || copy == NULL)
		err_nomem(e);
	else if (X509_PUBKEY_set0_param(pub, OBJ_nid2obj(NID_rsaEncryption), V_ASN1_NULL, NULL, copy,
	    (int)der.n) != 1)
		evp_error(e, "public key");
	else if ((copy = NULL, n = i2d_X509_PUBKEY(pub, &spki)) > 0)
		k = pkey_from_spki((struct span){ spki, (size_t)n }, e);
	else
		evp_error(e, "public key");
	OPENSSL_free(copy);
	OPENSSL_free(spki);
	X509_PUBKEY_free(pub);
	return k;
}

struct pkey *pkey_make(const char *type, unsigned bits, const char *curve, struct rng *rng, struct err *e)
{
	struct evp_seed seed;
	EVP_PKEY *evp = NULL;
	struct pkey *k = NULL;
	size_t i = 0, c = 0;

	while (i < COUNT(types) && strcmp(types[i].type, type) != 0)
		i++;
	while (curve != NULL && c < COUNT(curves) && strcmp(curves[c].name, curve) != 0)
		c++;
	if (i == COUNT(types) || c == COUNT(curves)) {
		err_set(e, "no key of type \"%s\", curve \"%s\"", type, curve != NULL ? curve : "none");
		return NULL;
	}
	if (evp_seed_begin(&seed, rng, e) < 0)
		return NULL;
	if (strcmp(type, "rsa") == 0)
		evp = EVP_PKEY_Q_keygen(seed.ctx, NULL, types[i].evp, (size_t)bits);
	else if (strcmp(type, "ecdsa") == 0)
		evp = EVP_PKEY_Q_keygen(seed.ctx, NULL, types[i].evp, curves[c].evp);
	else
		evp = EVP_PKEY_Q_keygen(seed.ctx, NULL, types[i].evp);
	if (evp == NULL)
		evp_error(e, "new key");
	else if (!seed.own)
		k = pkey_take(evp, true, e);
	else
		k = pkey_rehome(evp, e);
	evp_seed_end(&seed);
	return k;
}

void pkey_free(struct pkey *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->evp);
	free(k);
}

struct pkey_info pkey_info(const struct pkey *k)
{
	return k->info;
}

bool pkey_eq(const struct pkey *a, const struct pkey *b)
{
	int rc = EVP_PKEY_eq(a->evp, b->evp);

	ERR_clear_error();
	return rc == 1;
}

int pkey_spki(const struct pkey *k, uint8_t *out, size_t room, struct err *e)
{
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(k->evp, &der);

	if (n <= 0)
		return evp_error(e, "public key");
	if ((size_t)n > room)
		n = err_set(e, "a public key of %d bytes does not fit %zu", n, room);
	else
		memcpy(out, der, (size_t)n);
	OPENSSL_free(der);
	return n;
}

int pkey_id(const struct pkey *k, uint8_t id[PKEY_ID], struct err *e)
{
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(k->evp, &der), rc = 0;
	OSSL_LIB_CTX *ctx = evp_context(e);

	if (ctx == NULL)
		rc = -1;
	else if (n <= 0 || EVP_Q_digest(ctx, "SHA1", NULL, der, (size_t)n, id, NULL) != 1)
		rc = evp_error(e, "SHA1 of a public key");
	OPENSSL_free(der);
	return rc;
}
