/*
 * eap.h - EAP inside IKE_AUTH, as client and as server (RFC 3748, RFC 7296 2.16): Identity, MD5-Challenge, GTC,
 * MSCHAPv2 (draft-kamath-pppext-eap-mschapv2, RFC 2759), TLS (RFC 5216 over TLS 1.2, RFC 9190 over TLS 1.3).
 *
 * Packets in, packets out; no sockets, no clock but the time that is given (certificates).  A method is one
 * row (eap/NAME.c).  The server asks for the identity first unless it is told not to; the client answers what
 * it is asked, with NAK for methods it was not given.  IKE carries packets in order and once, so what is not
 * as it should be ends the conversation.  The struct eap_conf and what it points to are the caller's, read
 * only, and outlive the conversation.  The MSK lives in the arena given, until eap_free() wipes it.
 */
#ifndef IKE_EAP_H
#define IKE_EAP_H

#include "base/err.h"
#include "base/names.h"
#include "base/secret.h"
#include "base/wr.h"
#include "crypto/cert_set.h"
#include "crypto/rng.h"
#include "ike/ids.h"

enum {
	EAP_PACKET_MAX = 65535, EAP_OUT_MAX = 1500,	/* what is read; what a step writes */
	EAP_MSK = 64, EAP_NAME_MAX = 253, EAP_PASSWORD_MAX = 256, EAP_WHY = 300,
	EAP_ROUNDS_MAX = 1024,				/* packets of the other end in one conversation */
};

/* What both roles use; a method that lacks something is not offered, and NAKed. */
struct eap_conf {
	unsigned methods;		/* 1 << enum eap_type; order of preference: TLS, MSCHAPv2, MD5, GTC */
	const char *identity;		/* client: EAP-Identity and user name; server: who the peer is if it is not asked; NULL or "": none */
	struct span password;		/* client; UTF-8; p NULL: none */
	/* server: the password of a name, 1 found, 0 unknown; NULL: no passwords */
	int (*user)(void *arg, struct span name, struct span *password);
	void *arg;
	bool ask_identity;		/* server: begin with EAP-Identity (else with the method) */
	const struct cert_set *certs;	/* TLS: own certificates, private key, chain */
	const struct cert_set *anchors;	/* TLS: who vouches for the peer, and CRLs */
	const struct cert_policy *policy;	/* TLS; its use is set here */
	const char *server_name;	/* client, TLS: who the server's certificate must name, as cert_name_parse() reads it; NULL: any of the anchors' */
	bool any_peer;			/* server, TLS: the client's certificate need not name its EAP-Identity, which is an anonymous one, say */
	unsigned tls_max;		/* TLS: 12 or 13; 0: 13 */
};

struct eap;

enum eap_state { EAP_GOES_ON, EAP_DONE, EAP_FAILED };

struct eap *eap_client_new(const struct eap_conf *conf, struct rng *rng, struct arena *arena, struct err *e);
struct eap *eap_server_new(const struct eap_conf *conf, struct rng *rng, struct arena *arena, struct err *e);
void eap_free(struct eap *x);
/*
 * One packet in (empty: the server begins), one out into w, at most EAP_OUT_MAX octets; nothing is written where
 * nothing is to be sent: by the client when EAP_DONE or EAP_FAILED came.  EAP_DONE: as server it wrote EAP-Success,
 * as client it read it, not before the method was content with the server; EAP_FAILED likewise, but a client also fails
 * without having been told so by the server.  Either is final.  -1: memory and the like.
 */
int eap_step(struct eap *x, struct span in, struct wr *w, struct err *e);	/* enum eap_state */
/* After EAP_DONE: 64 octets, or empty for methods that make none (MD5, GTC). */
const struct secret *eap_msk(const struct eap *x);
/* "EAP-MSCHAPv2", or NULL: none was agreed on yet. */
const char *eap_method(const struct eap *x);
/* The method in use proves the server to the client and makes a key (RFC 5998 4): TLS, MSCHAPv2 does not count. */
bool eap_is_mutual(const struct eap *x);
bool eap_methods_mutual(unsigned methods);	/* all of them, and there is one */
/*
 * Server: who the peer said it is by EAP-Identity; after EAP_DONE: the name whose password it knew, or that its
 * certificate has: what it said, but with any_peer or where nothing was said its first DNS name or e-mail address, or its
 * subject.  Raw.
 */
struct span eap_peer_identity(const struct eap *x);
/* The certificate the other end proved by TLS to have, borrowed; NULL before EAP_DONE, and for other methods. */
const struct cert *eap_peer_cert(const struct eap *x);
/* Why it failed, or is about to, raw text; "" if it did not. */
const char *eap_why(const struct eap *x);
/* The first of conf->methods that lacks what it needs, a password or a certificate; NULL: none does. */
const struct name *eap_method_lacking(const struct eap_conf *conf, bool server);
/* Row: "mschapv2" etc. and its type, in the order of preference; NULL past the last. */
const struct name *eap_method_name(size_t i);

#endif
