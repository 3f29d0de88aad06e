/*
 * match_out.h - two compared ends of a tunnel, for people and for programs.
 */
#ifndef REPORT_MATCH_OUT_H
#define REPORT_MATCH_OUT_H

#include <stdio.h>

#include "ike/compare.h"

void match_print(FILE *to, const struct compared *c);
/* {"type":"event","event":"match",...}, one line. */
void match_json(FILE *to, const struct compared *c);

#endif
