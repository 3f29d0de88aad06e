#include "crypto/gmac.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/evp.h"

struct gmac {
	EVP_CIPHER_CTX *gcm;
	uint8_t nonce[GMAC_SALT + GMAC_IV];
	bool bad;		/* the message so far */
};

struct gmac *gmac_new(const struct alg_integ *alg, struct span key, struct err *e)
{
	const EVP_CIPHER *c;
	struct gmac *g;

	if (key.n != alg->key) {
		err_set(e, "%s key is %zu bytes, wanted %u (salt last)", alg->name, key.n,
		    alg->key);
		return NULL;
	}
	if ((c = evp_cipher(alg->evp, e)) == NULL)
		return NULL;
	if ((g = calloc(1, sizeof *g)) == NULL || (g->gcm = EVP_CIPHER_CTX_new()) == NULL) {
		err_nomem(e);
		goto bad;
	}
	if (EVP_EncryptInit_ex2(g->gcm, c, key.p, NULL, NULL) != 1) {
		evp_error(e, alg->evp);
		goto bad;
	}
	memcpy(g->nonce, key.p + key.n - GMAC_SALT, GMAC_SALT);
	return g;
bad:
	gmac_free(g);
	return NULL;
}

void gmac_free(struct gmac *g)
{
	if (g == NULL)
		return;
	EVP_CIPHER_CTX_free(g->gcm);
	wipe(g, sizeof *g);
	free(g);
}

void gmac_start(struct gmac *g, const uint8_t iv[GMAC_IV])
{
	memcpy(g->nonce + GMAC_SALT, iv, GMAC_IV);
	g->bad = EVP_EncryptInit_ex2(g->gcm, NULL, NULL, g->nonce, NULL) != 1;
}

void gmac_add(struct gmac *g, struct span s)
{
	if (s.n > 0 && !g->bad)
		g->bad = EVP_Cipher(g->gcm, NULL, s.p, (unsigned)s.n) < 0;
}

bool gmac_end(struct gmac *g, uint8_t tag[GMAC_TAG])
{
	int end;

	return !g->bad && EVP_EncryptFinal_ex(g->gcm, tag, &end) == 1 &&
	    EVP_CIPHER_CTX_ctrl(g->gcm, EVP_CTRL_AEAD_GET_TAG, GMAC_TAG, tag) == 1;
}
