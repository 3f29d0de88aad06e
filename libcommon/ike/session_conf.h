/*
 * session_conf.h - what a session is to negotiate: filled in by a command, borrowed and read only while
 * sessions run, shared by all sessions of a responder.
 *
 * Times in nanoseconds, 0: never.
 */
#ifndef IKE_SESSION_CONF_H
#define IKE_SESSION_CONF_H

#include "base/mem.h"
#include "crypto/rng.h"
#include "ike/creds.h"
#include "ike/offer.h"
#include "ike/pool.h"
#include "sa/sa.h"

enum { SESSION_CHILDREN = 64, SESSION_DNS = 4, SESSION_OTHERS = 15 };

/* Where a message goes, or came from: this end and the other.  scope: of link-local addresses (fe80::1%eth0), the interface's
 * number; 0: not needed (RFC 4007 11). */
struct session_path { struct addr local, remote; uint16_t local_port, remote_port; uint32_t scope; };

struct ike_impair;			/* ike/impair.h */

/* A child SA that is asked for, or allowed. */
struct session_child_conf {
	const char *name;
	struct offers offers;		/* ESP or AH: all of one protocol */
	enum sa_mode mode;		/* SA_TUNNEL, SA_TRANSPORT: an initiator takes no other; a responder's SA_TRANSPORT: as asked */
	struct selector ts;		/* src: this end, dst: the other one */
	bool mine_dynamic, theirs_dynamic;	/* that side is the IKE SA's address, or the one given by CP */
	uint64_t rekey_ns, rekey_bytes, rekey_packets;
};

struct session_conf {
	struct offers ike;
	struct identity id, remote_id;	/* id of type 0: what the certificate says, else the address; remote_id: whoever
					 * authenticates */
	const struct creds *creds;
	struct session_child_conf child[SESSION_CHILDREN];
	unsigned nchild;
	bool childless;			/* initiator: no child in IKE_AUTH, each in an exchange of its own; responder: that is allowed */
	bool no_childless;		/* responder: neither announces nor takes it */
	bool narrow;			/* responder: default true: gives less than was asked where the rest is not allowed */

	bool want4, want6;		/* initiator: ask for a virtual address, DNS */
	struct addr want_addr4, want_addr6;	/* family 0: any */
	struct pool *pool;		/* responder; NULL: none */
	struct addr dns[SESSION_DNS];	/* responder gives */
	unsigned ndns;

	bool mobike, fragmentation, initial_contact;
	unsigned fragment_size;		/* octets of an IP packet with a fragment; 0: 1280 */
	uint16_t natt_port, remote_natt_port;	/* where IKE goes on behind a NAT, of either end; 0: 4500.  What comes to or
					 * leaves from natt_port has the marker */
	bool force_natt;		/* fake a NAT: UDP encapsulation whatever was found */
	bool force_cookie;		/* responder: ask everyone for a cookie */
	unsigned cookie_after;		/* half-open IKE SAs from which on cookies are asked for; 0: 64 */
	unsigned half_open_max;		/* further ones are not answered; 0: 4096 */

	/* Initiator: where else the peer may be.  Taken in turn if nobody answers the first message, sent three times, or the
	 * network says that there is no way; who has answered is not left. */
	struct session_path other[SESSION_OTHERS];
	unsigned nother;

	uint64_t retransmit_ns;		/* the first wait; 0: 1 s; each further is factor 1.8 of the one before */
	/* An error in clear in answer to IKE_SA_INIT may be forged (RFC 7296 2.21.1): a better answer is waited for until the request
	 * would be sent again.  Told so, it ends the session at once. */
	bool trust_refusals;
	unsigned retransmit_tries;	/* times that are sent again; 0: 5 */
	uint64_t half_open_ns;		/* responder; 0: 30 s */
	uint64_t keepalive_ns;		/* 0: 20 s, behind a NAT */
	uint64_t dpd_ns;		/* silence after which the peer is asked */
	uint64_t rekey_ns;		/* of the IKE SA */
	uint64_t reauth_ns;		/* initiator: a new IKE SA with all children instead of the old one; responder: asks for that */

	struct ike_impair *impair;	/* or NULL */
	struct rng *rng;		/* in secret memory: keys are made of it */
	struct mem mem;			/* for offers and names; session_conf_clear() frees it */
};

/* Everything "not said" in place. */
void session_conf_init(struct session_conf *c);
/* A responder or initiator that lacks what it needs: -1 names it ("no key to prove who this is: --psk-file, or --cert and --key"). */
int session_conf_check(const struct session_conf *c, bool initiator, struct err *e);
void session_conf_clear(struct session_conf *c);

#endif
