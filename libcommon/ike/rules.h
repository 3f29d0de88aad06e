/*
 * rules.h - which payload may occur where: RFC 7296 appendix C, its extensions, RFC 2409 5, as
 * data.
 *
 * A message has to be one of its exchange's forms; where it is none, the faults are the differences
 * from the nearest.  An encrypted message that was not opened is judged by what is in clear alone.
 */
#ifndef IKE_RULES_H
#define IKE_RULES_H

#include "ike/message.h"

/* Adds to m->faults.  After ike_message_open(), where there is something to open. */
void ike_rules_check(struct ike_message *m);

#endif
