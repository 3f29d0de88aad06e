/*
 * verdict.h - what became of a packet: a closed set, counted always, put in
 * words only when asked.
 */
#ifndef PACKET_VERDICT_H
#define PACKET_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum verdict {
	V_OK, V_NO_SA, V_NO_KEY, V_BAD_ICV, V_REPLAYED, V_TRUNCATED, V_BAD_PADDING, V_BAD_HEADER,
	V_DUMMY, V_INCOMPLETE, V_OUTSIDE_TS, V_UNSUPPORTED, V_NOT_IPSEC, V_IKE, V_KEEPALIVE,
	V_COUNT
};

/* "bad-icv"; never NULL. */
const char *verdict_name(enum verdict v);
/* "integrity check failed"; never NULL. */
const char *verdict_text(enum verdict v);
/* False for verdicts that make the exit status 1. */
bool verdict_is_failure(enum verdict v);

struct tally { uint64_t packets, count[V_COUNT]; };

#endif
