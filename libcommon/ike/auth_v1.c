#include "ike/auth_v1.h"

#include <string.h>

#include "base/secret.h"
#include "base/wr.h"

static struct span bytes(const void *p, size_t n)
{
	return (struct span){ p, n };
}

int auth_v1_hash(const struct auth_v1 *a, bool initiator, uint8_t out[PRF_MAX], struct err *e)
{
	uint8_t own[8], other[8];

	store_be64(own, initiator ? a->cky_i : a->cky_r);
	store_be64(other, initiator ? a->cky_r : a->cky_i);
	return prf_make(a->prf, a->skeyid, (const struct span[]){
		initiator ? a->g_xi : a->g_xr, initiator ? a->g_xr : a->g_xi,
		bytes(own, sizeof own), bytes(other, sizeof other), a->sa, initiator ? a->id_i : a->id_r,
	}, 6, out, e);
}

int auth_v1_check_hash(const struct auth_v1 *a, bool initiator, struct span hash, struct err *e)
{
	uint8_t want[PRF_MAX];

	if (auth_v1_hash(a, initiator, want, e) < 0)
		return -1;
	return hash.n == a->prf->out && bytes_eq(hash.p, want, hash.n);
}

/*
 * RSA encrypts the hash alone (RFC 2409 5.1), DSS and ECDSA take it for the digest; their r and s stand
 * side by side.  The registry's row is only to name the type of key: no hash of its own is made.
 */
static int scheme_of(struct sign_scheme *s, const struct pkey *k, struct err *e)
{
	static const struct { const char *type, *sign; } rows[] = {
		{ "rsa", "rsa-pkcs1-sha1" }, { "dsa", "dsa-sha1" }, { "ecdsa", "ecdsa-sha2-256" },
	};
	struct pkey_info info = pkey_info(k);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].type, info.type) == 0) {
			*s = sign_scheme(alg_sign_by_name(rows[i].sign));
			s->hashed = true;
			s->raw = s->alg->kind != SIGN_RSA_PKCS1;
			return 0;
		}
	return err_set(e, "a key of type %s signs nothing in IKEv1", info.type);
}

int auth_v1_check_signature(const struct auth_v1 *a, bool initiator, struct span sig, const struct pkey *k,
    struct sign_scheme *seen, struct err *e)
{
	struct sign_scheme s = { 0 };
	uint8_t hash[PRF_MAX];
	int rc = -1;

	if (scheme_of(&s, k, e) == 0 && auth_v1_hash(a, initiator, hash, e) == 0)
		rc = sign_verify(&s, k, bytes(hash, a->prf->out), sig, e);
	if (seen != NULL)
		*seen = s;
	return rc;
}

int auth_v1_sign(const struct auth_v1 *a, bool initiator, const struct pkey *k, struct rng *rng,
    uint8_t sig[SIGN_MAX], size_t *n, struct err *e)
{
	struct sign_scheme s;
	uint8_t hash[PRF_MAX];

	if (scheme_of(&s, k, e) < 0 || auth_v1_hash(a, initiator, hash, e) < 0)
		return -1;
	return sign_make(&s, k, bytes(hash, a->prf->out), rng, sig, n, e);
}

int auth_v1_hash1(const struct auth_v1_quick *q, uint8_t out[PRF_MAX], struct err *e)
{
	uint8_t id[4];

	store_be32(id, q->message_id);
	return prf_make(q->prf, q->skeyid_a, (const struct span[]){ bytes(id, 4), q->rest }, 2, out, e);
}

int auth_v1_hash2(const struct auth_v1_quick *q, struct span ni, uint8_t out[PRF_MAX], struct err *e)
{
	uint8_t id[4];

	store_be32(id, q->message_id);
	return prf_make(q->prf, q->skeyid_a, (const struct span[]){ bytes(id, 4), ni, q->rest }, 3, out, e);
}

int auth_v1_hash3(const struct auth_v1_quick *q, struct span ni, struct span nr, uint8_t out[PRF_MAX],
    struct err *e)
{
	uint8_t id[5] = { 0 };		/* a zero octet, then the message id */

	store_be32(id + 1, q->message_id);
	return prf_make(q->prf, q->skeyid_a, (const struct span[]){ bytes(id, 5), ni, nr }, 3, out, e);
}
