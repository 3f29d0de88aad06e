#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto/suite_priv.h"

/* The MAC over head, IV and body, and with ESN the high half behind them (RFC 4303 2.2.1). */
static void make_icv(struct suite *s, const struct suite_job *j, uint8_t out[MAC_MAX])
{
	uint8_t high[4] = { (uint8_t)(j->esn_high >> 24), (uint8_t)(j->esn_high >> 16),
		(uint8_t)(j->esn_high >> 8), (uint8_t)j->esn_high };

	mac_make(s->mac, (struct span){ j->p, j->n - s->icv }, (struct span){ high, j->esn ? 4 : 0 }, out);
}

static int start(struct suite *s, EVP_CIPHER_CTX *ctx, const struct suite_job *j)
{
	uint8_t counter[NONCE_MAX];

	if (s->encr->kind == ENCR_KIND_CBC)
		return EVP_CipherInit_ex2(ctx, NULL, NULL, j->p + j->head, -1, NULL);
	suite_nonce(s, j, counter);		/* RFC 3686 4: nonce, IV, then a counter from 1 */
	memcpy(counter + 12, "\0\0\0\1", 4);
	return EVP_CipherInit_ex2(ctx, NULL, NULL, counter, -1, NULL);
}

static bool crypt(struct suite *s, const struct suite_job *j, uint8_t *out, bool seal)
{
	EVP_CIPHER_CTX *ctx = seal ? s->enc : s->dec;
	const uint8_t *body = j->p + j->head + s->iv;
	size_t n = suite_body(s, j);

	if (n == 0)
		return true;
	if (s->encr->kind == ENCR_KIND_NULL) {	/* RFC 2410 */
		if (out != body)
			memcpy(out, body, n);
		return true;
	}
	if (s->gcrypt != NULL)
		return suite_gcrypt_cbc(s, j, out, seal);
	return start(s, ctx, j) == 1 && EVP_Cipher(ctx, out, body, (unsigned)n) >= 0;
}

static void open_mac(struct suite *s, struct suite_job *j)
{
	uint8_t icv[MAC_MAX];

	j->result = s->unknown_icv ? SUITE_BAD_ICV : SUITE_OK;
	if (s->mac != NULL) {
		make_icv(s, j, icv);
		if (!suite_icv_eq(icv, j->p + j->n - s->icv, s->icv))
			j->result = SUITE_BAD_ICV;
	}
	if (j->result != SUITE_OK && !j->no_verify)
		return;
	if (!crypt(s, j, j->out, false))
		j->result = SUITE_BAD_ICV;
}

void suite_mac_sign(struct suite *s, struct suite_job *j)
{
	uint8_t icv[MAC_MAX];

	j->result = SUITE_OK;
	if (s->mac == NULL)
		return;
	make_icv(s, j, icv);
	memcpy(suite_tag(s, j), icv, s->icv);
}

static void seal_mac(struct suite *s, struct suite_job *j)
{
	uint8_t *p = (uint8_t *)(uintptr_t)j->p;

	if (s->unknown_icv) {			/* nobody told how it is made */
		j->result = SUITE_BAD_ICV;
		return;
	}
	j->result = SUITE_BAD_LENGTH;
	if (crypt(s, j, p + j->head + s->iv, true))
		suite_mac_sign(s, j);
}

void suite_mac_icv(struct suite *s, const struct suite_keys *k)
{
	s->has_mac = k->integ != NULL && k->integ->kind != INTEG_KIND_NONE;
	s->icv = (uint16_t)(k->icv_bits != 0 ? k->icv_bits / 8 : s->has_mac ? k->integ->icv : 0);
	s->unknown_icv = !s->has_mac && s->icv > 0;
}

int suite_mac_init(struct suite *s, const struct suite_keys *k, unsigned use, struct err *e)
{
	size_t key = k->encr_key.n;
	OSSL_PARAM length[] = {			/* of the ciphers that let one choose */
		OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_KEYLEN, &key),
		OSSL_PARAM_construct_end(),
	};

	s->open = open_mac;
	s->seal = seal_mac;
	suite_mac_icv(s, k);
	if (suite_keys_init(s, k, use, k->encr->max_bits != 0 ? length : NULL, e) < 0)
		return -1;
	if ((use & SUITE_FOR_SEAL) && k->encr->kind == ENCR_KIND_CBC && !k->alone)
		suite_cbc_init(s, k);
	if (!s->has_mac)
		return 0;
	s->mac = mac_new(k->integ, (struct span){ k->integ_key.p, k->integ_key.n }, e);
	return s->mac != NULL ? 0 : -1;
}
