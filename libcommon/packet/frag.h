/*
 * frag.h - IP reassembly in bounded memory (RFC 791 3.2, RFC 8200 4.5).
 *
 * FRAG_SLOTS datagrams at a time, each for FRAG_TIMEOUT by the clock of the
 * capture; a new one pushes the oldest out.  Octet-for-octet repetitions are
 * ignored, other overlaps spoil the datagram (RFC 5722, and RFC 1858's attacks).
 * Memory is taken when the first fragment comes.
 */
#ifndef PACKET_FRAG_H
#define PACKET_FRAG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "base/text.h"
#include "packet/ip.h"

enum { FRAG_SLOTS = 64, FRAG_HOLES = 128 };
#define FRAG_TIMEOUT (30 * INT64_C(1000000000))

enum frag_result { FRAG_HELD, FRAG_WHOLE, FRAG_BAD };

/* A datagram that will never be whole: its last fragment so far, and what is known of it. */
struct frag_lost {
	uint64_t number;
	int64_t ns;
	uint16_t file;
	uint8_t proto;
	struct addr src, dst;
	bool ports_known;	/* UDP whose first fragment was seen */
	uint16_t sport, dport;
};

struct frags;

struct frags *frags_new(struct err *e);
void frags_free(struct frags *f);

/*
 * Takes the fragment of n captured bytes at p, which v describes.  FRAG_WHOLE: *whole is the datagram
 * with its headers repaired, valid until the next call.  FRAG_BAD: overlapping, beyond 65,535
 * octets, or cut; the datagram is given up.  *id is the same for all fragments of a datagram.
 */
enum frag_result frags_add(struct frags *f, const struct ip_view *v, const uint8_t *p, size_t n,
    const struct frag_lost *here, struct span *whole, uint64_t *id);

/* Gives up what is older than ns - FRAG_TIMEOUT (INT64_MAX: everything); false when there is none left.
 * Also gives what frags_add() had to push out. */
bool frags_expire(struct frags *f, int64_t ns, struct frag_lost *lost);

#endif
