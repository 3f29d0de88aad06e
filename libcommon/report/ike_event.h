/*
 * ike_event.h - a followed IKE message for programs and for people: a JSON line as cli.md has it, a line of
 * a ladder.
 */
#ifndef REPORT_IKE_EVENT_H
#define REPORT_IKE_EVENT_H

#include <stdio.h>

#include "ike/follow.h"

/* {"type":"event","event":"ike-message",...}, one line. */
void ike_event_json(FILE *to, const struct follow_message *m);

/* "3  0.165  <--  IKE_SA_INIT response 0  SA KE Nonce N(...)": start is the time of the capture's first
 * packet; name says which IKE SA when several are about. */
struct ike_ladder {
	FILE *to;
	int64_t start;
	bool started, full;
	uint64_t shown;			/* number of the IKE SA of the line before */
};
void ike_ladder_line(struct ike_ladder *l, const struct follow_message *m);

#endif
