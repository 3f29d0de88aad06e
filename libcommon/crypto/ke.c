#include "crypto/ke.h"

#include "crypto/ke_priv.h"

static const struct ke_kind_row *const kinds[] = {
	[KE_KIND_MODP] = &ke_modp, [KE_KIND_ECP] = &ke_ecp,
	[KE_KIND_XDH] = &ke_xdh, [KE_KIND_KEM] = &ke_kem,
};

int ke_refuse(const struct alg_ke *alg, const char *why, struct err *e)
{
	return err_set(e, "%s: %s", alg->name, why);
}

/* Of a number, zeros in front are no part. */
static int check_private(const struct alg_ke *alg, struct span *key, struct err *e)
{
	size_t most = alg->kind == KE_KIND_MODP ? alg->pub_i : alg->private_key;
	bool exact = alg->kind == KE_KIND_XDH || alg->kind == KE_KIND_KEM;

	for (; !exact && key->n > 1 && key->p[0] == 0; key->p++)
		key->n--;
	if (key->n == 0 || key->n > most || (exact && key->n != most))
		return err_set(e, "%s: the private value is %zu bytes, wanted %s%zu", alg->name,
		    key->n, exact ? "" : "1 to ", most);
	return 0;
}

static int check_peer(const struct alg_ke *alg, struct span peer, size_t want, struct err *e)
{
	if (peer.n != want)
		return err_set(e, "%s: the public value is %zu bytes, wanted %zu", alg->name,
		    peer.n, want);
	return 0;
}

int ke_generate(const struct alg_ke *alg, struct rng *rng, struct arena *arena, struct secret *key,
    struct err *e)
{
	if (secret_new(arena, key, alg->private_key, e) < 0)
		return -1;
	do {
		rng_bytes(rng, key->p, key->n);
		if (alg->id == 21)		/* ECP-521: of the first octet one bit counts */
			key->p[0] &= 1;
	} while (!kinds[alg->kind]->fits(alg, (struct span){ key->p, key->n }));
	return 0;
}

int ke_public(const struct alg_ke *alg, struct span key, uint8_t out[KE_PUBLIC_MAX], struct err *e)
{
	int rc;

	if (check_private(alg, &key, e) < 0)
		return -1;
	rc = kinds[alg->kind]->make_public(alg, key, out, e);
	wipe_stack();
	return rc;
}

/* The responder's m and the initiator's key (FIPS 203 7.2). */
int ke_encapsulate(const struct alg_ke *alg, struct span m, struct span peer, struct arena *arena,
    uint8_t ct[KE_PUBLIC_MAX], struct secret *shared, struct err *e)
{
	if (m.n != KE_MESSAGE)
		return err_set(e, "%s: the responder's value is %zu bytes, wanted %d", alg->name,
		    m.n, KE_MESSAGE);
	if (check_peer(alg, peer, alg->pub_i, e) < 0 ||
	    secret_new(arena, shared, alg->shared, e) < 0)
		return -1;
	return ke_kem_encapsulate(alg, m, peer, ct, shared->p, e);
}

int ke_agree(const struct alg_ke *alg, struct span key, struct span peer, struct arena *arena,
    struct secret *shared, struct err *e)
{
	uint8_t ct[KE_PUBLIC_MAX];
	int rc;

	if (alg->kind == KE_KIND_KEM && key.n == KE_MESSAGE)
		return ke_encapsulate(alg, key, peer, arena, ct, shared, e);
	if (check_private(alg, &key, e) < 0 || check_peer(alg, peer, alg->pub_r, e) < 0 ||
	    secret_new(arena, shared, alg->shared, e) < 0)
		return -1;
	rc = kinds[alg->kind]->agree(alg, key, peer, shared->p, e);
	wipe_stack();			/* OpenSSL 3.0 leaves x of ecp-521 there */
	return rc;
}

int ke_respond(const struct alg_ke *alg, struct rng *rng, struct span peer, struct arena *arena,
    struct secret *key, uint8_t out[KE_PUBLIC_MAX], struct secret *shared, struct err *e)
{
	if (alg->kind == KE_KIND_KEM) {
		if (secret_new(arena, key, KE_MESSAGE, e) < 0)
			return -1;
		rng_bytes(rng, key->p, key->n);
		return ke_encapsulate(alg, (struct span){ key->p, key->n }, peer, arena, out,
		    shared, e);
	}
	if (ke_generate(alg, rng, arena, key, e) < 0 ||
	    ke_public(alg, (struct span){ key->p, key->n }, out, e) < 0)
		return -1;
	return ke_agree(alg, (struct span){ key->p, key->n }, peer, arena, shared, e);
}
