#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto/suite_priv.h"

enum { CCM_NONCE = 11, CCM_L = 4 };	/* RFC 4309 4: 3 octets of salt, 8 of IV, 4 of length */

static bool is_ccm(const struct suite *s)
{
	return s->salt_n == 3;
}

static struct span aad_of(const struct suite_job *j, uint8_t buf[12])
{
	if (!j->esn)
		return (struct span){ j->p, j->head };
	suite_esn_aad(j, buf);
	return (struct span){ buf, 12 };
}

/* CCM must know the tag and the length before the first byte (RFC 3610 2.2). */
static bool start(struct suite *s, EVP_CIPHER_CTX *ctx, const struct suite_job *j, bool tag)
{
	uint8_t nonce[NONCE_MAX], buf[12];
	struct span aad = aad_of(j, buf);
	OSSL_PARAM params[2] = { OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG,
	    tag ? (uint8_t *)(uintptr_t)j->p + j->n - s->icv : NULL, s->icv), OSSL_PARAM_construct_end() };
	int n;

	suite_nonce(s, j, nonce);
	if (EVP_CipherInit_ex2(ctx, NULL, NULL, nonce, -1, tag || is_ccm(s) ? params : NULL) != 1)
		return false;
	if (is_ccm(s) && EVP_CipherUpdate(ctx, NULL, &n, NULL, (int)suite_body(s, j)) != 1)
		return false;
	return aad.n == 0 || EVP_Cipher(ctx, NULL, aad.p, (unsigned)aad.n) >= 0;
}

/* CCM's counter blocks, for who wants plain text that does not verify (RFC 3610 2.3). */
static void ccm_unverified(struct suite *s, struct suite_job *j)
{
	uint8_t counter[NONCE_MAX + 1] = { CCM_L - 1 };

	suite_nonce(s, j, counter + 1);
	memcpy(counter + 1 + CCM_NONCE, "\0\0\0\1", 4);
	if (EVP_CipherInit_ex2(s->ctr, NULL, NULL, counter, -1, NULL) == 1)
		EVP_Cipher(s->ctr, j->out, j->p + j->head + s->iv, (unsigned)suite_body(s, j));
}

static bool open_verified(struct suite *s, struct suite_job *j)
{
	const uint8_t *body = j->p + j->head + s->iv;
	size_t n = suite_body(s, j);
	uint8_t none;

	if (!start(s, s->dec, j, true))
		return false;
	if (is_ccm(s))
		return EVP_Cipher(s->dec, n > 0 ? j->out : &none, body, (unsigned)n) >= 0;
	if (n > 0 && EVP_Cipher(s->dec, j->out, body, (unsigned)n) < 0)
		return false;
	return EVP_Cipher(s->dec, NULL, NULL, 0) >= 0;
}

static void open_aead(struct suite *s, struct suite_job *j)
{
	size_t n = suite_body(s, j);

	if (open_verified(s, j)) {
		j->result = SUITE_OK;
		return;
	}
	j->result = SUITE_BAD_ICV;
	if (j->no_verify && is_ccm(s))
		ccm_unverified(s, j);
	else if (!j->no_verify && n > 0)
		memset(j->out, 0, n);
}

static void seal_aead(struct suite *s, struct suite_job *j)
{
	uint8_t *p = (uint8_t *)(uintptr_t)j->p, *body = p + j->head + s->iv, none;
	size_t n = suite_body(s, j);
	bool ok;

	ok = start(s, s->enc, j, false);
	if (is_ccm(s))
		ok = ok && EVP_Cipher(s->enc, n > 0 ? body : &none, body, (unsigned)n) >= 0;
	else
		ok = ok && (n == 0 || EVP_Cipher(s->enc, body, body, (unsigned)n) >= 0) &&
		    EVP_Cipher(s->enc, NULL, NULL, 0) >= 0;
	ok = ok && EVP_CIPHER_CTX_ctrl(s->enc, EVP_CTRL_AEAD_GET_TAG, (int)s->icv, p + j->n - s->icv) == 1;
	j->result = ok ? SUITE_OK : SUITE_BAD_LENGTH;
}

bool suite_set_lengths(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *c, const struct alg_encr *a)
{
	return EVP_CIPHER_get_mode(c) != EVP_CIPH_CCM_MODE ||
	    (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, CCM_NONCE, NULL) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, a->icv, NULL) == 1);
}

int suite_aead_init(struct suite *s, const struct suite_keys *k, struct err *e)
{
	static const char *const ctr[] = { "AES-128-CTR", "AES-192-CTR", "AES-256-CTR" };
	size_t key = k->encr_key.n - k->encr->salt;

	s->open = open_aead;
	s->seal = seal_aead;
	if (suite_keys_init(s, k, e) < 0)
		return -1;
	if (!is_ccm(s))
		return 0;
	return (s->ctr = suite_key(k->encr, ctr[key / 8 - 2], k->encr_key.p, true, e)) != NULL ? 0 : -1;
}
