/*
 * mac.h - keyed message authentication codes: HMAC (RFC 2104) over MD5, RIPEMD-160
 * and the SHA family, AES-XCBC-MAC (RFC 3566) and AES-CMAC (RFC 4493).
 *
 * Keyed once, used for any number of messages by one thread, without allocation.
 * A message is given whole, with a tail as ESP's high sequence number is, or piece
 * by piece between mac_start() and mac_end().  GMAC is not here: crypto/gmac.h.
 */
#ifndef CRYPTO_MAC_H
#define CRYPTO_MAC_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "crypto/alg.h"

enum { MAC_MAX = 64, MAC_BLOCK = 128 };

struct mac;

/* HMAC takes a key of any length; the CBC-MACs alg->key octets. */
struct mac *mac_new(const struct alg_integ *alg, struct span key, struct err *e);
void mac_free(struct mac *m);
/* HMAC's key, made as long as a block of the digest, with each pad (RFC 2104 2).  The block's length, or -1
 * if there is no such digest. */
int mac_hmac_pads(const struct alg_integ *alg, struct span key, uint8_t inner[MAC_BLOCK],
    uint8_t outer[MAC_BLOCK], struct err *e);
/* alg->full octets to out. */
void mac_make(struct mac *m, struct span msg, struct span tail, uint8_t out[MAC_MAX]);

/* The same in pieces; each start forgets what was added before. */
void mac_start(struct mac *m);
void mac_add(struct mac *m, struct span s);
void mac_end(struct mac *m, uint8_t out[MAC_MAX]);
/* One message, many tails of 1 to 16 octets: what mac_make() would give, any number of times after one
 * start and its adds, at the cost of the last blocks alone.  Then only a start may follow. */
void mac_end_with(struct mac *m, struct span tail, uint8_t out[MAC_MAX]);

#endif
