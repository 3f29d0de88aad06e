/*
 * AES-CMAC (RFC 4493) and AES-XCBC (RFC 3566): both are a CBC-MAC whose last
 * block is mixed with one of two subkeys, one for full and one for padded last
 * blocks.  They differ in where key and subkeys come from.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/secret.h"
#include "crypto/evp.h"
#include "crypto/mac.h"

enum { BLOCK = 16, AT_ONCE = 2048 };

struct cbc {
	struct mac mac;
	EVP_CIPHER_CTX *ctx;
	uint8_t full[BLOCK], part[BLOCK];
	uint8_t sink[AT_ONCE];		/* CBC's output, of which only the last block counts */
};

static const uint8_t zero[BLOCK];

/* CBC over whole blocks; last is the state behind them, unchanged for n = 0. */
static bool chain(struct cbc *c, const uint8_t *p, size_t n, uint8_t last[BLOCK])
{
	while (n > 0) {
		size_t now = n < AT_ONCE ? n : AT_ONCE;

		if (EVP_Cipher(c->ctx, c->sink, p, (unsigned)now) < 0)
			return false;
		memcpy(last, c->sink + now - BLOCK, BLOCK);
		p += now;
		n -= now;
	}
	return true;
}

static bool cbc_sum(struct mac *m, struct span data, struct span tail, uint8_t out[MAC_MAX])
{
	struct cbc *c = (struct cbc *)m;
	size_t whole = data.n > 0 ? (data.n - 1) / BLOCK * BLOCK : 0, n = data.n - whole;
	const uint8_t *key = c->full;
	uint8_t end[2 * BLOCK], *last = end;

	/* The rest is at most one block, the tail (ESN's high half) four octets. */
	if (tail.n > BLOCK)
		return false;
	if (n > 0)
		memcpy(end, data.p + whole, n);
	if (tail.n > 0)
		memcpy(end + n, tail.p, tail.n);
	n += tail.n;
	if (EVP_EncryptInit_ex2(c->ctx, NULL, NULL, zero, NULL) != 1 ||
	    !chain(c, data.p, whole, out))
		goto bad;
	if (n > BLOCK) {
		if (!chain(c, end, BLOCK, out))
			goto bad;
		last += BLOCK;
		n -= BLOCK;
	}
	if (n < BLOCK) {
		memset(last + n, 0, BLOCK - n);
		last[n] = 0x80;
		key = c->part;
	}
	for (size_t i = 0; i < BLOCK; i++)
		last[i] ^= key[i];
	if (chain(c, last, BLOCK, out))
		return true;
bad:
	ERR_clear_error();
	return false;
}

static void cbc_free(struct mac *m)
{
	EVP_CIPHER_CTX_free(((struct cbc *)m)->ctx);
	wipe(m, sizeof(struct cbc));
	free(m);
}

static bool one_block(EVP_CIPHER_CTX *ctx, const uint8_t in[BLOCK], uint8_t out[BLOCK])
{
	return EVP_EncryptInit_ex2(ctx, NULL, NULL, zero, NULL) == 1 &&
	    EVP_Cipher(ctx, out, in, BLOCK) >= 0;
}

/* Multiplication by x in GF(2^128), RFC 4493 2.3; in time that does not depend on the key. */
static void twice(uint8_t to[BLOCK], const uint8_t from[BLOCK])
{
	uint8_t carry = (uint8_t)(0x87 & -(from[0] >> 7));

	for (size_t i = 0; i < BLOCK - 1; i++)
		to[i] = (uint8_t)(from[i] << 1 | from[i + 1] >> 7);
	to[BLOCK - 1] = (uint8_t)(from[BLOCK - 1] << 1) ^ carry;
}

static int key_cmac(struct cbc *c, const struct alg_integ *a, const uint8_t *key, struct err *e)
{
	uint8_t l[BLOCK];

	c->ctx = evp_keyed(a->evp, key, (struct evp_want){ .encrypt = true }, e);
	if (c->ctx == NULL)
		return -1;
	if (!one_block(c->ctx, zero, l))
		return evp_err(e, a->name);
	twice(c->full, l);
	twice(c->part, c->full);
	wipe(l, sizeof(l));
	return 0;
}

/* K1 is the CBC key, K2 and K3 the subkeys: K over blocks of 1, 2 and 3 (RFC 3566 4). */
static int key_xcbc(struct cbc *c, const struct alg_integ *a, const uint8_t *key, struct err *e)
{
	uint8_t in[BLOCK], k1[BLOCK];
	EVP_CIPHER_CTX *ctx = evp_keyed(a->evp, key, (struct evp_want){ .encrypt = true }, e);
	uint8_t *const out[] = { k1, c->full, c->part };
	int rc = -1;

	if (ctx == NULL)
		return -1;
	for (size_t i = 0; i < 3; i++) {
		memset(in, (int)i + 1, sizeof(in));
		if (!one_block(ctx, in, out[i])) {
			evp_err(e, a->name);
			goto out;
		}
	}
	c->ctx = evp_keyed(a->evp, k1, (struct evp_want){ .encrypt = true }, e);
	rc = c->ctx != NULL ? 0 : -1;
out:
	wipe(k1, sizeof(k1));
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

struct mac *mac_cbc_new(const struct alg_integ *a, struct span key, struct err *e)
{
	static const struct mac_ops ops = { cbc_sum, cbc_free };
	struct cbc *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		err_nomem(e);
		return NULL;
	}
	c->mac.ops = &ops;
	if ((a->kind == INTEG_KIND_XCBC ? key_xcbc : key_cmac)(c, a, key.p, e) < 0) {
		cbc_free(&c->mac);
		return NULL;
	}
	return &c->mac;
}
