/*
 * impair.h - faults on purpose in live IKE, for tests of peers: rows, as esp/impair.h has for packets.
 *
 * "NAME[:ARG][@EXCHANGE[:N]]": which fault, in which messages of this end (IKE_SA_INIT, IKE_AUTH, CREATE_CHILD_SA,
 * INFORMATIONAL, or "any"; N: only the Nth of them, from 1).  Faults act on payloads before they are sealed, on the
 * sealed message, or on datagrams as they go.
 */
#ifndef IKE_IMPAIR_H
#define IKE_IMPAIR_H

#include "base/err.h"
#include "crypto/rng.h"
#include "ike/build.h"
#include "ike/hdr.h"

enum { IKE_IMPAIRS = 16, IKE_IMPAIR_COPIES = 8 };

struct ike_impair;

struct ike_impair *ike_impair_new(const struct rng *rng, struct err *e);
void ike_impair_free(struct ike_impair *im);
int ike_impair_add(struct ike_impair *im, const char *text, struct err *e);
/* Rows for help and completions: name and one line; NULL past the last. */
const char *ike_impair_row(size_t i, const char **what);

/* Before the message is sealed: payloads may be added, left out, changed; the header's message id and flags too. */
void ike_impair_payloads(const struct ike_impair *im, struct ike_hdr *h, struct build *b);
/* The sealed datagram, in place: *n of at most room octets. */
void ike_impair_bytes(const struct ike_impair *im, const struct ike_hdr *h, uint8_t *p, size_t *n, size_t room);
/* How often this datagram is sent: 0 dropped, 1, 2 duplicated. */
unsigned ike_impair_times(const struct ike_impair *im, const struct ike_hdr *h);
/* An older datagram to send again now, or empty; copies what it may need of this one. */
struct span ike_impair_replay(const struct ike_impair *im, const struct ike_hdr *h, struct span now);
/* A fault that is no change of a message: "force-cookie", "early-delete", "no-rekey-answer", "wrong-spi"... is on. */
bool ike_impair_is(const struct ike_impair *im, const char *name);

#endif
