#include "crypto/mlkem.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/mlkem_priv.h"

enum { DK_POLY = 384 };

/* What a key is made of, and what an encryption needs of it. */
struct key {
	struct mlkem_poly a[MLKEM_K_MAX][MLKEM_K_MAX];	/* A-hat */
	struct mlkem_poly s[MLKEM_K_MAX], t[MLKEM_K_MAX];	/* NTT domain */
	struct mlkem_poly y[MLKEM_K_MAX], u, v, w;
	uint8_t ek[MLKEM_EK_MAX], ct[MLKEM_CT_MAX];
	uint8_t g[64];			/* rho | sigma, or K | r */
	uint8_t h[32], m[32];
};

static const struct { unsigned eta1, du, dv; } params[MLKEM_K_MAX + 1] = {
	[2] = { 3, 10, 4 }, [3] = { 2, 10, 4 }, [4] = { 2, 11, 5 },
};

enum { ETA2 = 2 };

static struct span bytes(const uint8_t *p, size_t n)
{
	return (struct span){ p, n };
}

static size_t ek_len(unsigned k)
{
	return (size_t)DK_POLY * k + 32;
}

static struct key *key_new(struct err *e)
{
	struct key *key = calloc(1, sizeof *key);

	if (key == NULL)
		err_nomem(e);
	return key;
}

static void key_free(struct key *key)
{
	wipe(key, sizeof *key);
	free(key);
}

/* Row i, column j of A-hat is sampled from rho | j | i (algorithm 13). */
static int matrix(struct key *key, unsigned k, const uint8_t rho[32], struct err *e)
{
	for (unsigned i = 0; i < k; i++)
		for (unsigned j = 0; j < k; j++)
			if (mlkem_sample_uniform(&key->a[i][j], rho, (uint8_t)j, (uint8_t)i, e) < 0)
				return -1;
	return 0;
}

/* Algorithm 13: t, s and ek of d. */
static int expand(struct key *key, unsigned k, const uint8_t seed[MLKEM_SEED], struct err *e)
{
	uint8_t domain = (uint8_t)k, n = 0;
	struct mlkem_poly noise;
	int rc = -1;

	if (mlkem_hash("SHA3-512", bytes(seed, 32), bytes(&domain, 1), key->g, 64, e) < 0 ||
	    matrix(key, k, key->g, e) < 0)
		goto out;
	for (unsigned i = 0; i < k; i++, n++) {
		if (mlkem_sample_noise(&key->s[i], key->g + 32, n, params[k].eta1, e) < 0)
			goto out;
		mlkem_ntt(&key->s[i]);
	}
	for (unsigned i = 0; i < k; i++, n++) {
		if (mlkem_sample_noise(&noise, key->g + 32, n, params[k].eta1, e) < 0)
			goto out;
		mlkem_ntt(&noise);
		key->t[i] = noise;
		for (unsigned j = 0; j < k; j++)
			mlkem_mul_add(&key->t[i], &key->a[i][j], &key->s[j]);
		mlkem_encode(key->ek + DK_POLY * i, &key->t[i], 12);
	}
	memcpy(key->ek + DK_POLY * k, key->g, 32);
	rc = mlkem_hash("SHA3-256", bytes(key->ek, ek_len(k)), bytes(NULL, 0), key->h, 32, e);
out:
	wipe(&noise, sizeof noise);
	return rc;
}

/* Algorithm 14: key->ct is m under a, t and the randomness r. */
static int encrypt(struct key *key, unsigned k, const uint8_t m[32], const uint8_t r[32],
    struct err *e)
{
	uint8_t n = 0, *out = key->ct;

	for (unsigned i = 0; i < k; i++, n++) {
		if (mlkem_sample_noise(&key->y[i], r, n, params[k].eta1, e) < 0)
			return -1;
		mlkem_ntt(&key->y[i]);
	}
	for (unsigned i = 0; i < k; i++, n++, out += 32 * params[k].du) {
		key->u = (struct mlkem_poly){ 0 };
		for (unsigned j = 0; j < k; j++)
			mlkem_mul_add(&key->u, &key->a[j][i], &key->y[j]);
		mlkem_ntt_back(&key->u);
		if (mlkem_sample_noise(&key->w, r, n, ETA2, e) < 0)
			return -1;
		mlkem_add(&key->u, &key->w);
		mlkem_compress(&key->u, params[k].du);
		mlkem_encode(out, &key->u, params[k].du);
	}
	key->v = (struct mlkem_poly){ 0 };
	for (unsigned j = 0; j < k; j++)
		mlkem_mul_add(&key->v, &key->t[j], &key->y[j]);
	mlkem_ntt_back(&key->v);
	if (mlkem_sample_noise(&key->w, r, n, ETA2, e) < 0)
		return -1;
	mlkem_add(&key->v, &key->w);
	mlkem_decode(&key->w, m, 1);
	mlkem_decompress(&key->w, 1);
	mlkem_add(&key->v, &key->w);
	mlkem_compress(&key->v, params[k].dv);
	mlkem_encode(out, &key->v, params[k].dv);
	return 0;
}

/* Algorithm 15: key->m of ct. */
static void decrypt(struct key *key, unsigned k, const uint8_t *ct)
{
	key->w = (struct mlkem_poly){ 0 };
	for (unsigned i = 0; i < k; i++, ct += 32 * params[k].du) {
		mlkem_decode(&key->u, ct, params[k].du);
		mlkem_decompress(&key->u, params[k].du);
		mlkem_ntt(&key->u);
		mlkem_mul_add(&key->w, &key->s[i], &key->u);
	}
	mlkem_ntt_back(&key->w);
	mlkem_decode(&key->v, ct, params[k].dv);
	mlkem_decompress(&key->v, params[k].dv);
	mlkem_sub(&key->v, &key->w);
	mlkem_compress(&key->v, 1);
	mlkem_encode(key->m, &key->v, 1);
}

int mlkem_public(unsigned k, const uint8_t seed[MLKEM_SEED], uint8_t *ek, struct err *e)
{
	struct key *key = key_new(e);
	int rc = -1;

	if (key == NULL)
		return -1;
	if ((rc = expand(key, k, seed, e)) == 0)
		memcpy(ek, key->ek, ek_len(k));
	key_free(key);
	return rc;
}

/* The numbers of t are all below q (7.2, "modulus check"). */
static bool take_ek(struct key *key, unsigned k, const uint8_t *ek)
{
	memcpy(key->ek, ek, ek_len(k));
	for (unsigned i = 0; i < k; i++) {
		mlkem_decode(&key->t[i], ek + DK_POLY * i, 12);
		for (unsigned j = 0; j < MLKEM_N; j++)
			if (key->t[i].c[j] >= MLKEM_Q)
				return false;
	}
	return true;
}

int mlkem_encapsulate(unsigned k, const uint8_t *ek, const uint8_t m[MLKEM_BYTES], uint8_t *ct,
    uint8_t shared[MLKEM_BYTES], struct err *e)
{
	struct key *key = key_new(e);
	int rc = -1;

	if (key == NULL)
		return -1;
	if (!take_ek(key, k, ek))
		err_set(e, "the public value is no key of ML-KEM: a number in it is not below %d",
		    MLKEM_Q);
	else if (matrix(key, k, ek + DK_POLY * k, e) == 0 &&
	    mlkem_hash("SHA3-256", bytes(ek, ek_len(k)), bytes(NULL, 0), key->h, 32, e) == 0 &&
	    mlkem_hash("SHA3-512", bytes(m, 32), bytes(key->h, 32), key->g, 64, e) == 0)
		rc = encrypt(key, k, m, key->g + 32, e);
	if (rc == 0) {
		memcpy(ct, key->ct, 32 * (params[k].du * k + params[k].dv));
		memcpy(shared, key->g, MLKEM_BYTES);
	}
	key_free(key);
	return rc;
}

int mlkem_decapsulate(unsigned k, const uint8_t seed[MLKEM_SEED], const uint8_t *ct,
    uint8_t shared[MLKEM_BYTES], struct err *e)
{
	size_t n = 32 * (params[k].du * k + params[k].dv);
	struct key *key = key_new(e);
	uint8_t other[MLKEM_BYTES], same;
	int rc = -1;

	if (key == NULL)
		return -1;
	if (expand(key, k, seed, e) < 0)
		goto out;
	decrypt(key, k, ct);
	if (mlkem_hash("SHA3-512", bytes(key->m, 32), bytes(key->h, 32), key->g, 64, e) < 0 ||
	    mlkem_hash("SHAKE256", bytes(seed + 32, 32), bytes(ct, n), other, 32, e) < 0 ||
	    encrypt(key, k, key->m, key->g + 32, e) < 0)
		goto out;
	same = (uint8_t)-(uint8_t)bytes_eq(ct, key->ct, n);	/* all ones, or none */
	for (size_t i = 0; i < MLKEM_BYTES; i++)
		shared[i] = (uint8_t)((key->g[i] & same) | (other[i] & ~same));
	rc = 0;
out:
	wipe(other, sizeof other);
	key_free(key);
	return rc;
}
