#include "crypto/sign.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "crypto/der.h"
#include "crypto/evp.h"
#include "crypto/pkey_priv.h"

enum { HALF_MAX = 128 };	/* bytes of r or s */

#define MGF1_OID "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"

struct sign_scheme sign_scheme(const struct alg_sign *alg)
{
	const struct alg_hash *h = alg_hash_by_id(alg->hash);

	return (struct sign_scheme){ .alg = alg, .mgf = h, .salt = h->size };
}

bool sign_fits(const struct sign_scheme *s, const struct pkey *k)
{
	return strcmp(s->alg->key, k->info.type) == 0 && (!k->info.pss_only || s->alg->kind == SIGN_RSA_PSS);
}

const struct alg_sign *sign_choose(const struct pkey *k, unsigned hashes, bool pss)
{
	static const uint16_t order[] = { HASH_SHA2_256, HASH_SHA2_384, HASH_SHA2_512, HASH_SHA1 };
	const char *type = k->info.type;
	enum sign_kind kind = strcmp(type, "ecdsa") == 0 ? SIGN_ECDSA : strcmp(type, "dsa") == 0 ? SIGN_DSA :
	    pss || k->info.pss_only ? SIGN_RSA_PSS : SIGN_RSA_PKCS1;
	unsigned want = kind == SIGN_ECDSA ? (k->info.bits + 1) / 2 : 128, at = want <= 128 ? 0 : want <= 192 ? 1 : 2;

	if (strcmp(type, "ed25519") == 0 || strcmp(type, "ed448") == 0)
		return hashes & 1u << HASH_IDENTITY ? alg_sign_by_name(type) : NULL;
	for (unsigned i = 0; i < 4; i++) {	/* as strong as the key, else stronger, else what there is */
		uint16_t h = order[i < 3 ? (at + i) % 3 : 3];
		const struct alg_sign *a = alg_sign_by_kind(kind, h);

		if (a != NULL && hashes & 1u << h)
			return a;
	}
	return NULL;
}

/* [n] HashAlgorithm or MaskGenAlgorithm, SHA-1 when absent (RFC 4055 3.1). */
static const struct alg_hash *pss_hash(struct rd *r, uint8_t n, bool mask)
{
	struct rd part, alg, oid;

	if (der_peek(r) != (DER_CONTEXT | n))
		return alg_hash_by_id(HASH_SHA1);
	part = der_take(r, DER_CONTEXT | n);
	alg = der_take(&part, DER_SEQUENCE);
	oid = der_take(&alg, DER_OID);
	if (mask) {
		if (oid.n != sizeof MGF1_OID - 1 || memcmp(oid.p, MGF1_OID, oid.n) != 0)
			return NULL;
		alg = der_take(&alg, DER_SEQUENCE);
		oid = der_take(&alg, DER_OID);
	}
	return rd_ok(&oid) ? alg_hash_by_oid((struct span){ oid.p, oid.n }) : NULL;
}

/* [n] INTEGER of at most two bytes. */
static unsigned pss_number(struct rd *r, uint8_t n, unsigned absent)
{
	struct rd part, v;
	unsigned got = 0;

	if (der_peek(r) != (DER_CONTEXT | n))
		return absent;
	part = der_take(r, DER_CONTEXT | n);
	v = der_take(&part, DER_INTEGER);
	if (v.n == 0 || v.n > 2 || v.p[0] & 0x80 || !rd_done(&part))
		r->bad = true;
	while (v.n > 0)
		got = got << 8 | rd_u8(&v);
	return got;
}

static int pss_decode(struct sign_scheme *s, struct rd r, struct span oid, struct err *e)
{
	struct rd params = r.n > 0 ? der_take(&r, DER_SEQUENCE) : r;
	const struct alg_hash *hash = pss_hash(&params, 0, false), *mgf = pss_hash(&params, 1, true);
	unsigned salt = pss_number(&params, 2, 20), trailer = pss_number(&params, 3, 1);

	if (!rd_done(&params) || !rd_done(&r) || trailer != 1)
		return err_set(e, "the parameters of RSASSA-PSS cannot be read");
	if (hash == NULL || mgf == NULL || (s->alg = alg_sign_by_oid(oid, hash->id)) == NULL)
		return err_set(e, "RSASSA-PSS with an unknown hash");
	s->mgf = mgf;
	s->salt = (uint16_t)salt;
	return 0;
}

int sign_scheme_decode(struct sign_scheme *s, struct span der, struct err *e)
{
	struct rd r = rd_of(der.p, der.n), alg = der_take(&r, DER_SEQUENCE), oid = der_take(&alg, DER_OID);
	struct span name = { oid.p, oid.n };
	const struct alg_sign *row;

	*s = (struct sign_scheme){ 0 };
	if (!rd_done(&r) || !rd_ok(&oid))
		return err_set(e, "the signature's AlgorithmIdentifier cannot be read");
	if ((row = alg_sign_by_oid(name, 0)) == NULL)
		return err_set(e, "the signature's AlgorithmIdentifier names an unknown scheme");
	if (row->kind == SIGN_RSA_PSS)
		return pss_decode(s, alg, name, e);
	if (alg.n > 0 && der_take(&alg, DER_NULL).n != 0)
		alg.bad = true;
	if (!rd_done(&alg))
		return err_set(e, "the parameters of %s cannot be read", row->name);
	*s = sign_scheme(row);
	return 0;
}

static void put_oid(struct wr *w, struct span oid)
{
	der_put_head(w, DER_OID, oid.n);
	wr_span(w, oid);
}

/* SEQUENCE { OID, NULL } */
static size_t hash_length(const struct alg_hash *h)
{
	return 2 + 2 + h->oid.n + 2;
}

static void put_hash(struct wr *w, const struct alg_hash *h)
{
	der_put_head(w, DER_SEQUENCE, hash_length(h) - 2);
	put_oid(w, h->oid);
	der_put_head(w, DER_NULL, 0);
}

static void pss_encode(const struct sign_scheme *s, struct wr *w)
{
	static const struct span mgf1 = { (const uint8_t *)MGF1_OID, sizeof MGF1_OID - 1 };
	const struct alg_hash *h = alg_hash_by_id(s->alg->hash);
	size_t hash = hash_length(h), mask = 2 + mgf1.n + hash_length(s->mgf), salt = s->salt < 0x80 ? 3 : 4;
	size_t params = 2 + hash + 2 + 2 + mask + 2 + salt;

	der_put_head(w, DER_SEQUENCE, 2 + s->alg->oid.n + der_head(params) + params);
	put_oid(w, s->alg->oid);
	der_put_head(w, DER_SEQUENCE, params);
	der_put_head(w, DER_CONTEXT | 0, hash);
	put_hash(w, h);
	der_put_head(w, DER_CONTEXT | 1, 2 + mask);
	der_put_head(w, DER_SEQUENCE, mask);
	put_oid(w, mgf1);
	put_hash(w, s->mgf);
	der_put_head(w, DER_CONTEXT | 2, salt);
	der_put_head(w, DER_INTEGER, salt - 2);
	if (salt == 4)
		wr_u16(w, s->salt);
	else
		wr_u8(w, (uint8_t)s->salt);
}

void sign_scheme_encode(const struct sign_scheme *s, struct wr *w)
{
	bool null = s->alg->kind == SIGN_RSA_PKCS1;

	if (s->alg->kind == SIGN_RSA_PSS) {
		pss_encode(s, w);
		return;
	}
	der_put_head(w, DER_SEQUENCE, 2 + s->alg->oid.n + (null ? 2 : 0));
	put_oid(w, s->alg->oid);
	if (null)
		der_put_head(w, DER_NULL, 0);
}

/* Bytes of r and of s. */
static size_t half_length(const struct pkey *k)
{
	BIGNUM *q = NULL;
	size_t n;

	if (strcmp(k->info.type, "dsa") != 0)
		return (k->info.bits + 7) / 8;
	n = EVP_PKEY_get_bn_param(k->evp, OSSL_PKEY_PARAM_FFC_Q, &q) == 1 ? (size_t)BN_num_bytes(q) : 0;
	BN_free(q);
	return n;
}

/* r | s as DER, malloc'd; 0 if it does not have the right length. */
static int half_to_der(const struct pkey *k, struct span raw, uint8_t **der)
{
	size_t n = half_length(k);
	ECDSA_SIG *sig;		/* of the same form as that of DSA */
	BIGNUM *r, *s;
	int len = 0;

	if (n == 0 || n > HALF_MAX || raw.n != 2 * n)
		return 0;
	sig = ECDSA_SIG_new();
	r = BN_bin2bn(raw.p, (int)n, NULL);
	s = BN_bin2bn(raw.p + n, (int)n, NULL);
	if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1)
		len = i2d_ECDSA_SIG(sig, der);
	else
		BN_free(r), BN_free(s);
	ECDSA_SIG_free(sig);
	return len > 0 ? len : 0;
}

static int half_from_der(const struct pkey *k, uint8_t *sig, size_t *n, struct err *e)
{
	const uint8_t *p = sig;
	ECDSA_SIG *in = d2i_ECDSA_SIG(NULL, &p, (long)*n);
	size_t half = half_length(k);
	int rc = 0;

	if (in == NULL || BN_bn2binpad(ECDSA_SIG_get0_r(in), sig, (int)half) < 0 ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(in), sig + half, (int)half) < 0)
		rc = evp_error(e, "signature");
	*n = 2 * half;
	ECDSA_SIG_free(in);
	return rc;
}

static int set_padding(const struct sign_scheme *s, EVP_PKEY_CTX *c)
{
	if (s->alg->kind == SIGN_RSA_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING);
	if (s->alg->kind != SIGN_RSA_PSS)
		return 1;
	return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_mgf1_md_name(c, s->mgf->evp, NULL) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(c, s->salt) == 1;
}

static int verify(const struct sign_scheme *s, const struct pkey *k, OSSL_LIB_CTX *ctx, struct span message,
    struct span sig)
{
	const struct alg_hash *h = alg_hash_by_id(s->alg->hash);
	EVP_PKEY_CTX *c = NULL;
	EVP_MD_CTX *md = NULL;
	int rc = 0;

	if (s->hashed) {
		c = EVP_PKEY_CTX_new_from_pkey(ctx, k->evp, NULL);
		rc = c != NULL && EVP_PKEY_verify_init(c) == 1 && set_padding(s, c) == 1 &&
		    EVP_PKEY_verify(c, sig.p, sig.n, message.p, message.n) == 1;
		EVP_PKEY_CTX_free(c);
	} else {
		md = EVP_MD_CTX_new();
		rc = md != NULL && EVP_DigestVerifyInit_ex(md, &c, h->evp, ctx, NULL, k->evp, NULL) == 1 &&
		    set_padding(s, c) == 1 && EVP_DigestVerify(md, sig.p, sig.n, message.p, message.n) == 1;
		EVP_MD_CTX_free(md);
	}
	ERR_clear_error();
	return rc;
}

int sign_verify(const struct sign_scheme *s, const struct pkey *k, struct span message, struct span sig,
    struct err *e)
{
	OSSL_LIB_CTX *ctx = evp_context(e);
	uint8_t *der = NULL;
	int n, rc;

	if (ctx == NULL)
		return -1;
	if (!sign_fits(s, k))
		return err_set(e, "found a signature by %s, wanted one that a key of type %s can make", s->alg->name,
		    k->info.type);
	if (sig.n == 0 || sig.n > SIGN_MAX)
		return 0;
	if (!s->raw)
		return verify(s, k, ctx, message, sig);
	if ((n = half_to_der(k, sig, &der)) == 0)
		return 0;
	rc = verify(s, k, ctx, message, (struct span){ der, (size_t)n });
	OPENSSL_free(der);
	return rc;
}

int sign_make(const struct sign_scheme *s, const struct pkey *k, struct span message, struct rng *rng,
    uint8_t sig[SIGN_MAX], size_t *n, struct err *e)
{
	const struct alg_hash *h = alg_hash_by_id(s->alg->hash);
	struct evp_seed seed;
	EVP_PKEY_CTX *c = NULL;
	EVP_MD_CTX *md = NULL;
	bool ok;

	if (!sign_fits(s, k) || !k->info.has_private)
		return err_set(e, "wanted a private key that can sign by %s, found a %s key of type %s", s->alg->name,
		    k->info.has_private ? "private" : "public", k->info.type);
	if (evp_seed_begin(&seed, rng, e) < 0)
		return -1;
	*n = SIGN_MAX;
	if (s->hashed) {
		c = EVP_PKEY_CTX_new_from_pkey(seed.ctx, k->evp, NULL);
		ok = c != NULL && EVP_PKEY_sign_init(c) == 1 && set_padding(s, c) == 1 &&
		    EVP_PKEY_sign(c, sig, n, message.p, message.n) == 1;
		EVP_PKEY_CTX_free(c);
	} else {
		md = EVP_MD_CTX_new();
		ok = md != NULL && EVP_DigestSignInit_ex(md, &c, h->evp, seed.ctx, NULL, k->evp, NULL) == 1 &&
		    set_padding(s, c) == 1 && EVP_DigestSign(md, sig, n, message.p, message.n) == 1;
		EVP_MD_CTX_free(md);
	}
	evp_seed_end(&seed);
	if (!ok)
		return evp_error(e, s->alg->name);
	return s->raw ? half_from_der(k, sig, n, e) : 0;
}
