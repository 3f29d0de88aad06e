#include "ike/keymat_v1.h"

#include "base/wr.h"
#include "crypto/prf.h"
#include "ike/keymat.h"

static int missing(const char *what, struct err *e)
{
	return err_set(e, "no %s", what);
}

enum keymat_v1_auth keymat_v1_auth(uint16_t method)
{
	static const struct { uint16_t from, to; enum keymat_v1_auth auth; } rows[] = {
		{ 1, 1, KEYMAT_V1_PSK }, { 2, 3, KEYMAT_V1_SIG }, { 4, 5, KEYMAT_V1_PKE },
		{ 6, 7, KEYMAT_V1_PKE },		/* El-Gamal, the same twice */
		{ 8, 11, KEYMAT_V1_SIG },		/* ECDSA */
		{ 64221, 64224, KEYMAT_V1_SIG },	/* hybrid with RSA and DSS */
		{ 65001, 65002, KEYMAT_V1_PSK },	/* XAuth with a pre-shared key, */
		{ 65003, 65006, KEYMAT_V1_SIG },	/* DSS, RSA, */
		{ 65007, 65010, KEYMAT_V1_PKE },	/* RSA encryption */
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (method >= rows[i].from && method <= rows[i].to)
			return rows[i].auth;
	return KEYMAT_V1_NONE;
}

/* One secret as long as the prf's output. */
static int make(const struct alg_prf *prf, struct span key, const struct span parts[], size_t n,
    struct arena *arena, struct secret *out, struct err *e)
{
	if (secret_new(arena, out, prf->out, e) < 0)
		return -1;
	return prf_make(prf, key, parts, n, out->p, e);
}

static void cookies(const struct ike_keys *k, uint8_t out[16])
{
	store_be64(out, k->spi_i);
	store_be64(out + 8, k->spi_r);
}

int keymat_v1_skeyid(struct ike_keys *k, enum keymat_v1_auth auth, struct arena *arena,
    struct err *e)
{
	struct span nonces[2] = { secret_span(&k->ni), secret_span(&k->nr) };
	uint8_t both[2 * 256], hash[PRF_MAX], cky[16];
	struct wr w = wr_of(both, sizeof both);
	struct span shared, keys = { cky, sizeof cky };
	int rc = -1;

	if (k->prf == NULL || nonces[0].n == 0 || nonces[1].n == 0)
		return missing(k->prf == NULL ? "prf" : nonces[0].n == 0 ? "ni" : "nr", e);
	if (auth == KEYMAT_V1_PSK)
		return make(k->prf, secret_span(&k->psk), nonces, 2, arena, &k->skeyid, e);
	wr_span(&w, nonces[0]);
	wr_span(&w, nonces[1]);
	if (!wr_ok(&w))
		return err_set(e, "nonces of %zu and %zu bytes, wanted 256 at most", nonces[0].n,
		    nonces[1].n);
	cookies(k, cky);
	if (auth == KEYMAT_V1_SIG && k->nshared > 0) {
		shared = secret_span(&k->shared[0]);
		rc = make(k->prf, (struct span){ both, w.n }, &shared, 1, arena, &k->skeyid, e);
	} else if (auth == KEYMAT_V1_SIG) {
		missing("shared", e);
	} else if (auth != KEYMAT_V1_PKE) {
		missing("authentication method", e);
	} else if (prf_hash(k->prf, nonces, 2, hash, e) == 0) {
		rc = make(k->prf, (struct span){ hash, k->prf->out }, &keys, 1, arena, &k->skeyid,
		    e);
	}
	wipe(both, sizeof both);
	wipe(hash, sizeof hash);
	return rc;
}

/* SKEYID_d, SKEYID_a and SKEYID_e, those that are not there. */
static int fill_skeyid(struct ike_keys *k, struct arena *arena, struct err *e)
{
	struct secret made[3], *const have[3] = { &k->skeyid_d, &k->skeyid_a, &k->skeyid_e };
	uint8_t cky[16], number = 0;
	struct span parts[4] = { { 0 }, secret_span(&k->shared[0]), { cky, sizeof cky },
	    { &number, 1 } };

	cookies(k, cky);
	for (; number < 3; number++) {
		if (make(k->prf, secret_span(&k->skeyid), parts, 4, arena, &made[number], e) < 0)
			return -1;
		parts[0] = secret_span(&made[number]);
		if (have[number]->n == 0)
			*have[number] = made[number];
	}
	return 0;
}

int keymat_v1_fill(struct ike_keys *k, struct arena *arena, struct err *e)
{
	int n;

	if (k->prf == NULL)
		return 0;
	if (k->skeyid.n == 0 && k->psk.n > 0 && k->ni.n > 0 && k->nr.n > 0 &&
	    keymat_v1_skeyid(k, KEYMAT_V1_PSK, arena, e) < 0)
		return -1;
	if (k->skeyid.n > 0 && k->nshared > 0 && k->spi_i_known && k->spi_r_known &&
	    fill_skeyid(k, arena, e) < 0)
		return -1;
	if (k->skeyid_e.n == 0 || k->ka.n > 0 || k->encr == NULL)
		return 0;
	if ((n = keymat_v1_encr_len(k->encr, k->encr_bits, e)) < 0)
		return -1;
	return keymat_v1_stretch(k->prf, secret_span(&k->skeyid_e), (size_t)n, arena, &k->ka, e);
}

int keymat_v1_encr_len(const struct alg_encr *encr, unsigned bits, struct err *e)
{
	return keymat_encr_len(encr, bits != 0 ? bits : encr->size[0].bits, e);
}

int keymat_v1_stretch(const struct alg_prf *prf, struct span key, size_t n, struct arena *arena,
    struct secret *out, struct err *e)
{
	static const uint8_t zero;
	uint8_t block[PRF_MAX];
	struct span last = { &zero, 1 };
	int rc = 0;

	if (n <= key.n)
		return secret_copy(arena, out, key.p, n, e);
	if (secret_new(arena, out, n, e) < 0)
		return -1;
	for (size_t at = 0, take; rc == 0 && at < n; at += take) {
		take = n - at < prf->out ? n - at : prf->out;
		if ((rc = prf_make(prf, key, &last, 1, block, e)) == 0)
			memcpy(out->p + at, block, take);
		last = (struct span){ block, prf->out };
	}
	wipe(block, sizeof block);
	return rc;
}

int keymat_v1_revised(const struct alg_prf *prf, struct span nonce, uint64_t cookie, size_t n,
    struct arena *arena, struct secret *out, struct err *e)
{
	uint8_t cky[8];
	struct span part = { cky, sizeof cky };
	struct secret ne;

	store_be64(cky, cookie);
	if (make(prf, nonce, &part, 1, arena, &ne, e) < 0)
		return -1;
	return keymat_v1_stretch(prf, secret_span(&ne), n, arena, out, e);
}

static int iv_of(const struct alg_prf *prf, const struct span parts[2], size_t block,
    uint8_t iv[KEYMAT_V1_IV_MAX], struct err *e)
{
	uint8_t hash[PRF_MAX];

	if (block > KEYMAT_V1_IV_MAX || block > prf->out)
		return err_set(e, "an IV of %zu bytes, wanted %d at most", block, KEYMAT_V1_IV_MAX);
	if (prf_hash(prf, parts, 2, hash, e) < 0)
		return -1;
	memcpy(iv, hash, block);
	return 0;
}

int keymat_v1_iv(const struct alg_prf *prf, struct span ke_i, struct span ke_r, size_t block,
    uint8_t iv[KEYMAT_V1_IV_MAX], struct err *e)
{
	return iv_of(prf, (struct span[]){ ke_i, ke_r }, block, iv, e);
}

int keymat_v1_iv2(const struct alg_prf *prf, struct span last, uint32_t message_id, size_t block,
    uint8_t iv[KEYMAT_V1_IV_MAX], struct err *e)
{
	uint8_t id[4];

	store_be32(id, message_id);
	return iv_of(prf, (struct span[]){ last, { id, sizeof id } }, block, iv, e);
}

/* K1 = prf(SKEYID_d, [g^xy |] protocol | SPI | Ni | Nr), each further one with the one before in
 * front. */
static int quick_keymat(const struct keymat_v1_quick *q, struct secret *all, struct err *e)
{
	uint8_t block[PRF_MAX], head[5] = { q->protocol };
	struct span parts[5] = { { 0 }, q->shared, { head, sizeof head }, q->ni, q->nr };
	int rc = 0;

	store_be32(head + 1, q->spi);
	for (size_t at = 0, take; rc == 0 && at < all->n; at += take) {
		take = all->n - at < q->prf->out ? all->n - at : q->prf->out;
		if ((rc = prf_make(q->prf, q->skeyid_d, parts, 5, block, e)) == 0)
			memcpy(all->p + at, block, take);
		parts[0] = (struct span){ block, q->prf->out };
	}
	wipe(block, sizeof block);
	return rc;
}

int keymat_v1_quick(const struct keymat_v1_quick *q, struct arena *arena, struct secret *encr_key,
    struct secret *integ_key, struct err *e)
{
	size_t integ = keymat_integ_len(q->encr, q->integ);
	struct secret all;
	int encr = 0;

	if (q->prf == NULL || q->skeyid_d.n == 0 || q->ni.n == 0 || q->nr.n == 0)
		return missing(q->prf == NULL ? "prf" : q->skeyid_d.n == 0 ? "skeyid_d" :
		    q->ni.n == 0 ? "ni" : "nr", e);
	if (q->encr != NULL && (encr = keymat_v1_encr_len(q->encr, q->encr_bits, e)) < 0)
		return -1;
	*encr_key = *integ_key = (struct secret){ 0 };
	if ((size_t)encr + integ == 0)
		return 0;
	if (secret_new(arena, &all, (size_t)encr + integ, e) < 0 || quick_keymat(q, &all, e) < 0 ||
	    secret_copy(arena, encr_key, all.p, (size_t)encr, e) < 0 ||
	    secret_copy(arena, integ_key, all.p + encr, integ, e) < 0)
		return -1;
	secret_clear(&all);
	return 0;
}
