/*
 * ike_event.h - a followed IKE message as a line of JSON, as cli.md has it (man/ipsec-event.schema.json).
 */
#ifndef REPORT_IKE_EVENT_H
#define REPORT_IKE_EVENT_H

#include <stdio.h>

#include "ike/follow.h"

/* {"type":"event","event":"ike-message",...}, one line. */
void ike_event_json(FILE *to, const struct follow_message *m);

#endif
