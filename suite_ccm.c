/* AES-CCM in ESP (RFC 4309, over RFC 3610). */
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "crypto/suite_impl.h"

enum { SALT = 3, NONCE = 11, BLOCK = 16 };

struct ccm {
	struct suite suite;
	EVP_CIPHER_CTX *open, *seal, *ctr;
	uint8_t salt[SALT];
	OSSL_PARAM tag[2];
};

static void nonce_of(const struct ccm *c, uint8_t nonce[NONCE], const uint8_t *iv)
{
	memcpy(nonce, c->salt, SALT);
	memcpy(nonce + SALT, iv, NONCE - SALT);
}

/* CCM starts with the message's length: it must be announced before the additional data. */
static bool run(EVP_CIPHER_CTX *ctx, const struct suite_job *j, uint8_t *out, const uint8_t *in,
    size_t n)
{
	uint8_t head[SUITE_ESN_HEAD];
	int got;

	if (EVP_CipherUpdate(ctx, NULL, &got, NULL, (int)n) != 1)
		return false;
	if (j->esn) {
		suite_esn_head(head, j);
		if (EVP_Cipher(ctx, NULL, head, sizeof(head)) < 0)
			return false;
	} else if (j->head > 0 && EVP_Cipher(ctx, NULL, j->p, j->head) < 0) {
		return false;
	}
	return EVP_Cipher(ctx, out, in, (unsigned)n) >= 0;
}

static bool seal(struct ccm *c, const struct suite_job *j, uint8_t *body, size_t n,
    const uint8_t *iv, uint8_t *icv)
{
	uint8_t nonce[NONCE];

	nonce_of(c, nonce, iv);
	c->tag[0].data = icv;
	return EVP_EncryptInit_ex2(c->seal, NULL, NULL, nonce, NULL) == 1 &&
	    run(c->seal, j, body, body, n) && EVP_CIPHER_CTX_get_params(c->seal, c->tag) == 1;
}

/* The counter blocks are L - 1 | nonce | counter, from 1 for the text (RFC 3610 2.3). */
static bool ctr(struct ccm *c, uint8_t *p, size_t n, const uint8_t *iv)
{
	uint8_t block[BLOCK] = { BLOCK - 1 - NONCE - 1 };

	nonce_of(c, block + 1, iv);
	block[BLOCK - 1] = 1;
	return EVP_EncryptInit_ex2(c->ctr, NULL, NULL, block, NULL) == 1 &&
	    (n == 0 || EVP_Cipher(c->ctr, p, p, (unsigned)n) >= 0);
}

/*
 * OpenSSL wipes the text of a CCM message whose tag is bad.  So: decrypt as CTR,
 * seal that again for the tag (which gives back the cipher text), decrypt again.
 */
static void open_anyway(struct ccm *c, struct suite_job *j)
{
	struct suite_parts part = suite_parts(&c->suite, j);
	uint8_t icv[BLOCK];

	suite_copy(j->out, part.body, part.body_len);
	if (ctr(c, j->out, part.body_len, part.iv) &&
	    seal(c, j, j->out, part.body_len, part.iv, icv) &&
	    ctr(c, j->out, part.body_len, part.iv) && bytes_eq(icv, part.icv, c->suite.icv))
		j->result = SUITE_OK;
	else
		j->result = SUITE_BAD_ICV;
	ERR_clear_error();
}

static void ccm_open(struct suite *s, struct suite_job *j)
{
	struct ccm *c = (struct ccm *)s;
	struct suite_parts part = suite_parts(s, j);
	uint8_t nonce[NONCE];

	if (j->no_verify) {
		open_anyway(c, j);
		return;
	}
	nonce_of(c, nonce, part.iv);
	c->tag[0].data = part.icv;
	if (EVP_DecryptInit_ex2(c->open, NULL, NULL, nonce, c->tag) == 1 &&
	    run(c->open, j, j->out, part.body, part.body_len)) {
		j->result = SUITE_OK;
		return;
	}
	ERR_clear_error();
	j->result = SUITE_BAD_ICV;
	if (part.body_len > 0)
		memset(j->out, 0, part.body_len);
}

static void ccm_seal(struct suite *s, struct suite_job *j)
{
	struct suite_parts part = suite_parts(s, j);

	j->result = SUITE_OK;
	if (!seal((struct ccm *)s, j, part.body, part.body_len, part.iv, part.icv))
		suite_seal_failed(j, &part);
}

static void ccm_clear(struct suite *s)
{
	struct ccm *c = (struct ccm *)s;

	EVP_CIPHER_CTX_free(c->open);
	EVP_CIPHER_CTX_free(c->seal);
	EVP_CIPHER_CTX_free(c->ctr);
}

struct suite *suite_ccm_new(const struct suite_keys *keys, struct err *e)
{
	static const struct suite_ops ops = { ccm_open, ccm_seal, ccm_clear };
	const struct alg_encr *a = keys->encr;
	const uint8_t *key = keys->encr_key.p;
	size_t n = keys->encr_key.n - a->salt;
	struct evp_want want = { .encrypt = false, .iv_len = NONCE, .tag_len = a->icv };
	const struct alg_encr *as_ctr = alg_encr_by_name("aes-ctr", NULL);
	struct ccm *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		err_nomem(e);
		return NULL;
	}
	c->suite = (struct suite){ &ops, sizeof(*c), a->iv, a->icv, a->block, true };
	memcpy(c->salt, key + n, SALT);
	c->tag[0] = OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, NULL, a->icv);
	c->tag[1] = OSSL_PARAM_construct_end();
	c->open = evp_keyed(alg_encr_size(a, n)->evp, key, want, e);
	want.encrypt = true;
	if (c->open != NULL)
		c->seal = evp_keyed(alg_encr_size(a, n)->evp, key, want, e);
	if (c->seal != NULL)
		c->ctr = evp_keyed(alg_encr_size(as_ctr, n)->evp, key,
		    (struct evp_want){ .encrypt = true }, e);
	if (c->ctr == NULL) {
		suite_free(&c->suite);
		return NULL;
	}
	return &c->suite;
}
