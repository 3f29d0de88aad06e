/* Private keys in files: PEM and DER, PKCS#8 and each type's own form, encrypted or not. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "base/text.h"
#include "crypto/der.h"
#include "crypto/evp.h"
#include "crypto/pkey_priv.h"

#define PKCS5_OID "\x2a\x86\x48\x86\xf7\x0d\x01\x05"		/* 1.2.840.113549.1.5 */
#define PKCS12_PBE_OID "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01"	/* 1.2.840.113549.1.12.1 */
#define SCRYPT_OID "\x2b\x06\x01\x04\x01\xda\x47\x04\x0b"	/* RFC 7914 7.1 */

enum { SCRYPT_WORK_MAX = 1 << 20 };		/* N * r * p; the usual is 2^17 */
enum { WRITE_ROUNDS = 100000 };			/* of PBKDF2 */

static bool starts(struct rd r, const char *oid, size_t n, size_t whole)
{
	return r.n == whole && memcmp(r.p, oid, n) == 0;
}
#define STARTS(r, oid, more) starts(r, oid, sizeof(oid) - 1, sizeof(oid) - 1 + (more))

/* A small non-negative INTEGER. */
static uint64_t der_number(struct rd *r)
{
	struct rd v = der_take(r, DER_INTEGER);
	uint64_t n = 0;

	if (v.n == 0 || v.n > 8 || (v.p[0] & 0x80) != 0) {
		r->bad = true;
		return 0;
	}
	while (v.n > 0)
		n = n << 8 | rd_u8(&v);
	return n;
}

static int check_salted(struct rd params, struct err *e)
{
	uint64_t rounds;

	der_take(&params, DER_OCTET_STRING);
	rounds = der_number(&params);
	if (!rd_ok(&params) || rounds == 0)
		return err_set(e, "encrypted with parameters that cannot be read");
	if (rounds > PKEY_ROUNDS_MAX)
		return err_set(e, "encrypted with %llu rounds of key derivation, wanted up to %d",
		    (unsigned long long)rounds, PKEY_ROUNDS_MAX);
	return (int)rounds;
}

/* Its work stands for rounds: a block costs about as much. */
static int check_scrypt(struct rd params, struct err *e)
{
	uint64_t n, r, p;

	der_take(&params, DER_OCTET_STRING);
	n = der_number(&params);
	r = der_number(&params);
	p = der_number(&params);
	if (!rd_ok(&params) || n == 0 || r == 0 || p == 0)
		return err_set(e, "encrypted with parameters that cannot be read");
	if (n > SCRYPT_WORK_MAX || r > SCRYPT_WORK_MAX / n || p > SCRYPT_WORK_MAX / n / r)
		return err_set(e, "encrypted with more work of scrypt than 2^20");
	return (int)(n * r * p);
}

/* RFC 8018 A.4: key derivation, encryption */
static int check_pbes2(struct rd params, struct err *e)
{
	struct rd kdf = der_take(&params, DER_SEQUENCE), oid = der_take(&kdf, DER_OID);
	struct rd inner = der_take(&kdf, DER_SEQUENCE);

	if (!rd_ok(&inner))
		return err_set(e, "encrypted with parameters that cannot be read");
	if (STARTS(oid, SCRYPT_OID, 0))
		return check_scrypt(inner, e);
	if (STARTS(oid, PKCS5_OID "\x0c", 0))
		return check_salted(inner, e);
	return err_set(e, "encrypted with an unknown key derivation");
}

int pkey_rounds(struct span der, struct err *e)
{
	struct rd r = rd_of(der.p, der.n), alg = der_take(&r, DER_SEQUENCE), oid = der_take(&alg, DER_OID);
	struct rd params = der_take(&alg, DER_SEQUENCE);

	if (!rd_ok(&params))
		return err_set(e, "encrypted with parameters that cannot be read");
	if (STARTS(oid, PKCS5_OID "\x0d", 0))
		return check_pbes2(params, e);
	if (STARTS(oid, PKCS5_OID, 1) || STARTS(oid, PKCS12_PBE_OID, 1))
		return check_salted(params, e);
	return err_set(e, "encrypted with an unknown scheme");
}

int pkey_rounds_pkcs8(struct span pkcs8, struct err *e)
{
	struct rd r = rd_of(pkcs8.p, pkcs8.n), body = der_take(&r, DER_SEQUENCE);

	return pkey_rounds((struct span){ body.p, body.n }, e);
}

int passphrase_ask(const struct passphrase *ask, char out[PASSPHRASE_MAX], struct err *e)
{
	if (ask == NULL || ask->ask == NULL)
		return err_set(e, "encrypted, and there is no passphrase");
	return ask->ask(ask->arg, out, PASSPHRASE_MAX, e);
}

struct pkey *pkey_rehome(EVP_PKEY *evp, struct err *e)
{
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(evp);
	OSSL_LIB_CTX *ctx = evp_context(e);
	EVP_PKEY *own = NULL;

	if (ctx != NULL && (p8 == NULL || (own = EVP_PKCS82PKEY_ex(p8, ctx, NULL)) == NULL))
		evp_error(e, "private key");
	PKCS8_PRIV_KEY_INFO_free(p8);
	EVP_PKEY_free(evp);
	return own != NULL ? pkey_take(own, true, e) : NULL;
}

struct pkey *pkey_decrypt(struct span pkcs8, const char *pass, int n, struct err *e)
{
	const uint8_t *p = pkcs8.p;
	OSSL_LIB_CTX *ctx = evp_context(e);
	PKCS8_PRIV_KEY_INFO *p8 = NULL;
	EVP_PKEY *evp = NULL;
	X509_SIG *sig;

	if (ctx == NULL || pkey_rounds_pkcs8(pkcs8, e) < 0)
		return NULL;
	sig = d2i_X509_SIG(NULL, &p, (long)pkcs8.n);
	if (sig != NULL && (p8 = PKCS8_decrypt_ex(sig, pass, n, ctx, NULL)) == NULL && evp_legacy())
		p8 = PKCS8_decrypt_ex(sig, pass, n, ctx, NULL);
	if (p8 != NULL)
		evp = EVP_PKCS82PKEY_ex(p8, ctx, NULL);
	if (sig == NULL)
		evp_error(e, "encrypted private key");
	else if (p8 == NULL)
		err_set(e, "cannot be decrypted: the passphrase is another one");
	else if (evp == NULL)
		evp_error(e, "private key");
	ERR_clear_error();
	PKCS8_PRIV_KEY_INFO_free(p8);
	X509_SIG_free(sig);
	return evp != NULL ? pkey_take(evp, true, e) : NULL;
}

static struct pkey *read_der(struct span der, struct err *e)
{
	const uint8_t *p = der.p;
	OSSL_LIB_CTX *ctx = evp_context(e);
	EVP_PKEY *evp;

	if (ctx == NULL)
		return NULL;
	if ((evp = d2i_AutoPrivateKey_ex(NULL, &p, (long)der.n, ctx, NULL)) == NULL) {
		evp_error(e, "private key");
		return NULL;
	}
	ERR_clear_error();
	return pkey_take(evp, true, e);
}

static struct pkey *read_encrypted(struct span der, const struct passphrase *ask, struct err *e)
{
	char pass[PASSPHRASE_MAX];
	struct pkey *k = NULL;
	int n;

	if (pkey_rounds_pkcs8(der, e) >= 0 && (n = passphrase_ask(ask, pass, e)) >= 0)
		k = pkey_decrypt(der, pass, n, e);
	OPENSSL_cleanse(pass, sizeof pass);
	return k;
}

/* RFC 1421 4.6.1.3 as OpenSSL made it: "DEK-Info: AES-128-CBC,<IV>", the key MD5 of passphrase and the
 * first 8 bytes of the IV.  Decrypts *n bytes at p in place. */
static int pem_decrypt(const char *head, uint8_t *p, long *n, const struct passphrase *ask, struct err *e)
{
	static const char mark[] = "DEK-Info: ";
	const char *at = strstr(head, mark), *comma = at != NULL ? strchr(at, ',') : NULL;
	char name[32] = "", pass[PASSPHRASE_MAX];
	uint8_t key[EVP_MAX_KEY_LENGTH], iv[EVP_MAX_IV_LENGTH];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	EVP_CIPHER *cipher = NULL;
	EVP_MD *md = NULL;
	OSSL_LIB_CTX *ctx = evp_context(e);
	size_t got;
	int len, last, rc = -1, np;

	if (ctx == NULL || c == NULL)
		goto out;
	if (comma == NULL || (size_t)(comma - at) >= sizeof mark - 1 + sizeof name) {
		err_set(e, "encrypted in a way that cannot be read");
		goto out;
	}
	memcpy(name, at + sizeof mark - 1, (size_t)(comma - at) - sizeof mark + 1);
	if (((cipher = EVP_CIPHER_fetch(ctx, name, "")) == NULL && !evp_legacy()) || (cipher == NULL &&
	    (cipher = EVP_CIPHER_fetch(ctx, name, "")) == NULL) || (md = EVP_MD_fetch(ctx, "MD5", "")) == NULL) {
		evp_error(e, name);
		goto out;
	}
	if (hex_parse(iv, sizeof iv, &got, comma + 1, hex_span(comma + 1, 2 * sizeof iv), e) < 0 || got < 8 ||
	    got < (size_t)EVP_CIPHER_get_iv_length(cipher)) {
		err_set(e, "encrypted with an IV that cannot be read");
		goto out;
	}
	if ((np = passphrase_ask(ask, pass, e)) < 0)
		goto out;
	if (EVP_BytesToKey(cipher, md, iv, (const uint8_t *)pass, np, 1, key, NULL) > 0 &&
	    EVP_DecryptInit_ex2(c, cipher, key, iv, NULL) == 1 && EVP_DecryptUpdate(c, p, &len, p, (int)*n) == 1 &&
	    EVP_DecryptFinal_ex(c, p + len, &last) == 1) {
		*n = len + last;
		rc = 0;
	} else {
		err_set(e, "cannot be decrypted: the passphrase is another one");
	}
out:
	ERR_clear_error();
	OPENSSL_cleanse(pass, sizeof pass);
	OPENSSL_cleanse(key, sizeof key);
	EVP_CIPHER_CTX_free(c);
	EVP_CIPHER_free(cipher);
	EVP_MD_free(md);
	return rc;
}

bool pem_is(struct span file)
{
	static const char mark[] = "-----BEGIN ";
	size_t n = sizeof mark - 1;

	for (size_t i = 0; i + n <= file.n; i++)
		if (file.p[i] == '-' && memcmp(file.p + i, mark, n) == 0)
			return true;
	return false;
}

static struct pkey *read_pem(struct span file, const struct passphrase *ask, struct err *e)
{
	BIO *b = BIO_new_mem_buf(file.p, (int)file.n);
	char *name = NULL, *head = NULL;
	uint8_t *p = NULL;
	struct pkey *k = NULL;
	bool found = false;
	long n = 0;

	while (!found && b != NULL && PEM_read_bio(b, &name, &head, &p, &n) == 1) {
		struct span der = { p, (size_t)n };

		if (strcmp(name, "ENCRYPTED PRIVATE KEY") == 0) {
			found = true;
			k = read_encrypted(der, ask, e);
		} else if (strstr(name, "PRIVATE KEY") != NULL) {
			found = true;
			if (strstr(head, "ENCRYPTED") == NULL || pem_decrypt(head, p, &n, ask, e) == 0)
				k = read_der((struct span){ p, (size_t)n }, e);
		}
		OPENSSL_clear_free(p, der.n);
		OPENSSL_free(name);
		OPENSSL_free(head);
		name = head = NULL;
		p = NULL;
	}
	ERR_clear_error();
	BIO_free(b);
	if (!found)
		err_set(e, "no private key in it");
	return k;
}

struct pkey *pkey_read_private(struct span file, const struct passphrase *ask, struct err *e)
{
	struct rd r = rd_of(file.p, file.n), body;

	if (file.n == 0 || file.n > PKEY_DER_MAX * 4) {
		err_set(e, "found a file of %zu bytes, wanted a private key of 1 to %d", file.n, PKEY_DER_MAX * 4);
		return NULL;
	}
	if (pem_is(file))
		return read_pem(file, ask, e);
	body = der_take(&r, DER_SEQUENCE);
	if (rd_ok(&r) && der_peek(&body) == DER_SEQUENCE)
		return read_encrypted(file, ask, e);
	return read_der(file, e);
}

struct span bio_span(BIO *b)
{
	char *p = NULL;
	long n = BIO_get_mem_data(b, &p);

	return (struct span){ (const uint8_t *)p, n > 0 ? (size_t)n : 0 };
}

int bio_copy(BIO *b, char **out, size_t *n, struct err *e)
{
	struct span s = bio_span(b);

	if ((*out = malloc(s.n + 1)) == NULL)
		return err_nomem(e);
	if (s.n > 0)
		memcpy(*out, s.p, s.n);
	(*out)[s.n] = '\0';
	*n = s.n;
	return 0;
}

int pkey_write_private(const struct pkey *k, struct span pass, struct rng *rng, struct arena *a,
    struct secret *out, struct err *e)
{
	BIO *b = BIO_new(BIO_s_secmem());
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(k->evp);
	X509_SIG *sig = NULL;
	struct evp_seed seed;
	EVP_CIPHER *cipher = NULL;
	int rc = -1;

	if (evp_seed_begin(&seed, rng, e) < 0)
		goto out;
	if (b == NULL || p8 == NULL) {
		evp_error(e, "private key");
		goto out;
	}
	if (pass.n > 0 && ((cipher = EVP_CIPHER_fetch(seed.ctx, "AES-256-CBC", "")) == NULL ||
	    (sig = PKCS8_encrypt_ex(-1, cipher, (const char *)pass.p, (int)pass.n, NULL, 0, WRITE_ROUNDS, p8,
	    seed.ctx, NULL)) == NULL)) {
		evp_error(e, "private key");
		goto out;
	}
	if ((sig != NULL ? PEM_write_bio_PKCS8(b, sig) : PEM_write_bio_PKCS8_PRIV_KEY_INFO(b, p8)) != 1)
		evp_error(e, "private key");
	else
		rc = secret_copy(a, out, bio_span(b).p, bio_span(b).n, e);
out:
	X509_SIG_free(sig);
	EVP_CIPHER_free(cipher);
	PKCS8_PRIV_KEY_INFO_free(p8);
	BIO_free(b);
	evp_seed_end(&seed);
	return rc;
}

int pkey_write_public(const struct pkey *k, char **out, size_t *n, struct err *e)
{
	BIO *b = BIO_new(BIO_s_mem());
	int rc = -1;

	if (b == NULL || PEM_write_bio_PUBKEY(b, k->evp) != 1)
		evp_error(e, "public key");
	else
		rc = bio_copy(b, out, n, e);
	BIO_free(b);
	return rc;
}
