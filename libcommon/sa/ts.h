/*
 * ts.h - traffic selectors in a word, as options take them: "MINE=THEIRS".
 *
 * Each side is "any" or a list of addresses, prefixes and ranges with commas
 * between them, and may end in [PROTOCOL] or [PROTOCOL/PORT] or
 * [PROTOCOL/PORT-PORT]: 10.1.0.0/16[tcp]=10.2.0.1,10.2.0.8-10.2.0.9[tcp/443].
 */
#ifndef SA_TS_H
#define SA_TS_H

#include "base/err.h"
#include "sa/selector.h"

int ts_parse(struct selector *ts, const char *text, struct err *e);
/* The other direction: source for destination. */
void ts_reverse(struct selector *ts);

#endif
