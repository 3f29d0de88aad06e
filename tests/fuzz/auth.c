/*
 * AUTH data by any method, against a key of each type; and a scheme's name, which must come out of its own
 * encoding again.  The first byte is the method, the second the key.
 */
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "ike/auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct pkey *keys[4];

static void make_keys(void)
{
	static const char *const types[] = { "rsa", "ecdsa", "ed25519", "ed448" };
	struct err e;

	if (secret_init(&e) < 0)
		abort();
	for (int i = 0; i < 4; i++)
		if ((keys[i] = pkey_make(types[i], 1024, i == 1 ? "secp256r1" : NULL, NULL, &e)) == NULL)
			abort();
}

static void check_name(struct span der)
{
	struct sign_scheme s, again;
	uint8_t out[512];
	struct wr w = wr_of(out, sizeof out);
	struct err e;

	if (sign_scheme_decode(&s, der, &e) < 0)
		return;
	sign_scheme_encode(&s, &w);
	if (!wr_ok(&w) || sign_scheme_decode(&again, (struct span){ out, w.n }, &e) < 0 || again.alg != s.alg ||
	    again.mgf != s.mgf || again.salt != s.salt)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const uint8_t zero[64];
	struct auth_side a = { .prf = alg_prf_by_name("hmac-sha2-256"), .message = { zero, 60 }, .nonce = { zero, 32 },
		.id = { zero, 8 }, .sk_p = { zero, 32 } };
	struct auth_signature sig;
	struct auth_int t = { 0 };
	uint8_t *copy;
	struct span data;
	struct err e;

	if (keys[0] == NULL)
		make_keys();
	if (n < 2 || (copy = malloc(n)) == NULL)
		return 0;
	memcpy(copy, p, n);
	data = (struct span){ copy + 2, n - 2 };
	if (auth_check_signature(&a, copy[0], data, keys[copy[1] & 3], NULL, &e) == 1)
		abort();		/* nobody has signed anything */
	auth_check_mac(&a, a.sk_p, data, &e);
	if (auth_signature_decode(&sig, data, &e) == 0)
		check_name(sig.algorithm);
	check_name(data);
	auth_int_add(&t, a.prf, true, a.sk_p, data, (struct span){ zero, 8 }, &e);
	free(copy);
	return 0;
}
