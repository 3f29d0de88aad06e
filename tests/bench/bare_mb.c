/*
 * libipsec-mb at its best: AES-GCM by direct calls, one packet at a time; CBC with HMAC and
 * ChaCha20-Poly1305 by jobs.  They come back in the order they were given.
 */
#include "bare.h"

#if __has_include(<intel-ipsec-mb.h>)

#include <stdlib.h>
#include <string.h>

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>

struct keyed {
	_Alignas(64) struct gcm_key_data gcm;
	_Alignas(16) uint8_t enc[240], dec[240], inner[64], outer[64];
	aes_gcm_enc_dec_t open, seal;
};

struct flight { uint8_t nonce[12], tag[64]; const struct bare_job *job; };
struct state { IMB_MGR *m; unsigned next; bool bad; struct flight flights[IMB_MAX_JOBS]; };

static void *start(void)
{
	struct state *g = calloc(1, sizeof *g);

	if (g == NULL || (g->m = alloc_mb_mgr(0)) == NULL)
		return NULL;
	init_mb_mgr_auto(g->m, NULL);
	return g;
}

static bool key(void *arg, struct bare_sa *sa, bool seal)
{
	IMB_MGR *m = ((struct state *)arg)->m;
	struct keyed *k = aligned_alloc(64, (sizeof *k + 63) / 64 * 64);
	bool wide = sa->suite->key == 32;
	uint8_t inner[64], outer[64];

	(void)seal;
	if ((sa->ctx = k) == NULL)
		return false;
	bare_pads(sa, inner, outer);
	if (sa->suite->kind == BARE_GCM) {
		(wide ? m->gcm256_pre : m->gcm128_pre)(sa->key, &k->gcm);
		k->open = wide ? m->gcm256_dec : m->gcm128_dec;
		k->seal = wide ? m->gcm256_enc : m->gcm128_enc;
	} else if (sa->suite->kind == BARE_CBC) {
		(wide ? m->keyexp_256 : m->keyexp_128)(sa->key, k->enc, k->dec);
		(sa->suite->mac == 20 ? m->sha1_one_block : m->sha256_one_block)(inner, k->inner);
		(sa->suite->mac == 20 ? m->sha1_one_block : m->sha256_one_block)(outer, k->outer);
	}
	return true;
}

static bool open_gcm(void *g, const struct bare_sa *sa, const uint8_t *esp, size_t n, uint8_t *out)
{
	struct keyed *k = sa->ctx;
	struct gcm_context_data run;
	uint8_t nonce[12], tag[16];
	const uint8_t *body = esp + BARE_ESP + 8;

	(void)g;
	bare_nonce(sa, esp, nonce);
	k->open(&k->gcm, &run, out, body, n, nonce, esp, BARE_ESP, tag, sizeof tag);
	return CRYPTO_memcmp(tag, body + n, sizeof tag) == 0;
}

static bool seal_gcm(void *g, const struct bare_sa *sa, uint8_t *esp, const uint8_t *in, size_t n)
{
	struct keyed *k = sa->ctx;
	struct gcm_context_data run;
	uint8_t nonce[12], *body = esp + BARE_ESP + 8;

	(void)g;
	bare_nonce(sa, esp, nonce);
	k->seal(&k->gcm, &run, body, in, n, nonce, esp, BARE_ESP, body + n, 16);
	return true;
}

static void done(struct state *g, const IMB_JOB *job)
{
	const struct flight *f = job->user_data;
	const struct bare_suite *s = f->job->sa->suite;
	uint8_t *icv = f->job->at + BARE_ESP + s->iv + f->job->n;

	if (job->cipher_direction == IMB_DIR_ENCRYPT)
		memcpy(icv, f->tag, s->icv);
	else if (CRYPTO_memcmp(f->tag, icv, s->icv) != 0)
		g->bad = true;
	if (job->status != IMB_STATUS_COMPLETED)
		g->bad = true;
}

static void fill_auth(IMB_JOB *job, const struct bare_job *j, struct flight *f)
{
	const struct bare_suite *s = j->sa->suite;
	struct keyed *k = j->sa->ctx;

	job->auth_tag_output = f->tag;
	job->auth_tag_output_len_in_bytes = s->icv;
	if (s->kind == BARE_CBC) {
		job->cipher_mode = IMB_CIPHER_CBC;
		job->enc_keys = k->enc;
		job->dec_keys = k->dec;
		job->iv = j->at + BARE_ESP;
		job->iv_len_in_bytes = 16;
		job->hash_alg = s->mac == 20 ? IMB_AUTH_HMAC_SHA_1 : IMB_AUTH_HMAC_SHA_256;
		job->hash_start_src_offset_in_bytes = 0;
		job->msg_len_to_hash_in_bytes = BARE_ESP + s->iv + j->n;
		job->u.HMAC._hashed_auth_key_xor_ipad = k->inner;
		job->u.HMAC._hashed_auth_key_xor_opad = k->outer;
		return;
	}
	bare_nonce(j->sa, j->at, f->nonce);
	job->cipher_mode = IMB_CIPHER_CHACHA20_POLY1305;
	job->enc_keys = job->dec_keys = j->sa->key;
	job->iv = f->nonce;
	job->iv_len_in_bytes = 12;
	job->hash_alg = IMB_AUTH_CHACHA20_POLY1305;
	job->hash_start_src_offset_in_bytes = BARE_ESP + s->iv;
	job->msg_len_to_hash_in_bytes = j->n;
	job->u.CHACHA20_POLY1305.aad = j->at;
	job->u.CHACHA20_POLY1305.aad_len_in_bytes = BARE_ESP;
}

static bool many(void *arg, const struct bare_job *jobs, size_t n, bool seal)
{
	struct state *g = arg;
	IMB_JOB *job;

	for (size_t i = 0; i < n; i++) {
		const struct bare_job *j = &jobs[i];
		struct flight *f = &g->flights[g->next++ % IMB_MAX_JOBS];

		job = IMB_GET_NEXT_JOB(g->m);
		f->job = j;
		job->user_data = f;
		job->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
		job->chain_order = seal ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
		job->src = j->at;
		job->dst = j->out;
		job->key_len_in_bytes = j->sa->suite->key;
		job->cipher_start_src_offset_in_bytes = BARE_ESP + j->sa->suite->iv;
		job->msg_len_to_cipher_in_bytes = j->n;
		fill_auth(job, j, f);
		for (job = IMB_SUBMIT_JOB_NOCHECK(g->m); job != NULL; job = IMB_GET_COMPLETED_JOB(g->m))
			done(g, job);
	}
	while ((job = IMB_FLUSH_JOB(g->m)) != NULL)
		done(g, job);
	return !g->bad;
}

const struct bare_engine *bare_ipsec_mb(const struct bare_suite *s)
{
	static const struct bare_engine direct = { start, key, open_gcm, seal_gcm, NULL };
	static const struct bare_engine jobs = { start, key, NULL, NULL, many };

	return s->kind == BARE_GCM ? &direct : &jobs;
}

#else

const struct bare_engine *bare_ipsec_mb(const struct bare_suite *s)
{
	(void)s;
	return NULL;
}

#endif
