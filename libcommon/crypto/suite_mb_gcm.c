/* AES-GCM and GMAC by libipsec-mb's direct calls: faster than its jobs, and nothing waits. */
#if __has_include(<intel-ipsec-mb.h>)

#include "crypto/suite_mb_priv.h"

void mb_open_gcm(struct suite *s, struct suite_job *j)
{
	uint8_t nonce[NONCE_MAX], buf[12], tag[16];
	const struct mb_keys *k = s->mb;
	struct span aad = suite_aad(j, buf);
	struct gcm_context_data run;

	suite_nonce(s, j, nonce);
	k->gcm_dec(&k->gcm, &run, j->out, j->p + j->head + s->iv, suite_body(s, j), nonce, aad.p, aad.n, tag,
	    sizeof tag);
	if (suite_icv_eq(tag, suite_tag(s, j), s->icv))
		j->result = SUITE_OK;
	else
		suite_refuse(s, j);
}

void mb_open_gcm16(struct suite *s, struct suite_job *j)
{
	uint64_t nonce[2], tag[2], icv[2];
	const struct mb_keys *k = s->mb;
	struct gcm_context_data run;
	const uint8_t *iv = j->p + j->head;

	if (j->esn) {
		mb_open_gcm(s, j);
		return;
	}
	memcpy(nonce, s->salt, sizeof s->salt);
	memcpy((uint8_t *)nonce + sizeof s->salt, iv, NONCE_IV);
	k->gcm_dec(&k->gcm, &run, j->out, iv + NONCE_IV, j->n - j->head - NONCE_IV - sizeof tag, (const uint8_t *)nonce,
	    j->p, j->head, (uint8_t *)tag, sizeof tag);
	memcpy(icv, j->p + j->n - sizeof icv, sizeof icv);
	icv[0] = (icv[0] ^ tag[0]) | (icv[1] ^ tag[1]);
	__asm__ volatile("" : "+r"(icv[0]));		/* as suite_icv_eq() */
	if (icv[0] == 0)
		j->result = SUITE_OK;
	else
		suite_refuse(s, j);
}

void mb_seal_gcm(struct suite *s, struct suite_job *j)
{
	uint8_t *body = (uint8_t *)(uintptr_t)j->p + j->head + s->iv, nonce[NONCE_MAX], buf[12];
	const struct mb_keys *k = s->mb;
	struct span aad = suite_aad(j, buf);
	struct gcm_context_data run;

	suite_nonce(s, j, nonce);
	k->gcm_enc(&k->gcm, &run, body, body, suite_body(s, j), nonce, aad.p, aad.n, suite_tag(s, j), s->icv);
	j->result = SUITE_OK;
}

static void make_tag(struct suite *s, const struct suite_job *j, uint8_t tag[16])
{
	size_t n = j->n - s->icv, skip = j->esn ? 8 : 0;
	const struct mb_keys *k = s->mb;
	struct gcm_context_data run;
	uint8_t nonce[NONCE_MAX], aad[12];

	suite_nonce(s, j, nonce);
	k->gmac_init(&k->gcm, &run, nonce, 12);
	if (j->esn) {
		suite_esn_aad(j, aad);
		k->gmac_update(&k->gcm, &run, aad, sizeof aad);
	}
	k->gmac_update(&k->gcm, &run, j->p + skip, n - skip);
	k->gmac_finalize(&k->gcm, &run, tag, 16);
}

void mb_open_gmac(struct suite *s, struct suite_job *j)
{
	const uint8_t *body = j->p + j->head + s->iv;
	size_t n = suite_body(s, j);
	uint8_t tag[16];

	make_tag(s, j, tag);
	j->result = suite_icv_eq(tag, suite_tag(s, j), s->icv) ? SUITE_OK : SUITE_BAD_ICV;
	if ((j->result == SUITE_OK || j->no_verify) && n > 0 && j->out != body)
		memcpy(j->out, body, n);
}

void mb_seal_gmac(struct suite *s, struct suite_job *j)
{
	uint8_t tag[16];

	make_tag(s, j, tag);
	memcpy(suite_tag(s, j), tag, s->icv);
	j->result = SUITE_OK;
}

#else

typedef int suite_mb_gcm_unused;	/* C wants something in a file */

#endif
