/*
 * traffic.h - what children carried, in words and in JSON (ipsec-ike(1), man/ipsec-event.schema.json).
 */
#ifndef REPORT_TRAFFIC_H
#define REPORT_TRAFFIC_H

#include <stdio.h>

#include "ike/traffic.h"

/* "out 10 packets (840 bytes): 9 ok, 1 outside-ts; in 4 packets (336 bytes): 4 ok" into text. */
enum { TRAFFIC_TEXT = 1024 };
char *traffic_text(char text[TRAFFIC_TEXT], const struct traffic_counts *c);
/* The event; unsent: not taken by the network, unread: by the TUN device. */
void traffic_json(FILE *to, const struct traffic_counts *c, uint64_t unsent, uint64_t unread);

#endif
