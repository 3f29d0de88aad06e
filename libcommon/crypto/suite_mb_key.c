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
static void key_gcm(struct mb_keys *k, const IMB_MGR *m, const uint8_t *key, size_t n)
{
	if (n == 16)
		GCM_CALLS(k, m, 128);
	else if (n == 24)
		GCM_CALLS(k, m, 192);
	else
		GCM_CALLS(k, m, 256);
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

static void key_cipher(struct mb_keys *k, const IMB_MGR *m, const uint8_t *key, size_t n)
{
	k->key_len = n;
	switch (k->mode) {
	case IMB_CIPHER_GCM:
		key_gcm(k, m, key, n);
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

static int key_mac(struct mb_keys *k, const IMB_MGR *m, const struct suite_keys *keys, struct err *e)
{
	const struct mb_hash *h = mb_hash_of(keys->integ);
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

static void free_keys(struct mb_keys *k)
{
	wipe(k, k->room);
	free(k);
}

static struct mb_keys *make_keys(const struct suite_keys *k, const struct mb_cipher *c, bool none, struct err *e)
{
	/* what GCM precomputes is the longest by far, and there may be thousands of SAs */
	size_t n = c->mode == IMB_CIPHER_GCM ? sizeof(struct mb_keys) :
	    (offsetof(struct mb_keys, block_end) + 63) / 64 * 64;
	const IMB_MGR *m = k->engine->mgr;
	struct mb_keys *mb = aligned_alloc(64, n);

	if (mb == NULL) {
		err_nomem(e);
		return NULL;
	}
	memset(mb, 0, n);
	mb->room = n;
	mb->mode = c->mode;
	mb->iv_len = c->iv;
	mb->hash = c->hash != 0 ? c->hash : IMB_AUTH_NULL;
	mb->tag_len = k->encr->icv;
	key_cipher(mb, m, k->encr_key.p, k->encr_key.n - k->encr->salt);
	if (!none && key_mac(mb, m, k, e) < 0) {
		free_keys(mb);
		return NULL;
	}
	return mb;
}

/* Those that a suite of another thread has already, or new ones. */
static struct mb_keys *take_keys(const struct suite_keys *k, const struct mb_cipher *c, bool none, struct err *e)
{
	struct mb_keys *mb;

	if (k->shared == NULL)
		return make_keys(k, c, none, e);
	mb_lock();
	if ((mb = *k->shared) == NULL && (mb = make_keys(k, c, none, e)) != NULL)
		mb->slot = k->shared;
	if (mb != NULL)
		mb->suites++;
	*k->shared = mb;
	mb_unlock();
	return mb;
}

static void set_calls(struct suite *s, const struct suite_keys *k, const struct mb_cipher *c, bool none)
{
	if (k->encr->kind == ENCR_KIND_GMAC) {
		s->open = mb_open_gmac;
		s->seal = mb_seal_gmac;
		return;
	}
	if (c->mode == IMB_CIPHER_GCM) {
		s->open = s->icv == 16 && !s->implicit_iv ? mb_open_gcm16 : mb_open_gcm;
		s->seal = mb_seal_gcm;
		return;
	}
	s->queue = k->engine;
	s->open = mb_open_job;
	s->seal = mb_seal_job;
	if (c->mode == IMB_CIPHER_CBC && !none && k->integ->kind == INTEG_KIND_HMAC)
		s->open = mb_open_cbc_hmac;
	else if (c->mode == IMB_CIPHER_CHACHA20_POLY1305)
		s->open = mb_open_chacha;
}

int mb_init(struct suite *s, const struct suite_keys *k, struct err *e)
{
	size_t key = k->encr_key.n - k->encr->salt;
	bool none = k->integ == NULL || k->integ->kind == INTEG_KIND_NONE;
	const struct mb_cipher *c = mb_cipher_of(k->encr, key);

	if ((s->mb = take_keys(k, c, none, e)) == NULL)
		return -1;
	set_calls(s, k, c, none);
	s->salt_n = k->encr->salt;
	if (s->salt_n > 0)
		memcpy(s->salt, k->encr_key.p + key, s->salt_n);
	if (!alg_encr_is_aead(k->encr))
		suite_mac_icv(s, k);
	return 0;
}

void mb_clear(struct suite *s)
{
	struct mb_keys *mb = s->mb;

	if (mb == NULL)
		return;
	s->mb = NULL;
	if (mb->slot != NULL) {
		mb_lock();
		if (--mb->suites == 0)
			*mb->slot = NULL;
		else
			mb = NULL;
		mb_unlock();
	}
	if (mb != NULL)
		free_keys(mb);
}

#else

typedef int suite_mb_key_unused;	/* C wants something in a file */

#endif
