#define OPENSSL_SUPPRESS_DEPRECATED	/* the digest's own state, copied for each packet, is the fastest HMAC */

#include "bare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

const struct bare_suite bare_suites[2] = {
	{ "aes128gcm16", "aes-gcm-16", NULL, 4, 8, 16, 4 },
	{ "aes128-sha1", "aes-cbc", "hmac-sha1-96", 0, 16, 12, 16 },
};

const uint8_t bare_key[20] = "sixteen  octets.\1\2\3\4", bare_mac_key[20] = "twenty octets it is.";

struct hmac { SHA_CTX inner, outer; };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void check(bool fine)
{
	if (!fine) {
		fputs("bench: the bare loop does not verify\n", stderr);
		exit(3);
	}
}

static void pads(uint8_t inner[64], uint8_t outer[64])
{
	for (size_t i = 0; i < 64; i++) {
		uint8_t k = i < sizeof bare_mac_key ? bare_mac_key[i] : 0;

		inner[i] = k ^ 0x36;
		outer[i] = k ^ 0x5c;
	}
}

static struct hmac hmac_key(void)
{
	uint8_t inner[64], outer[64];
	struct hmac h;

	pads(inner, outer);
	SHA1_Init(&h.inner);
	SHA1_Update(&h.inner, inner, sizeof inner);
	SHA1_Init(&h.outer);
	SHA1_Update(&h.outer, outer, sizeof outer);
	return h;
}

static void hmac(const struct hmac *h, const uint8_t *p, size_t n, uint8_t out[20])
{
	SHA_CTX run = h->inner;

	SHA1_Update(&run, p, n);
	SHA1_Final(out, &run);
	run = h->outer;
	SHA1_Update(&run, out, 20);
	SHA1_Final(out, &run);
}

static EVP_CIPHER_CTX *keyed(const struct bare_suite *s, bool seal)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	check(EVP_CipherInit_ex(ctx, s->integ != NULL ? EVP_aes_128_cbc() : EVP_aes_128_gcm(), NULL, bare_key,
	    NULL, seal) == 1);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	return ctx;
}

static void gcm(EVP_CIPHER_CTX *ctx, const uint8_t *e, uint8_t *out, size_t body, uint8_t *icv, bool seal)
{
	uint8_t nonce[12], none[16];
	int len;

	memcpy(nonce, bare_key + 16, 4);
	memcpy(nonce + 4, e + BARE_ESP, 8);
	check(EVP_CipherInit_ex(ctx, NULL, NULL, NULL, nonce, -1) == 1 &&
	    EVP_CipherUpdate(ctx, NULL, &len, e, BARE_ESP) == 1 &&
	    EVP_CipherUpdate(ctx, out, &len, e + BARE_ESP + 8, (int)body) == 1 &&
	    (seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, 16, icv) == 1) &&
	    EVP_CipherFinal_ex(ctx, none, &len) == 1 &&
	    (!seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, icv) == 1));
}

/* For sealing, out is ESP and all; the MAC is over what is there. */
static void cbc(EVP_CIPHER_CTX *ctx, const struct hmac *h, const uint8_t *e, uint8_t *out, size_t body,
    uint8_t *icv, bool seal)
{
	size_t n = BARE_ESP + 16 + body;
	uint8_t md[20];
	int len;

	if (!seal) {
		hmac(h, e, n, md);
		check(CRYPTO_memcmp(md, icv, 12) == 0);
	}
	check(EVP_CipherInit_ex(ctx, NULL, NULL, NULL, e + BARE_ESP, -1) == 1 &&
	    EVP_CipherUpdate(ctx, out, &len, e + BARE_ESP + 16, (int)body) == 1);
	if (seal) {
		hmac(h, out - BARE_ESP - 16, n, md);
		memcpy(icv, md, 12);
	}
}

void bare_make(const struct bare_suite *s, uint8_t *esp, size_t n)
{
	uint8_t *body = esp + BARE_ESP + s->iv;
	EVP_CIPHER_CTX *ctx = keyed(s, true);
	struct hmac h = hmac_key();

	if (s->integ == NULL)
		gcm(ctx, esp, body, n, body + n, true);
	else
		cbc(ctx, &h, esp, body, n, body + n, true);
	EVP_CIPHER_CTX_free(ctx);
}

static size_t body_of(const struct bare_load *l)
{
	return l->record - BARE_HEAD - BARE_ESP - l->suite->iv - l->suite->icv;
}

double bare_openssl(const struct bare_load *l, bool seal)
{
	static uint8_t room[BARE_RECORD_MAX];
	const struct bare_suite *s = l->suite;
	EVP_CIPHER_CTX *ctx = keyed(s, seal);
	uint8_t *out = room + BARE_ESP + s->iv;
	struct hmac h = hmac_key();
	size_t body = body_of(l);
	double start = now();

	for (size_t at = 0; at < l->n; at += l->record) {
		uint8_t *e = l->bytes + at + BARE_HEAD, *icv = seal ? out + body : e + BARE_ESP + s->iv + body;

		if (s->integ == NULL)
			gcm(ctx, e, out, body, icv, seal);
		else
			cbc(ctx, &h, e, out, body, icv, seal);
	}
	EVP_CIPHER_CTX_free(ctx);
	return now() - start;
}

#if __has_include(<intel-ipsec-mb.h>)

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

enum { JOBS = IMB_MAX_JOBS };

struct cbc_keys { _Alignas(16) uint8_t enc[240], dec[240], inner[64], outer[64]; };

/* Slots, so that what is on its way does not overwrite each other. */
static struct slot { uint8_t room[BARE_RECORD_MAX], tag[20]; const uint8_t *icv; } slots[JOBS];

bool bare_has_ipsec_mb(void)
{
	return true;
}

static void done(const IMB_JOB *job, bool seal)
{
	struct slot *s = job->user_data;

	check(job->status == IMB_STATUS_COMPLETED && (seal || CRYPTO_memcmp(s->tag, s->icv, 12) == 0));
}

static void submit(IMB_MGR *m, const struct cbc_keys *k, struct slot *s, const uint8_t *e, size_t body, bool seal)
{
	IMB_JOB *job = IMB_GET_NEXT_JOB(m);

	s->icv = e + BARE_ESP + 16 + body;
	if (seal)			/* what is hashed must be what was enciphered */
		memcpy(s->room, e, BARE_ESP + 16 + body);
	job->user_data = s;
	job->cipher_mode = IMB_CIPHER_CBC;
	job->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	job->chain_order = seal ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
	job->enc_keys = k->enc;
	job->dec_keys = k->dec;
	job->key_len_in_bytes = 16;
	job->src = seal ? s->room : e;
	job->dst = s->room + BARE_ESP + 16;
	job->cipher_start_src_offset_in_bytes = BARE_ESP + 16;
	job->msg_len_to_cipher_in_bytes = body;
	job->iv = job->src + BARE_ESP;
	job->iv_len_in_bytes = 16;
	job->hash_alg = IMB_AUTH_HMAC_SHA_1;
	job->hash_start_src_offset_in_bytes = 0;
	job->msg_len_to_hash_in_bytes = BARE_ESP + 16 + body;
	job->u.HMAC._hashed_auth_key_xor_ipad = k->inner;
	job->u.HMAC._hashed_auth_key_xor_opad = k->outer;
	job->auth_tag_output = s->tag;
	job->auth_tag_output_len_in_bytes = 12;
	for (job = IMB_SUBMIT_JOB_NOCHECK(m); job != NULL; job = IMB_GET_COMPLETED_JOB(m))
		done(job, seal);
}

static void mb_cbc(IMB_MGR *m, const struct bare_load *l, bool seal)
{
	uint8_t inner[64], outer[64];
	struct cbc_keys k;
	size_t i = 0;
	IMB_JOB *job;

	pads(inner, outer);
	IMB_AES_KEYEXP_128(m, bare_key, k.enc, k.dec);
	IMB_SHA1_ONE_BLOCK(m, inner, k.inner);
	IMB_SHA1_ONE_BLOCK(m, outer, k.outer);
	for (size_t at = 0; at < l->n; at += l->record)
		submit(m, &k, &slots[i++ % JOBS], l->bytes + at + BARE_HEAD, body_of(l), seal);
	while ((job = IMB_FLUSH_JOB(m)) != NULL)
		done(job, seal);
}

static void mb_gcm(IMB_MGR *m, const struct bare_load *l, bool seal)
{
	static _Alignas(64) struct gcm_key_data k;
	struct gcm_context_data run;
	uint8_t nonce[12], tag[16], *out = slots[0].room;
	size_t body = body_of(l);

	IMB_AES128_GCM_PRE(m, bare_key, &k);
	memcpy(nonce, bare_key + 16, 4);
	for (size_t at = 0; at < l->n; at += l->record) {
		const uint8_t *e = l->bytes + at + BARE_HEAD;

		memcpy(nonce + 4, e + BARE_ESP, 8);
		(seal ? m->gcm128_enc : m->gcm128_dec)(&k, &run, out, e + BARE_ESP + 8, body, nonce, e, BARE_ESP, tag,
		    sizeof tag);
		check(seal || CRYPTO_memcmp(tag, e + BARE_ESP + 8 + body, sizeof tag) == 0);
	}
}

double bare_ipsec_mb(const struct bare_load *l, bool seal)
{
	IMB_MGR *m = alloc_mb_mgr(0);
	double start;

	check(m != NULL);
	init_mb_mgr_auto(m, NULL);
	start = now();
	(l->suite->integ == NULL ? mb_gcm : mb_cbc)(m, l, seal);
	start = now() - start;
	free_mb_mgr(m);
	return start;
}

#else

bool bare_has_ipsec_mb(void)
{
	return false;
}

double bare_ipsec_mb(const struct bare_load *l, bool seal)
{
	(void)l, (void)seal;
	return -1;
}

#endif
