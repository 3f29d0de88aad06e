/*
 * Everything but GCM by libipsec-mb's jobs: as many as there are lanes run at once, and come back in the
 * order they were given.
 *
 * The library deciphers what it hashes whether or not the ICV is right.  So a packet whose ICV was bad has
 * its plain text wiped before the call returns.
 */
#if __has_include(<intel-ipsec-mb.h>)

#include "base/wr.h"
#include "crypto/suite_mb_priv.h"

enum { CCM_AAD_MAX = 46 };

static void end_open(struct suite *s, struct suite_job *j, const struct mb_flight *f, bool done)
{
	const uint8_t *body = j->p + j->head + s->iv;
	size_t n = suite_body(s, j);

	if (!done || s->unknown_icv ||
	    (s->mb->hash != IMB_AUTH_NULL && !suite_icv_eq(f->tag, suite_tag(s, j), s->icv)))
		j->result = SUITE_BAD_ICV;
	else
		j->result = SUITE_OK;
	if (s->mb->mode == IMB_CIPHER_NULL) {	/* RFC 2410: not touched so far */
		if ((j->result == SUITE_OK || j->no_verify) && n > 0 && j->out != body)
			memcpy(j->out, body, n);
	} else if (j->result != SUITE_OK) {
		suite_refuse(s, j);
	}
}

static void end_job(IMB_JOB *job)
{
	struct mb_flight *f = job->user_data;
	bool done = job->status == IMB_STATUS_COMPLETED;

	if (!f->seal) {
		end_open(f->s, f->j, f, done);
		return;
	}
	f->j->result = done ? SUITE_OK : SUITE_BAD_LENGTH;
	if (done && f->copy != NULL)
		memcpy((uint8_t *)(uintptr_t)f->j->p, f->copy, f->j->n - f->s->icv);
	if (done && f->s->mb->hash != IMB_AUTH_NULL)
		memcpy(suite_tag(f->s, f->j), f->tag, f->s->icv);
}

void mb_flush(struct engine *g)
{
	IMB_JOB *job;

	while ((job = g->mgr->flush_job(g->mgr)) != NULL)
		end_job(job);
	g->copied = 0;
}

/*
 * True if the job must not work on the packet itself.  A MAC goes over what lies in one piece, and the high
 * half belongs behind the body (RFC 4303 2.2.1), where the ICV is: in a packet to be opened, which must
 * not be written to.  And CMAC reads its last block to the end, also where the packet has ended before.
 */
static bool wants_copy(const struct suite *s, const struct suite_job *j, bool seal)
{
	size_t high = j->esn ? 4 : 0, n = j->n - s->icv + high;

	if (!s->has_mac)
		return false;
	return (j->esn && !seal) || (s->mb->hash == IMB_AUTH_AES_CMAC && (16 - n % 16) % 16 + high > s->icv);
}

/* All but the ICV, with the high half. */
static uint8_t *copy_packet(struct engine *g, const struct suite *s, const struct suite_job *j)
{
	size_t n = j->n - s->icv;
	uint8_t *copy;

	if (MB_COPIES - g->copied < n + 4)
		mb_flush(g);
	copy = g->copies + g->copied;
	g->copied += n + 4;
	memcpy(copy, j->p, n);
	if (j->esn)
		store_be32(copy + n, j->esn_high);
	return copy;
}

/* What the job's cipher wants as its IV. */
static const uint8_t *start_value(struct suite *s, const struct suite_job *j, struct mb_flight *f)
{
	switch (s->mb->mode) {
	case IMB_CIPHER_CNTR:			/* RFC 3686 4: nonce, IV, a counter from 1 */
		suite_nonce(s, j, f->iv);
		store_be32(f->iv + 12, 1);
		return f->iv;
	case IMB_CIPHER_CCM:
	case IMB_CIPHER_CHACHA20_POLY1305:
		suite_nonce(s, j, f->iv);
		return f->iv;
	default:
		return j->p + j->head;
	}
}

static void fill_mac(IMB_JOB *job, const struct mb_keys *k)
{
	switch (k->hash) {
	case IMB_AUTH_AES_XCBC:
		job->u.XCBC._k1_expanded = (const uint32_t *)(const void *)k->cbc.k1;
		job->u.XCBC._k2 = k->cbc.k2;
		job->u.XCBC._k3 = k->cbc.k3;
		break;
	case IMB_AUTH_AES_CMAC:
		job->u.CMAC._key_expanded = k->cbc.k1;
		job->u.CMAC._skey1 = k->cbc.k2;
		job->u.CMAC._skey2 = k->cbc.k3;
		break;
	default:
		job->u.HMAC._hashed_auth_key_xor_ipad = k->hmac.inner;
		job->u.HMAC._hashed_auth_key_xor_opad = k->hmac.outer;
		break;
	}
}

/* The part that is authenticated, and by what. */
static void fill_auth(IMB_JOB *job, struct suite *s, const struct suite_job *j, struct mb_flight *f)
{
	const struct mb_keys *k = s->mb;
	struct span aad;

	job->hash_alg = k->hash;
	job->auth_tag_output = f->tag;
	job->auth_tag_output_len_in_bytes = k->tag_len;
	if (k->hash != IMB_AUTH_AES_CCM && k->hash != IMB_AUTH_CHACHA20_POLY1305) {
		job->hash_start_src_offset_in_bytes = 0;
		job->msg_len_to_hash_in_bytes = j->n - s->icv + (j->esn ? 4 : 0);
		fill_mac(job, k);
		return;
	}
	job->hash_start_src_offset_in_bytes = job->cipher_start_src_offset_in_bytes;
	job->msg_len_to_hash_in_bytes = job->msg_len_to_cipher_in_bytes;
	aad = suite_aad(j, f->aad);
	if (k->hash == IMB_AUTH_AES_CCM) {
		job->u.CCM.aad = aad.p;
		job->u.CCM.aad_len_in_bytes = aad.n;
	} else {
		job->u.CHACHA20_POLY1305.aad = aad.p;
		job->u.CHACHA20_POLY1305.aad_len_in_bytes = aad.n;
	}
}

/* out: where the body goes. */
static void submit(struct suite *s, struct suite_job *j, uint8_t *out, bool seal)
{
	struct engine *g = s->queue;
	uint8_t *copy = wants_copy(s, j, seal) ? copy_packet(g, s, j) : NULL;
	struct mb_flight *f = &g->flight[g->next++ % MB_JOBS];
	const struct mb_keys *k = s->mb;
	IMB_JOB *job = g->mgr->get_next_job(g->mgr);
	bool aead_ccm = k->mode == IMB_CIPHER_CCM;

	f->s = s;
	f->j = j;
	f->seal = seal;
	f->copy = copy;
	if (seal && copy != NULL)
		out = copy + j->head + s->iv;
	job->user_data = f;
	job->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	/* CCM's MAC is over the plain text (RFC 3610 2) */
	job->chain_order = seal == aead_ccm ? IMB_ORDER_HASH_CIPHER : IMB_ORDER_CIPHER_HASH;
	job->src = copy != NULL ? copy : j->p;
	job->dst = out;
	job->enc_keys = k->enc;
	job->dec_keys = k->dec;
	job->key_len_in_bytes = k->key_len;
	job->iv = start_value(s, j, f);
	job->iv_len_in_bytes = k->iv_len;
	job->cipher_start_src_offset_in_bytes = j->head + s->iv;
	job->msg_len_to_cipher_in_bytes = suite_body(s, j);
	/* its ciphers in modes of operation refuse to do nothing */
	job->cipher_mode = suite_body(s, j) > 0 || s->encr->icv > 0 ? k->mode : IMB_CIPHER_NULL;
	fill_auth(job, s, j, f);
	for (job = g->mgr->submit_job_nocheck(g->mgr); job != NULL; job = g->mgr->get_completed_job(g->mgr))
		end_job(job);
}

/*
 * The usual packet: opened, no high half to be put behind it, nothing to be copied.  What submit() does, for one
 * kind of suite at a time.
 */
static inline __attribute__((always_inline)) void submit_usual(struct suite *s, struct suite_job *j, bool aead)
{
	struct engine *g = s->queue;
	const struct mb_keys *k = s->mb;
	struct mb_flight *f = &g->flight[g->next++ % MB_JOBS];
	size_t at = j->head + s->iv, body = j->n - at - s->icv;
	IMB_JOB *job = g->mgr->get_next_job(g->mgr);

	f->s = s;
	f->j = j;
	f->seal = false;
	job->user_data = f;
	job->cipher_direction = IMB_DIR_DECRYPT;
	job->chain_order = IMB_ORDER_HASH_CIPHER;
	job->cipher_mode = k->mode;
	job->hash_alg = k->hash;
	job->src = j->p;
	job->dst = j->out;
	job->enc_keys = k->enc;
	job->dec_keys = k->dec;
	job->key_len_in_bytes = k->key_len;
	job->iv_len_in_bytes = k->iv_len;
	job->cipher_start_src_offset_in_bytes = at;
	job->msg_len_to_cipher_in_bytes = body;
	job->auth_tag_output = f->tag;
	job->auth_tag_output_len_in_bytes = k->tag_len;
	if (aead) {
		suite_nonce(s, j, f->iv);
		job->iv = f->iv;
		job->hash_start_src_offset_in_bytes = at;
		job->msg_len_to_hash_in_bytes = body;
		job->u.CHACHA20_POLY1305.aad = j->p;
		job->u.CHACHA20_POLY1305.aad_len_in_bytes = j->head;
	} else {
		job->iv = j->p + j->head;
		job->hash_start_src_offset_in_bytes = 0;
		job->msg_len_to_hash_in_bytes = j->n - s->icv;
		job->u.HMAC._hashed_auth_key_xor_ipad = k->hmac.inner;
		job->u.HMAC._hashed_auth_key_xor_opad = k->hmac.outer;
	}
	for (job = g->mgr->submit_job_nocheck(g->mgr); job != NULL; job = g->mgr->get_completed_job(g->mgr))
		end_job(job);
}

void mb_open_cbc_hmac(struct suite *s, struct suite_job *j)
{
	if (j->esn || suite_body(s, j) == 0)
		mb_open_job(s, j);
	else
		submit_usual(s, j, false);
}

void mb_open_chacha(struct suite *s, struct suite_job *j)
{
	if (j->esn)
		mb_open_job(s, j);
	else
		submit_usual(s, j, true);
}

/* What CCM authenticates besides the body must fit here; ESP's is 8 or 12 octets. */
static bool too_long(const struct suite *s, const struct suite_job *j)
{
	return s->mb->mode == IMB_CIPHER_CCM && j->head > CCM_AAD_MAX;
}

void mb_open_job(struct suite *s, struct suite_job *j)
{
	if (s->unknown_icv && !j->no_verify)
		j->result = SUITE_BAD_ICV;
	else if (too_long(s, j))
		j->result = SUITE_BAD_LENGTH;
	else
		submit(s, j, j->out, false);
}

void mb_seal_job(struct suite *s, struct suite_job *j)
{
	if (s->unknown_icv) {			/* nobody told how it is made */
		j->result = SUITE_BAD_ICV;
		return;
	}
	if (too_long(s, j)) {
		j->result = SUITE_BAD_LENGTH;
		return;
	}
	if (j->esn && s->has_mac)		/* the ICV takes its place */
		store_be32(suite_tag(s, j), j->esn_high);
	submit(s, j, (uint8_t *)(uintptr_t)j->p + j->head + s->iv, true);
}

#else

typedef int suite_mb_job_unused;	/* C wants something in a file */

#endif
