/*
 * cert_ca.h - an authority out of its files: certificate, those above it, private key.  For ipsec-keygen.
 */
#ifndef CLI_CERT_CA_H
#define CLI_CERT_CA_H

#include "crypto/cert_set.h"

struct cert_ca {			/* all zero: none */
	struct cert_set certs;		/* its own first */
	struct pkey *key;
};

/* pass: a file with the key's passphrase, or NULL; what is secret of it stays in the arena. */
int cert_ca_read(struct cert_ca *c, const char *cert, const char *key, const char *pass, struct arena *a, struct err *e);
void cert_ca_clear(struct cert_ca *c);
/* The first line of a file, with a NUL behind, which does not count; path NULL: empty. */
int cert_ca_passphrase(const char *path, struct arena *a, struct secret *to, struct err *e);

#endif
