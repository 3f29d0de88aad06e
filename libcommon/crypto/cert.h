/*
 * cert.h - X.509 certificates and revocation lists of IKE peers (RFC 5280, RFC
 * 4945): what they say, whom they name, who vouches for them.
 *
 * Bytes are hostile: nothing longer than CERT_DER_MAX is read, lists are cut at
 * the sizes below and say how many there were.  Whatever is text or bytes of the
 * certificate is given raw, as a span that lives as long as the struct cert, and
 * is to be escaped where it is shown.  Times are seconds since 1970, UTC.  One
 * certificate may be read by one thread at a time.
 */
#ifndef CRYPTO_CERT_H
#define CRYPTO_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "crypto/pkey.h"

enum { CERT_DER_MAX = 64 * 1024, CERT_CRL_MAX = 4 << 20, CERT_NAMES = 64, CERT_PURPOSES = 16, CERT_URLS = 4,
	DN_TEXT = 2048 };

enum cert_name_kind { CERT_DNS, CERT_EMAIL, CERT_IP, CERT_URI, CERT_DN, CERT_OTHER };

/* One subjectAltName.  value: text of DNS, EMAIL and URI; 4 or 16 bytes of IP; DER Name of DN; DER
 * GeneralName of OTHER. */
struct cert_name { enum cert_name_kind kind; struct span value; };

enum {					/* RFC 5280 4.2.1.3 */
	CERT_DIGITAL_SIGNATURE = 1, CERT_NON_REPUDIATION = 2, CERT_KEY_ENCIPHERMENT = 4,
	CERT_DATA_ENCIPHERMENT = 8, CERT_KEY_AGREEMENT = 16, CERT_KEY_CERT_SIGN = 32, CERT_CRL_SIGN = 64,
	CERT_ENCIPHER_ONLY = 128, CERT_DECIPHER_ONLY = 256,
};

struct cert_fields {
	struct span der;
	unsigned version;			/* 1 to 3 */
	struct span serial;			/* big-endian, no sign */
	struct span subject, issuer;		/* text, see dn_format() */
	struct span subject_der, issuer_der;	/* DER Name: what an ID of type DER_ASN1_DN holds */
	int64_t not_before, not_after;
	struct span signature;			/* text: alg_sign.name, else OpenSSL's or the OID */
	bool key_usable;			/* else cert_key() says why not, and key is zero */
	struct pkey_info key;
	bool has_constraints, ca;
	int path_len;				/* -1: not said */
	bool has_usage;
	unsigned usage;				/* CERT_DIGITAL_SIGNATURE | ... */
	size_t n_purpose;			/* how many there are; the first CERT_PURPOSES are kept */
	struct span purpose[CERT_PURPOSES];	/* text: "serverAuth", "ipsecIKE", or the OID */
	size_t n_name;				/* likewise */
	struct cert_name name[CERT_NAMES];
	size_t n_crl_url;			/* likewise */
	struct span crl_url[CERT_URLS];
	bool has_id;				/* id is there */
	uint8_t id[PKEY_ID];			/* SHA-1 of the SubjectPublicKeyInfo: in CERTREQ, RFC 7296 3.7 */
	struct span subject_key_id, authority_key_id;	/* the extensions; empty: not there */
	uint8_t sha1[20], sha256[32];		/* of der; sha1 is what hash-and-URL names it by */
};

struct cert;			/* opaque: OpenSSL's object inside */
struct crl;

/* DER, and nothing behind it. */
struct cert *cert_decode(struct span der, struct err *e);
void cert_free(struct cert *c);
const struct cert_fields *cert_fields(const struct cert *c);
/* The key, borrowed; NULL with a reason: of a type or form that is not used. */
const struct pkey *cert_key(const struct cert *c, struct err *e);
/* Names, key ids and key fit: says nothing of the signature. */
bool cert_may_issue(const struct cert *issuer, const struct cert *c);

struct crl_fields {
	struct span der;
	struct span issuer, issuer_der;		/* as above */
	int64_t this_update, next_update;	/* next_update INT64_MAX: not said */
	struct span signature;
	struct span number;			/* big-endian; empty: not said */
	size_t n_revoked;
};

struct crl *crl_decode(struct span der, struct err *e);
void crl_free(struct crl *c);
const struct crl_fields *crl_fields(const struct crl *c);

/* Who an ID payload says it is (RFC 7296 3.5); the numbers are those of the wire. */
enum cert_id {
	CERT_ID_IPV4 = 1, CERT_ID_FQDN = 2, CERT_ID_RFC822 = 3, CERT_ID_IPV6 = 5, CERT_ID_DN = 9, CERT_ID_GN = 10,
	CERT_ID_KEY_ID = 11,
};

/*
 * Whether the certificate names this identity: FQDN, RFC822, addresses and GN in its subjectAltName, DN as
 * its subject; KEY_ID its subjectKeyIdentifier or the SHA-1 of its key.  Exact, domains in any case; a
 * wildcard is a name like any other (RFC 4945 5.1.3.6).  Other types: false.
 */
bool cert_names(const struct cert *c, unsigned type, struct span id);

/*
 * A DER Name as text, in its order: C=XX, O="A, B", CN=gw.  Values are raw UTF-8 of the other string types;
 * those with , + = " \ < > ; # or a blank at an end are in quotes, with \ before " and \.  Up to DN_TEXT bytes
 * into out, no NUL; the length, or -1.  What does not fit is left out.
 */
int dn_format(struct span der, char out[DN_TEXT], struct err *e);
/* Whether two DER Names are the same as RFC 5280 7.1 compares them: case, blanks and kinds of string do not count. */
bool dn_eq(struct span a, struct span b);
/* Text of that form, or with / for the commas as OpenSSL writes it, to DER; its length. */
int dn_parse(const char *text, uint8_t *der, size_t room, struct err *e);

#endif
