/*
 * tls.h - a TLS handshake by messages, for EAP-TLS (RFC 5216, 9190): both ends prove themselves by certificates,
 * a key comes out, no data is exchanged.
 *
 * TLS 1.2 with forward secrecy and authenticated ciphers or HMAC, and TLS 1.3; no resumption, no renegotiation, no
 * pre-shared keys.  What is believed is the caller's anchors and CRLs alone: neither the system's certificates nor a
 * configuration file nor the environment.  The peer's chain is judged as IKE's are (cert_check()), and for its use.
 * What the caller gives is borrowed until tls_free(); secrets are in OpenSSL's memory, which wipes them then.
 */
#ifndef CRYPTO_TLS_H
#define CRYPTO_TLS_H

#include "base/secret.h"
#include "crypto/cert_set.h"

enum { TLS_WHY = 200, TLS_MESSAGE_MAX = 64 * 1024 };

struct tls_conf {
	bool server;
	unsigned max;				/* 12 or 13 */
	const struct cert_set *own;		/* private key, its certificate, intermediate ones */
	const struct cert_set *anchors;		/* and CRLs */
	const struct cert_policy *policy;	/* its use is set here */
	const char *peer_name;			/* as cert_name_parse() reads it; NULL: any */
};

enum tls_state { TLS_GOES_ON, TLS_DONE, TLS_FAILED };

struct tls;

/* Whether own has a private key with its certificate. */
bool tls_can(const struct cert_set *own);
struct tls *tls_new(const struct tls_conf *conf, struct err *e);
void tls_free(struct tls *t);
/*
 * Records of the peer in (empty: the client begins); tls_out() is what to send it.  TLS_DONE: both ends proved
 * themselves, and under TLS 1.3 the server said so by the octet of RFC 9190 2.5, which comes to be sent, or came.
 * TLS_FAILED: tls_why(), and an alert may be there to be sent.  After TLS_DONE more may come: an alert fails it.
 * -1: memory.
 */
int tls_step(struct tls *t, struct span in, struct err *e);	/* enum tls_state */
/* What is yet to be sent, until the next tls_step(), which drops it. */
struct span tls_out(const struct tls *t);
/* After TLS_DONE: n octets of exporter (RFC 5705, RFC 8446 7.5); context NULL: none. */
int tls_export(const struct tls *t, const char *label, const struct span *context, uint8_t *out, size_t n,
    struct err *e);
bool tls_is_13(const struct tls *t);
/* The peer's, once its chain was believed; NULL before. */
const struct cert *tls_peer(const struct tls *t);
/* Raw text: it may quote the peer's certificate. */
const char *tls_why(const struct tls *t);

#endif
