/*
 * pair.h - which SA is another's opposite direction.
 *
 * A word of the descriptor (peer) decides; without one the ends must be each
 * other's, and protocol, mode, encapsulation, reqid, mark, interface and
 * algorithms the same.  Where several fit, those that were made or read at the
 * same time go together: the n-th of the one direction with the n-th of the other.
 */
#ifndef SA_PAIR_H
#define SA_PAIR_H

#include <stdint.h>

#include "base/err.h"
#include "sa/sad.h"

enum { PAIR_NONE = UINT32_MAX };

/* other[i]: the index of the opposite of SA i, or PAIR_NONE; sad_count() of them. */
int pair_all(const struct sad *sad, uint32_t *other, struct err *e);

#endif
