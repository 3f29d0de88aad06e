/*
 * HMAC (RFC 2104) from two pre-keyed digest states that are copied per packet.
 * OpenSSL 3.0's EVP layer costs 50 to 90 ns more for each packet than its older
 * digest calls; they are deprecated and used in this file only.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <stdlib.h>
#include <string.h>

#include <openssl/md5.h>
#include <openssl/sha.h>

#include "base/names.h"
#include "base/secret.h"
#include "crypto/mac.h"

enum { BLOCK_MAX = 128 };

union state { MD5_CTX md5; SHA_CTX sha1; SHA256_CTX sha256; SHA512_CTX sha512; };

struct digest {
	const char *name;	/* as in the registry's column evp */
	size_t block, size, state;
	void (*init)(union state *s);
	void (*update)(union state *s, const void *p, size_t n);
	void (*final)(union state *s, uint8_t *out);
};

static void md5_init(union state *s)
{
	MD5_Init(&s->md5);
}

static void md5_update(union state *s, const void *p, size_t n)
{
	MD5_Update(&s->md5, p, n);
}

static void md5_final(union state *s, uint8_t *out)
{
	MD5_Final(out, &s->md5);
}

static void sha1_init(union state *s)
{
	SHA1_Init(&s->sha1);
}

static void sha1_update(union state *s, const void *p, size_t n)
{
	SHA1_Update(&s->sha1, p, n);
}

static void sha1_final(union state *s, uint8_t *out)
{
	SHA1_Final(out, &s->sha1);
}

static void sha256_init(union state *s)
{
	SHA256_Init(&s->sha256);
}

static void sha256_update(union state *s, const void *p, size_t n)
{
	SHA256_Update(&s->sha256, p, n);
}

static void sha256_final(union state *s, uint8_t *out)
{
	SHA256_Final(out, &s->sha256);
}

static void sha384_init(union state *s)
{
	SHA384_Init(&s->sha512);
}

static void sha512_init(union state *s)
{
	SHA512_Init(&s->sha512);
}

static void sha512_update(union state *s, const void *p, size_t n)
{
	SHA512_Update(&s->sha512, p, n);
}

static void sha512_final(union state *s, uint8_t *out)
{
	SHA512_Final(out, &s->sha512);	/* the state knows whether it is SHA-384 */
}

static const struct digest digests[] = {
	{ "MD5", 64, 16, sizeof(MD5_CTX), md5_init, md5_update, md5_final },
	{ "SHA1", 64, 20, sizeof(SHA_CTX), sha1_init, sha1_update, sha1_final },
	{ "SHA256", 64, 32, sizeof(SHA256_CTX), sha256_init, sha256_update, sha256_final },
	{ "SHA384", 128, 48, sizeof(SHA512_CTX), sha384_init, sha512_update, sha512_final },
	{ "SHA512", 128, 64, sizeof(SHA512_CTX), sha512_init, sha512_update, sha512_final },
};

struct hmac { struct mac mac; const struct digest *digest; union state inner, outer, work; };

static bool hmac_sum(struct mac *m, struct span data, struct span tail, uint8_t out[MAC_MAX])
{
	struct hmac *h = (struct hmac *)m;
	const struct digest *d = h->digest;

	memcpy(&h->work, &h->inner, d->state);
	if (data.n > 0)
		d->update(&h->work, data.p, data.n);
	if (tail.n > 0)
		d->update(&h->work, tail.p, tail.n);
	d->final(&h->work, out);
	memcpy(&h->work, &h->outer, d->state);
	d->update(&h->work, out, d->size);
	d->final(&h->work, out);
	return true;
}

static void hmac_free(struct mac *m)
{
	wipe(m, sizeof(struct hmac));
	free(m);
}

static void pad_key(union state *s, const struct digest *d, const uint8_t key[BLOCK_MAX],
    uint8_t with)
{
	uint8_t pad[BLOCK_MAX];

	for (size_t i = 0; i < d->block; i++)
		pad[i] = key[i] ^ with;
	d->init(s);
	d->update(s, pad, d->block);
	wipe(pad, sizeof(pad));
}

struct mac *mac_hmac_new(const struct alg_integ *a, struct span key, struct err *e)
{
	static const struct mac_ops ops = { hmac_sum, hmac_free };
	const struct digest *d = NULL;
	uint8_t block[BLOCK_MAX] = { 0 };
	struct hmac *h;

	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		if (name_eq(digests[i].name, a->evp))
			d = &digests[i];
	if (d == NULL) {
		err_set(e, "%s: this build has no digest %s", a->name, a->evp);
		return NULL;
	}
	if ((h = calloc(1, sizeof(*h))) == NULL) {
		err_nomem(e);
		return NULL;
	}
	h->mac.ops = &ops;
	h->digest = d;
	if (key.n > d->block) {
		d->init(&h->work);
		d->update(&h->work, key.p, key.n);
		d->final(&h->work, block);
	} else {
		memcpy(block, key.p, key.n);
	}
	pad_key(&h->inner, d, block, 0x36);
	pad_key(&h->outer, d, block, 0x5c);
	wipe(block, sizeof(block));
	return &h->mac;
}
