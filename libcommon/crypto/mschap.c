#include "crypto/mschap.h"

#include <string.h>

#include "base/secret.h"
#include "crypto/evp.h"

enum { SHA1 = 20, DES_KEYS = 3, DES_BITS = 56, DES_BLOCK = 8, KEY = 16, UTF16_MAX = 2 * MSCHAP_PASSWORD_MAX };

#define SPAN(p) ((struct span){ (const uint8_t *)(p), sizeof(p) })
#define TEXT(s) ((struct span){ (const uint8_t *)(s), sizeof(s) - 1 })

static int digest(const char *name, const struct span parts[], size_t n, uint8_t *out, struct err *e)
{
	OSSL_LIB_CTX *lib = evp_context(e);
	EVP_MD *md = NULL;
	EVP_MD_CTX *ctx = NULL;
	int rc = -1;

	if (lib == NULL)
		return -1;
	if ((md = EVP_MD_fetch(lib, name, "")) == NULL || (ctx = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex2(ctx, md, NULL) != 1)
		goto out;
	for (size_t i = 0; i < n; i++)
		if (parts[i].n > 0 && EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) != 1)
			goto out;
	rc = EVP_DigestFinal_ex(ctx, out, NULL) == 1 ? 0 : -1;
out:
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
	return rc == 0 ? 0 : evp_error(e, name);
}

static int md4(struct span s, uint8_t out[MSCHAP_HASH], struct err *e)
{
	if (!evp_legacy())
		return err_set(e, "no MD4: OpenSSL's legacy provider cannot be loaded");
	return digest("MD4", &s, 1, out, e);
}

bool mschap_can(void)
{
	return evp_legacy();
}

struct span mschap_name(struct span name)
{
	for (size_t i = name.n; i > 0; i--)
		if (name.p[i - 1] == '\\')
			return (struct span){ name.p + i, name.n - i };
	return name;
}

/* One code point of UTF-8 (RFC 3629 3), shortest form and no surrogates; -1: it is none. */
static int32_t utf8_next(struct rd *r)
{
	static const int32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint8_t first = rd_u8(r);
	unsigned more = first < 0x80 ? 0 : first < 0xc0 ? 4 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf8 ? 3 : 4;
	int32_t c = more == 0 ? first : first & (0x3f >> more);

	if (more == 4)
		return -1;
	for (unsigned i = 0; i < more; i++) {
		uint8_t b = rd_u8(r);

		if (b >> 6 != 2)
			return -1;
		c = c << 6 | (b & 0x3f);
	}
	return !rd_ok(r) || c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? -1 : c;
}

/* Little-endian UTF-16; its length, or -1. */
static int utf16(struct span text, uint8_t out[UTF16_MAX], struct err *e)
{
	struct rd r = { text.p, text.n, false };
	size_t n = 0;

	if (text.n > MSCHAP_PASSWORD_MAX)
		return err_set(e, "found a password of %zu octets, wanted up to %d", text.n, MSCHAP_PASSWORD_MAX);
	while (r.n > 0) {
		int32_t c = utf8_next(&r);
		uint32_t unit[2] = { (uint32_t)c, 0 };

		if (c < 0)
			return err_set(e, "the password is not UTF-8");
		if (c >= 0x10000) {
			unit[0] = 0xd800 | (uint32_t)(c - 0x10000) >> 10;
			unit[1] = 0xdc00 | ((uint32_t)c & 0x3ff);
		}
		for (int i = 0; i < (c >= 0x10000 ? 2 : 1); i++) {
			out[n++] = (uint8_t)unit[i];
			out[n++] = (uint8_t)(unit[i] >> 8);
		}
	}
	return (int)n;
}

int mschap_hash(struct span password, uint8_t hash[MSCHAP_HASH], struct err *e)
{
	uint8_t wide[UTF16_MAX];
	int n = utf16(password, wide, e), rc = n < 0 ? -1 : md4((struct span){ wide, (size_t)n }, hash, e);

	wipe(wide, sizeof wide);
	return rc;
}

/* RFC 2759 8.2 */
static int challenge_hash(const struct mschap *m, uint8_t out[DES_BLOCK], struct err *e)
{
	const struct span parts[] = { SPAN(m->peer), SPAN(m->server), mschap_name(m->name) };
	uint8_t full[SHA1];

	if (digest("SHA1", parts, 3, full, e) < 0)
		return -1;
	memcpy(out, full, DES_BLOCK);
	return 0;
}

/* RFC 2759 8.6: 56 bits spread over eight octets, whose lowest bits are parity that nobody looks at. */
static int des(const EVP_CIPHER *c, const uint8_t key[DES_BITS / 8], const uint8_t in[DES_BLOCK],
    uint8_t out[DES_BLOCK], struct err *e)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t spread[DES_BLOCK];
	uint64_t bits = 0;
	int n = 0, rc;

	for (int i = 0; i < DES_BITS / 8; i++)
		bits = bits << 8 | key[i];
	for (int i = 0; i < DES_BLOCK; i++)
		spread[i] = (uint8_t)(bits >> (DES_BITS - 7 * (i + 1)) << 1);
	rc = ctx != NULL && EVP_EncryptInit_ex2(ctx, c, spread, NULL, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 && EVP_EncryptUpdate(ctx, out, &n, in, DES_BLOCK) == 1 &&
	    n == DES_BLOCK ? 0 : evp_error(e, "DES-ECB");
	EVP_CIPHER_CTX_free(ctx);
	wipe(spread, sizeof spread);
	wipe(&bits, sizeof bits);
	return rc;
}

int mschap_response(const struct mschap *m, const uint8_t hash[MSCHAP_HASH], uint8_t out[MSCHAP_RESPONSE],
    struct err *e)
{
	const EVP_CIPHER *c = evp_cipher("DES-ECB", e);
	uint8_t challenge[DES_BLOCK], padded[DES_KEYS * DES_BITS / 8] = { 0 };
	int rc = c == NULL ? -1 : challenge_hash(m, challenge, e);

	memcpy(padded, hash, MSCHAP_HASH);
	for (int i = 0; i < DES_KEYS && rc == 0; i++)
		rc = des(c, padded + i * DES_BITS / 8, challenge, out + i * DES_BLOCK, e);
	wipe(padded, sizeof padded);
	return rc;
}

int mschap_proof(const struct mschap *m, const uint8_t hash[MSCHAP_HASH], const uint8_t response[MSCHAP_RESPONSE],
    uint8_t out[MSCHAP_PROOF], struct err *e)
{
	uint8_t again[MSCHAP_HASH], half[SHA1], challenge[DES_BLOCK];
	const struct span first[] = {
		SPAN(again), { response, MSCHAP_RESPONSE }, TEXT("Magic server to client signing constant"),
	};
	const struct span second[] = { SPAN(half), SPAN(challenge), TEXT("Pad to make it do more than one iteration") };
	int rc = md4((struct span){ hash, MSCHAP_HASH }, again, e);

	if (rc == 0 && (rc = digest("SHA1", first, 3, half, e)) == 0 && (rc = challenge_hash(m, challenge, e)) == 0)
		rc = digest("SHA1", second, 3, out, e);
	wipe(again, sizeof again);
	wipe(half, sizeof half);
	return rc;
}

/* GetAsymmetricStartKey */
static int start_key(const uint8_t master[KEY], struct span magic, uint8_t out[KEY], struct err *e)
{
	static const uint8_t pad1[40];
	uint8_t pad2[40], full[SHA1];
	const struct span parts[] = { { master, KEY }, SPAN(pad1), magic, SPAN(pad2) };
	int rc;

	memset(pad2, 0xf2, sizeof pad2);
	if ((rc = digest("SHA1", parts, 4, full, e)) == 0)
		memcpy(out, full, KEY);
	wipe(full, sizeof full);
	return rc;
}

int mschap_keys(const uint8_t hash[MSCHAP_HASH], const uint8_t response[MSCHAP_RESPONSE], uint8_t out[MSCHAP_KEYS],
    struct err *e)
{
	static const char client_sends[] =
	    "On the client side, this is the send key; on the server side, it is the receive key.";
	static const char client_receives[] =
	    "On the client side, this is the receive key; on the server side, it is the send key.";
	uint8_t again[MSCHAP_HASH], full[SHA1];
	const struct span parts[] = { SPAN(again), { response, MSCHAP_RESPONSE }, TEXT("This is the MPPE Master Key") };
	int rc = md4((struct span){ hash, MSCHAP_HASH }, again, e);

	if (rc == 0 && (rc = digest("SHA1", parts, 3, full, e)) == 0 &&
	    (rc = start_key(full, TEXT(client_sends), out, e)) == 0)
		rc = start_key(full, TEXT(client_receives), out + KEY, e);
	wipe(again, sizeof again);
	wipe(full, sizeof full);
	return rc;
}
