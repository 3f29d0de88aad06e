/*
 * esn.h - the high half of an extended sequence number, which is authenticated but does not travel
 * (RFC 4303 2.2.1, RFC 4302 2.5.1): found from one packet of an SA whose keys are known.
 *
 * What crypto/esn_solve.h does for ESP, for a packet as decap has it, and for AH too.  Keyed for one
 * SA, used by one thread.  Lengths are bytes.
 */
#ifndef ESP_ESN_H
#define ESP_ESN_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/esn_solve.h"
#include "esp/place.h"
#include "sa/sa.h"

struct esn;

/* Borrows sa and its keys.  NULL with a reason: no ICV, or no memory. */
struct esn *esn_new(const struct sa *sa, struct err *e);
void esn_free(struct esn *x);
/* True: every half is found in one step, and no range is needed. */
bool esn_direct(const struct esn *x);
/* The work of one half for a packet of n protected bytes; 0 if direct. */
uint64_t esn_try_cost(const struct esn *x, size_t n);
size_t esn_icv_len(const struct esn *x);

/* p: the datagram that pl describes.  As esn_solve(). */
int esn_find(struct esn *x, const uint8_t *p, const struct place *pl, struct esn_find *f, struct err *e);

#endif
