/* Keys as libipsec-mb wants them. */
#if __has_include(<intel-ipsec-mb.h>)

#include <stdlib.h>

#include "base/secret.h"
#include "crypto/suite_mb_priv.h"

#define GCM_CALLS(k, m, bits) \
	((k)->gcm_enc = (m)->gcm##bits##_enc, (k)->gcm_dec = (m)->gcm##bits##_dec, \
	(k)->gmac_init = (m)->gmac##bits##_init, (k)->gmac_update = (m)->gmac##bits##_update, \
	(k)->gmac_finalize = (m)->gmac##bits##_finalize, (m)->gcm##bits##_pre(key, &(k)->gcm))

/* Direct calls: encryption and decryption, or the tag alone. */
static void key_gcm(struct suite *s, const IMB_MGR *m, const uint8_t *key, size_t n)
{
	bool gmac = s->encr->kind == ENCR_KIND_GMAC;

	if (n == 16)
		GCM_CALLS(s->mb, m, 128);
	else if (n == 24)
		GCM_CALLS(s->mb, m, 192);
	else
		GCM_CALLS(s->mb, m, 256);
	s->open = gmac ? mb_open_gmac : s->icv == 16 && !s->implicit_iv ? mb_open_gcm16 : mb_open_gcm;
	s->seal = gmac ? mb_seal_gmac : mb_seal_gcm;
}

static void key_aes(struct mb_keys *k, const IMB_MGR *m, const uint8_t *key, size_t n)
{
	keyexp_t expand = n == 16 ? m->keyexp_128 : n == 24 ? m->keyexp_192 : m->keyexp_256;

	expand(key, k->aes.enc, k->aes.dec);
	k->enc = k->aes.enc;
	k->dec = k->mode == IMB_CIPHER_CBC ? k->aes.dec : k->aes.enc;	/* counters are encrypted */
}

static void key_des(struct mb_keys *k, const IMB_MGR *m, const uint8_t *key, size_t n)
{
	for (size_t i = 0; i < n / 8; i++) {
		m->des_key_sched(k->des.k[i], key + 8 * i);
		k->des.all[i] = k->des.k[i];
	}
	k->enc = k->dec = n == 8 ? (const void *)k->des.k[0] : k->des.all;
}

static void key_cipher(struct suite *s, const IMB_MGR *m, const uint8_t *key, size_t n)
{
	struct mb_keys *k = s->mb;

	k->key_len = n;
	switch (k->mode) {
	case IMB_CIPHER_GCM:
		key_gcm(s, m, key, n);
		break;
	case IMB_CIPHER_DES:
	case IMB_CIPHER_DES3:
		key_des(k, m, key, n);
		break;
	case IMB_CIPHER_CHACHA20_POLY1305:
		memcpy(k->chacha, key, n);
		k->enc = k->dec = k->chacha;
		break;
	case IMB_CIPHER_NULL:
		break;
	default:
		key_aes(k, m, key, n);
		break;
	}
}

/* The states after the padded key (RFC 2104 2). */
static int key_hmac(struct mb_keys *k, const IMB_MGR *m, const struct mb_hash *h,
    const struct suite_keys *keys, struct err *e)
{
	uint8_t inner[MAC_BLOCK], outer[MAC_BLOCK];
	hash_one_block_t one;

	if (mac_hmac_pads(keys->integ, (struct span){ keys->integ_key.p, keys->integ_key.n }, inner, outer,
	    e) < 0)
		return -1;
	memcpy(&one, (const char *)m + h->one_block, sizeof one);
	one(inner, k->hmac.inner);
	one(outer, k->hmac.outer);
	wipe(inner, sizeof inner);
	wipe(outer, sizeof outer);
	return 0;
}

static int key_mac(struct suite *s, const IMB_MGR *m, const struct suite_keys *keys, struct err *e)
{
	const struct mb_hash *h = mb_hash_of(keys->integ);
	struct mb_keys *k = s->mb;
	uint8_t unused[11 * 16];

	k->hash = h->hash;
	k->tag_len = keys->integ->full;		/* cut by us: it cuts to some lengths only */
	switch (h->kind) {
	case INTEG_KIND_XCBC:
		m->xcbc_keyexp(keys->integ_key.p, k->cbc.k1, k->cbc.k2, k->cbc.k3);
		return 0;
	case INTEG_KIND_CMAC:
		m->keyexp_128(keys->integ_key.p, k->cbc.k1, unused);
		wipe(unused, sizeof unused);
		m->cmac_subkey_gen_128(k->cbc.k1, k->cbc.k2, k->cbc.k3);
		return 0;
	default:
		return key_hmac(k, m, h, keys, e);
	}
}

int mb_init(struct suite *s, const struct suite_keys *k, struct err *e)
{
	size_t key = k->encr_key.n - k->encr->salt;
	bool none = k->integ == NULL || k->integ->kind == INTEG_KIND_NONE;
	const struct mb_cipher *c = mb_cipher_of(k->encr, key);
	const IMB_MGR *m = k->engine->mgr;
	/* what GCM precomputes is the longest by far, and there may be thousands of SAs */
	size_t n = c->mode == IMB_CIPHER_GCM ? sizeof *s->mb : (offsetof(struct mb_keys, block_end) + 63) / 64 * 64;

	if ((s->mb = aligned_alloc(64, n)) == NULL)
		return err_nomem(e);
	memset(s->mb, 0, n);
	s->mb->room = n;
	s->mb->mode = c->mode;
	s->mb->iv_len = c->iv;
	s->mb->hash = c->hash != 0 ? c->hash : IMB_AUTH_NULL;
	s->mb->tag_len = k->encr->icv;
	s->open = mb_open_job;
	s->seal = mb_seal_job;
	s->salt_n = k->encr->salt;
	if (s->salt_n > 0)
		memcpy(s->salt, k->encr_key.p + key, s->salt_n);
	key_cipher(s, m, k->encr_key.p, key);
	if (c->mode != IMB_CIPHER_GCM)
		s->queue = k->engine;
	if (!alg_encr_is_aead(k->encr))
		suite_mac_icv(s, k);
	if (c->mode == IMB_CIPHER_CBC && !none && k->integ->kind == INTEG_KIND_HMAC)
		s->open = mb_open_cbc_hmac;
	else if (c->mode == IMB_CIPHER_CHACHA20_POLY1305)
		s->open = mb_open_chacha;
	return none ? 0 : key_mac(s, m, k, e);
}

void mb_clear(struct suite *s)
{
	if (s->mb == NULL)
		return;
	wipe(s->mb, s->mb->room);
	free(s->mb);
	s->mb = NULL;
}

#else

typedef int suite_mb_key_unused;	/* C wants something in a file */

#endif
