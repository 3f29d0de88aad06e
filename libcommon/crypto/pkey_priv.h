/*
 * pkey_priv.h - what the files of crypto/ share about keys and certificates:
 * OpenSSL's objects.
 */
#ifndef CRYPTO_PKEY_PRIV_H
#define CRYPTO_PKEY_PRIV_H

#include <openssl/evp.h>
#include <openssl/bio.h>
#include <openssl/provider.h>

#include "crypto/pkey.h"

struct pkey {
	EVP_PKEY *evp;
	struct pkey_info info;
};

/* Moves evp, also when it fails: it is freed then. */
struct pkey *pkey_take(EVP_PKEY *evp, bool has_private, struct err *e);
/* A copy of a private key in our own context; moves evp. */
struct pkey *pkey_rehome(EVP_PKEY *evp, struct err *e);
/* PKCS#8 EncryptedPrivateKeyInfo. */
struct pkey *pkey_decrypt(struct span pkcs8, const char *pass, int n, struct err *e);
enum { PASSPHRASE_MAX = 1024 };
/* Asks; ask NULL: "is encrypted, and there is no passphrase". */
int passphrase_ask(const struct passphrase *ask, char out[PASSPHRASE_MAX], struct err *e);
/* The rounds of key derivation that an AlgorithmIdentifier asks for; -1: more than PKEY_ROUNDS_MAX, or it
 * cannot be read.  The other takes it from a PKCS#8 EncryptedPrivateKeyInfo. */
int pkey_rounds(struct span algorithm, struct err *e);
int pkey_rounds_pkcs8(struct span pkcs8, struct err *e);
/* Whether there is a block of PEM in it. */
bool pem_is(struct span file);
/* Bytes of a memory BIO, borrowed. */
struct span bio_span(BIO *b);
/* The same in malloc'd memory, with a NUL. */
int bio_copy(BIO *b, char **out, size_t *n, struct err *e);

/* A library context whose random bytes are those of rng; ctx of our own when rng is NULL or unseeded. */
struct evp_seed { OSSL_LIB_CTX *ctx; bool own; OSSL_PROVIDER *provider[2]; };
int evp_seed_begin(struct evp_seed *s, struct rng *rng, struct err *e);
void evp_seed_end(struct evp_seed *s);

#endif
