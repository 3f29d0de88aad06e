/*
 * reason_out.h - why something was refused, for people and for programs.
 */
#ifndef REPORT_REASON_OUT_H
#define REPORT_REASON_OUT_H

#include <stdint.h>
#include <stdio.h>

#include "ike/reason.h"

/* "error: text" and the advice below it, each line after so many blanks. */
void reasons_print(FILE *to, int indent, const struct reasons *rs);
/* [{"id":"...","severity":"...","text":"...","advice":"..."},...] */
void reasons_json(FILE *to, const struct reasons *rs);
/* {"type":"event","event":"finding",...,"packets":[frame],"ike_sa":N}, a line each. */
void reasons_findings(FILE *to, const struct reasons *rs, uint64_t ike_sa, uint64_t frame);

#endif
