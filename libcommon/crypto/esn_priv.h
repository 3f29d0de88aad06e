/*
 * esn_priv.h - what the ways to find a high half share; for crypto/esn_*.c alone.
 */
#ifndef CRYPTO_ESN_PRIV_H
#define CRYPTO_ESN_PRIV_H

#include "base/rd.h"
#include "base/secret.h"
#include "crypto/esn_solve.h"
#include "crypto/suite_priv.h"

enum { ESN_LANES = 64, ESN_BLOCK = 16, ESN_HEAD = 8 };

struct esn_way {
	/* Every half at once, up to max; -1 with a reason.  NULL: searched. */
	int (*direct)(struct esn_solver *s, uint32_t *high, unsigned max, struct err *e);
	/* What does not depend on the half, once for each call; then at most ESN_LANES halves. */
	int (*begin)(struct esn_solver *s, struct err *e);
	int (*many)(struct esn_solver *s, const uint32_t *high, size_t n, bool *hit, struct err *e);
	unsigned fixed;			/* work of a try: so much, */
	bool whole;			/* and all of the packet's blocks */
};

struct esn_elem { uint64_t hi, lo; };	/* of GHASH's field: the first octet is hi's upper */

struct esn_solver {
	const struct esn_way *way;
	const struct alg_encr *encr;
	EVP_CIPHER_CTX *ecb;		/* the block cipher alone, */
	EVP_CIPHER_CTX *back;		/* its inverse, */
	EVP_CIPHER_CTX *main;		/* and GCM, CTR or ChaCha20 */
	struct mac *mac;
	struct suite *suite;
	size_t iv, icv, block, salt_n;
	uint8_t salt[4];
	const uint8_t *p;		/* the packet of this call */
	size_t n;
	uint8_t *room;			/* as long as a packet, in whole blocks; wiped when freed */
	size_t room_n;
	uint8_t state[ESN_BLOCK];	/* CCM: behind B_0, and what the tag means */
	uint8_t want[ESN_BLOCK];
	struct esn_elem step[8][16];	/* GCM, implicit IV: what each nibble does to the tag */
	struct esn_elem base;
};

/* These set s->way. */
int esn_gcm_init(struct esn_solver *s, const struct suite_keys *k, struct err *e);
int esn_poly_init(struct esn_solver *s, const struct suite_keys *k, struct err *e);
int esn_ccm_init(struct esn_solver *s, const struct suite_keys *k, struct err *e);

/* AES in ECB under the SA's cipher key. */
EVP_CIPHER_CTX *esn_ecb(const struct suite_keys *k, bool encrypt, struct err *e);
/* s->room holds n octets, and is zero behind them up to a whole block. */
int esn_room(struct esn_solver *s, size_t n, struct err *e);

static inline size_t esn_cipher_len(const struct esn_solver *s)
{
	return s->n - ESN_HEAD - s->iv - s->icv;
}

static inline const uint8_t *esn_cipher(const struct esn_solver *s)
{
	return s->p + ESN_HEAD + s->iv;
}

static inline const uint8_t *esn_icv(const struct esn_solver *s)
{
	return s->p + s->n - s->icv;
}

static inline size_t esn_blocks(size_t n)
{
	return n / ESN_BLOCK + (n % ESN_BLOCK != 0);
}

static inline void esn_store32(uint8_t p[4], uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* SPI, high, low (RFC 4106 5). */
static inline void esn_aad(const struct esn_solver *s, uint32_t high, uint8_t aad[12])
{
	for (int i = 0; i < 4; i++) {
		aad[i] = s->p[i];
		aad[8 + i] = s->p[4 + i];
	}
	esn_store32(aad + 4, high);
}

/* Salt and IV; an implicit IV is the 64-bit number itself (RFC 8750 4).  Returns its length. */
static inline size_t esn_nonce(const struct esn_solver *s, uint32_t high, uint8_t nonce[NONCE_MAX])
{
	for (size_t i = 0; i < s->salt_n; i++)
		nonce[i] = s->salt[i];
	if (s->iv == 0) {
		esn_store32(nonce + s->salt_n, high);
		esn_store32(nonce + s->salt_n + 4, load_be32(s->p + 4));
		return s->salt_n + 8;
	}
	for (size_t i = 0; i < s->iv && s->salt_n + i < NONCE_MAX; i++)
		nonce[s->salt_n + i] = s->p[ESN_HEAD + i];
	return s->salt_n + s->iv;
}

#endif
