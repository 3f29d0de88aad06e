/*
 * tls_priv.h - what the files of TLS share.
 */
#ifndef CRYPTO_TLS_PRIV_H
#define CRYPTO_TLS_PRIV_H

#include <openssl/ssl.h>

#include "crypto/tls.h"

struct tls {
	struct tls_conf conf;
	SSL_CTX *ctx;
	SSL *ssl;
	bool established, told;		/* handshake over; RFC 9190's octet is through */
	bool failed, no_memory;
	struct cert *peer;
	char why[TLS_WHY];
};

/* Certificates, key and anchors' names into t->ctx; the judge of the peer's chain. */
int tls_credentials(struct tls *t, struct err *e);

#endif
