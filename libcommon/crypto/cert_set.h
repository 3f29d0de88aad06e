/*
 * cert_set.h - the certificates, revocation lists and keys of files and of CERT
 * payloads, and whether a chain of them leads to an anchor.
 *
 * A set owns what is in it.  Files may hold any number of PEM blocks, or one
 * thing in DER: a certificate, a revocation list, a PKCS#7 bundle, a key, or a
 * PKCS#12 archive.  No set grows beyond CERT_SET_MAX of a kind.
 */
#ifndef CRYPTO_CERT_SET_H
#define CRYPTO_CERT_SET_H

#include "crypto/cert.h"

enum { CERT_SET_MAX = 1024, CERT_FILE_MAX = 4 << 20, CERT_CHAIN_MAX = 16 };

struct cert_set {			/* all zero: empty */
	struct cert **cert;
	struct crl **crl;
	struct pkey **key;		/* public (raw) and private ones */
	size_t ncert, ncrl, nkey;
};

void cert_set_clear(struct cert_set *s);
/* Each moves, also when it fails. */
int cert_set_add(struct cert_set *s, struct cert *c, struct err *e);
int cert_set_add_crl(struct cert_set *s, struct crl *c, struct err *e);
int cert_set_add_key(struct cert_set *s, struct pkey *k, struct err *e);
/* A file's bytes, recognised by content; ask: for PKCS#12 and encrypted keys, may be NULL.  How many things
 * were added; -1, also when there was none. */
int cert_set_read(struct cert_set *s, struct span file, const struct passphrase *ask, struct err *e);
/* PKCS#12 (RFC 7292), the same. */
int cert_set_read_pkcs12(struct cert_set *s, struct span file, const struct passphrase *ask, struct err *e);
/* The certificate that goes with a private key, or NULL. */
struct cert *cert_set_of_key(const struct cert_set *s, const struct pkey *k);

/* CERT payload (RFC 7296 3.6): what its encoding means; name NULL in the last row. */
enum {
	CERT_PKCS7 = 1, CERT_X509 = 4, CERT_X509_KE = 5, CERT_CRL = 7, CERT_RAW_RSA = 11, CERT_HASH_URL = 12,
	CERT_HASH_URL_BUNDLE = 13, CERT_OCSP = 14, CERT_RAW_KEY = 15,
};

/* The parts of hash-and-URL, which is never fetched. */
struct cert_url { struct span sha1, url; };

/*
 * Adds what the payload's data (behind the encoding) holds: certificates, CRLs or a raw public key (RFC
 * 7670), PKCS#7 unwrapped.  HASH_URL fills url and adds nothing, others leave it empty.  How many were added;
 * -1 for data that cannot be read, or an encoding that holds none of these.
 */
int cert_set_add_payload(struct cert_set *s, unsigned encoding, struct span data, struct cert_url *url,
    struct err *e);

enum cert_trust {			/* why a chain is not trusted; one verdict, the worst first met */
	CERT_TRUSTED, CERT_NO_ANCHOR, CERT_EXPIRED, CERT_NOT_YET_VALID, CERT_REVOKED, CERT_BAD_SIGNATURE,
	CERT_NOT_CA, CERT_BAD_USAGE, CERT_NO_CRL, CERT_BAD_CRL, CERT_WEAK, CERT_BAD_CHAIN,
};

struct cert_verdict {
	enum cert_trust trust;
	const char *why;			/* a constant: "certificate has expired" */
	unsigned depth;				/* which one: 0 is the peer's, 1 its issuer... */
	char subject[DN_TEXT];			/* of that one: raw, n_subject bytes */
	size_t n_subject;
	unsigned chain;				/* how many there were up to the anchor, both included */
};

/* "trusted", "no-anchor", "expired"...: closed words for JSON */
const char *cert_trust_name(enum cert_trust t);

/* What the certificate is to be good for, as TLS libraries see it (RFC 5280 4.2.1.12): if it, or an authority on the way,
 * has an extended key usage, that must say so. */
enum cert_use { CERT_USE_ANY, CERT_USE_TLS_SERVER, CERT_USE_TLS_CLIENT };

struct cert_policy {
	int64_t when;				/* the time to check at, seconds since 1970 */
	bool any_time;				/* validity is not checked: captures of the past */
	enum cert_use use;
	bool need_crl;				/* an issuer without a CRL fails; else CRLs count where they are */
};

/*
 * Whether c leads, by way of others (the peer's CERT payloads and what we hold), to one of anchors, and
 * none on the way is revoked by a CRL of anchors or others.  An anchor need not be self-signed; c itself
 * may be one.  A key usage without signing fails (RFC 4945 5.1.3.2), so do MD5 signatures.  0 with a verdict,
 * -1 if there is none to be had (memory).
 */
int cert_check(struct cert_verdict *v, const struct cert *c, const struct cert_set *others,
    const struct cert_set *anchors, const struct cert_policy *policy, struct err *e);

#endif
