#include "crypto/alg_auth.h"

#include <string.h>

#include "base/names.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])
#define OID(text) { (const uint8_t *)(text), sizeof(text) - 1 }

#define RSA_OID "\x2a\x86\x48\x86\xf7\x0d\x01\x01"	/* 1.2.840.113549.1.1 */
#define NIST_OID "\x60\x86\x48\x01\x65\x03\x04"		/* 2.16.840.1.101.3.4 */
#define ECDSA_OID "\x2a\x86\x48\xce\x3d\x04"		/* 1.2.840.10045.4 */

/* RFC 8247 3.2 */
static const struct alg_hash hashes[] = {
	{ HASH_SHA1, ALG_MUST_NOT, "sha1", "SHA1", 20, OID("\x2b\x0e\x03\x02\x1a") },
	{ HASH_SHA2_256, ALG_MUST, "sha2-256", "SHA256", 32, OID(NIST_OID "\x02\x01") },
	{ HASH_SHA2_384, ALG_MAY, "sha2-384", "SHA384", 48, OID(NIST_OID "\x02\x02") },
	{ HASH_SHA2_512, ALG_SHOULD, "sha2-512", "SHA512", 64, OID(NIST_OID "\x02\x03") },
	{ HASH_IDENTITY, ALG_UNSPECIFIED, "identity", NULL, 0, { NULL, 0 } },
};

/* RFC 7427 appendix A, RFC 8420 appendix A; status: RFC 8247 3.2, which names few */
static const struct alg_sign schemes[] = {
	{ SIGN_RSA_PKCS1, ALG_MUST_NOT, HASH_SHA1, "rsa-pkcs1-sha1", "rsa", OID(RSA_OID "\x05") },
	{ SIGN_RSA_PKCS1, ALG_MAY, HASH_SHA2_256, "rsa-pkcs1-sha2-256", "rsa", OID(RSA_OID "\x0b") },
	{ SIGN_RSA_PKCS1, ALG_MAY, HASH_SHA2_384, "rsa-pkcs1-sha2-384", "rsa", OID(RSA_OID "\x0c") },
	{ SIGN_RSA_PKCS1, ALG_MAY, HASH_SHA2_512, "rsa-pkcs1-sha2-512", "rsa", OID(RSA_OID "\x0d") },
	{ SIGN_RSA_PSS, ALG_MUST_NOT, HASH_SHA1, "rsa-pss-sha1", "rsa", OID(RSA_OID "\x0a") },
	{ SIGN_RSA_PSS, ALG_MUST, HASH_SHA2_256, "rsa-pss-sha2-256", "rsa", OID(RSA_OID "\x0a") },
	{ SIGN_RSA_PSS, ALG_UNSPECIFIED, HASH_SHA2_384, "rsa-pss-sha2-384", "rsa", OID(RSA_OID "\x0a") },
	{ SIGN_RSA_PSS, ALG_UNSPECIFIED, HASH_SHA2_512, "rsa-pss-sha2-512", "rsa", OID(RSA_OID "\x0a") },
	{ SIGN_ECDSA, ALG_MUST_NOT, HASH_SHA1, "ecdsa-sha1", "ecdsa", OID(ECDSA_OID "\x01") },
	{ SIGN_ECDSA, ALG_SHOULD, HASH_SHA2_256, "ecdsa-sha2-256", "ecdsa", OID(ECDSA_OID "\x03\x02") },
	{ SIGN_ECDSA, ALG_UNSPECIFIED, HASH_SHA2_384, "ecdsa-sha2-384", "ecdsa", OID(ECDSA_OID "\x03\x03") },
	{ SIGN_ECDSA, ALG_UNSPECIFIED, HASH_SHA2_512, "ecdsa-sha2-512", "ecdsa", OID(ECDSA_OID "\x03\x04") },
	{ SIGN_EDDSA, ALG_UNSPECIFIED, HASH_IDENTITY, "ed25519", "ed25519", OID("\x2b\x65\x70") },
	{ SIGN_EDDSA, ALG_UNSPECIFIED, HASH_IDENTITY, "ed448", "ed448", OID("\x2b\x65\x71") },
	{ SIGN_DSA, ALG_MUST_NOT, HASH_SHA1, "dsa-sha1", "dsa", OID("\x2a\x86\x48\xce\x38\x04\x03") },
	{ SIGN_DSA, ALG_UNSPECIFIED, HASH_SHA2_256, "dsa-sha2-256", "dsa", OID(NIST_OID "\x03\x02") },
};

/* RFC 8247 3.1.  RSA by itself means PKCS#1 v1.5 with a hash that the signature says, SHA-1 by custom. */
static const struct alg_auth methods[] = {
	{ AUTH_RSA, ALG_MUST, "RSA digital signature", NULL, NULL },
	{ AUTH_PSK, ALG_MUST, "shared key message integrity code", NULL, NULL },
	{ AUTH_DSS, ALG_SHOULD_NOT, "DSS digital signature", "dsa-sha1", NULL },
	{ AUTH_ECDSA_256, ALG_SHOULD, "ECDSA with SHA-256 on P-256", "ecdsa-sha2-256", "secp256r1" },
	{ AUTH_ECDSA_384, ALG_SHOULD, "ECDSA with SHA-384 on P-384", "ecdsa-sha2-384", "secp384r1" },
	{ AUTH_ECDSA_521, ALG_SHOULD, "ECDSA with SHA-512 on P-521", "ecdsa-sha2-512", "secp521r1" },
	{ AUTH_GSPM, ALG_UNSPECIFIED, "generic secure password", NULL, NULL },
	{ AUTH_NULL, ALG_UNSPECIFIED, "NULL", NULL, NULL },
	{ AUTH_SIGNATURE, ALG_SHOULD, "digital signature", NULL, NULL },
};

static bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && a.n > 0 && memcmp(a.p, b.p, a.n) == 0;
}

const struct alg_hash *alg_hash_by_id(uint16_t id)
{
	for (size_t i = 0; i < COUNT(hashes); i++)
		if (hashes[i].id == id)
			return &hashes[i];
	return NULL;
}

const struct alg_hash *alg_hash_by_oid(struct span oid)
{
	for (size_t i = 0; i < COUNT(hashes); i++)
		if (span_eq(hashes[i].oid, oid))
			return &hashes[i];
	return NULL;
}

const struct alg_sign *alg_sign_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT(schemes); i++)
		if (name_eq(schemes[i].name, name))
			return &schemes[i];
	return NULL;
}

const struct alg_sign *alg_sign_by_oid(struct span oid, uint16_t hash)
{
	for (size_t i = 0; i < COUNT(schemes); i++)
		if (span_eq(schemes[i].oid, oid) && (hash == 0 || schemes[i].hash == hash))
			return &schemes[i];
	return NULL;
}

const struct alg_sign *alg_sign_by_kind(enum sign_kind kind, uint16_t hash)
{
	for (size_t i = 0; i < COUNT(schemes); i++)
		if (schemes[i].kind == kind && schemes[i].hash == hash)
			return &schemes[i];
	return NULL;
}

const struct alg_auth *alg_auth_by_method(uint8_t method)
{
	for (size_t i = 0; i < COUNT(methods); i++)
		if (methods[i].method == method)
			return &methods[i];
	return NULL;
}

const struct alg_hash *alg_hash_row(size_t i)
{
	return i < COUNT(hashes) ? &hashes[i] : NULL;
}

const struct alg_sign *alg_sign_row(size_t i)
{
	return i < COUNT(schemes) ? &schemes[i] : NULL;
}

const struct alg_auth *alg_auth_row(size_t i)
{
	return i < COUNT(methods) ? &methods[i] : NULL;
}
