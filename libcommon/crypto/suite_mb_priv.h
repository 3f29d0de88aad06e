/*
 * suite_mb_priv.h - keyed suites and jobs of libipsec-mb; for crypto/suite_mb*.c alone.
 */
#ifndef CRYPTO_SUITE_MB_PRIV_H
#define CRYPTO_SUITE_MB_PRIV_H

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

#include "crypto/suite_mb.h"
#include "crypto/suite_priv.h"

/* What the library has, by our rows' names for OpenSSL. */
struct mb_cipher {
	const char *evp;		/* "": NULL encryption, a job for the MAC alone */
	IMB_CIPHER_MODE mode;
	IMB_HASH_ALG hash;		/* of an AEAD, else 0 */
	uint8_t iv;			/* bytes that it wants */
	bool wide;			/* faster only with the lanes of AVX-512 */
};

struct mb_hash {
	const char *evp;		/* "": a MAC of that kind */
	enum integ_kind kind;
	IMB_HASH_ALG hash;
	uint8_t block;			/* HMAC: bytes */
	size_t one_block;		/* HMAC: where in IMB_MGR the function for one is */
};

/* NULL: the library lacks it. */
const struct mb_cipher *mb_cipher_of(const struct alg_encr *a, size_t key);
const struct mb_hash *mb_hash_of(const struct alg_integ *a);

/* The keys as the library wants them, for one SA. */
struct mb_keys {
	IMB_CIPHER_MODE mode;
	IMB_HASH_ALG hash;
	const void *enc, *dec;		/* jobs' enc_keys and dec_keys */
	uint64_t key_len, iv_len, tag_len;
	size_t room;			/* bytes of all this: up to block_end, except with GCM */
	struct mb_keys **slot;		/* where suites of other threads find it, or NULL */
	unsigned suites;		/* that have it */
	aes_gcm_enc_dec_t gcm_enc, gcm_dec;
	aes_gmac_init_t gmac_init;
	aes_gmac_update_t gmac_update;
	aes_gmac_finalize_t gmac_finalize;
	_Alignas(64) union {
		struct gcm_key_data gcm;
		struct {
			union {
				struct { uint8_t enc[15 * 16], dec[15 * 16]; } aes;
				struct { uint64_t k[3][IMB_DES_KEY_SCHED_SIZE / 8]; const void *all[3]; } des;
				uint8_t chacha[32];
			};
			union {
				struct { uint8_t inner[64], outer[64]; } hmac;
				struct { uint8_t k1[11 * 16], k2[16], k3[16]; } cbc;
			};
			uint8_t block_end;
		};
	};
};

/* What a job needs until it comes back. */
struct mb_flight {
	uint8_t tag[MAC_MAX];
	uint8_t iv[NONCE_MAX], aad[16];
	struct suite *s;
	struct suite_job *j;
	uint8_t *copy;			/* the packet's, or NULL */
	bool seal;
};

/* Around whatever is done with a slot. */
void mb_lock(void);
void mb_unlock(void);

void mb_open_gcm(struct suite *s, struct suite_job *j);
/* With an IV in the packet and an ICV of 16 octets, faster. */
void mb_open_gcm16(struct suite *s, struct suite_job *j);
void mb_seal_gcm(struct suite *s, struct suite_job *j);
void mb_open_gmac(struct suite *s, struct suite_job *j);
void mb_seal_gmac(struct suite *s, struct suite_job *j);
void mb_open_job(struct suite *s, struct suite_job *j);
/* The same, faster; for what they are called after. */
void mb_open_cbc_hmac(struct suite *s, struct suite_job *j);
void mb_open_chacha(struct suite *s, struct suite_job *j);
void mb_seal_job(struct suite *s, struct suite_job *j);

enum {
	MB_JOBS = IMB_MAX_JOBS,		/* in flight at most */
	MB_COPIES = 256 * 1024,		/* room for copies; no packet is longer than SUITE_MAX */
};

#endif
