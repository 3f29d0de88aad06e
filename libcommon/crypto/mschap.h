/*
 * mschap.h - what MS-CHAP-V2 computes (RFC 2759 8), and the keys that come of it (RFC 3079 3.4).
 *
 * MD4 and DES come from OpenSSL's legacy provider, which is loaded only then; a build of OpenSSL without it is
 * an error here.  Names are the user's, without what is before a backslash (mschap_name()).  Results go to the
 * caller's memory, which is to be wiped where they are secret: the hash is as good as the password.
 */
#ifndef CRYPTO_MSCHAP_H
#define CRYPTO_MSCHAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"

enum {
	MSCHAP_CHALLENGE = 16, MSCHAP_HASH = 16, MSCHAP_RESPONSE = 24, MSCHAP_PROOF = 20, MSCHAP_KEYS = 32,
	MSCHAP_PASSWORD_MAX = 256,
};

/* What both ends see of one exchange. */
struct mschap {
	uint8_t server[MSCHAP_CHALLENGE], peer[MSCHAP_CHALLENGE];
	struct span name;
};

/* Whether the algorithms are there. */
bool mschap_can(void);
/* The name that is hashed: "DOMAIN\user" gives "user". */
struct span mschap_name(struct span name);
/* NtPasswordHash of a password in UTF-8, up to MSCHAP_PASSWORD_MAX octets. */
int mschap_hash(struct span password, uint8_t hash[MSCHAP_HASH], struct err *e);
/* GenerateNTResponse: what the client proves the password by. */
int mschap_response(const struct mschap *m, const uint8_t hash[MSCHAP_HASH], uint8_t out[MSCHAP_RESPONSE],
    struct err *e);
/* GenerateAuthenticatorResponse without the "S=" and hex: what the server proves it by. */
int mschap_proof(const struct mschap *m, const uint8_t hash[MSCHAP_HASH], const uint8_t response[MSCHAP_RESPONSE],
    uint8_t out[MSCHAP_PROOF], struct err *e);
/* The server's receive key, then its send key, 16 octets each. */
int mschap_keys(const uint8_t hash[MSCHAP_HASH], const uint8_t response[MSCHAP_RESPONSE], uint8_t out[MSCHAP_KEYS],
    struct err *e);

#endif
