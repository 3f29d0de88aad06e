#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto/suite_priv.h"

enum { CCM_NONCE = 11, CCM_L = 4 };	/* RFC 4309 4: 3 octets of salt, 8 of IV, 4 of length */

/* The nonce, the tag to compare with (NULL when sealing), and the AAD. */
static bool start(struct suite *s, EVP_CIPHER_CTX *ctx, const struct suite_job *j, uint8_t *tag)
{
	uint8_t nonce[NONCE_MAX], buf[12];
	struct span aad = suite_aad(j, buf);
	OSSL_PARAM params[2] = {
		OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, s->icv),
		OSSL_PARAM_construct_end(),
	};
	int n;

	suite_nonce(s, j, nonce);
	if (EVP_CipherInit_ex2(ctx, NULL, NULL, nonce, -1, tag != NULL ? params : NULL) != 1)
		return false;
	/* CCM must know the length before the first byte (RFC 3610 2.2) */
	if (s->again != NULL && EVP_CipherUpdate(ctx, NULL, &n, NULL, (int)suite_body(s, j)) != 1)
		return false;
	return aad.n == 0 || EVP_Cipher(ctx, NULL, aad.p, (unsigned)aad.n) >= 0;
}

static bool get_tag(EVP_CIPHER_CTX *ctx, const struct suite *s, uint8_t *tag)
{
	OSSL_PARAM params[2] = {		/* what EVP_CIPHER_CTX_ctrl() would make of it */
		OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, s->icv),
		OSSL_PARAM_construct_end(),
	};

	return EVP_CIPHER_CTX_get_params(ctx, params) == 1;
}

/* The final call is not EVP_Cipher(ctx, NULL, NULL, 0): ChaCha20-Poly1305 compares no tag there. */
static bool stream(struct suite *s, EVP_CIPHER_CTX *ctx, const struct suite_job *j, uint8_t *tag,
    uint8_t *out)
{
	size_t n = suite_body(s, j);
	uint8_t none[16];
	int end;

	return start(s, ctx, j, tag) &&
	    (n == 0 || EVP_Cipher(ctx, out, j->p + j->head + s->iv, (unsigned)n) >= 0) &&
	    EVP_CipherFinal_ex(ctx, none, &end) == 1;
}

static void open_aead(struct suite *s, struct suite_job *j)
{
	if (stream(s, s->dec, j, suite_tag(s, j), j->out))
		j->result = SUITE_OK;
	else
		suite_refuse(s, j);
}

static void seal_aead(struct suite *s, struct suite_job *j)
{
	uint8_t *p = (uint8_t *)(uintptr_t)j->p;

	j->result = stream(s, s->enc, j, NULL, p + j->head + s->iv) && get_tag(s->enc, s, suite_tag(s, j)) ?
	    SUITE_OK : SUITE_BAD_LENGTH;
}

/* CCM works on a body in one piece, even if it is empty. */
static bool ccm(struct suite *s, EVP_CIPHER_CTX *ctx, const struct suite_job *j, uint8_t *tag,
    const uint8_t *in, uint8_t *out)
{
	size_t n = suite_body(s, j);
	uint8_t none = 0;

	if (n == 0)
		in = out = &none;
	return start(s, ctx, j, tag) && EVP_Cipher(ctx, out, in, (unsigned)n) >= 0;
}

/* CCM's counter blocks alone (RFC 3610 2.3). */
static bool ccm_counter(struct suite *s, const struct suite_job *j, const uint8_t *in,
    uint8_t *out)
{
	uint8_t counter[NONCE_MAX + 1] = { CCM_L - 1 };
	size_t n = suite_body(s, j);

	suite_nonce(s, j, counter + 1);
	memcpy(counter + 1 + CCM_NONCE, "\0\0\0\1", 4);
	return n == 0 || (EVP_CipherInit_ex2(s->ctr, NULL, NULL, counter, -1, NULL) == 1 &&
	    EVP_Cipher(s->ctr, out, in, (unsigned)n) >= 0);
}

/*
 * OpenSSL's CCM wipes what does not verify, and in place that was the only copy.  So who wants
 * plain text in any case gets it from the counter blocks, and the tag is found by sealing again.
 */
static bool ccm_open_anyway(struct suite *s, struct suite_job *j)
{
	uint8_t tag[16];

	return ccm_counter(s, j, j->p + j->head + s->iv, j->out) &&
	    ccm(s, s->again, j, NULL, j->out, j->out) && get_tag(s->again, s, tag) &&
	    ccm_counter(s, j, j->out, j->out) && suite_icv_eq(tag, suite_tag(s, j), s->icv);
}

static void open_ccm(struct suite *s, struct suite_job *j)
{
	bool ok = j->no_verify ? ccm_open_anyway(s, j) :
	    ccm(s, s->dec, j, suite_tag(s, j), j->p + j->head + s->iv, j->out);

	if (ok)
		j->result = SUITE_OK;
	else
		suite_refuse(s, j);
}

static void seal_ccm(struct suite *s, struct suite_job *j)
{
	uint8_t *body = (uint8_t *)(uintptr_t)j->p + j->head + s->iv;

	j->result = ccm(s, s->enc, j, NULL, body, body) && get_tag(s->enc, s, suite_tag(s, j)) ?
	    SUITE_OK : SUITE_BAD_LENGTH;
}

static int ccm_init(struct suite *s, const struct suite_keys *k, unsigned use, struct err *e)
{
	static const char *const ctr[] = { "AES-128-CTR", "AES-192-CTR", "AES-256-CTR" };
	size_t key = k->encr_key.n - k->encr->salt, nonce = CCM_NONCE;
	OSSL_PARAM lengths[] = {
		OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_AEAD_IVLEN, &nonce),
		OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, NULL, s->icv),
		OSSL_PARAM_construct_end(),
	};

	s->open = open_ccm;
	s->seal = seal_ccm;
	if (suite_keys_init(s, k, use, lengths, e) < 0 ||
	    (s->ctr = suite_key(ctr[key / 8 - 2], k->encr_key.p, true, NULL, e)) == NULL)
		return -1;
	s->again = suite_key(alg_encr_size(k->encr, key)->evp, k->encr_key.p, true, lengths, e);
	return s->again != NULL ? 0 : -1;
}

int suite_aead_init(struct suite *s, const struct suite_keys *k, unsigned use, struct err *e)
{
	if (k->encr->gcry != NULL)
		return suite_keys_init(s, k, use, NULL, e);
	if (k->encr->salt == 3)			/* RFC 4309 */
		return ccm_init(s, k, use, e);
	s->open = open_aead;
	s->seal = seal_aead;
	return suite_keys_init(s, k, use, NULL, e);
}
