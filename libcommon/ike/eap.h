/*
 * eap.h - EAP inside IKE_AUTH, as client and as server (RFC 3748, RFC 7296 2.16): Identity, MD5-Challenge, GTC,
 * MSCHAPv2 (draft-kamath-pppext-eap-mschapv2, RFC 2759), TLS (RFC 5216).
 *
 * Packets in, packets out; no sockets, no clock but the time that is given (certificates).  A method is one
 * row (eap/NAME.c).  The server asks for the identity first unless it is told not to; the client answers what
 * it is asked, with NAK for methods it was not given.  Names and passwords are the caller's and outlive the
 * conversation; the MSK lives in the arena given.
 */
#ifndef IKE_EAP_H
#define IKE_EAP_H

#include "base/err.h"
#include "base/secret.h"
#include "base/wr.h"
#include "crypto/cert_set.h"
#include "crypto/rng.h"
#include "ike/ids.h"

enum { EAP_PACKET_MAX = 65535, EAP_MSK = 64, EAP_NAME_MAX = 253, EAP_WHY = 300 };

/* What both roles use; a method that lacks something is not offered, and NAKed. */
struct eap_conf {
	unsigned methods;		/* 1 << enum eap_type; order of preference: TLS, MSCHAPv2, MD5, GTC */
	const char *identity;		/* client: EAP-Identity; "": none */
	struct span password;		/* client */
	/* server: the password of a name, 1 found, 0 unknown */
	int (*user)(void *arg, struct span name, struct span *password);
	void *arg;
	bool ask_identity;		/* server: begin with EAP-Identity (else with the method) */
	const struct cert_set *certs;	/* TLS: own chain and private key */
	const struct cert_set *anchors;	/* TLS: who vouches for the peer */
	const struct cert_policy *policy;
	const char *server_name;	/* client, TLS: subjectAltName the server must have; NULL: any of the anchors' */
};

struct eap;

enum eap_state { EAP_GOES_ON, EAP_DONE, EAP_FAILED };

struct eap *eap_client_new(const struct eap_conf *conf, struct rng *rng, struct arena *arena, struct err *e);
struct eap *eap_server_new(const struct eap_conf *conf, struct rng *rng, struct arena *arena, struct err *e);
void eap_free(struct eap *x);
/*
 * One packet in (empty: the server begins), one out into w; nothing is written where nothing is to be sent.
 * EAP_DONE: as server it wrote EAP-Success, as client it read it; EAP_FAILED likewise, why says what happened.
 * -1: memory and the like.
 */
int eap_step(struct eap *x, struct span in, struct wr *w, struct err *e);	/* enum eap_state */
/* After EAP_DONE: 64 octets, or empty for methods that make none (MD5, GTC). */
const struct secret *eap_msk(const struct eap *x);
/* "EAP-MSCHAPv2", or NULL: none was agreed on yet. */
const char *eap_method(const struct eap *x);
/* The method in use proves the server to the client and makes a key (RFC 5998 4): TLS, MSCHAPv2 does not count. */
bool eap_is_mutual(const struct eap *x);
bool eap_methods_mutual(unsigned methods);	/* all of them */
/* Who the peer said it is: EAP-Identity; server. */
struct span eap_peer_identity(const struct eap *x);
/* Why it failed, raw text; "" if it did not. */
const char *eap_why(const struct eap *x);
/* Row: "mschapv2" etc. and its type; NULL past the last. */
const struct name *eap_method_name(size_t i);

#endif
