#include "crypto/suite.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/suite_mb.h"
#include "crypto/suite_priv.h"

static int check_encr_key(const struct alg_encr *a, size_t n, struct err *e)
{
	char sizes[64];

	if (n >= a->salt && alg_encr_size(a, n - a->salt) != NULL)
		return 0;
	alg_encr_sizes(a, sizes, sizeof sizes);
	if (a->salt > 0 && alg_encr_size(a, n) != NULL)
		return err_set(e, "%s key is %zu bytes, wanted %s: the %u-byte salt at its end is missing",
		    a->name, n, sizes, a->salt);
	return err_set(e, "%s key is %zu bytes, wanted %s%s", a->name, n, sizes,
	    a->salt > 0 ? " (salt last)" : "");
}

static int check_integ(const struct suite_keys *k, struct err *e)
{
	const struct alg_integ *a = k->integ;
	bool none = a == NULL || a->kind == INTEG_KIND_NONE;

	if (alg_encr_is_aead(k->encr)) {
		if (!none)
			return err_set(e, "%s checks integrity itself, found integ %s besides",
			    k->encr->name, a->name);
		if (k->icv_bits != 0 && k->icv_bits != k->encr->icv * 8u)
			return err_set(e, "found an ICV of %u bits, wanted %u: the name %s says it",
			    k->icv_bits, k->encr->icv * 8u, k->encr->name);
		return 0;
	}
	if (k->icv_bits % 8 != 0 || k->icv_bits > (none ? MAC_MAX : a->full) * 8u)
		return err_set(e, "found an ICV of %u bits, wanted a multiple of 8 up to %u", k->icv_bits,
		    (none ? MAC_MAX : a->full) * 8u);
	if (none)
		return 0;
	if (a->kind == INTEG_KIND_HMAC ? k->integ_key.n == 0 || k->integ_key.n > 128 :
	    k->integ_key.n != a->key)
		return err_set(e, "%s key is %zu bytes, wanted %u", a->name, k->integ_key.n, a->key);
	return 0;
}

int suite_check(const struct suite_keys *k, struct err *e)
{
	if (k->encr == NULL)
		return err_set(e, "no encryption algorithm");
	if (check_encr_key(k->encr, k->encr_key.n, e) < 0 ||
	    (k->encr->gcry != NULL && suite_gcrypt_check(k->encr, e) < 0))
		return -1;
	return check_integ(k, e);
}

EVP_CIPHER_CTX *suite_key(const char *evp, const uint8_t *key, bool encrypt,
    const OSSL_PARAM *lengths, struct err *e)
{
	const EVP_CIPHER *c = evp_cipher(evp, e);
	EVP_CIPHER_CTX *ctx;

	if (c == NULL)
		return NULL;
	if ((ctx = EVP_CIPHER_CTX_new()) == NULL) {
		err_nomem(e);
		return NULL;
	}
	/* lengths before the key: CCM takes them in with it.  Padding stays on, because EVP_Cipher()
	 * never pads, and turning it off costs a call for each packet's IV. */
	if (EVP_CipherInit_ex2(ctx, c, NULL, NULL, encrypt, lengths) != 1 ||
	    EVP_CipherInit_ex2(ctx, NULL, key, NULL, encrypt, NULL) != 1) {
		evp_error(e, evp);
		EVP_CIPHER_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

int suite_keys_init(struct suite *s, const struct suite_keys *k, unsigned use,
    const OSSL_PARAM *lengths, struct err *e)
{
	const struct alg_size *size = alg_encr_size(k->encr, k->encr_key.n - k->encr->salt);
	const uint8_t *key = k->encr_key.p;

	s->salt_n = k->encr->salt;
	if (s->salt_n > 0)
		memcpy(s->salt, k->encr_key.p + k->encr_key.n - s->salt_n, s->salt_n);
	if (k->encr->gcry != NULL)
		return suite_gcrypt_init(s, k, e);
	if (size->evp == NULL)
		return 0;
	if ((use & SUITE_FOR_OPEN) && (s->dec = suite_key(size->evp, key, false, lengths, e)) == NULL)
		return -1;
	if ((use & SUITE_FOR_SEAL) && (s->enc = suite_key(size->evp, key, true, lengths, e)) == NULL)
		return -1;
	return 0;
}

static int init(struct suite *s, const struct suite_keys *k, unsigned use, struct err *e)
{
	enum engine_kind want = k->engine != NULL ? k->engine->want : ENGINE_OPENSSL;

	if (engine_serving(want, k) == ENGINE_IPSEC_MB)
		return mb_init(s, k, e);
	return k->encr->kind == ENCR_KIND_AEAD ? suite_aead_init(s, k, use, e) :
	    k->encr->kind == ENCR_KIND_GMAC ? suite_gmac_init(s, k, e) : suite_mac_init(s, k, use, e);
}

struct suite *suite_new(const struct suite_keys *k, struct err *e)
{
	unsigned use = k->use != 0 ? k->use : SUITE_FOR_OPEN | SUITE_FOR_SEAL;
	struct suite *s;

	if (suite_check(k, e) < 0)
		return NULL;
	if ((s = calloc(1, sizeof *s)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	s->encr = k->encr;
	s->iv = k->encr->iv;
	s->icv = k->encr->icv;
	s->block = k->encr->block;
	s->implicit_iv = alg_encr_is_iiv(k->encr);
	if (init(s, k, use, e) < 0) {
		suite_free(s);
		return NULL;
	}
	s->least = 8 + s->iv + s->icv;
	if (!(use & SUITE_FOR_OPEN))
		s->open = NULL;
	if (!(use & SUITE_FOR_SEAL))
		s->seal = NULL;
	return s;
}

void suite_free(struct suite *s)
{
	if (s == NULL)
		return;
	engine_end(s->queue);		/* jobs that are on their way have its keys */
	EVP_CIPHER_CTX_free(s->dec);
	EVP_CIPHER_CTX_free(s->enc);
	EVP_CIPHER_CTX_free(s->ecb);
	EVP_CIPHER_CTX_free(s->ctr);
	EVP_CIPHER_CTX_free(s->again);
	suite_gcrypt_clear(s);
	mac_free(s->mac);
	mb_clear(s);
	wipe(s, sizeof *s);
	free(s);
}

size_t suite_iv_len(const struct suite *s)
{
	return s->iv;
}

size_t suite_icv_len(const struct suite *s)
{
	return s->icv;
}

size_t suite_over(const struct suite *s)
{
	return s->least;
}

size_t suite_block(const struct suite *s)
{
	return s->block;
}

enum engine_kind suite_engine(const struct suite *s)
{
	return s->mb != NULL ? ENGINE_IPSEC_MB : s->gcrypt != NULL ? ENGINE_LIBGCRYPT : ENGINE_OPENSSL;
}

bool suite_batches(const struct suite *s)
{
	return s->queue != NULL;
}

bool suite_seal_batches(const struct suite *s)
{
	return s->queue != NULL || s->seal_together != NULL;
}

enum { TOGETHER = 256 };

static bool fits(const struct suite *s, const struct suite_job *j)
{
	size_t over = j->head + s->iv + s->icv;

	return j->n >= over && j->n <= SUITE_MAX && ((j->n - over) & (s->block - 1)) == 0 &&
	    (j->head == 8 || (!j->esn && !s->implicit_iv) || s->has_mac);
}

/* fits(), for nearly all at once. */
static inline bool takes(const struct suite *s, const struct suite_job *j)
{
	return (j->head == 8 && j->n >= s->least && j->n <= SUITE_MAX && ((j->n - s->least) & (s->block - 1)) == 0) ||
	    fits(s, j);
}

void suite_open_start(struct suite *s, struct suite_job *j)
{
	if (takes(s, j))
		s->open(s, j);
	else
		j->result = SUITE_BAD_LENGTH;
}

void suite_open_many(struct suite *s, struct suite_job *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		suite_open_start(s, &jobs[i]);
	engine_end(s->queue);
}

void suite_open_each(struct suite *const s[], struct suite_job jobs[], size_t n)
{
	struct engine *queue = NULL;

	for (size_t i = 0; i < n; i++) {
		suite_open_start(s[i], &jobs[i]);
		if (s[i]->queue != NULL)
			queue = s[i]->queue;
	}
	if (queue != NULL)
		mb_flush(queue);
}

static void seal_one(struct suite *s, struct suite_job *j)
{
	assert(s->seal != NULL);
	if (takes(s, j))
		s->seal(s, j);
	else
		j->result = SUITE_BAD_LENGTH;
}

/* Jobs that are sealed together: a list for each suite, of numbers from 1 on, and of the suites. */
struct together { struct suite *suite[TOGETHER]; size_t nsuites; uint16_t next[TOGETHER + 1]; };

static void together_add(struct together *t, struct suite *s, uint16_t number)
{
	if (s->first == 0)
		t->suite[t->nsuites++] = s;
	if (s->first == 0)
		s->first = number;
	else
		t->next[s->last] = number;
	s->last = number;
	t->next[number] = 0;
}

static void together_seal(struct together *t, struct suite_job jobs[])
{
	struct suite_job *job[TOGETHER];

	for (size_t i = 0; i < t->nsuites; i++) {
		struct suite *s = t->suite[i];
		size_t n = 0;

		for (uint16_t k = s->first; k != 0; k = t->next[k])
			job[n++] = &jobs[k - 1];
		s->first = 0;
		s->seal_together(s, job, n);
	}
}

/* Of TOGETHER jobs at most, jobs[i] with s[i * step]; what queues is only begun. */
static struct engine *seal_some(struct suite *const s[], size_t step, struct suite_job jobs[], size_t n)
{
	struct engine *queue = NULL;
	struct together t;

	t.nsuites = 0;			/* and no more: it is large */
	for (size_t i = 0; i < n; i++) {
		struct suite *own = s[i * step];

		if (own->seal_together != NULL && takes(own, &jobs[i]))
			together_add(&t, own, (uint16_t)(i + 1));
		else
			seal_one(own, &jobs[i]);
		if (own->queue != NULL)
			queue = own->queue;
	}
	together_seal(&t, jobs);
	return queue;
}

static void seal_all(struct suite *const s[], size_t step, struct suite_job jobs[], size_t n)
{
	struct engine *queue = NULL, *used;

	for (size_t i = 0; i < n; i += TOGETHER)
		if ((used = seal_some(s + i * step, step, jobs + i, n - i < TOGETHER ? n - i : TOGETHER)) != NULL)
			queue = used;
	if (queue != NULL)
		mb_flush(queue);
}

void suite_seal_many(struct suite *s, struct suite_job *jobs, size_t n)
{
	seal_all(&s, 0, jobs, n);
}

void suite_seal_each(struct suite *const s[], struct suite_job jobs[], size_t n)
{
	seal_all(s, 1, jobs, n);
}
