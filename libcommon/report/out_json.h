/*
 * out_json.h - base/out.h as JSON: one line, valid UTF-8 whatever was shown.
 *
 * Bytes are lower-case hex, numbers decimal, those beyond 2^53 strings "0x...".  The caller ends
 * the line.  A code gives "key":"NAME" and "key_id":n; one without a name is "unknown (n)".
 */
#ifndef REPORT_OUT_JSON_H
#define REPORT_OUT_JSON_H

#include <stdio.h>

#include "base/out.h"

struct out_json {
	struct out out;			/* to be passed on */
	FILE *to;
	unsigned depth;
	uint32_t list, some;		/* a bit a level: it is a list; it has an entry */
};

void out_json_init(struct out_json *j, FILE *to);

#endif
