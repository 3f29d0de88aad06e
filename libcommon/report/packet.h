/*
 * packet.h - what became of packets, in words and in JSON.
 *
 * JSON lines are those of ipsec-decap(1) and man/ipsec-event.schema.json.
 */
#ifndef REPORT_PACKET_H
#define REPORT_PACKET_H

#include <stdio.h>

#include "esp/decap.h"

/* The packet event; file is its capture's name, or NULL where there is only one. */
void packet_json(FILE *to, const struct decap_item *it, const char *file);
/* "ESP spi 0x0000c0de seq 17: integrity check failed" into text. */
enum { PACKET_TEXT = 512 };
char *packet_text(char text[PACKET_TEXT], const struct decap_item *it);
/* The summary event; whys: struct decap's. */
void tally_json(FILE *to, const struct tally *t, const uint64_t whys[WHY_COUNT]);
/* "42 packets: 40 ok, 2 bad-icv" into text. */
char *tally_text(char text[PACKET_TEXT * 2], const struct tally *t);
/* "why: 2 wrong-encr-key, 1 cut" into text; empty without any. */
char *whys_text(char text[PACKET_TEXT * 2], const uint64_t whys[WHY_COUNT]);
/* True if some packet failed a check. */
bool tally_failed(const struct tally *t);

#endif
