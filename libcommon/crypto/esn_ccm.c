/*
 * AES-CCM.  The nonce does not hold the half, so plain text and tag mask are found once; the half
 * is in B_1, the second block of the CBC-MAC (RFC 3610 2.2).  A whole tag is the MAC's last state,
 * and each state gives the one before it by the inverse cipher, back to E(X_0 + B_1).  A cut tag
 * does not: the chain is run for each half, many side by side.
 */
#include <string.h>

#include "crypto/esn_priv.h"

enum { L = 4, NONCE = 11 }; /* RFC 4309 4 */

static void xor_block(uint8_t *to, const uint8_t *with)
{
	for (int i = 0; i < ESN_BLOCK; i++)
		to[i] ^= with[i];
}

/* Length of the AAD, SPI, high, low, padding (RFC 3610 2.2, RFC 4309 5). */
static void second(const struct esn_solver *s, uint32_t high, uint8_t block[ESN_BLOCK])
{
	memset(block, 0, ESN_BLOCK);
	block[1] = 12;
	esn_aad(s, high, block + 2);
}

/* The plain text to s->room, the state behind B_0 to s->state, and the unmasked tag to s->want. */
static int begin(struct esn_solver *s, struct err *e)
{
	size_t n = esn_cipher_len(s);
	uint8_t counter[NONCE_MAX + 1] = { L - 1 }, first[ESN_BLOCK] = { 0 };

	if (esn_room(s, n, e) < 0)
		return -1;
	esn_nonce(s, 0, counter + 1);
	memcpy(first, counter, 1 + NONCE);
	first[0] = (uint8_t)(0x40 | (s->icv - 2) / 2 << 3 | (L - 1));
	esn_store32(first + 1 + NONCE, (uint32_t)n);
	memset(counter + 1 + NONCE, 0, L);
	memset(s->want, 0, ESN_BLOCK);
	memcpy(s->want, esn_icv(s), s->icv);
	if (EVP_CipherInit_ex2(s->main, NULL, NULL, counter, -1, NULL) != 1 ||
	    EVP_Cipher(s->main, s->want, s->want, ESN_BLOCK) < 0 ||
	    (n > 0 && EVP_Cipher(s->main, s->room, esn_cipher(s), (unsigned)n) < 0) ||
	    EVP_Cipher(s->ecb, s->state, first, ESN_BLOCK) < 0)
		return evp_error(e, "AES-CCM");
	return 0;
}

static int direct(struct esn_solver *s, uint32_t *high, unsigned max, struct err *e)
{
	uint8_t x[ESN_BLOCK], expect[ESN_BLOCK];

	(void)max;
	if (begin(s, e) < 0)
		return -1;
	memcpy(x, s->want, ESN_BLOCK);
	for (size_t i = esn_blocks(esn_cipher_len(s)); i > 0; i--) {
		if (EVP_Cipher(s->back, x, x, ESN_BLOCK) < 0)
			return evp_error(e, "AES");
		xor_block(x, s->room + (i - 1) * ESN_BLOCK);
	}
	if (EVP_Cipher(s->back, x, x, ESN_BLOCK) < 0)
		return evp_error(e, "AES");
	xor_block(x, s->state);
	*high = load_be32(x + 2 + 4);
	second(s, *high, expect);
	return memcmp(x, expect, ESN_BLOCK) == 0;
}

static int many(struct esn_solver *s, const uint32_t *high, size_t n, bool *hit, struct err *e)
{
	size_t blocks = esn_blocks(esn_cipher_len(s));
	uint8_t x[ESN_LANES * ESN_BLOCK];

	for (size_t i = 0; i < n; i++) {
		second(s, high[i], x + i * ESN_BLOCK);
		xor_block(x + i * ESN_BLOCK, s->state);
	}
	for (size_t b = 0;; b++) {
		if (EVP_Cipher(s->ecb, x, x, (unsigned)(n * ESN_BLOCK)) < 0)
			return evp_error(e, "AES");
		if (b == blocks)
			break;
		for (size_t i = 0; i < n; i++)
			xor_block(x + i * ESN_BLOCK, s->room + b * ESN_BLOCK);
	}
	for (size_t i = 0; i < n; i++)
		hit[i] = memcmp(x + i * ESN_BLOCK, s->want, s->icv) == 0;
	wipe(x, sizeof x);
	return 0;
}

int esn_ccm_init(struct esn_solver *s, const struct suite_keys *k, struct err *e)
{
	static const char *const ctr[] = { "AES-128-CTR", "AES-192-CTR", "AES-256-CTR" };
	static const struct esn_way solved = { .direct = direct };
	static const struct esn_way searched = {
		.begin = begin, .many = many, .fixed = 1, .whole = true
	};

	s->way = s->icv == ESN_BLOCK ? &solved : &searched;
	if ((s->ecb = esn_ecb(k, true, e)) == NULL || (s->back = esn_ecb(k, false, e)) == NULL)
		return -1;
	s->main =
	    suite_key(ctr[(k->encr_key.n - k->encr->salt) / 8 - 2], k->encr_key.p, true, NULL, e);
	return s->main != NULL ? 0 : -1;
}
