/*
 * speed.h - how fast a suite is on this machine.
 *
 * Packets with so many bytes of payload are sealed and opened in batches, with a
 * key made for the purpose, in one thread, until the time is up.
 */
#ifndef CRYPTO_SPEED_H
#define CRYPTO_SPEED_H

#include <stdint.h>

#include "base/err.h"
#include "crypto/alg.h"

struct speed { double seal, open; };	/* payload bits a second */

/* integ NULL: none.  bits: of the cipher's key.  -1: this build cannot do it, e says why. */
int speed_measure(struct speed *s, const struct alg_encr *encr, unsigned bits,
    const struct alg_integ *integ, unsigned payload, int64_t ns, struct err *e);

#endif
