/*
 * message.h - a whole IKE message, decoded as far as it can be (RFC 7296 3.1, RFC 2408 3.1).
 *
 * ike_message_decode() fails only where no header can be read or memory is out; everything else
 * that is wrong is in `faults`.  What was decoded borrows from `wire`, and after ike_message_open()
 * from the plaintext: both have to outlive the message.  One message takes at most
 * IKE_MESSAGE_MEMORY.
 *
 *	ike_message_decode(&m, wire, &e);
 *	sk = ike_message_sk(&m);		IKEv2: what to decrypt, or NULL; IKEv1: m.sealed
 *	ike_message_open(&m, first, plain, &e);	what was in it
 *	ike_rules_check(&m);			ike/rules.h: what should not be there, or should
 *	...
 *	ike_message_clear(&m);
 */
#ifndef IKE_MESSAGE_H
#define IKE_MESSAGE_H

#include "ike/hdr.h"
#include "ike/payload.h"

enum { IKE_MESSAGE_MEMORY = 4 << 20 };

struct ike_message {
	struct ike_hdr hdr;
	struct span wire;			/* what its header delimits and there is */
	struct ike_payloads payloads;		/* in clear; SK or SKF, if any, is the last */
	struct span sealed;			/* IKEv1 with flag E: all after the header */
	bool opened;				/* inner holds what was encrypted */
	struct ike_payloads inner;
	struct ike_faults faults;
	struct mem mem;
};

void ike_message_init(struct ike_message *m);
/* m is cleared first. */
int ike_message_decode(struct ike_message *m, struct span wire, struct err *e);
/* What SK, the fragments of SKF, or an encrypted IKEv1 message held; IKEv1: with its padding.
 * first is the type of the first payload: SK's (of fragments: the first's) sk.first, IKEv1's
 * hdr.next. */
int ike_message_open(struct ike_message *m, uint8_t first, struct span plain, struct err *e);
void ike_message_clear(struct ike_message *m);

/* The SK or SKF payload, or NULL. */
const struct ike_payload *ike_message_sk(const struct ike_message *m);
/* All that can be read: the inner payloads where opened, else those in clear. */
const struct ike_payloads *ike_message_payloads(const struct ike_message *m);

/*
 * Header and payloads; next payload and length are made, hdr.next and hdr.length are not read.
 * IKEv1 with `sealed` set, or opened: sealed follows the header, hdr.next is kept.
 */
int ike_message_encode(const struct ike_message *m, struct wr *w, struct err *e);
/* The fields of the header, "payloads" and "faults", into the object that is open. */
void ike_message_show(struct out *o, const struct ike_message *m);

#endif
