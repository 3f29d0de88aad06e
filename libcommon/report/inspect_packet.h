/*
 * inspect_packet.h - a line for each packet: ipsec-inspect --packets, --annotate.
 *
 *	17 0.003412 192.0.2.1:4500 > 192.0.2.2:4500 esp 0xc1d2e3f4 seq 17 len 136 ok
 *
 * Frame, seconds since the first packet, ends, what it is, and its fields as word and value; then what is unusual.  No
 * line has fewer than six words.  Text of peers is escaped.
 */
#ifndef REPORT_INSPECT_PACKET_H
#define REPORT_INSPECT_PACKET_H

#include <stdio.h>

#include "report/model.h"

enum { PACKET_LINE = 1024 };

/* Without the line's end; start: when the capture began; files: there are several.  Gives out. */
char *inspect_packet_line(char out[PACKET_LINE], const struct model_packet *p, int64_t start, bool files);
/* The same without frame, time and ends, for a comment.  "" if there is nothing to say (no IPsec). */
char *inspect_packet_comment(char out[PACKET_LINE], const struct model_packet *p);
/* {"type":"event","event":"inspected-packet",...} */
void inspect_packet_json(FILE *to, const struct model_packet *p, bool files);

#endif
