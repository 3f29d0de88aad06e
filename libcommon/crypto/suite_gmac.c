#include <string.h>

#include "crypto/suite_priv.h"

/* RFC 4543 3.3: SPI, sequence number, IV and payload are all AAD of AES-GCM, nothing is encrypted. */
static bool make_tag(struct suite *s, EVP_CIPHER_CTX *ctx, const struct suite_job *j, uint8_t tag[16])
{
	size_t n = j->n - s->icv, skip = j->esn ? 8 : 0;
	uint8_t nonce[NONCE_MAX], aad[12];
	int end;

	suite_nonce(s, j, nonce);
	if (EVP_CipherInit_ex2(ctx, NULL, NULL, nonce, -1, NULL) != 1)
		return false;
	if (j->esn) {
		suite_esn_aad(j, aad);
		if (EVP_Cipher(ctx, NULL, aad, sizeof aad) < 0)
			return false;
	}
	return EVP_Cipher(ctx, NULL, j->p + skip, (unsigned)(n - skip)) >= 0 &&
	    EVP_CipherFinal_ex(ctx, tag, &end) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1;
}

static void open_gmac(struct suite *s, struct suite_job *j)
{
	const uint8_t *body = j->p + j->head + s->iv;
	size_t n = suite_body(s, j);
	uint8_t tag[16];

	j->result = make_tag(s, s->dec, j, tag) && suite_icv_eq(tag, j->p + j->n - s->icv, s->icv) ?
	    SUITE_OK : SUITE_BAD_ICV;
	if ((j->result == SUITE_OK || j->no_verify) && n > 0 && j->out != body)
		memcpy(j->out, body, n);
}

static void seal_gmac(struct suite *s, struct suite_job *j)
{
	uint8_t tag[16];

	j->result = make_tag(s, s->dec, j, tag) ? SUITE_OK : SUITE_BAD_LENGTH;
	if (j->result == SUITE_OK)
		memcpy((uint8_t *)(uintptr_t)j->p + j->n - s->icv, tag, s->icv);
}

int suite_gmac_init(struct suite *s, const struct suite_keys *k, struct err *e)
{
	const struct alg_size *size = alg_encr_size(k->encr, k->encr_key.n - k->encr->salt);

	s->open = open_gmac;
	s->seal = seal_gmac;
	s->salt_n = k->encr->salt;
	memcpy(s->salt, k->encr_key.p + k->encr_key.n - s->salt_n, s->salt_n);
	/* making the tag is encryption for both */
	return (s->dec = suite_key(size->evp, k->encr_key.p, true, NULL, e)) != NULL ? 0 : -1;
}
