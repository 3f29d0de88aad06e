#include "ike/keymat.h"

#include <assert.h>

#include "base/wr.h"
#include "crypto/ke.h"
#include "crypto/prf.h"
#include "ike/keymat_v1.h"

enum { FIXED_KEY_NONCE = 8 };		/* RFC 7296 2.14: 64 bits of each nonce */

static int missing(const char *what, struct err *e)
{
	return err_set(e, "no %s", what);
}

int keymat_encr_len(const struct alg_encr *encr, unsigned bits, struct err *e)
{
	const struct alg_size *only = encr->size[0].bits == 0 || encr->size[1].bits == 0 ?
	    encr->size : NULL;

	if (bits == 0 && (only == NULL || encr->max_bits != 0))
		return err_set(e, "no key size of %s", encr->name);
	if (bits == 0)
		bits = only->bits;
	else if (bits % 8 != 0 || alg_encr_size(encr, bits / 8) == NULL)
		return err_set(e, "%s has no key of %u bits", encr->name, bits);
	return (int)(bits / 8 + encr->salt);
}

size_t keymat_integ_len(const struct alg_encr *encr, const struct alg_integ *integ)
{
	return integ == NULL || (encr != NULL && alg_encr_is_aead(encr)) ? 0 : integ->key;
}

/* SK_d and its like are at most a digest long, keys of ciphers 56 octets and a salt. */
enum { SK_MAX = 5 * PRF_MAX + 2 * 64 };

/* One secret after the other of what prf+ gave. */
static int cut(struct span *from, size_t n, struct arena *arena, struct secret *to, struct err *e)
{
	if (secret_copy(arena, to, from->p, n, e) < 0)
		return -1;
	if (n > 0) {
		from->p += n;
		from->n -= n;
	}
	return 0;
}

int keymat_skeyseed(const struct alg_prf *prf, struct span ni, struct span nr, struct span shared,
    struct arena *arena, struct secret *out, struct err *e)
{
	uint8_t key[2 * 256];		/* RFC 7296 3.9: nonces have 16 to 256 octets */
	struct wr w = wr_of(key, sizeof key);
	int rc = -1;

	if (prf->kind != PRF_KIND_HMAC) {
		ni.n = ni.n < FIXED_KEY_NONCE ? ni.n : FIXED_KEY_NONCE;
		nr.n = nr.n < FIXED_KEY_NONCE ? nr.n : FIXED_KEY_NONCE;
	}
	wr_span(&w, ni);
	wr_span(&w, nr);
	if (!wr_ok(&w))
		err_set(e, "nonces of %zu and %zu bytes, wanted 256 at most", ni.n, nr.n);
	else if (secret_new(arena, out, prf->out, e) == 0)
		rc = prf_make(prf, (struct span){ key, w.n }, &shared, 1, out->p, e);
	wipe(key, sizeof key);
	return rc;
}

int keymat_skeyseed_next(const struct alg_prf *prf, struct span sk_d, const struct span shared[],
    size_t n, struct span ni, struct span nr, struct arena *arena, struct secret *out,
    struct err *e)
{
	struct span parts[IKE_KE_MAX + 2];

	if (n == 0 || n > IKE_KE_MAX)
		return err_set(e, "%zu shared secrets, wanted 1 to %d", n, IKE_KE_MAX);
	parts[0] = shared[0];
	parts[1] = ni;
	parts[2] = nr;
	for (size_t i = 1; i < n; i++)
		parts[i + 2] = shared[i];
	if (secret_new(arena, out, prf->out, e) < 0)
		return -1;
	return prf_make(prf, sk_d, parts, n + 2, out->p, e);
}

int keymat_skeyseed_resumed(const struct alg_prf *prf, struct span sk_d, struct span ni,
    struct span nr, struct arena *arena, struct secret *out, struct err *e)
{
	static const char word[] = "Resumption";
	struct span parts[] = { { (const uint8_t *)word, sizeof word - 1 }, ni, nr };

	if (secret_new(arena, out, prf->out, e) < 0)
		return -1;
	return prf_make(prf, sk_d, parts, 3, out->p, e);
}

static int check_expand(const struct ike_keys *k, struct err *e)
{
	if (k->skeyseed.n == 0)
		return missing("skeyseed", e);
	if (k->prf == NULL)
		return missing("prf", e);
	if (k->encr == NULL)
		return missing("encr", e);
	if (!alg_encr_is_aead(k->encr) && (k->integ == NULL || k->integ->kind == INTEG_KIND_NONE))
		return missing("integ", e);
	if (k->ni.n == 0 || k->nr.n == 0)
		return missing(k->ni.n == 0 ? "ni" : "nr", e);
	if (!k->spi_i_known || !k->spi_r_known)
		return missing(k->spi_i_known ? "spi_r" : "spi_i", e);
	return 0;
}

int keymat_expand(struct ike_keys *k, struct arena *arena, struct err *e)
{
	uint8_t spi[16], all[SK_MAX];
	struct span parts[3], at;
	size_t integ, encr, prf;
	int n, rc = -1;

	if (check_expand(k, e) < 0 || (n = keymat_encr_len(k->encr, k->encr_bits, e)) < 0)
		return -1;
	encr = (size_t)n;
	integ = keymat_integ_len(k->encr, k->integ);
	prf = k->prf->key;
	store_be64(spi, k->spi_i);
	store_be64(spi + 8, k->spi_r);
	parts[0] = secret_span(&k->ni);
	parts[1] = secret_span(&k->nr);
	parts[2] = (struct span){ spi, sizeof spi };
	at = (struct span){ all, 3 * prf + 2 * integ + 2 * encr };
	assert(at.n <= sizeof all);
	if (prf_plus(k->prf, secret_span(&k->skeyseed), parts, 3, all, at.n, e) == 0 &&
	    cut(&at, prf, arena, &k->sk_d, e) == 0 && cut(&at, integ, arena, &k->sk_ai, e) == 0 &&
	    cut(&at, integ, arena, &k->sk_ar, e) == 0 && cut(&at, encr, arena, &k->sk_ei, e) == 0 &&
	    cut(&at, encr, arena, &k->sk_er, e) == 0 && cut(&at, prf, arena, &k->sk_pi, e) == 0 &&
	    cut(&at, prf, arena, &k->sk_pr, e) == 0)
		rc = 0;
	wipe(all, sizeof all);
	return rc;
}

int keymat_step(struct ike_keys *k, struct span shared, struct arena *arena, struct err *e)
{
	struct secret next;

	if (k->prf == NULL || k->sk_d.n == 0)
		return missing(k->prf == NULL ? "prf" : "sk_d", e);
	if (keymat_skeyseed_next(k->prf, secret_span(&k->sk_d), &shared, 1, secret_span(&k->ni),
	    secret_span(&k->nr), arena, &next, e) < 0)
		return -1;
	k->skeyseed = next;
	return keymat_expand(k, arena, e);
}

static int mix(const struct ike_keys *k, struct secret *key, struct arena *arena, struct err *e)
{
	struct span old = secret_span(key);
	struct secret mixed;

	if (old.n == 0)
		return 0;
	if (secret_new(arena, &mixed, old.n, e) < 0 ||
	    prf_plus(k->prf, secret_span(&k->ppk), &old, 1, mixed.p, mixed.n, e) < 0)
		return -1;
	*key = mixed;
	return 0;
}

int keymat_ppk(struct ike_keys *k, struct arena *arena, struct err *e)
{
	if (k->prf == NULL || k->ppk.n == 0)
		return missing(k->prf == NULL ? "prf" : "ppk", e);
	if (mix(k, &k->sk_d, arena, e) < 0 || mix(k, &k->sk_pi, arena, e) < 0 ||
	    mix(k, &k->sk_pr, arena, e) < 0)
		return -1;
	return 0;
}

/* Are the values there that keymat_expand() wants beside SKEYSEED? */
static bool can_expand(const struct ike_keys *k)
{
	struct ike_keys with = *k;
	struct err e;

	with.skeyseed.n = 1;
	return check_expand(&with, &e) == 0;
}

/* All keys are there that its algorithms have. */
static bool is_full(const struct ike_keys *k)
{
	size_t integ = keymat_integ_len(k->encr, k->integ);

	return k->sk_d.n > 0 && k->sk_pi.n > 0 && k->sk_pr.n > 0 &&
	    (k->encr->kind == ENCR_KIND_NULL || (k->sk_ei.n > 0 && k->sk_er.n > 0)) &&
	    (integ == 0 || (k->sk_ai.n > 0 && k->sk_ar.n > 0));
}

/* The SK_ keys of SKEYSEED, of each further shared secret if SKEYSEED was made here, and of the
 * PPK. */
static int derive(struct ike_keys *k, bool fresh, struct arena *arena, struct err *e)
{
	if (keymat_expand(k, arena, e) < 0)
		return -1;
	for (unsigned i = 1; fresh && i < k->nshared; i++)
		if (keymat_step(k, secret_span(&k->shared[i]), arena, e) < 0)
			return -1;
	return k->ppk.n > 0 ? keymat_ppk(k, arena, e) : 0;
}

int keymat_fill(struct ike_keys *k, struct arena *arena, struct err *e)
{
	struct ike_keys all = *k;
	struct secret *const to[] = { &k->sk_d, &k->sk_ai, &k->sk_ar, &k->sk_ei, &k->sk_er,
	    &k->sk_pi, &k->sk_pr };
	const struct secret *const from[] = { &all.sk_d, &all.sk_ai, &all.sk_ar, &all.sk_ei,
	    &all.sk_er, &all.sk_pi, &all.sk_pr };
	bool fresh = false;

	if (k->version == 1)
		return keymat_v1_fill(k, arena, e);
	/* who has SK_d and no SKEYSEED may have rekeyed, where SKEYSEED has other inputs */
	if (k->skeyseed.n == 0 && k->sk_d.n == 0 && k->nshared > 0 && k->prf != NULL &&
	    k->ni.n > 0 && k->nr.n > 0) {
		if (keymat_skeyseed(k->prf, secret_span(&k->ni), secret_span(&k->nr),
		    secret_span(&k->shared[0]), arena, &k->skeyseed, e) < 0)
			return -1;
		fresh = true;
	}
	all.skeyseed = k->skeyseed;
	if (k->skeyseed.n == 0 || !can_expand(&all) || is_full(k))
		return 0;
	if (derive(&all, fresh, arena, e) < 0)
		return -1;
	k->skeyseed = all.skeyseed;
	for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
		if (to[i]->n == 0)
			*to[i] = *from[i];
	return 0;
}

/* Whose value it is: 0 the initiator's, 1 the responder's; -1 with a reason. */
static int agree(const struct alg_ke *ke, struct span own, struct span ke_i, struct span ke_r,
    struct arena *arena, struct secret *shared, struct err *e)
{
	uint8_t pub[KE_PUBLIC_MAX];
	bool kem = ke->kind == KE_KIND_KEM;

	/* what the responder of a KEM has makes its ciphertext */
	if (kem && own.n == KE_MESSAGE) {
		if (ke_encapsulate(ke, own, ke_i, arena, pub, shared, e) < 0)
			return err_in(e, "the initiator");
		if (ke_r.n == ke->pub_r && bytes_eq(pub, ke_r.p, ke_r.n))
			return 1;
	} else if (ke_public(ke, own, pub, e) < 0) {
		return -1;
	} else if (ke_i.n == ke->pub_i && bytes_eq(pub, ke_i.p, ke_i.n)) {
		return ke_agree(ke, own, ke_r, arena, shared, e) == 0 ? 0 :
		    err_in(e, "the responder");
	} else if (!kem && ke_r.n == ke->pub_r && bytes_eq(pub, ke_r.p, ke_r.n)) {
		return ke_agree(ke, own, ke_i, arena, shared, e) == 0 ? 1 :
		    err_in(e, "the initiator");
	}
	return err_set(e, "the private value belongs to neither public value of %s", ke->name);
}

int keymat_private(struct ike_keys *k, struct span ke_i, struct span ke_r, struct arena *arena,
    struct err *e)
{
	struct secret shared;
	int side;

	if (k->nke == 0 || k->ke[0] == NULL || k->private_key.n == 0)
		return missing(k->private_key.n == 0 ? "private" : "ke", e);
	if ((side = agree(k->ke[0], secret_span(&k->private_key), ke_i, ke_r, arena, &shared,
	    e)) < 0)
		return -1;
	k->shared[0] = shared;
	k->nshared = k->nshared > 0 ? k->nshared : 1;
	return side;
}
