/*
 * cookie.h - cookies of a responder (RFC 7296 2.6): which secret, and a hash of it over the initiator's nonce, address and
 * SPI.  Nothing is kept of whom one was given to.
 *
 * The secret is another one from time to time; the one before is still good.  Time in nanoseconds.
 */
#ifndef IKE_COOKIE_H
#define IKE_COOKIE_H

#include "base/rd.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/rng.h"

enum { COOKIE_LEN = 4 + 16 };

struct cookies {
	struct arena arena;
	struct secret secret[2];	/* the current one, and the one before */
	uint32_t version;		/* of the current one */
	int64_t since;
};

struct cookie_of { struct span nonce; const struct addr *addr; uint64_t spi_i; };

int cookies_init(struct cookies *c, struct rng *rng, int64_t now, struct err *e);
void cookies_clear(struct cookies *c);
/* Another secret, if it is time for it. */
void cookies_age(struct cookies *c, struct rng *rng, int64_t now);
int cookie_make(const struct cookies *c, const struct cookie_of *of, uint8_t out[COOKIE_LEN], struct err *e);
bool cookie_ok(const struct cookies *c, const struct cookie_of *of, struct span cookie);

#endif
