#include "crypto/esn_solve.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/esn_priv.h"

enum { SETUP = 64, DIGEST_BLOCKS = 3, OPEN_BLOCKS = 16 };

EVP_CIPHER_CTX *esn_ecb(const struct suite_keys *k, bool encrypt, struct err *e)
{
	static const char *const names[] = { "AES-128-ECB", "AES-192-ECB", "AES-256-ECB" };
	size_t key = k->encr_key.n - k->encr->salt;

	return suite_key(names[key / 8 - 2], k->encr_key.p, encrypt, NULL, e);
}

int esn_room(struct esn_solver *s, size_t n, struct err *e)
{
	size_t whole = (esn_blocks(n) + 1) * ESN_BLOCK;

	if (whole > s->room_n) {
		if (s->room != NULL)
			wipe(s->room, s->room_n);
		free(s->room);
		s->room_n = 0;
		if ((s->room = malloc(whole)) == NULL)
			return err_nomem(e);
		s->room_n = whole;
	}
	memset(s->room + n, 0, whole - n);
	return 0;
}

static int search_start(struct esn_solver *s, struct err *e)
{
	(void)e;
	mac_start(s->mac);
	mac_add(s->mac, (struct span){ s->p, s->n - s->icv });
	return 0;
}

/* The half is behind the body (RFC 4303 2.2.1). */
static int mac_many(struct esn_solver *s, const uint32_t *high, size_t n, bool *hit, struct err *e)
{
	uint8_t tail[4], out[MAC_MAX];

	(void)e;
	for (size_t i = 0; i < n; i++) {
		esn_store32(tail, high[i]);
		mac_end_with(s->mac, (struct span){ tail, sizeof tail }, out);
		hit[i] = memcmp(out, esn_icv(s), s->icv) == 0;
	}
	return 0;
}

static int open_start(struct esn_solver *s, struct err *e)
{
	return esn_room(s, esn_cipher_len(s), e);
}

static int open_many(struct esn_solver *s, const uint32_t *high, size_t n, bool *hit, struct err *e)
{
	struct suite_job j;

	(void)e;
	for (size_t i = 0; i < n; i++) {
		j = (struct suite_job){ .p = s->p, .n = s->n, .out = s->room, .esn = true };
		j.esn_high = high[i];
		j.head = ESN_HEAD;
		suite_open_many(s->suite, &j, 1);
		hit[i] = j.result == SUITE_OK;
	}
	return 0;
}

static const struct esn_way way_mac = {
	.begin = search_start,
	.many = mac_many,
	.fixed = DIGEST_BLOCKS,
};
static const struct esn_way way_open = {
	.begin = open_start,
	.many = open_many,
	.fixed = OPEN_BLOCKS,
	.whole = true,
};

static int mac_init(struct esn_solver *s, const struct suite_keys *k, struct err *e)
{
	if (k->integ == NULL || k->integ->kind == INTEG_KIND_NONE)
		return err_set(e,
		    "an SA without integrity says nothing about its sequence numbers");
	s->icv = k->icv_bits != 0 ? k->icv_bits / 8 : k->integ->icv;
	s->way = &way_mac;
	s->mac = mac_new(k->integ, (struct span){ k->integ_key.p, k->integ_key.n }, e);
	return s->mac != NULL ? 0 : -1;
}

/* Whatever has no way of its own is opened with each half. */
static int open_init(struct esn_solver *s, const struct suite_keys *k, struct err *e)
{
	struct suite_keys open = *k;

	open.use = SUITE_FOR_OPEN;
	s->way = &way_open;
	s->suite = suite_new(&open, e);
	return s->suite != NULL ? 0 : -1;
}

static int init(struct esn_solver *s, const struct suite_keys *k, struct err *e)
{
	const struct alg_size *size = alg_encr_size(k->encr, k->encr_key.n - k->encr->salt);
	const EVP_CIPHER *c;
	bool aes;

	s->encr = k->encr;
	s->iv = k->encr->iv;
	s->icv = k->encr->icv;
	s->block = k->encr->block;
	s->salt_n = k->encr->salt;
	if (!alg_encr_is_aead(k->encr))
		return mac_init(s, k, e);
	if (s->salt_n > sizeof s->salt || size->evp == NULL)
		return open_init(s, k, e);
	if (s->salt_n > 0)
		memcpy(s->salt, k->encr_key.p + k->encr_key.n - s->salt_n, s->salt_n);
	if ((c = evp_cipher(size->evp, e)) == NULL)
		return -1;
	aes = strncmp(size->evp, "AES-", 4) == 0;
	if (aes && EVP_CIPHER_get_mode(c) == EVP_CIPH_GCM_MODE && s->salt_n == 4 && s->icv <= 16)
		return esn_gcm_init(s, k, e);
	if (aes && EVP_CIPHER_get_mode(c) == EVP_CIPH_CCM_MODE && s->salt_n == 3 && s->iv == 8)
		return esn_ccm_init(s, k, e);
	if (EVP_CIPHER_is_a(c, "ChaCha20-Poly1305") && s->salt_n == 4 && s->icv == 16)
		return esn_poly_init(s, k, e);
	return open_init(s, k, e);
}

struct esn_solver *esn_solver_new(const struct suite_keys *k, struct err *e)
{
	struct esn_solver *s;

	if (suite_check(k, e) < 0)
		return NULL;
	if ((s = calloc(1, sizeof *s)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	if (init(s, k, e) < 0) {
		esn_solver_free(s);
		return NULL;
	}
	return s;
}

void esn_solver_free(struct esn_solver *s)
{
	if (s == NULL)
		return;
	EVP_CIPHER_CTX_free(s->ecb);
	EVP_CIPHER_CTX_free(s->back);
	EVP_CIPHER_CTX_free(s->main);
	mac_free(s->mac);
	suite_free(s->suite);
	if (s->room != NULL)
		wipe(s->room, s->room_n);
	free(s->room);
	wipe(s, sizeof *s);
	free(s);
}

bool esn_solver_direct(const struct esn_solver *s)
{
	return s->way->direct != NULL;
}

uint64_t esn_solver_try_cost(const struct esn_solver *s, size_t n)
{
	return esn_solver_direct(s) ? 0 : s->way->fixed + (s->way->whole ? esn_blocks(n) : 0);
}

/* A hint may be in the range too. */
static void keep(struct esn_find *f, uint32_t high)
{
	for (unsigned i = 0; i < f->found; i++)
		if (f->high[i] == high)
			return;
	f->high[f->found++] = high;
}

/* The next halves, no more than n, from f->at on; f->at is not moved. */
static size_t next(const struct esn_find *f, uint32_t *high, size_t n)
{
	uint64_t range = f->last >= f->first ? (uint64_t)f->last - f->first + 1 : 0, at = f->at;
	size_t i;

	for (i = 0; i < n && at < f->n_hints + range; i++, at++)
		high[i] = at < f->n_hints ? f->hints[at] : (uint32_t)(f->first + (at - f->n_hints));
	return i;
}

static int search(struct esn_solver *s, struct esn_find *f, unsigned max, struct err *e)
{
	uint64_t each = esn_solver_try_cost(s, s->n);
	uint32_t high[ESN_LANES];
	bool hit[ESN_LANES];
	size_t n;

	if (s->way->begin(s, e) < 0)
		return -1;
	while (!f->done) {
		n = f->budget / each < ESN_LANES ? (size_t)(f->budget / each) : ESN_LANES;
		if (n == 0)
			return 0;
		if ((n = next(f, high, n)) == 0) {
			f->done = true;
			return 0;
		}
		if (s->way->many(s, high, n, hit, e) < 0)
			return -1;
		for (size_t i = 0; i < n && f->found < max; i++)
			if (hit[i])
				keep(f, high[i]);
		f->at += n;
		f->budget -= n * each;
		f->done = f->found >= max;
	}
	return 0;
}

static bool fits(const struct esn_solver *s, size_t n)
{
	size_t over = ESN_HEAD + s->iv + s->icv;

	return n >= over && n <= INT_MAX && (n - over) % s->block == 0;
}

int esn_solve(struct esn_solver *s, const uint8_t *p, size_t n, struct esn_find *f, struct err *e)
{
	unsigned max = f->max == 0 ? 1 : f->max < ESN_FOUND_MAX ? f->max : ESN_FOUND_MAX;
	uint64_t setup = SETUP + esn_blocks(n);
	int got;

	if (f->done || !fits(s, n)) {
		f->done = true;
		return (int)f->found;
	}
	if (f->budget < setup)
		return (int)f->found;
	f->budget -= setup;
	s->p = p;
	s->n = n;
	if (s->way->direct != NULL) {
		if ((got = s->way->direct(s, f->high, max, e)) < 0)
			return -1;
		f->found = (unsigned)got;
		f->done = true;
	} else if (search(s, f, max, e) < 0) {
		return -1;
	}
	return (int)f->found;
}
