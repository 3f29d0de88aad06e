/*
 * gmac.h - AES-GMAC over pieces, as AH uses it (RFC 4543 4): a nonce of salt and IV
 * for each message, everything else additional data.
 *
 * Keyed once, used by one thread, without allocation.  false: OpenSSL failed, the
 * tag is worthless.
 */
#ifndef CRYPTO_GMAC_H
#define CRYPTO_GMAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "crypto/alg.h"

enum { GMAC_SALT = 4, GMAC_IV = 8, GMAC_TAG = 16 };

struct gmac;

/* alg is a row of INTEG_KIND_GMAC; the key's last GMAC_SALT octets are the salt. */
struct gmac *gmac_new(const struct alg_integ *alg, struct span key, struct err *e);
void gmac_free(struct gmac *g);
void gmac_start(struct gmac *g, const uint8_t iv[GMAC_IV]);
void gmac_add(struct gmac *g, struct span s);
bool gmac_end(struct gmac *g, uint8_t tag[GMAC_TAG]);

#endif
