/*
 * alg_auth.h - the registry of how IKE peers sign: hash algorithms, signature
 * schemes and authentication methods, one row each.
 *
 * Rows are constant and live for ever.  Numbers: IANA "IKEv2 Parameters",
 * "IKEv2 Hash Algorithms" (RFC 7427) and "IKEv2 Authentication Method".  Status:
 * RFC 8247 section 3.
 */
#ifndef CRYPTO_ALG_AUTH_H
#define CRYPTO_ALG_AUTH_H

#include "base/rd.h"
#include "crypto/alg.h"

/* RFC 7427 7; RFC 8420 2: identity is for schemes that hash themselves */
enum { HASH_SHA1 = 1, HASH_SHA2_256, HASH_SHA2_384, HASH_SHA2_512, HASH_IDENTITY };

struct alg_hash {
	uint16_t id;			/* in a SIGNATURE_HASH_ALGORITHMS notify */
	enum alg_status status;
	const char *name;		/* "sha2-256" */
	const char *evp;		/* NULL: identity */
	uint8_t size;			/* bytes */
	struct span oid;		/* its DER without tag and length */
};

enum sign_kind { SIGN_RSA_PKCS1, SIGN_RSA_PSS, SIGN_ECDSA, SIGN_EDDSA, SIGN_DSA };

struct alg_sign {
	enum sign_kind kind;
	enum alg_status status;
	uint16_t hash;			/* an alg_hash */
	const char *name;		/* "rsa-pss-sha2-256" */
	const char *key;		/* the type of its key: "rsa", "ecdsa", "ed25519", "ed448", "dsa" */
	struct span oid;		/* as above; all of RSASSA-PSS have the same one */
};

enum {					/* RFC 7296 3.8 */
	AUTH_RSA = 1, AUTH_PSK = 2, AUTH_DSS = 3, AUTH_ECDSA_256 = 9, AUTH_ECDSA_384 = 10,
	AUTH_ECDSA_521 = 11, AUTH_GSPM = 12, AUTH_NULL = 13, AUTH_SIGNATURE = 14,
};

struct alg_auth {
	uint8_t method;
	enum alg_status status;
	const char *name;
	const char *sign;		/* the one scheme that it means, or NULL */
	const char *curve;		/* the one curve, or NULL */
};

const struct alg_hash *alg_hash_by_id(uint16_t id);
const struct alg_hash *alg_hash_by_oid(struct span oid);
const struct alg_sign *alg_sign_by_name(const char *name);
/* hash: 0 if the OID says it; NULL if there is no such scheme. */
const struct alg_sign *alg_sign_by_oid(struct span oid, uint16_t hash);
const struct alg_sign *alg_sign_by_kind(enum sign_kind kind, uint16_t hash);
const struct alg_auth *alg_auth_by_method(uint8_t method);
/* Row i, or NULL past the last. */
const struct alg_hash *alg_hash_row(size_t i);
const struct alg_sign *alg_sign_row(size_t i);
const struct alg_auth *alg_auth_row(size_t i);

#endif
