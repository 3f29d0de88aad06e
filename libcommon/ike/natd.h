/*
 * natd.h - NAT detection: the hashes that both versions send of what they take their ends for (RFC 7296
 * 2.23, RFC 3947 3.2).
 *
 * IKEv2 and IKEv1 hash the same octets: both SPIs, address, port.  IKEv2 by SHA-1, IKEv1 by the hash that
 * was agreed on.
 */
#ifndef IKE_NATD_H
#define IKE_NATD_H

#include "base/rd.h"
#include "base/text.h"
#include "crypto/alg.h"
#include "crypto/prf.h"

struct natd_end { uint64_t spi_i, spi_r; const struct addr *addr; uint16_t port; };

/* hash is HMAC's row; *n is how many octets. */
int natd_hash(const struct alg_prf *hash, const struct natd_end *end, uint8_t out[PRF_MAX], size_t *n,
    struct err *e);
/* True if it is that hash. */
bool natd_matches(const struct alg_prf *hash, const struct natd_end *end, struct span value);

#endif
