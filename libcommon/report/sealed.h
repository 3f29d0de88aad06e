/*
 * sealed.h - what ipsec-encap did with packets, in words and in JSON.
 *
 * JSON lines are those of ipsec-encap(1) and man/ipsec-event.schema.json.
 */
#ifndef REPORT_SEALED_H
#define REPORT_SEALED_H

#include <stdio.h>

#include "esp/encap.h"

/* The sealed event; file is its capture's name, or NULL where there is only one. */
void sealed_json(FILE *to, const struct encap *d, const struct encap_item *it, const char *file);
/* "ESP spi 0x0000c0de: longer than the MTU" into text. */
enum { SEALED_TEXT = 256 };
char *sealed_text(char text[SEALED_TEXT], const struct encap_item *it);
void sealed_tally_json(FILE *to, const struct encap_tally *t);
/* "42 packets: 40 ok, 2 too-big" into text. */
char *sealed_tally_text(char text[SEALED_TEXT * 2], const struct encap_tally *t);
/* True if some packet could not be sealed. */
bool sealed_failed(const struct encap_tally *t);

#endif
