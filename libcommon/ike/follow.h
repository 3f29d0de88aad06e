/*
 * follow.h - recorded IKE exchanges followed: from messages to IKE SAs, their keys and their child SAs
 * (RFC 7296, 7383, 4555, 9242, 9370; RFC 2408, 2409).
 *
 * Messages are pushed in as a capture has them: repeated, in fragments, from either end, rekeyed, or
 * beginning in the middle.  Each is given back at once (fragments alone, the last to come with the whole), opened
 * where a key of the ring does so: keys are tried against the ICV, so that sets without SPIs find their IKE SA and
 * wrong ones are told.  What a message brings up is given after it: child SAs as descriptors, IKE SAs with their
 * keys.
 *
 * Nothing is sent and no clock is read: times are the capture's.  Memory is bounded: FOLLOW_SAS IKE SAs
 * at a time (the one unused longest is dropped), of each FOLLOW_PENDING requests and FOLLOW_CHILDREN
 * child SAs.  Keys go into an arena of the follower's.  One thread.
 */
#ifndef IKE_FOLLOW_H
#define IKE_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ike/keyring.h"
#include "ike/message.h"
#include "packet/datagram.h"
#include "packet/verdict.h"
#include "sa/sad.h"

enum { FOLLOW_SAS = 65536, FOLLOW_PENDING = 16, FOLLOW_CHILDREN = 256, FOLLOW_FRAGMENTS = 256,
	FOLLOW_WHY = 200 };

struct follow_end { struct addr addr; uint16_t port; };

enum follow_keys { FOLLOW_NO_KEYS, FOLLOW_WRONG_KEYS, FOLLOW_GOOD_KEYS };
enum follow_check { FOLLOW_UNCHECKED, FOLLOW_VERIFIED, FOLLOW_FORGED };
/* Of a child SA: it came up, its ends are elsewhere now (MOBIKE), it was deleted. */
enum follow_news { FOLLOW_UP, FOLLOW_MOVED, FOLLOW_DELETED };

/* An IKE SA as far as it was seen. */
struct follow_sa {
	uint64_t number;		/* from 1, in the order in which they came up */
	uint64_t replaces;		/* the number of the one it rekeyed; 0: none */
	int version;			/* 1, 2 */
	uint64_t spi_i, spi_r;		/* 0: not known yet */
	struct follow_end i, r;		/* initiator and responder of the exchange that made it, as last seen */
	bool floated;			/* on port 4500, or in TCP */
	bool nat_i, nat_r;		/* the initiator, the responder is behind a NAT */
	bool deleted;
	struct ike_keys k;		/* algorithms, nonces and what is known of the keys */
	enum follow_keys keys;
	const struct keyset *set;	/* where the keys came from, or NULL */
	const char *set_file;
	struct span id_i, id_r;		/* bodies of their ID payloads; empty: not seen */
};

/* A message, during the call. */
struct follow_message {
	const struct datagram *d;
	const struct ike_message *m;	/* NULL: shorter than a header */
	const struct follow_sa *sa;	/* NULL: no IKE SA */
	bool from_initiator;		/* of the IKE SA */
	bool response;			/* IKEv1: of what is seen */
	enum verdict verdict;		/* V_OK: in clear, or opened and verified */
	bool unverified;		/* IKEv1: opened, and nothing proves that the key was right */
	const char *why;		/* more of the verdict; or NULL */
	uint64_t repeats;		/* frame of the same message before; 0: none */
	bool first_no_key;		/* nothing encrypted of this IKE SA came before, and this could not be opened */
	bool nat;			/* it showed a NAT, see sa->nat_i and sa->nat_r */
	const uint64_t *frame;		/* all that it came in */
	unsigned nframes;
	unsigned fragment, fragments;	/* of a fragment alone; whole messages have 0 */
	unsigned sends;			/* of a fragment: how often its message was sent, as far as seen; 0: not a good one */
	unsigned came, missing;		/* how many of its fragments came in all of these, opened or not, and the lowest number
					 * that did not; 0: all came; above fragments: nobody said how many there are (IKEv1) */
	bool whole;			/* put together from fragments, the last of which this is */
	enum follow_check auth;		/* of AUTH, HASH or SIG in it */
	const char *auth_why;		/* what was checked, or why it could not be; or NULL */
};

struct follow_options {
	struct keyring *ring;		/* NULL: no keys */
	const struct sad *sad;		/* SAs of the same sources: keys of child SAs that cannot be derived; or NULL */
	const struct secret *psk;	/* pre-shared key to check AUTH with; or NULL */
	unsigned limit;			/* IKE SAs at a time; 0: FOLLOW_SAS */
	void *arg;
	int (*message)(void *arg, const struct follow_message *m, struct err *e);
	/* borrows sa */
	int (*child)(void *arg, struct sa *sa, const struct follow_sa *of, enum follow_news news, struct err *e);
	/* the keys of an IKE SA were found, or more of them; may be NULL */
	int (*keys)(void *arg, const struct follow_sa *sa, struct err *e);
	/* something worth a word that no message tells; may be NULL */
	void (*note)(void *arg, const char *text);
};

struct follow;

/* The options are copied, what they point to is borrowed.  child may be NULL. */
struct follow *follow_new(const struct follow_options *o, struct err *e);
void follow_free(struct follow *f);
/* One datagram of kind DATAGRAM_IKE. */
int follow_push(struct follow *f, const struct datagram *d, struct err *e);
/*
 * One datagram of kind DATAGRAM_ESP, where of the IKE SA between its hosts SK_d is known and nothing else: the
 * first child SA is given if the packet is of it, with the algorithms whose keys verify its ICV.
 */
int follow_esp(struct follow *f, const struct datagram *d, struct err *e);
/* IKE SAs seen, and those dropped for others. */
uint64_t follow_count(const struct follow *f);
uint64_t follow_dropped(const struct follow *f);

#endif
