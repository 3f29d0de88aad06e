/*
 * mac.h - message authentication codes keyed once: HMAC, AES-CMAC, AES-XCBC.
 *
 * mac_sum() starts from the keyed state, so one packet costs no key schedule
 * and no allocation.  The MAC is untruncated.  One thread at a time.
 */
#ifndef CRYPTO_MAC_H
#define CRYPTO_MAC_H

#include "base/err.h"
#include "base/rd.h"
#include "crypto/alg.h"

enum { MAC_MAX = 64 };

struct mac;

struct mac_ops {
	bool (*sum)(struct mac *m, struct span data, struct span tail, uint8_t out[MAC_MAX]);
	void (*free)(struct mac *m);
};

struct mac { const struct mac_ops *ops; };	/* embedded first */

/* key has a length that suite_check() allows.  NULL with a reason. */
struct mac *mac_new(const struct alg_integ *a, struct span key, struct err *e);
void mac_free(struct mac *m);

/* The MAC of data and then tail (either may be empty) to a->full bytes of out. */
static inline bool mac_sum(struct mac *m, struct span data, struct span tail,
    uint8_t out[MAC_MAX])
{
	return m->ops->sum(m, data, tail, out);
}

/* Each for its kinds of row. */
struct mac *mac_hmac_new(const struct alg_integ *a, struct span key, struct err *e);
struct mac *mac_cbc_new(const struct alg_integ *a, struct span key, struct err *e);

#endif
