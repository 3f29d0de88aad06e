/*
 * cert_make.h - new certificates: authorities, intermediate ones, and end
 * entities for IKE (RFC 5280, RFC 4945), and the files they go to.
 */
#ifndef CRYPTO_CERT_MAKE_H
#define CRYPTO_CERT_MAKE_H

#include "crypto/cert_set.h"

enum { CERT_MAKE_NAMES = 32 };

/* A purpose that can be asked for. */
struct cert_purpose { const char *name, *oid, *what; };
const struct cert_purpose *cert_purpose_row(size_t i);		/* NULL past the last */
const struct cert_purpose *cert_purpose_by_name(const char *name);

struct cert_plan {
	bool ca;
	int path_len;				/* ca: -1 says none */
	struct span subject;			/* DER Name */
	int64_t not_before, not_after;		/* seconds since 1970; years 1950 to 9999 */
	struct cert_name name[CERT_MAKE_NAMES];	/* subjectAltName: DNS, EMAIL, IP, URI, DN */
	size_t n_name;
	const struct cert_purpose *purpose[CERT_PURPOSES];
	size_t n_purpose;
	bool pss;				/* an RSA issuer signs by RSASSA-PSS */
	const struct pkey *key;			/* the subject's */
	const struct cert *issuer;		/* NULL: self-signed */
	const struct pkey *issuer_key;		/* private; NULL with issuer */
	struct rng *rng;			/* serial and signature; NULL: the library's */
};

/* A name as typed: an address, an e-mail address, else a host; or with dns:, email:, ip:, uri: or dn: before.
 * room: where the value goes, which the name then borrows. */
int cert_name_parse(struct cert_name *name, const char *text, uint8_t *room, size_t n, struct err *e);

struct cert *cert_make(const struct cert_plan *p, struct err *e);

/* A revocation list. */
struct crl_plan {
	const struct cert *issuer;
	const struct pkey *issuer_key;		/* private */
	const struct cert *const *revoked;	/* n_revoked certificates, all of this issuer */
	size_t n_revoked;
	int64_t this_update, next_update;	/* seconds since 1970 */
	uint64_t number;			/* RFC 5280 5.2.3: grows from list to list */
	bool pss;
	struct rng *rng;			/* as above */
};
struct crl *crl_make(const struct crl_plan *p, struct err *e);

/* PEM, malloc'd. */
int crl_write_pem(const struct crl *c, char **out, size_t *n, struct err *e);
int cert_write_pem(const struct cert *c, char **out, size_t *n, struct err *e);
/* PKCS#12 of a certificate, its key and those of others, encrypted with AES-256; a new secret in a. */
int cert_write_pkcs12(const struct cert *c, const struct pkey *k, const struct cert_set *others, const char *pass,
    struct rng *rng, struct arena *a, struct secret *out, struct err *e);

#endif
