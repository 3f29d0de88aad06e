#include <string.h>

#include "base/secret.h"
#include "crypto/evp.h"
#include "crypto/mlkem_priv.h"

enum { ZETA = 17, N_INVERSE = 3303, XOF = 1008, XOF_MAX = 16 * XOF };

/* The compiler makes no division of it: that would take longer for some secrets than for others. */
static uint16_t reduce(uint32_t a)
{
	uint32_t quotient = (uint32_t)(((uint64_t)a * 1290167) >> 32);	/* 2^32 / q, rounded down */
	uint32_t rest = a - quotient * MLKEM_Q;		/* 0 to 2q - 1 */

	rest -= MLKEM_Q;
	return (uint16_t)(rest + (MLKEM_Q & (0 - (rest >> 31))));
}

static uint16_t mul(uint32_t a, uint32_t b)
{
	return reduce(a * b);
}

static unsigned bitrev7(unsigned i)
{
	unsigned r = 0;

	for (int bit = 0; bit < 7; bit++)
		r |= (i >> bit & 1) << (6 - bit);
	return r;
}

static uint16_t zeta_power(unsigned n)
{
	uint16_t p = 1, square = ZETA;

	for (; n > 0; n >>= 1) {		/* n is no secret */
		if (n & 1)
			p = mul(p, square);
		square = mul(square, square);
	}
	return p;
}

void mlkem_ntt(struct mlkem_poly *f)
{
	unsigned i = 1;

	for (unsigned len = 128; len >= 2; len /= 2)
		for (unsigned from = 0; from < MLKEM_N; from += 2 * len) {
			uint16_t zeta = zeta_power(bitrev7(i++));

			for (unsigned j = from; j < from + len; j++) {
				uint16_t t = mul(zeta, f->c[j + len]);

				f->c[j + len] = reduce(f->c[j] + (uint32_t)MLKEM_Q - t);
				f->c[j] = reduce((uint32_t)f->c[j] + t);
			}
		}
}

void mlkem_ntt_back(struct mlkem_poly *f)
{
	unsigned i = 127;

	for (unsigned len = 2; len <= 128; len *= 2)
		for (unsigned from = 0; from < MLKEM_N; from += 2 * len) {
			uint16_t zeta = zeta_power(bitrev7(i--));

			for (unsigned j = from; j < from + len; j++) {
				uint16_t t = f->c[j];

				f->c[j] = reduce((uint32_t)t + f->c[j + len]);
				f->c[j + len] = mul(zeta, f->c[j + len] + (uint32_t)MLKEM_Q - t);
			}
		}
	for (unsigned j = 0; j < MLKEM_N; j++)
		f->c[j] = mul(f->c[j], N_INVERSE);
}

void mlkem_mul_add(struct mlkem_poly *sum, const struct mlkem_poly *a, const struct mlkem_poly *b)
{
	for (unsigned i = 0; i < MLKEM_N / 2; i++) {
		const uint16_t *x = a->c + 2 * i, *y = b->c + 2 * i;
		uint16_t gamma = zeta_power(2 * bitrev7(i) + 1), *s = sum->c + 2 * i;

		s[0] = reduce(s[0] + (uint32_t)mul(x[0], y[0]) + mul(mul(x[1], y[1]), gamma));
		s[1] = reduce(s[1] + (uint32_t)mul(x[0], y[1]) + mul(x[1], y[0]));
	}
}

void mlkem_add(struct mlkem_poly *a, const struct mlkem_poly *b)
{
	for (unsigned j = 0; j < MLKEM_N; j++)
		a->c[j] = reduce((uint32_t)a->c[j] + b->c[j]);
}

void mlkem_sub(struct mlkem_poly *a, const struct mlkem_poly *b)
{
	for (unsigned j = 0; j < MLKEM_N; j++)
		a->c[j] = reduce(a->c[j] + (uint32_t)MLKEM_Q - b->c[j]);
}

void mlkem_encode(uint8_t *out, const struct mlkem_poly *f, unsigned d)
{
	memset(out, 0, 32 * d);
	for (unsigned j = 0; j < MLKEM_N; j++)
		for (unsigned bit = 0; bit < d; bit++) {
			unsigned at = j * d + bit;

			out[at / 8] |= (uint8_t)((f->c[j] >> bit & 1) << at % 8);
		}
}

void mlkem_decode(struct mlkem_poly *f, const uint8_t *in, unsigned d)
{
	for (unsigned j = 0; j < MLKEM_N; j++) {
		f->c[j] = 0;
		for (unsigned bit = 0; bit < d; bit++) {
			unsigned at = j * d + bit;

			f->c[j] |= (uint16_t)((in[at / 8] >> at % 8 & 1) << bit);
		}
	}
}

/* x * 2^d / q, rounded, modulo 2^d; the factor is 2^40 / q rounded up, exact for all x and d
 * here. */
void mlkem_compress(struct mlkem_poly *f, unsigned d)
{
	for (unsigned j = 0; j < MLKEM_N; j++) {
		uint64_t n = ((uint64_t)f->c[j] << d) + MLKEM_Q / 2;

		f->c[j] = (uint16_t)((n * 330282858 >> 40) & ((1u << d) - 1));
	}
}

void mlkem_decompress(struct mlkem_poly *f, unsigned d)
{
	for (unsigned j = 0; j < MLKEM_N; j++)
		f->c[j] = (uint16_t)(((uint32_t)f->c[j] * MLKEM_Q + (1u << (d - 1))) >> d);
}

int mlkem_hash(const char *name, struct span a, struct span b, uint8_t *out, size_t out_n,
    struct err *e)
{
	OSSL_LIB_CTX *lib = evp_context(e);
	EVP_MD_CTX *ctx;
	EVP_MD *md = NULL;
	bool ok;

	if (lib == NULL)
		return -1;
	ok = (ctx = EVP_MD_CTX_new()) != NULL && (md = EVP_MD_fetch(lib, name, "")) != NULL &&
	    EVP_DigestInit_ex2(ctx, md, NULL) == 1 && EVP_DigestUpdate(ctx, a.p, a.n) == 1 &&
	    EVP_DigestUpdate(ctx, b.p, b.n) == 1 &&
	    ((EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF) != 0 ? EVP_DigestFinalXOF(ctx, out, out_n) :
	    EVP_DigestFinal_ex(ctx, out, NULL)) == 1;
	if (!ok)
		evp_error(e, name);
	EVP_MD_free(md);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -1;
}

/* How many of the numbers in the n bytes at p are below q; up to 256 of them go to f. */
static unsigned take_uniform(struct mlkem_poly *f, const uint8_t *p, size_t n)
{
	unsigned got = 0;

	for (size_t i = 0; i + 3 <= n && got < MLKEM_N; i += 3) {
		unsigned d1 = p[i] + 256u * (p[i + 1] % 16), d2 = p[i + 1] / 16 + 16u * p[i + 2];

		if (d1 < MLKEM_Q)
			f->c[got++] = (uint16_t)d1;
		if (d2 < MLKEM_Q && got < MLKEM_N)
			f->c[got++] = (uint16_t)d2;
	}
	return got;
}

/* OpenSSL before 3.3 gives an XOF's output once: more than enough is asked for, and if that ever
 * were too little, as much again. */
int mlkem_sample_uniform(struct mlkem_poly *f, const uint8_t rho[32], uint8_t x, uint8_t y,
    struct err *e)
{
	uint8_t xof[XOF_MAX], end[2] = { x, y };

	for (size_t n = XOF; n <= XOF_MAX; n *= 2) {
		if (mlkem_hash("SHAKE128", (struct span){ rho, 32 }, (struct span){ end, 2 }, xof,
		    n, e) < 0)
			return -1;
		if (take_uniform(f, xof, n) == MLKEM_N)
			return 0;
	}
	return err_set(e, "ML-KEM: no numbers below q in %d bytes", XOF_MAX);
}

int mlkem_sample_noise(struct mlkem_poly *f, const uint8_t key[32], uint8_t n, unsigned eta,
    struct err *e)
{
	uint8_t b[64 * 3];
	unsigned at = 0;

	if (mlkem_hash("SHAKE256", (struct span){ key, 32 }, (struct span){ &n, 1 }, b,
	    64 * (size_t)eta, e) < 0)
		return -1;
	for (unsigned j = 0; j < MLKEM_N; j++) {
		unsigned sum = MLKEM_Q;

		for (unsigned i = 0; i < eta; i++, at++)
			sum += b[at / 8] >> at % 8 & 1;
		for (unsigned i = 0; i < eta; i++, at++)
			sum -= b[at / 8] >> at % 8 & 1;
		f->c[j] = reduce(sum);
	}
	wipe(b, sizeof b);
	return 0;
}
