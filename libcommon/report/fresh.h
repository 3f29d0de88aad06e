/*
 * fresh.h - which findings are new since they were last looked at: for alerts (ipsec-inspect --follow).
 *
 * Remembers what was told, by id and subject; a finding is told again when its severity rises.  At most FRESH_MAX are
 * remembered, further ones are told once each time.
 */
#ifndef REPORT_FRESH_H
#define REPORT_FRESH_H

#include "report/diagnose.h"

enum { FRESH_MAX = 1 << 16 };

struct fresh_one { uint64_t key; enum severity severity; };
struct fresh { struct fresh_one *told; size_t n, room; };	/* all zero: empty */

/* Whether this one is to be told now; it is remembered. */
bool fresh_is(struct fresh *f, const struct diagnosis *d);
void fresh_clear(struct fresh *f);

#endif
