/*
 * AES-CBC sealed by OpenSSL, many packets of one key at once.
 *
 * Within a packet each block waits for the one before it, and the processor could do eight meanwhile.  So as many
 * packets as there are lanes go on together, a block of each at a time, through the bare cipher.  Its context is made
 * when there are many packets for the first time: with many SAs, most of them never have.
 */
#include <string.h>

#include "crypto/suite_priv.h"

enum { LANES = 32, BLOCK = 16, LEAST = 4 };

static const struct { const char *cbc, *bare; } ciphers[] = {
	{ "AES-128-CBC", "AES-128-ECB" }, { "AES-192-CBC", "AES-192-ECB" }, { "AES-256-CBC", "AES-256-ECB" },
};

struct lane { uint8_t *p; size_t left; struct suite_job *j; };	/* its next block, which has its IV in front */

/* Under XOR with the block in front of it. */
static void take(const uint8_t *p, uint8_t *to)
{
	uint64_t a[2], b[2];

	memcpy(a, p, BLOCK);
	memcpy(b, p - BLOCK, BLOCK);
	a[0] ^= b[0];
	a[1] ^= b[1];
	memcpy(to, a, BLOCK);
}

static bool has_context(struct suite *s)
{
	struct err e;

	return s->ecb != NULL || (s->ecb = suite_key(s->bare, s->bare_key, true, NULL, &e)) != NULL;
}

static void seal_singly(struct suite *s, struct suite_job *const jobs[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		s->seal(s, jobs[i]);
}

/* So many blocks of each. */
static bool go(struct suite *s, struct lane *lane, size_t n, size_t blocks)
{
	uint8_t block[LANES * BLOCK];

	for (; blocks > 0; blocks--) {
		for (size_t i = 0; i < n; i++)
			take(lane[i].p, block + i * BLOCK);
		if (EVP_Cipher(s->ecb, block, block, (unsigned)(n * BLOCK)) < 0)
			return false;
		for (size_t i = 0; i < n; i++) {
			memcpy(lane[i].p, block + i * BLOCK, BLOCK);
			lane[i].p += BLOCK;
			lane[i].left--;
		}
	}
	return true;
}

/* Takes what is done out of the lanes; gives how many are left, and of how many blocks the shortest is. */
static size_t sweep(struct suite *s, struct lane *lane, size_t n, size_t *least)
{
	*least = SIZE_MAX;
	for (size_t i = 0; i < n; ) {
		if (lane[i].left == 0) {
			suite_mac_sign(s, lane[i].j);
			lane[i] = lane[--n];
			continue;
		}
		*least = lane[i].left < *least ? lane[i].left : *least;
		i++;
	}
	return n;
}

static void seal_together(struct suite *s, struct suite_job *const jobs[], size_t n)
{
	struct lane lane[LANES];
	size_t used = 0, next = 0, least;

	if (n < LEAST || !has_context(s)) {
		seal_singly(s, jobs, n);
		return;
	}
	do {
		for (; used < LANES && next < n; next++) {
			struct suite_job *j = jobs[next];

			j->result = SUITE_BAD_LENGTH;	/* until it is done */
			lane[used++] = (struct lane){ (uint8_t *)(uintptr_t)j->p + j->head + s->iv,
				suite_body(s, j) / BLOCK, j };
		}
		used = sweep(s, lane, used, &least);
		if (used > 0 && (used == LANES || next == n) && !go(s, lane, used, least))
			return;
	} while (used > 0 || next < n);
}

void suite_cbc_init(struct suite *s, const struct suite_keys *k)
{
	const struct alg_size *size = alg_encr_size(k->encr, k->encr_key.n);

	for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0] && size->evp != NULL && !s->unknown_icv; i++)
		if (strcmp(size->evp, ciphers[i].cbc) == 0) {
			s->bare = ciphers[i].bare;
			memcpy(s->bare_key, k->encr_key.p, k->encr_key.n);
			s->seal_together = seal_together;
		}
}
