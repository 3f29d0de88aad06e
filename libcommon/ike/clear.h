/*
 * clear.h - an opened IKE message as it would be without encryption: what was in SK, in the fragments of SKF,
 * or behind an IKEv1 header stands in its place, so that any dissector reads it.
 *
 * Such a message is for reading alone: its lengths are right, AUTH and HASH in it are those of the original.
 */
#ifndef IKE_CLEAR_H
#define IKE_CLEAR_H

#include "base/wr.h"
#include "ike/message.h"

/* A message that has nothing encrypted, or was not opened, is copied.  False if it does not fit. */
bool ike_clear(const struct ike_message *m, struct wr *w);

#endif
