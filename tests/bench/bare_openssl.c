/*
 * OpenSSL at its best: ciphers fetched once and keyed once for each SA, only the IV for a packet; HMAC from
 * the digest's own state behind the padded key, which costs half of what EVP_MAC does at 64 bytes.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "bare.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

struct keyed {
	EVP_CIPHER_CTX *cipher;
	union { SHA_CTX sha1; SHA256_CTX sha256; } inner, outer;
	OSSL_PARAM tag[2], get[2];		/* the tag to compare with; the room for one made */
};

/* Each digest's state behind the two pads (RFC 2104 2), and the MAC of a packet from there. */
#define DIGEST(field, Context, Init, Update, Final, len) \
static void field##_key(struct keyed *k, const uint8_t inner[64], const uint8_t outer[64]) \
{ \
	Init(&k->inner.field); \
	Update(&k->inner.field, inner, 64); \
	Init(&k->outer.field); \
	Update(&k->outer.field, outer, 64); \
} \
static void field##_hmac(const struct keyed *k, const uint8_t *p, size_t n, uint8_t md[32]) \
{ \
	Context run = k->inner.field; \
\
	Update(&run, p, n); \
	Final(md, &run); \
	run = k->outer.field; \
	Update(&run, md, len); \
	Final(md, &run); \
}

DIGEST(sha1, SHA_CTX, SHA1_Init, SHA1_Update, SHA1_Final, 20)
DIGEST(sha256, SHA256_CTX, SHA256_Init, SHA256_Update, SHA256_Final, 32)

static void *start(void)
{
	static char none;

	return &none;
}

static EVP_CIPHER *fetch(const struct bare_suite *s)
{
	static EVP_CIPHER *kept;		/* every SA of a process is of one suite */
	static const char *const names[][2] = {
		[BARE_GCM] = { "AES-128-GCM", "AES-256-GCM" },
		[BARE_CHACHA] = { NULL, "ChaCha20-Poly1305" },
		[BARE_CBC] = { "AES-128-CBC", "AES-256-CBC" },
	};

	if (kept == NULL)
		kept = EVP_CIPHER_fetch(NULL, names[s->kind][s->key == 32], NULL);
	return kept;
}

static bool key(void *g, struct bare_sa *sa, bool seal)
{
	struct keyed *k = calloc(1, sizeof *k);
	uint8_t inner[64], outer[64];

	(void)g;
	if (k == NULL || (k->cipher = EVP_CIPHER_CTX_new()) == NULL ||
	    EVP_CipherInit_ex2(k->cipher, fetch(sa->suite), sa->key, NULL, seal, NULL) != 1)
		return false;
	EVP_CIPHER_CTX_set_padding(k->cipher, 0);
	bare_pads(sa, inner, outer);
	(sa->suite->mac == 20 ? sha1_key : sha256_key)(k, inner, outer);
	k->tag[0] = OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, NULL, sa->suite->icv);
	k->tag[1] = OSSL_PARAM_construct_end();
	k->get[0] = k->tag[0];
	k->get[1] = k->tag[1];
	sa->ctx = k;
	return true;
}

static void hmac(const struct bare_sa *sa, const uint8_t *p, size_t n, uint8_t md[32])
{
	(sa->suite->mac == 20 ? sha1_hmac : sha256_hmac)(sa->ctx, p, n, md);
}

static bool aead(const struct bare_sa *sa, const uint8_t *esp, const uint8_t *in, size_t n, uint8_t *out,
    uint8_t *tag, bool seal)
{
	struct keyed *k = sa->ctx;
	uint8_t nonce[12], none[16];
	int len;

	bare_nonce(sa, esp, nonce);
	k->tag[0].data = k->get[0].data = tag;
	return EVP_CipherInit_ex2(k->cipher, NULL, NULL, nonce, -1, seal ? NULL : k->tag) == 1 &&
	    EVP_Cipher(k->cipher, NULL, esp, BARE_ESP) >= 0 &&
	    EVP_Cipher(k->cipher, out, in, (unsigned)n) >= 0 &&
	    EVP_CipherFinal_ex(k->cipher, none, &len) == 1 &&
	    (!seal || EVP_CIPHER_CTX_get_params(k->cipher, k->get) == 1);
}

static bool cbc(const struct bare_sa *sa, const uint8_t *esp, const uint8_t *in, size_t n, uint8_t *out)
{
	struct keyed *k = sa->ctx;

	return EVP_CipherInit_ex2(k->cipher, NULL, NULL, esp + BARE_ESP, -1, NULL) == 1 &&
	    EVP_Cipher(k->cipher, out, in, (unsigned)n) >= 0;
}

static bool open_one(void *g, const struct bare_sa *sa, const uint8_t *esp, size_t n, uint8_t *out)
{
	size_t head = BARE_ESP + sa->suite->iv;
	const uint8_t *body = esp + head;
	uint8_t md[32];

	(void)g;
	if (sa->suite->kind != BARE_CBC)
		return aead(sa, esp, body, n, out, (uint8_t *)(uintptr_t)(body + n), false);
	hmac(sa, esp, head + n, md);
	return CRYPTO_memcmp(md, body + n, sa->suite->icv) == 0 && cbc(sa, esp, body, n, out);
}

static bool seal_one(void *g, const struct bare_sa *sa, uint8_t *esp, const uint8_t *in, size_t n)
{
	size_t head = BARE_ESP + sa->suite->iv;
	uint8_t *body = esp + head, md[32];

	(void)g;
	if (sa->suite->kind != BARE_CBC)
		return aead(sa, esp, in, n, body, body + n, true);
	if (!cbc(sa, esp, in, n, body))
		return false;
	hmac(sa, esp, head + n, md);
	memcpy(body + n, md, sa->suite->icv);
	return true;
}

const struct bare_engine *bare_openssl(const struct bare_suite *s)
{
	static const struct bare_engine engine = { start, key, open_one, seal_one, NULL };

	(void)s;
	return &engine;
}
