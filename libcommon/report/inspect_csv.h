/*
 * inspect_csv.h - what SAs carried over time, as CSV: a line for each step of each SA.
 *
 *	proto,spi,src,dst,time,seconds,packets,bytes,lost,late,seq_top
 *
 * Steps of one SA are of one length (seconds); RFC 4180, lines end with CR LF.  No cell holds text of a peer.
 */
#ifndef REPORT_INSPECT_CSV_H
#define REPORT_INSPECT_CSV_H

#include <stdio.h>

#include "report/model.h"

void inspect_csv(FILE *to, const struct model *m);

#endif
