/*
 * ChaCha20-Poly1305.  Poly1305 over m blocks is, modulo p = 2^130 - 5, X_1 * r^m plus what the
 * others give; then s is added and 128 bits are sent.  So tag minus the tag for the half 0, modulo
 * 2^128, leaves eight integers that the difference half' * 2^32 * r^m can be, half' being the half
 * with its octets reversed (the block is little-endian, RFC 8439 2.5).  Multiplied by the inverse
 * of r^m, one of them is that.
 */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <sodium/crypto_onetimeauth_poly1305.h>

#include "crypto/esn_priv.h"

enum { KEY = 32, TAG = 16, OTHER_BLOCKS = 6 };

static void store64_le(uint8_t p[8], uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* The one-time key: the key stream's first octets (RFC 8439 2.6). */
static bool one_time(struct esn_solver *s, uint32_t high, uint8_t key[KEY])
{
	uint8_t counter_nonce[4 + NONCE_MAX] = { 0 };

	esn_nonce(s, high, counter_nonce + 4);
	memset(key, 0, KEY);
	return EVP_CipherInit_ex2(s->main, NULL, NULL, counter_nonce, -1, NULL) == 1 &&
	    EVP_Cipher(s->main, key, key, KEY) >= 0;
}

/* RFC 8439 2.8 over RFC 7634 2.1's AAD. */
static void make_tag(const struct esn_solver *s, const uint8_t key[KEY], uint32_t high,
    uint8_t tag[TAG])
{
	static const uint8_t zero[ESN_BLOCK];
	uint8_t aad[ESN_BLOCK] = { 0 }, lengths[ESN_BLOCK];
	crypto_onetimeauth_poly1305_state st;
	size_t n = esn_cipher_len(s);

	esn_aad(s, high, aad);
	store64_le(lengths, 12);
	store64_le(lengths + 8, n);
	crypto_onetimeauth_poly1305_init(&st, key);
	crypto_onetimeauth_poly1305_update(&st, aad, sizeof aad);
	crypto_onetimeauth_poly1305_update(&st, esn_cipher(s), n);
	crypto_onetimeauth_poly1305_update(&st, zero, -n % ESN_BLOCK);
	crypto_onetimeauth_poly1305_update(&st, lengths, sizeof lengths);
	crypto_onetimeauth_poly1305_final(&st, tag);
	wipe(&st, sizeof st);
}

struct numbers {
	BN_CTX *ctx;
	BIGNUM *p, *r, *inverse, *diff, *wrap, *x;
};

static bool numbers_new(struct numbers *b)
{
	if ((b->ctx = BN_CTX_new()) == NULL)
		return false;
	BN_CTX_start(b->ctx);
	b->p = BN_CTX_get(b->ctx);
	b->r = BN_CTX_get(b->ctx);
	b->inverse = BN_CTX_get(b->ctx);
	b->diff = BN_CTX_get(b->ctx);
	b->wrap = BN_CTX_get(b->ctx);
	b->x = BN_CTX_get(b->ctx);
	return b->x != NULL && BN_set_bit(b->p, 130) && BN_sub_word(b->p, 5) &&
	    BN_set_bit(b->wrap, 128);
}

static void numbers_free(struct numbers *b)
{
	if (b->ctx == NULL)
		return;
	if (b->x != NULL) {
		BN_clear(b->r);
		BN_clear(b->inverse);
	}
	BN_CTX_end(b->ctx);
	BN_CTX_free(b->ctx);
}

/* r^-m; false also if r is 0, when no half makes a difference. */
static bool invert(struct numbers *b, const uint8_t key[KEY], uint64_t m)
{
	uint8_t r[TAG];
	bool ok;

	memcpy(r, key, sizeof r);
	for (int i = 3; i < TAG; i += 4)
		r[i] &= 15;
	for (int i = 4; i < TAG; i += 4)
		r[i] &= 252;
	ok = BN_lebin2bn(r, sizeof r, b->r) != NULL && BN_set_word(b->x, m) &&
	    BN_mod_exp(b->inverse, b->r, b->x, b->p, b->ctx) &&
	    BN_mod_inverse(b->inverse, b->inverse, b->p, b->ctx) != NULL;
	wipe(r, sizeof r);
	return ok;
}

/* The eight differences, from -4 * 2^128 on. */
static unsigned halves(struct numbers *b, const uint8_t tag[TAG], const uint8_t zero_tag[TAG],
    uint32_t *high, unsigned max)
{
	uint8_t x[8];
	unsigned found = 0;

	if (BN_lebin2bn(tag, TAG, b->diff) == NULL || BN_lebin2bn(zero_tag, TAG, b->x) == NULL ||
	    !BN_mod_sub(b->diff, b->diff, b->x, b->wrap, b->ctx))
		return 0;
	for (int i = 0; i < 4; i++)
		if (!BN_sub(b->diff, b->diff, b->wrap))
			return 0;
	for (int i = 0; i < 8 && found < max; i++) {
		if (!BN_mod_mul(b->x, b->diff, b->inverse, b->p, b->ctx) ||
		    !BN_add(b->diff, b->diff, b->wrap))
			return found;
		if (BN_is_negative(b->x) || BN_bn2lebinpad(b->x, x, sizeof x) < 0 ||
		    load_be32(x) != 0)
			continue;
		high[found++] = load_be32(x + 4);
	}
	return found;
}

static int direct(struct esn_solver *s, uint32_t *high, unsigned max, struct err *e)
{
	uint64_t blocks = 1 + esn_blocks(esn_cipher_len(s)) + 1;
	uint8_t key[KEY], zero_tag[TAG];
	struct numbers b = { 0 };
	int rc = -1;

	if (!one_time(s, 0, key)) {
		evp_error(e, "ChaCha20");
		goto out;
	}
	if (!numbers_new(&b)) {
		err_nomem(e);
		goto out;
	}
	make_tag(s, key, 0, zero_tag);
	rc = invert(&b, key, blocks) ? (int)halves(&b, esn_icv(s), zero_tag, high, max) : 0;
	ERR_clear_error();
out:
	numbers_free(&b);
	wipe(key, sizeof key);
	return rc;
}

static int implicit_begin(struct esn_solver *s, struct err *e)
{
	(void)s;
	(void)e;
	return 0;
}

static int implicit_many(struct esn_solver *s, const uint32_t *high, size_t n, bool *hit,
    struct err *e)
{
	uint8_t key[KEY], tag[TAG];

	for (size_t i = 0; i < n; i++) {
		if (!one_time(s, high[i], key))
			return evp_error(e, "ChaCha20");
		make_tag(s, key, high[i], tag);
		hit[i] = memcmp(tag, esn_icv(s), TAG) == 0;
	}
	wipe(key, sizeof key);
	return 0;
}

int esn_poly_init(struct esn_solver *s, const struct suite_keys *k, struct err *e)
{
	static const struct esn_way solved = { .direct = direct };
	static const struct esn_way searched = {
		.begin = implicit_begin,
		.many = implicit_many,
		.fixed = OTHER_BLOCKS,
		.whole = true,
	};

	s->way = s->iv != 0 ? &solved : &searched;
	s->main = suite_key("ChaCha20", k->encr_key.p, true, NULL, e);
	return s->main != NULL ? 0 : -1;
}
