/*
 * parting.h - what ended IKE SAs said last, for peers that did not hear it (RFC 7296 2.1).
 *
 * "A responder MUST remember each response until it receives a request whose sequence number is larger": of an IKE SA that
 * a request ended none comes any more, so its last answer is kept without it, for a while, and given again to the same
 * octets.  What is kept is as it was on the wire, so nothing secret; of the request only a digest and the length.
 *
 * Bounded: at most PARTINGS answers of PARTING_MAX octets, each for PARTING_S seconds and given PARTING_TIMES times.  Where
 * the next one goes its SPI says, which was this end's to choose: no search, and a new one may push out an old one.
 * Time is that of session.h.  Owns its memory.
 */
#ifndef IKE_PARTING_H
#define IKE_PARTING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"

enum { PARTINGS = 4096, PARTING_MAX = 512, PARTING_S = 180, PARTING_TIMES = 16 };

struct parting;
struct partings { struct parting **slot; unsigned n; int64_t look_at; };	/* all zero: empty */

/* What was answered to the request that ended the IKE SA in which this end's SPI was this one.  natt_port: as in that
 * session's configuration.  Copies.  One that is too long, or for which no memory is left, is not kept. */
void partings_keep(struct partings *t, uint64_t spi, uint16_t natt_port, struct span request, struct span answer, int64_t now);
/* The answer to this request, borrowed until the next call; empty: there is none. */
struct span partings_find(struct partings *t, uint64_t spi, struct span request, int64_t now, uint16_t *natt_port);
/* Those whose time is over go. */
void partings_age(struct partings *t, int64_t now);
void partings_clear(struct partings *t);

#endif
