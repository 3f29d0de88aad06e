/*
 * probe.h - what a gateway answers to first messages: versions, transforms, vendor ids, NAT (RFC 7296 1.2, 2.6, 2.7,
 * 2.23; RFC 2408).
 *
 * Pure: requests out, answers in, one at a time; the caller sends, waits and is polite.  Nothing is ever authenticated.
 * Transforms are asked for one by one with a KE payload of a group that is not offered: who would take the proposal
 * answers INVALID_KE_PAYLOAD, who would not NO_PROPOSAL_CHOSEN, and neither computes or keeps anything.  One request,
 * with all there is and the right group, makes a half-open IKE SA that is then forgotten.  Who does not answer so is asked
 * with KE payloads of the group itself (plain).
 */
#ifndef IKE_PROBE_H
#define IKE_PROBE_H

#include "crypto/rng.h"
#include "ike/offer.h"
#include "ike/session.h"

enum probe_says { PROBE_UNASKED, PROBE_YES, PROBE_NO, PROBE_OTHER, PROBE_SILENT };

enum { PROBE_ALGS = 160, PROBE_VENDORS = 24, PROBE_VENDOR = 64, PROBE_NOTIFIES = 32, PROBE_MESSAGE = 4096 };

/* One transform that was asked for. notify: of PROBE_OTHER. */
struct probe_alg { uint8_t type; struct offer_alg alg; enum probe_says says; uint16_t notify; };

struct probe_result {
	unsigned asked, answered;	/* requests */
	enum probe_says v2, v1;		/* YES: it speaks that version, be it to refuse; NO: it says so; SILENT */
	uint16_t v2_notify, v1_notify;	/* what refused all that was offered; 0: it took something */
	bool cookie, plain;
	bool chosen;			/* suite: of all that was offered */
	struct offer suite;
	uint16_t v1_auth;		/* IKEv1: authentication method that was chosen, 0: none; v1_suite */
	struct offer v1_suite;
	bool nat_said, nat_here, nat_there;
	unsigned hashes;		/* SIGNATURE_HASH_ALGORITHMS: 1 << id */
	unsigned cas;			/* authorities in CERTREQ */
	uint16_t notify[PROBE_NOTIFIES];	/* of status, in the order they came */
	unsigned nnotify;
	struct { uint8_t n, b[PROBE_VENDOR]; } vendor[PROBE_VENDORS];	/* n octets, cut */
	unsigned nvendor;
	struct probe_alg alg[PROBE_ALGS];
	unsigned nalg;
};

struct probe;

enum { PROBE_BRIEF = 1 };		/* flags: no transforms one by one */

/* path and rng are borrowed, ports and addresses are for NAT detection. */
struct probe *probe_new(const struct session_path *path, unsigned flags, struct rng *rng, struct err *e);
void probe_free(struct probe *p);
/* What to send now: 1, valid until the next call; 0: all is known; -1.  Again: the same, until it was answered or lost. */
int probe_ask(struct probe *p, struct span *request, struct err *e);
/* 1: it answers what was asked; 0: it does not (of somebody else, late, damaged); -1. */
int probe_take(struct probe *p, struct span message, struct err *e);
/* No answer came. */
void probe_silent(struct probe *p);
const struct probe_result *probe_result(const struct probe *p);

#endif
