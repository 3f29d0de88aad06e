/*
 * session_event.h - what happens to a live IKE session, as a line of JSON (man/ipsec-event.schema.json) and in words.
 *
 * Keys are never shown.  What peers said is escaped in JSON; in words it is raw, to be escaped where they are shown.
 */
#ifndef REPORT_SESSION_EVENT_H
#define REPORT_SESSION_EVENT_H

#include <stdio.h>

#include "ike/session.h"

enum { SESSION_EVENT_TEXT = 900 };

/* {"type":"event","event":"ike-child-up",...}, one line.  number: which session, from 1; why: of refusals and failures, or
 * NULL for those that the event itself has. */
void session_event_json(FILE *to, const struct session_event *ev, uint64_t number, const struct reasons *why);
/* One sentence without a full stop; "" where nobody wants one.  Gives out. */
char *session_event_words(char out[SESSION_EVENT_TEXT], const struct session_event *ev);
/* How talkative a command has to be to show it: 0 always (not with -q), 1 with -v, -1 also with -q. */
int session_event_level(const struct session_event *ev);

#endif
