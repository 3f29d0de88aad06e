/* The digests' own states copied for each packet cost half of what EVP_MAC does at 64 bytes; this is
 * the one file that uses them. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/mac.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/md5.h>
#include <openssl/ripemd.h>
#include <openssl/sha.h>

#include "base/secret.h"
#include "crypto/evp.h"

enum { BLOCK = 16, CHUNK = 1024 };

union state { MD5_CTX md5; RIPEMD160_CTX rmd160; SHA_CTX sha1; SHA256_CTX sha256; SHA512_CTX sha512; };

struct digest {
	const char *evp;
	size_t block, len, size;		/* size: of its state */
	int (*init)(union state *s);
	int (*update)(union state *s, const void *p, size_t n);
	int (*final)(uint8_t *out, union state *s);
};

#define DIGEST(tag, field, Init, Update, Final) \
static int tag##_init(union state *s) { return Init(&s->field); } \
static int tag##_update(union state *s, const void *p, size_t n) { return Update(&s->field, p, n); } \
static int tag##_final(uint8_t *out, union state *s) { return Final(out, &s->field); }

DIGEST(md5, md5, MD5_Init, MD5_Update, MD5_Final)
DIGEST(rmd160, rmd160, RIPEMD160_Init, RIPEMD160_Update, RIPEMD160_Final)
DIGEST(sha1, sha1, SHA1_Init, SHA1_Update, SHA1_Final)
DIGEST(sha224, sha256, SHA224_Init, SHA224_Update, SHA224_Final)
DIGEST(sha256, sha256, SHA256_Init, SHA256_Update, SHA256_Final)
DIGEST(sha384, sha512, SHA384_Init, SHA384_Update, SHA384_Final)
DIGEST(sha512, sha512, SHA512_Init, SHA512_Update, SHA512_Final)

static const struct digest digests[] = {
	{ "MD5", 64, 16, sizeof(MD5_CTX), md5_init, md5_update, md5_final },
	{ "RIPEMD160", 64, 20, sizeof(RIPEMD160_CTX), rmd160_init, rmd160_update, rmd160_final },
	{ "SHA1", 64, 20, sizeof(SHA_CTX), sha1_init, sha1_update, sha1_final },
	{ "SHA224", 64, 28, sizeof(SHA256_CTX), sha224_init, sha224_update, sha224_final },	/* no IPsec: NIST's vectors */
	{ "SHA256", 64, 32, sizeof(SHA256_CTX), sha256_init, sha256_update, sha256_final },
	{ "SHA384", 128, 48, sizeof(SHA512_CTX), sha384_init, sha384_update, sha384_final },
	{ "SHA512", 128, 64, sizeof(SHA512_CTX), sha512_init, sha512_update, sha512_final },
};

struct mac {
	const struct digest *digest;	/* HMAC; NULL: a CBC-MAC */
	/* Behind the struct, as long as the digest's own are: there may be thousands of SAs. */
	union state *inner, *outer;	/* after the padded key */
	union state *run;		/* of the message */
	size_t room;			/* bytes of all */
	EVP_CIPHER_CTX *cbc;
	uint8_t whole[BLOCK], cut[BLOCK];	/* what the last block is masked with */
	uint8_t chain[BLOCK];		/* the state behind all blocks before last */
	uint8_t last[BLOCK];		/* of the message so far; kept octets */
	size_t kept;
};

static const struct digest *digest_of(const struct alg_integ *alg, struct err *e)
{
	for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++)
		if (strcmp(digests[i].evp, alg->evp) == 0)
			return &digests[i];
	err_set(e, "no digest %s", alg->evp);
	return NULL;
}

int mac_hmac_pads(const struct alg_integ *alg, struct span key, uint8_t inner[MAC_BLOCK],
    uint8_t outer[MAC_BLOCK], struct err *e)
{
	const struct digest *d = digest_of(alg, e);
	union state s;

	if (d == NULL)
		return -1;
	memset(inner, 0, MAC_BLOCK);
	if (key.n > d->block) {		/* a longer key is hashed first */
		d->init(&s);
		d->update(&s, key.p, key.n);
		d->final(inner, &s);
		wipe(&s, sizeof s);
	} else if (key.n > 0) {
		memcpy(inner, key.p, key.n);
	}
	for (size_t i = 0; i < d->block; i++) {
		outer[i] = inner[i] ^ 0x5c;
		inner[i] ^= 0x36;
	}
	return (int)d->block;
}

/* One behind the other, each where it may be. */
static size_t state_room(const struct digest *d)
{
	return (d->size + sizeof(uint64_t) - 1) / sizeof(uint64_t) * sizeof(uint64_t);
}

static int hmac_key(struct mac *m, const struct alg_integ *alg, struct span key, struct err *e)
{
	uint8_t inner[MAC_BLOCK], outer[MAC_BLOCK];
	int n = mac_hmac_pads(alg, key, inner, outer, e);

	if (n < 0)
		return -1;
	m->digest = digest_of(alg, e);
	m->inner = (union state *)(m + 1);
	m->outer = (union state *)((uint8_t *)m->inner + state_room(m->digest));
	m->run = (union state *)((uint8_t *)m->outer + state_room(m->digest));
	m->digest->init(m->inner);
	m->digest->update(m->inner, inner, (size_t)n);
	m->digest->init(m->outer);
	m->digest->update(m->outer, outer, (size_t)n);
	wipe(inner, sizeof inner);
	wipe(outer, sizeof outer);
	return 0;
}

static int cbc_key(EVP_CIPHER_CTX *ctx, const uint8_t *key, struct err *e)
{
	const EVP_CIPHER *c = evp_cipher("AES-128-CBC", e);

	if (c == NULL)
		return -1;
	if (EVP_EncryptInit_ex2(ctx, c, key, NULL, NULL) != 1)
		return evp_error(e, "AES-128-CBC");
	return 0;
}

/* One block under the context's key: CBC with a zero IV. */
static int one_block(EVP_CIPHER_CTX *ctx, const uint8_t in[BLOCK], uint8_t out[BLOCK], struct err *e)
{
	static const uint8_t zero[BLOCK];

	if (EVP_EncryptInit_ex2(ctx, NULL, NULL, zero, NULL) != 1 || EVP_Cipher(ctx, out, in, BLOCK) < 0)
		return evp_error(e, "AES");
	return 0;
}

/* Times x in GF(2^128) as RFC 4493 2.3 has it. */
static void doubled(uint8_t out[BLOCK], const uint8_t in[BLOCK])
{
	uint8_t carry = in[0] >> 7;

	for (int i = 0; i < BLOCK - 1; i++)
		out[i] = (uint8_t)(in[i] << 1 | in[i + 1] >> 7);
	out[BLOCK - 1] = (uint8_t)(in[BLOCK - 1] << 1 ^ (carry ? 0x87 : 0));
}

static int cmac_keys(struct mac *m, const uint8_t *key, struct err *e)
{
	uint8_t block[BLOCK] = { 0 };

	if (cbc_key(m->cbc, key, e) < 0 || one_block(m->cbc, block, block, e) < 0)
		return -1;
	doubled(m->whole, block);
	doubled(m->cut, m->whole);
	wipe(block, sizeof block);
	return 0;
}

/* RFC 3566 4: K1 for the chain, K2 and K3 for the last block. */
static int xcbc_keys(struct mac *m, const uint8_t *key, struct err *e)
{
	uint8_t block[BLOCK], k1[BLOCK];
	int rc = -1;

	if (cbc_key(m->cbc, key, e) < 0 || one_block(m->cbc, memset(block, 1, BLOCK), k1, e) < 0 ||
	    one_block(m->cbc, memset(block, 2, BLOCK), m->whole, e) < 0 ||
	    one_block(m->cbc, memset(block, 3, BLOCK), m->cut, e) < 0)
		goto out;
	rc = cbc_key(m->cbc, k1, e);
out:
	wipe(k1, sizeof k1);
	return rc;
}

struct mac *mac_new(const struct alg_integ *alg, struct span key, struct err *e)
{
	struct mac *m;
	size_t room = sizeof *m;
	int rc;

	if (alg->kind == INTEG_KIND_GMAC) {
		err_set(e, "%s needs an IV for each packet, and only AH carries one", alg->name);
		return NULL;
	}
	if (alg->kind == INTEG_KIND_NONE || (alg->kind != INTEG_KIND_HMAC && key.n != alg->key)) {
		err_set(e, "%s key is %zu bytes, wanted %u", alg->name, key.n, alg->key);
		return NULL;
	}
	if (alg->kind == INTEG_KIND_HMAC) {
		const struct digest *d = digest_of(alg, e);

		if (d == NULL)
			return NULL;
		room += 3 * state_room(d);
	}
	if ((m = calloc(1, room)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	m->room = room;
	if (alg->kind == INTEG_KIND_HMAC) {
		rc = hmac_key(m, alg, key, e);
	} else {
		m->cbc = EVP_CIPHER_CTX_new();
		rc = m->cbc == NULL ? err_nomem(e) :
		    alg->kind == INTEG_KIND_CMAC ? cmac_keys(m, key.p, e) : xcbc_keys(m, key.p, e);
	}
	if (rc < 0) {
		mac_free(m);
		return NULL;
	}
	return m;
}

void mac_free(struct mac *m)
{
	if (m == NULL)
		return;
	EVP_CIPHER_CTX_free(m->cbc);
	wipe(m, m->room);
	free(m);
}

static void hmac_end(struct mac *m, union state *run, uint8_t out[MAC_MAX])
{
	const struct digest *d = m->digest;

	d->final(out, run);
	memcpy(run, m->outer, d->size);
	d->update(run, out, d->len);
	d->final(out, run);
}

static void cbc_chain(struct mac *m, const uint8_t *p, size_t n)
{
	uint8_t scratch[CHUNK];

	for (size_t take; n > 0; p += take, n -= take) {
		take = n < CHUNK ? n : CHUNK;
		EVP_Cipher(m->cbc, scratch, p, (unsigned)take);
		if (take == n)
			memcpy(m->chain, scratch + take - BLOCK, BLOCK);
	}
}

/* The last block, whole or cut, is kept back: it is masked, and only the end tells which it is. */
static void cbc_add(struct mac *m, const uint8_t *p, size_t n)
{
	size_t take = BLOCK - m->kept < n ? BLOCK - m->kept : n;

	memcpy(m->last + m->kept, p, take);
	m->kept += take;
	p += take;
	n -= take;
	if (n == 0)
		return;
	cbc_chain(m, m->last, BLOCK);
	take = (n - 1) / BLOCK * BLOCK;
	cbc_chain(m, p, take);
	m->kept = n - take;
	memcpy(m->last, p + take, m->kept);
}

/* The last n octets, a block at most, for which last has room. */
static void cbc_end(struct mac *m, uint8_t last[BLOCK], size_t n, uint8_t out[MAC_MAX])
{
	const uint8_t *mask = n == BLOCK ? m->whole : m->cut;

	if (n < BLOCK) {
		memset(last + n, 0, BLOCK - n);
		last[n] = 0x80;
	}
	for (int i = 0; i < BLOCK; i++)
		last[i] ^= mask[i];
	EVP_Cipher(m->cbc, out, last, BLOCK);
}

void mac_start(struct mac *m)
{
	static const uint8_t zero[BLOCK];

	if (m->digest != NULL) {
		memcpy(m->run, m->inner, m->digest->size);
		return;
	}
	m->kept = 0;
	memset(m->chain, 0, BLOCK);
	EVP_EncryptInit_ex2(m->cbc, NULL, NULL, zero, NULL);
}

void mac_add(struct mac *m, struct span s)
{
	if (s.n == 0)
		return;
	if (m->digest != NULL)
		m->digest->update(m->run, s.p, s.n);
	else
		cbc_add(m, s.p, s.n);
}

void mac_end(struct mac *m, uint8_t out[MAC_MAX])
{
	if (m->digest != NULL)
		hmac_end(m, m->run, out);
	else
		cbc_end(m, m->last, m->kept, out);
}

void mac_end_with(struct mac *m, struct span tail, uint8_t out[MAC_MAX])
{
	uint8_t last[2 * BLOCK];
	size_t n = m->kept + tail.n;
	union state run;

	if (m->digest != NULL) {
		memcpy(&run, m->run, m->digest->size);
		m->digest->update(&run, tail.p, tail.n);
		hmac_end(m, &run, out);
		return;
	}
	memcpy(last, m->last, m->kept);
	memcpy(last + m->kept, tail.p, tail.n);
	EVP_EncryptInit_ex2(m->cbc, NULL, NULL, m->chain, NULL);
	if (n <= BLOCK) {
		cbc_end(m, last, n, out);
		return;
	}
	EVP_Cipher(m->cbc, out, last, BLOCK);
	cbc_end(m, last + BLOCK, n - BLOCK, out);
}

void mac_make(struct mac *m, struct span msg, struct span tail, uint8_t out[MAC_MAX])
{
	mac_start(m);
	mac_add(m, msg);
	mac_add(m, tail);
	mac_end(m, out);
}
