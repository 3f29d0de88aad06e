/*
 * creds.h - how this end proves who it is, and whom it believes (RFC 7296 2.15, 3.6, 3.7; RFC 7427, 7670, 7619).
 *
 * Everything is borrowed by the sessions that use it and read only.  No anchor and no key of the peer: nobody
 * is believed.
 */
#ifndef IKE_CREDS_H
#define IKE_CREDS_H

#include "crypto/cert_set.h"
#include "ike/eap.h"
#include "ike/identity.h"

/* How an end authenticates; a set of them is 1 << each. */
enum creds_how { CREDS_PSK, CREDS_CERT, CREDS_RAW_KEY, CREDS_EAP, CREDS_NULL, CREDS_HOWS };

enum { CREDS_PSKS = 65536 };

/* A pre-shared key for peers of this identity (type 0: for all). */
struct creds_psk { struct identity remote; struct secret key; };

struct creds {
	enum creds_how how;		/* this end; EAP: as client */
	unsigned remote;		/* what the peer may do: 1 << enum creds_how */
	struct creds_psk *psk;		/* npsk of them, heap; creds_add_psk() */
	unsigned npsk;
	struct cert_set own;		/* private key, its certificate, intermediates */
	struct cert_set anchors;	/* CAs, and their revocation lists */
	struct cert_set remote_keys;	/* raw public keys, and certificates that are believed as they are */
	struct cert_policy policy;	/* when is set at each check */
	bool pss;			/* RSA signs with PSS where the peer takes method 14 */
	bool old_methods;		/* signs by methods 1 and 9 to 11, also where the peer takes 14 */
	bool send_cert;			/* false: only if asked (default true: always) */
	struct eap_conf eap;		/* client's, or, with remote & 1 << CREDS_EAP, server's */
	bool eap_only;			/* RFC 5998: the responder proves itself by EAP alone */
	struct arena arena;		/* PSKs, passwords */
};

const char *creds_how_name(enum creds_how h);		/* "psk", "certificate", "raw-key", "eap", "null" */
void creds_init(struct creds *c);			/* nobody is believed */
/* A copy of the key in the arena. */
int creds_add_psk(struct creds *c, const struct identity *remote, const void *key, size_t n, struct err *e);
/* The key for a peer: one for that identity before one for all; type 0: one for all.  NULL: none. */
const struct secret *creds_psk_for(const struct creds *c, uint8_t type, struct span id);
void creds_clear(struct creds *c);

#endif
