/*
 * traffic.h - what child SAs carry: inner packets to ESP and back (RFC 4303, RFC 4301 5.1 and 5.2).
 *
 * Pure: no descriptors, no clock.  The outer IP and UDP headers are the system's: what goes out and comes in starts at the
 * SPI.  So DSCP, ECN and TTL of an outer header stay what the system makes of them, and inner headers are not changed.
 *
 * Outbound packets go to the child whose selectors hold them: the one that holds least, of several the newest.  What no
 * child takes is dropped (V_OUTSIDE_TS), as is what comes out of a child whose selectors do not hold it.  A child that
 * takes another one's place is used at once if this end began the exchange; else once the peer has used it or the other
 * one is gone (RFC 7296 2.8).  The other one opens packets until it goes.
 *
 * Transport mode: packets are whole ones between the two ends.  Their IP header is taken off (one with options or
 * extension headers cannot be: unsupported), and made anew at the other end: 64 hops, no fragments, checksums of TCP and
 * UDP corrected where a NAT stood between (RFC 3948 3.1.2).
 *
 * Children are known by the SPI they receive on, which is one of this end's choice and unique.  Keys are borrowed
 * during traffic_up() only.  Nothing is allocated for a packet; one thread.
 */
#ifndef IKE_TRAFFIC_H
#define IKE_TRAFFIC_H

#include "ike/session.h"

struct traffic;

/* Of one direction, of a child or of all: verdicts, and octets of the inner packets that passed. */
struct traffic_count { struct tally tally; uint64_t bytes; };

/* Borrows rng, for IVs. */
struct traffic *traffic_new(struct rng *rng, struct err *e);
void traffic_free(struct traffic *t);

/* udp: ESP goes in UDP, between the path's ports.  -1, and the child carries nothing: AH, which no UDP takes; a suite that
 * cannot be used here; memory. */
int traffic_up(struct traffic *t, struct session *owner, const struct session_child *c, const struct session_path *path,
    bool udp, struct err *e);
void traffic_down(struct traffic *t, uint32_t spi);
/* All of a session's. */
void traffic_over(struct traffic *t, const struct session *owner);
/* The owner's children have another path now (MOBIKE, a NAT's new port). */
void traffic_moved(struct traffic *t, const struct session *owner, const struct session_path *path, bool udp);

/* What to send, and where; why: words for what was not sealed, or NULL.  Valid until the next call. */
struct traffic_sealed {
	struct span esp;
	struct session_path path;
	bool udp;
	const char *why;
};
/* An IP packet, perhaps with octets of a link layer behind it.  V_OK; V_OUTSIDE_TS, V_TRUNCATED, V_BAD_HEADER; V_UNSUPPORTED:
 * why says what. */
enum verdict traffic_out(struct traffic *t, struct span packet, struct traffic_sealed *o);

/* owner: whose child it was for, verified: and its peer's indeed (also if it was dropped then).  Valid until the next call. */
struct traffic_opened {
	struct span packet;
	struct session *owner;
	bool verified;
	bool newest;			/* and no later packet came before it */
};
enum verdict traffic_in(struct traffic *t, struct span esp, struct traffic_opened *o);

/* The longest inner packet that fits into one of link octets, whichever child takes it; 0: there is no child. */
uint32_t traffic_mtu(const struct traffic *t, uint32_t link);
size_t traffic_children(const struct traffic *t);

struct traffic_counts { struct traffic_count out, in; };
/* Of all, also of what was nobody's; of one child, or NULL. */
const struct traffic_counts *traffic_sum(const struct traffic *t);
const struct traffic_counts *traffic_of(const struct traffic *t, uint32_t spi);

#endif
