/*
 * pkey.h - public and private keys of peers: RSA, ECDSA, Ed25519, Ed448, DSA.
 *
 * A key knows whether it has its private part.  Public ones come from
 * certificates and as SubjectPublicKeyInfo (RFC 5280 4.1.2.7; a raw public key of
 * IKE, RFC 7670); private ones from files: PKCS#8 and each type's own form, PEM
 * or DER, encrypted or not.  Private parts live in OpenSSL's memory, which wipes
 * them with pkey_free(); nothing of them is shown here.
 *
 * Curves are named ones alone: a curve given by its parameters is refused, so
 * are keys too large to be meant (RSA and DSA beyond PKEY_BITS_MAX).  Whatever
 * is longer than PKEY_DER_MAX or derives its key from a passphrase by more than
 * PKEY_ROUNDS_MAX rounds is refused before work is done.
 */
#ifndef CRYPTO_PKEY_H
#define CRYPTO_PKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "base/secret.h"

enum { PKEY_BITS_MAX = 16384, PKEY_DER_MAX = 64 * 1024, PKEY_ROUNDS_MAX = 2 * 1000 * 1000 };
enum { PKEY_ID = 20 };

struct pkey;			/* opaque: holds what is secret */
struct rng;

/* What can be said of a key; constants, so valid for ever. */
struct pkey_info {
	const char *type;	/* "rsa", "ecdsa", "ed25519", "ed448", "dsa": alg_sign.key */
	const char *curve;	/* ecdsa: "secp256r1", "brainpoolP256r1"; else NULL */
	unsigned bits;		/* of modulus, order or key */
	bool has_private;
	bool pss_only;		/* id-RSASSA-PSS (RFC 4055) */
};

/* Asks for a passphrase: its length into out of room bytes, or -1 with a reason. */
struct passphrase {
	int (*ask)(void *arg, char *out, size_t room, struct err *e);
	void *arg;
};

/* DER SubjectPublicKeyInfo, and nothing behind it. */
struct pkey *pkey_from_spki(struct span der, struct err *e);
/* PKCS#1 RSAPublicKey: the deprecated raw RSA key of IKE (CERT encoding 11). */
struct pkey *pkey_from_rsa(struct span der, struct err *e);
/* A private key, PEM or DER.  ask: may be NULL, then an encrypted one is refused. */
struct pkey *pkey_read_private(struct span file, const struct passphrase *ask, struct err *e);
/* A new key.  type and curve as in pkey_info; bits are RSA's; curve is ecdsa's.  rng: NULL is the
 * library's own generator, a seeded one makes the same key again with the same version of it. */
struct pkey *pkey_make(const char *type, unsigned bits, const char *curve, struct rng *rng, struct err *e);
void pkey_free(struct pkey *k);

struct pkey_info pkey_info(const struct pkey *k);
/* The same public part. */
bool pkey_eq(const struct pkey *a, const struct pkey *b);
/* SubjectPublicKeyInfo into out; its length, or -1. */
int pkey_spki(const struct pkey *k, uint8_t *out, size_t room, struct err *e);
/* SHA-1 of the SubjectPublicKeyInfo: what a CERTREQ names an authority by (RFC 7296 3.7). */
int pkey_id(const struct pkey *k, uint8_t id[PKEY_ID], struct err *e);
/* PEM of the private key (PKCS#8), encrypted with AES-256 if pass is not empty; a new secret in a. */
int pkey_write_private(const struct pkey *k, struct span pass, struct rng *rng, struct arena *a,
    struct secret *out, struct err *e);
/* PEM of the public key into malloc'd *out. */
int pkey_write_public(const struct pkey *k, char **out, size_t *n, struct err *e);

#endif
