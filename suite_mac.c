/*
 * A cipher and a MAC of their own: NULL (RFC 2410), CBC (RFC 2451, 3602) or CTR
 * (RFC 3686) with HMAC, CMAC, XCBC or nothing.  The MAC covers what travels, so it
 * is checked before anything is decrypted (RFC 4303 3.4.4.1).
 */
#include <stdlib.h>

#include <openssl/err.h>

#include "crypto/mac.h"
#include "crypto/suite_impl.h"

enum { SALT = 4, COUNTER_BLOCK = 16 };

struct both {
	struct suite suite;
	EVP_CIPHER_CTX *decrypt, *encrypt;	/* NULL encryption has none, CTR only encrypt */
	bool counter;
	uint8_t salt[SALT];
	struct mac *mac;			/* NULL: none */
};

/* The MAC of all before the ICV, and of the high half behind it under ESN (RFC 4303 2.2.1). */
static bool sum(struct both *b, const struct suite_job *j, uint8_t out[MAC_MAX])
{
	uint8_t high[4];

	if (j->esn)
		store_be32(high, j->esn_high);
	return mac_sum(b->mac, (struct span){ j->p, j->n - b->suite.icv },
	    (struct span){ high, j->esn ? sizeof(high) : 0 }, out);
}

static bool crypt(struct both *b, EVP_CIPHER_CTX *ctx, const struct suite_parts *part,
    uint8_t *out, bool encrypt)
{
	uint8_t counter[COUNTER_BLOCK];
	const uint8_t *iv = part->iv;

	if (ctx == NULL) {
		suite_copy(out, part->body, part->body_len);
		return true;
	}
	if (part->body_len == 0)
		return true;
	if (b->counter) {	/* nonce | IV | 1, RFC 3686 4 */
		memcpy(counter, b->salt, SALT);
		memcpy(counter + SALT, iv, 8);
		store_be32(counter + SALT + 8, 1);
		iv = counter;
	}
	return EVP_CipherInit_ex2(ctx, NULL, NULL, iv, encrypt, NULL) == 1 &&
	    EVP_Cipher(ctx, out, part->body, (unsigned)part->body_len) >= 0;
}

static void both_open(struct suite *s, struct suite_job *j)
{
	struct both *b = (struct both *)s;
	struct suite_parts part = suite_parts(s, j);
	uint8_t mac[MAC_MAX];

	j->result = SUITE_OK;
	if (b->mac != NULL && (!sum(b, j, mac) || !bytes_eq(mac, part.icv, s->icv))) {
		j->result = SUITE_BAD_ICV;
		if (!j->no_verify)
			return;
	}
	if (crypt(b, b->counter ? b->encrypt : b->decrypt, &part, j->out, b->counter))
		return;
	ERR_clear_error();
	j->result = SUITE_BAD_ICV;
	memset(j->out, 0, part.body_len);
}

static void both_seal(struct suite *s, struct suite_job *j)
{
	struct both *b = (struct both *)s;
	struct suite_parts part = suite_parts(s, j);
	uint8_t mac[MAC_MAX];

	j->result = SUITE_OK;
	if (!crypt(b, b->encrypt, &part, part.body, true)) {
		suite_seal_failed(j, &part);
		return;
	}
	if (b->mac == NULL)
		return;
	if (sum(b, j, mac))
		memcpy(part.icv, mac, s->icv);
	else
		suite_seal_failed(j, &part);
}

static void both_clear(struct suite *s)
{
	struct both *b = (struct both *)s;

	EVP_CIPHER_CTX_free(b->decrypt);
	EVP_CIPHER_CTX_free(b->encrypt);
	mac_free(b->mac);
}

static int key_cipher(struct both *b, const struct suite_keys *keys, struct err *e)
{
	const struct alg_encr *a = keys->encr;
	struct evp_want want = { .encrypt = true, .legacy = a->legacy };
	size_t n = keys->encr_key.n - a->salt;
	const char *evp = alg_encr_size(a, n)->evp;

	if (evp == NULL)
		return 0;
	b->counter = a->kind == ENCR_KIND_CTR;
	if (a->salt == SALT)
		memcpy(b->salt, keys->encr_key.p + n, SALT);
	if ((b->encrypt = evp_keyed(evp, keys->encr_key.p, want, e)) == NULL)
		return -1;
	want.encrypt = false;
	/* CBC decrypts with another key schedule; CTR encrypts its counters both ways. */
	if (!b->counter && (b->decrypt = evp_keyed(evp, keys->encr_key.p, want, e)) == NULL)
		return -1;
	return 0;
}

struct suite *suite_mac_new(const struct suite_keys *keys, struct err *e)
{
	static const struct suite_ops ops = { both_open, both_seal, both_clear };
	const struct alg_encr *a = keys->encr;
	const struct alg_integ *i = keys->integ;
	bool none = i == NULL || i->kind == INTEG_KIND_NONE;
	uint8_t icv = none ? 0 : keys->icv_bits != 0 ? (uint8_t)(keys->icv_bits / 8) : i->icv;
	struct both *b = calloc(1, sizeof(*b));

	if (b == NULL) {
		err_nomem(e);
		return NULL;
	}
	b->suite = (struct suite){ &ops, sizeof(*b), a->iv, icv, a->block, false };
	if (key_cipher(b, keys, e) < 0)
		goto bad;
	if (!none) {
		struct span key = { keys->integ_key.p, keys->integ_key.n };

		if ((b->mac = mac_new(i, key, e)) == NULL)
			goto bad;
	}
	return &b->suite;
bad:
	suite_free(&b->suite);
	return NULL;
}
