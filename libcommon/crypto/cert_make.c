#include "crypto/cert_make.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/names.h"
#include "base/text.h"
#include "crypto/cert_priv.h"
#include "crypto/evp.h"
#include "crypto/pkey_priv.h"
#include "crypto/rng.h"
#include "crypto/sign.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

enum { SERIAL = 16 };		/* bytes */

static const struct cert_purpose purposes[] = {
	{ "serverAuth", "1.3.6.1.5.5.7.3.1", "TLS server; Windows asks it of a gateway" },
	{ "clientAuth", "1.3.6.1.5.5.7.3.2", "TLS client" },
	{ "ipsecIKE", "1.3.6.1.5.5.7.3.17", "IKE (RFC 4945)" },
	{ "ikeIntermediate", "1.3.6.1.5.5.8.2.2", "IKE, as older macOS asks it of a gateway" },
	{ "anyExtendedKeyUsage", "2.5.29.37.0", "anything" },
};

const struct cert_purpose *cert_purpose_row(size_t i)
{
	return i < COUNT(purposes) ? &purposes[i] : NULL;
}

const struct cert_purpose *cert_purpose_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT(purposes); i++)
		if (name_eq(purposes[i].name, name))
			return &purposes[i];
	return NULL;
}

static const struct { const char *word; enum cert_name_kind kind; } kinds[] = {
	{ "dns:", CERT_DNS }, { "email:", CERT_EMAIL }, { "ip:", CERT_IP }, { "uri:", CERT_URI }, { "dn:", CERT_DN },
};

int cert_name_parse(struct cert_name *name, const char *text, uint8_t *room, size_t n, struct err *e)
{
	struct addr a;
	struct err ignored;
	size_t i = 0, len;
	int got;

	while (i < COUNT(kinds) && strncmp(text, kinds[i].word, strlen(kinds[i].word)) != 0)
		i++;
	if (i < COUNT(kinds))
		text += strlen(kinds[i].word);
	len = strlen(text);
	name->kind = i < COUNT(kinds) ? kinds[i].kind : addr_parse(&a, text, len, &ignored) == 0 ? CERT_IP :
	    strchr(text, '@') != NULL ? CERT_EMAIL : CERT_DNS;
	name->value = (struct span){ room, 0 };
	if (name->kind == CERT_IP) {
		if (addr_parse(&a, text, len, e) < 0)
			return -1;
		name->value.n = addr_len(&a);
		memcpy(room, a.b, name->value.n);
		return name->value.n > 0 ? 0 : err_set(e, "found \"%s\", wanted an address", text);
	}
	if (name->kind == CERT_DN) {
		if ((got = dn_parse(text, room, n, e)) < 0)
			return -1;
		name->value.n = (size_t)got;
		return 0;
	}
	if (len == 0 || len > n)
		return err_set(e, "found a name of %zu bytes, wanted 1 to %zu", len, n);
	for (size_t k = 0; k < len; k++)
		if ((text[k] & 0x80) != 0 || text[k] <= ' ')
			return err_set(e, "found \"%s\", wanted printable ASCII without blanks (RFC 5280 4.2.1.6)",
			    text);
	memcpy(room, text, len);
	name->value.n = len;
	return 0;
}

static GENERAL_NAME *general_name(const struct cert_name *n)
{
	static const int types[] = {
		[CERT_DNS] = GEN_DNS, [CERT_EMAIL] = GEN_EMAIL, [CERT_IP] = GEN_IPADD, [CERT_URI] = GEN_URI,
	};
	GENERAL_NAME *g = GENERAL_NAME_new();
	const uint8_t *p = n->value.p;
	ASN1_STRING *s;

	if (g == NULL)
		return NULL;
	if (n->kind == CERT_DN) {
		GENERAL_NAME_set0_value(g, GEN_DIRNAME, d2i_X509_NAME(NULL, &p, (long)n->value.n));
		return g;
	}
	s = ASN1_STRING_type_new(n->kind == CERT_IP ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
	if (s == NULL || ASN1_STRING_set(s, n->value.p, (int)n->value.n) != 1) {
		ASN1_STRING_free(s);
		GENERAL_NAME_free(g);
		return NULL;
	}
	GENERAL_NAME_set0_value(g, types[n->kind], s);
	return g;
}

static bool add_names(X509 *x, const struct cert_plan *p)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	bool ok = names != NULL;

	for (size_t i = 0; ok && i < p->n_name; i++) {
		GENERAL_NAME *g = general_name(&p->name[i]);

		ok = g != NULL && sk_GENERAL_NAME_push(names, g) > 0;
		if (!ok)
			GENERAL_NAME_free(g);
	}
	ok = ok && (p->n_name == 0 || X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1);
	GENERAL_NAMES_free(names);
	return ok;
}

static bool add_purposes(X509 *x, const struct cert_plan *p)
{
	EXTENDED_KEY_USAGE *list = EXTENDED_KEY_USAGE_new();
	bool ok = list != NULL;

	for (size_t i = 0; ok && i < p->n_purpose; i++) {
		ASN1_OBJECT *oid = OBJ_txt2obj(p->purpose[i]->oid, 1);

		ok = oid != NULL && sk_ASN1_OBJECT_push(list, oid) > 0;
		if (!ok)
			ASN1_OBJECT_free(oid);
	}
	ok = ok && (p->n_purpose == 0 || X509_add1_ext_i2d(x, NID_ext_key_usage, list, 0, X509V3_ADD_DEFAULT) == 1);
	EXTENDED_KEY_USAGE_free(list);
	return ok;
}

static bool add_constraints(X509 *x, const struct cert_plan *p)
{
	BASIC_CONSTRAINTS *b = BASIC_CONSTRAINTS_new();
	bool ok = b != NULL;

	if (ok && p->ca) {
		b->ca = 0xff;
		if (p->path_len >= 0)
			ok = (b->pathlen = ASN1_INTEGER_new()) != NULL &&
			    ASN1_INTEGER_set(b->pathlen, p->path_len) == 1;
	}
	ok = ok && X509_add1_ext_i2d(x, NID_basic_constraints, b, 1, X509V3_ADD_DEFAULT) == 1;
	BASIC_CONSTRAINTS_free(b);
	return ok;
}

/* RFC 5280 4.2.1.3: bits count from the first; 5 and 6 are keyCertSign and cRLSign, 0 digitalSignature. */
static bool add_usage(X509 *x, const struct cert_plan *p)
{
	ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
	bool ok = bits != NULL && (p->ca ? ASN1_BIT_STRING_set_bit(bits, 5, 1) == 1 &&
	    ASN1_BIT_STRING_set_bit(bits, 6, 1) == 1 : ASN1_BIT_STRING_set_bit(bits, 0, 1) == 1) &&
	    X509_add1_ext_i2d(x, NID_key_usage, bits, 1, X509V3_ADD_DEFAULT) == 1;

	ASN1_BIT_STRING_free(bits);
	return ok;
}

/* RFC 5280 4.2.1.2, method 1; the issuer's is taken from its certificate. */
static bool add_key_ids(X509 *x, const struct cert_plan *p, OSSL_LIB_CTX *ctx)
{
	const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(x);
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
	uint8_t md[PKEY_ID];
	bool ok = id != NULL && authority != NULL && EVP_Q_digest(ctx, "SHA1", NULL, ASN1_STRING_get0_data(key),
	    (size_t)ASN1_STRING_length(key), md, NULL) == 1 && ASN1_OCTET_STRING_set(id, md, sizeof md) == 1 &&
	    X509_add1_ext_i2d(x, NID_subject_key_identifier, id, 0, X509V3_ADD_DEFAULT) == 1;

	if (ok && p->issuer != NULL) {
		const ASN1_OCTET_STRING *from = X509_get0_subject_key_id(p->issuer->x);

		authority->keyid = from != NULL ? ASN1_OCTET_STRING_dup(from) : NULL;
	} else if (ok) {
		authority->keyid = ASN1_OCTET_STRING_dup(id);
	}
	if (ok && authority->keyid != NULL)
		ok = X509_add1_ext_i2d(x, NID_authority_key_identifier, authority, 0, X509V3_ADD_DEFAULT) == 1;
	AUTHORITY_KEYID_free(authority);
	ASN1_OCTET_STRING_free(id);
	return ok;
}

static bool set_serial(X509 *x, struct rng *rng)
{
	uint8_t serial[SERIAL];
	struct rng own;
	BIGNUM *n;
	bool ok;

	if (rng == NULL)
		rng_init_system(&own);
	rng_bytes(rng != NULL ? rng : &own, serial, sizeof serial);
	serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40);	/* positive, and as long as the others */
	n = BN_bin2bn(serial, sizeof serial, NULL);
	ok = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
	BN_free(n);
	if (rng == NULL)
		rng_clear(&own);
	return ok;
}

static bool set_fields(X509 *x, const struct cert_plan *p)
{
	const uint8_t *at = p->subject.p;
	X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)p->subject.n);
	bool ok = name != NULL && X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x, p->rng) &&
	    X509_set_subject_name(x, name) == 1 &&
	    X509_set_issuer_name(x, p->issuer != NULL ? X509_get_subject_name(p->issuer->x) : name) == 1 &&
	    ASN1_TIME_set(X509_getm_notBefore(x), (time_t)p->not_before) != NULL &&
	    ASN1_TIME_set(X509_getm_notAfter(x), (time_t)p->not_after) != NULL && X509_set_pubkey(x, p->key->evp) == 1;

	X509_NAME_free(name);
	return ok;
}

bool cert_sign_begin(EVP_MD_CTX *md, const struct pkey *k, bool pss, OSSL_LIB_CTX *ctx)
{
	const struct alg_sign *alg = sign_choose(k, UINT32_MAX, pss);
	EVP_PKEY_CTX *c = NULL;

	if (alg == NULL || EVP_DigestSignInit_ex(md, &c, alg_hash_by_id(alg->hash)->evp, ctx, NULL, k->evp, NULL) != 1)
		return false;
	return alg->kind != SIGN_RSA_PSS || (EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static bool sign_it(X509 *x, const struct cert_plan *p, OSSL_LIB_CTX *ctx)
{
	const struct pkey *k = p->issuer != NULL ? p->issuer_key : p->key;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok = md != NULL && cert_sign_begin(md, k, p->pss, ctx) && X509_sign_ctx(x, md) > 0;

	EVP_MD_CTX_free(md);
	return ok;
}

static int check_plan(const struct cert_plan *p, struct err *e)
{
	const struct pkey *issued_by;

	if (p->not_after < p->not_before)
		return err_set(e, "a certificate cannot end before it begins");
	if (p->issuer == NULL)
		return p->key->info.has_private ? 0 :
		    err_set(e, "wanted a private key to sign with, found a public one");
	if ((issued_by = cert_key(p->issuer, e)) == NULL)
		return -1;
	if (!pkey_eq(issued_by, p->issuer_key))
		return err_set(e, "the issuer's key is not that of its certificate");
	if (!p->issuer->f.ca || (p->issuer->f.has_usage && (p->issuer->f.usage & CERT_KEY_CERT_SIGN) == 0))
		return err_set(e, "the issuer's certificate is none of an authority");
	return 0;
}

struct cert *cert_make(const struct cert_plan *p, struct err *e)
{
	struct evp_seed seed;
	struct cert *c = NULL;
	uint8_t *der = NULL;
	X509 *x;
	int n;

	if (check_plan(p, e) < 0 || evp_seed_begin(&seed, p->rng, e) < 0)
		return NULL;
	x = X509_new_ex(seed.ctx, NULL);
	if (x == NULL || !set_fields(x, p) || !add_constraints(x, p) || !add_usage(x, p) ||
	    !add_purposes(x, p) || !add_names(x, p) || !add_key_ids(x, p, seed.ctx) ||
	    !sign_it(x, p, seed.ctx) || (n = i2d_X509(x, &der)) <= 0)
		evp_error(e, "new certificate");
	else
		c = cert_decode((struct span){ der, (size_t)n }, e);
	OPENSSL_free(der);
	X509_free(x);
	evp_seed_end(&seed);
	return c;
}
