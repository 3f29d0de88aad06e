/*
 * suite_priv.h - what the kinds of suites share; for crypto/suite*.c and crypto/esn_*.c alone.
 */
#ifndef CRYPTO_SUITE_PRIV_H
#define CRYPTO_SUITE_PRIV_H

#include <string.h>

#include "base/wr.h"
#include "crypto/evp.h"
#include "crypto/mac.h"
#include "crypto/suite.h"

enum { NONCE_MAX = 16, NONCE_IV = 8, AAD_MAX = 64 };

struct gcry_cipher_handle;
struct mb_keys;

struct suite {
	/* what each packet needs, together */
	void (*open)(struct suite *s, struct suite_job *j);
	struct mb_keys *mb;		/* instead of all OpenSSL and libgcrypt have */
	struct engine *queue;		/* not NULL: open and seal only begin; mb_flush() ends them */
	size_t least;			/* bytes of a packet with a head of 8 and no body */
	uint16_t iv, icv, block, salt_n;
	uint8_t salt[4];
	bool has_mac;			/* the ICV is that of an integrity algorithm */
	bool unknown_icv;		/* cut it, never call it verified */
	bool implicit_iv;		/* RFC 8750: the sequence number */
	EVP_CIPHER_CTX *dec, *enc;	/* keyed; NULL for NULL encryption */
	struct mac *mac;		/* NULL: unauthenticated, an AEAD, or libipsec-mb's */
	void (*seal)(struct suite *s, struct suite_job *j);
	/* not NULL: does many, which fit, faster than one after the other */
	void (*seal_together)(struct suite *s, struct suite_job *const jobs[], size_t n);
	EVP_CIPHER_CTX *ecb;		/* for that, or NULL as yet: of this cipher and key */
	const char *bare;
	uint8_t bare_key[32];
	uint16_t first, last;		/* suite_seal_each()'s own: its jobs */
	const struct alg_encr *encr;
	EVP_CIPHER_CTX *ctr, *again;	/* CCM's key stream and its sealing, for no_verify */
	struct gcry_cipher_handle *gcrypt;	/* instead of those, if OpenSSL lacks the cipher */
};

/* use: SUITE_FOR_..., never 0 */
int suite_aead_init(struct suite *s, const struct suite_keys *k, unsigned use, struct err *e);
int suite_mac_init(struct suite *s, const struct suite_keys *k, unsigned use, struct err *e);
int suite_gmac_init(struct suite *s, const struct suite_keys *k, struct err *e);

/* Where many packets are sealed faster together: sets s->seal_together. */
void suite_cbc_init(struct suite *s, const struct suite_keys *k);
/* The ICV of a packet whose body is encrypted; sets its result. */
void suite_mac_sign(struct suite *s, struct suite_job *j);

/* The ICV that goes with an encryption algorithm that has none: s->icv, has_mac, unknown_icv. */
void suite_mac_icv(struct suite *s, const struct suite_keys *k);

/* libgcrypt, loaded when the first of its ciphers is asked for.  _check: is it there?  _init: keys
 * s->gcrypt; for CCM s->open and s->seal too. */
int suite_gcrypt_check(const struct alg_encr *a, struct err *e);
int suite_gcrypt_init(struct suite *s, const struct suite_keys *k, struct err *e);
bool suite_gcrypt_cbc(struct suite *s, const struct suite_job *j, uint8_t *out, bool seal);
void suite_gcrypt_clear(struct suite *s);

/* A context keyed for one direction; the IV comes with each packet.  lengths may be NULL. */
EVP_CIPHER_CTX *suite_key(const char *evp, const uint8_t *key, bool encrypt,
    const OSSL_PARAM *lengths, struct err *e);
/* Keys s->dec and s->enc as use wants, and keeps the salt. */
int suite_keys_init(struct suite *s, const struct suite_keys *k, unsigned use,
    const OSSL_PARAM *lengths, struct err *e);

/* Body length of a whole packet; the caller knows that it fits. */
static inline size_t suite_body(const struct suite *s, const struct suite_job *j)
{
	return j->n - j->head - s->iv - s->icv;
}

/* Salt then IV: the nonce of RFC 4106, 4309, 4543 and 7634.  An implicit IV is the high half of the
 * sequence number, zero without ESN, then the low half (RFC 8750 4). */
static inline void suite_nonce(const struct suite *s, const struct suite_job *j, uint8_t nonce[NONCE_MAX])
{
	uint8_t *iv = nonce + s->salt_n;

	memcpy(nonce, s->salt, sizeof s->salt);		/* with a salt of three, the IV takes the fourth */
	if (s->implicit_iv) {
		store_be32(iv, j->esn ? j->esn_high : 0);
		memcpy(iv + 4, j->p + 4, 4);
	} else {
		memcpy(iv, j->p + j->head, NONCE_IV);
	}
}

/* Not verified: no plain text stays behind, unless it was asked for. */
static inline void suite_refuse(const struct suite *s, struct suite_job *j)
{
	size_t n = suite_body(s, j);

	j->result = SUITE_BAD_ICV;
	if (!j->no_verify && n > 0)
		memset(j->out, 0, n);
}

/* SPI, high half, low half (RFC 4106 5): what an AEAD authenticates with ESN. */
static inline void suite_esn_aad(const struct suite_job *j, uint8_t aad[12])
{
	for (int i = 0; i < 4; i++) {
		aad[i] = j->p[i];
		aad[4 + i] = (uint8_t)(j->esn_high >> (24 - 8 * i));
		aad[8 + i] = j->p[4 + i];
	}
}

/* What an AEAD authenticates: the head, or with ESN what buf then holds. */
static inline struct span suite_aad(const struct suite_job *j, uint8_t buf[12])
{
	if (!j->esn)
		return (struct span){ j->p, j->head };
	suite_esn_aad(j, buf);
	return (struct span){ buf, 12 };
}

/* In constant time; a call for each of its octets would cost more than the rest of a small packet. */
static inline bool suite_icv_eq(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint64_t x, y, diff = 0;

	for (size_t i = 0; n >= 8 && i < n; i += 8) {
		size_t at = i + 8 <= n ? i : n - 8;	/* the last ones may be looked at twice */

		memcpy(&x, a + at, 8);
		memcpy(&y, b + at, 8);
		diff |= x ^ y;
	}
	for (size_t i = 0; n < 8 && i < n; i++)
		diff |= (uint64_t)(a[i] ^ b[i]);
	__asm__ volatile("" : "+r"(diff));	/* nor may the compiler know a shorter way */
	return diff == 0;
}

static inline uint8_t *suite_tag(const struct suite *s, const struct suite_job *j)
{
	return (uint8_t *)(uintptr_t)j->p + j->n - s->icv;
}

#endif
