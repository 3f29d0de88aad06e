#include <stddef.h>

#include "ike/keyfile.h"

void keyset_settle(struct keyset *set)
{
	struct ike_keys *k = &set->k;
	const struct alg_encr *a = k->encr;
	size_t n = k->sk_ei.n != 0 ? k->sk_ei.n : k->sk_er.n;

	if (a == NULL || k->encr_bits != 0)
		return;
	if (k->version != 1 && n > a->salt && alg_encr_size(a, n - a->salt) != NULL)
		k->encr_bits = (unsigned)(n - a->salt) * 8;
	if (k->version == 1 && k->ka.n > 0 && alg_encr_size(a, k->ka.n) != NULL)
		k->encr_bits = (unsigned)k->ka.n * 8;
}

static int check_encr(const struct alg_encr *a, unsigned bits, size_t n, unsigned salt,
    struct err *e)
{
	char sizes[64];

	if (a->kind == ENCR_KIND_NULL)
		return n == 0 ? 0 : err_set(e, "found a key of %zu bytes, wanted none for %s", n,
		    a->name);
	if (bits != 0 && n * 8 == bits + salt * 8)
		return 0;
	if (bits == 0 && n > salt && alg_encr_size(a, n - salt) != NULL)
		return 0;
	if (salt > 0 && (bits != 0 ? n * 8 == bits : alg_encr_size(a, n) != NULL &&
	    alg_encr_size(a, n - salt) == NULL))
		return err_set(e,
		    "found a key of %zu bytes: the salt of %u bytes that %s wants behind it is missing",
		    n, salt, a->name);
	if (bits != 0)
		return err_set(e, "found a key of %zu bytes, wanted %u for %s with %u bits", n,
		    bits / 8 + salt, a->name, bits);
	return err_set(e, "found a key of %zu bytes, wanted %s for %s", n,
	    alg_encr_sizes(a, sizes, sizeof sizes), a->name);
}

bool keyset_is_odd(const struct keyset *set)
{
	const struct ike_keys *k = &set->k;
	size_t n = k->sk_ai.n > 0 ? k->sk_ai.n : k->sk_ar.n;

	return k->integ != NULL && n > 0 && n != k->integ->key;
}

/* HMAC takes keys of any length, and openswan has given it some; both ends' keys are cut alike
 * then. */
static bool may_be_odd(const struct ike_keys *k, size_t n)
{
	return k->integ->kind == INTEG_KIND_HMAC && n >= 16 &&
	    (k->sk_ai.n == 0 || k->sk_ai.n == n) && (k->sk_ar.n == 0 || k->sk_ar.n == n);
}

static int check_integ(const struct ike_keys *k, size_t n, struct err *e)
{
	if (k->encr != NULL && alg_encr_is_aead(k->encr))
		return err_set(e,
		    "found a key of %zu bytes, wanted none: %s checks integrity itself", n,
		    k->encr->name);
	if (k->integ != NULL && n != k->integ->key && !may_be_odd(k, n))
		return err_set(e, "found a key of %zu bytes, wanted %u for %s", n, k->integ->key,
		    k->integ->name);
	return 0;
}

/* SKEYSEED of a rekeyed IKE SA comes from the prf of the old one, which may be another (RFC 7296
 * 2.18). */
static bool is_output(size_t n)
{
	const struct alg_prf *p;

	for (size_t i = 0; (p = alg_prf_row(i)) != NULL; i++)
		if (p->out == n)
			return true;
	return false;
}

/* RFC 7296 2.14: as long as the prf prefers its key; what it gives may have another length. */
static int check_prf(const struct ike_keys *k, size_t n, bool seed, struct err *e)
{
	unsigned want = k->prf == NULL ? 0 : seed ? k->prf->out : k->prf->key;

	if (want == 0)
		return is_output(n) ? 0 : err_set(e, "found a key of %zu bytes, which no prf has",
		    n);
	return n == want ? 0 : err_set(e, "found a key of %zu bytes, wanted %u for %s", n, want,
	    k->prf->name);
}

static int check_iv(const struct ike_keys *k, size_t n, struct err *e)
{
	unsigned block = k->encr == NULL ? 0 : alg_encr_cipher_block(k->encr);

	if (block != 0 && n != block)
		return err_set(e, "found %zu bytes, wanted %u for %s", n, block, k->encr->name);
	/* pluto shows the hash that the IV is the beginning of */
	return n == 8 || is_output(n) ? 0 : err_set(e,
	    "found %zu bytes, which is no cipher's block", n);
}

enum what { ENCR, INTEG, PRF, SEED, V1_PRF, V1_ENCR, V1_IV };

static int check(const struct ike_keys *k, enum what what, size_t n, struct err *e)
{
	switch (what) {
	case ENCR:
		return k->encr == NULL ? 0 : check_encr(k->encr, k->encr_bits, n, k->encr->salt, e);
	case INTEG:
		return check_integ(k, n, e);
	case PRF:
		return check_prf(k, n, false, e);
	case SEED:
		return is_output(n) ? 0 : check_prf(k, n, true, e);
	case V1_PRF:
		return check_prf(k, n, true, e);
	case V1_ENCR:
		return k->encr == NULL ? 0 : check_encr(k->encr, k->encr_bits, n, 0, e);
	case V1_IV:
		return check_iv(k, n, e);
	}
	return 0;
}

#define AT(field) offsetof(struct ike_keys, field)

static const struct secret *at(const struct ike_keys *k, size_t field)
{
	return (const struct secret *)((const char *)k + field);
}

/* Keys that are as long as another, whatever the algorithms. */
static int check_pairs(const struct ike_keys *k, const char **field, struct err *e)
{
	static const struct { size_t a, b; const char *name, *other; } pairs[] = {
		{ AT(sk_ei), AT(sk_er), "sk_er", "sk_ei" },
		{ AT(sk_ai), AT(sk_ar), "sk_ar", "sk_ai" },
		{ AT(sk_pi), AT(sk_pr), "sk_pr", "sk_pi" },
		{ AT(sk_d), AT(sk_pr), "sk_pr", "sk_d" }, { AT(sk_d), AT(sk_pi), "sk_pi", "sk_d" },
		{ AT(skeyid), AT(skeyid_d), "skeyid_d", "skeyid" },
		{ AT(skeyid), AT(skeyid_a), "skeyid_a", "skeyid" },
		{ AT(skeyid), AT(skeyid_e), "skeyid_e", "skeyid" },
		{ AT(skeyid_d), AT(skeyid_a), "skeyid_a", "skeyid_d" },
		{ AT(skeyid_d), AT(skeyid_e), "skeyid_e", "skeyid_d" },
	};

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		const struct secret *a = at(k, pairs[i].a), *b = at(k, pairs[i].b);

		*field = pairs[i].name;
		if (a->n > 0 && b->n > 0 && a->n != b->n)
			return err_set(e, "found a key of %zu bytes, wanted %zu, as %s has", b->n,
			    a->n, pairs[i].other);
	}
	*field = "ka";
	if (k->ka.n > 0 && k->ka.n <= k->skeyid_e.n && !bytes_eq(k->ka.p, k->skeyid_e.p, k->ka.n))
		return err_set(e, "it is not what skeyid_e begins with (RFC 2409 appendix B)");
	return 0;
}

static bool is_group_size(size_t n)
{
	const struct alg_ke *ke;

	for (size_t i = 0; (ke = alg_ke_row(i)) != NULL; i++)
		if (ke->shared == n)
			return true;
	return false;
}

static int check_shared(const struct ike_keys *k, struct err *e)
{
	for (unsigned i = 0; i < k->nshared; i++) {
		const struct alg_ke *ke = i < k->nke ? k->ke[i] : NULL;
		size_t n = k->shared[i].n;

		if (ke != NULL && n > 0 && n != ke->shared)
			return err_set(e, "found %zu bytes, wanted %u for %s", n, ke->shared,
			    ke->name);
	}
	return 0;
}

/* Nonces: RFC 7296 3.9, RFC 2409 5. */
int keyset_check_made(const struct keyset *set, const char **field, struct err *e)
{
	const struct ike_keys *k = &set->k;
	size_t least = k->version == 1 ? 8 : 16;

	for (int r = 0; r < 2; r++) {
		size_t n = r ? k->nr.n : k->ni.n;

		*field = r ? "nr" : "ni";
		if (n > 0 && (n < least || n > 256))
			return err_set(e, "found a nonce of %zu bytes, wanted %zu to 256", n,
			    least);
	}
	*field = "shared";
	for (unsigned i = 0; i < k->nshared; i++)
		if (k->shared[i].n > 0 && !is_group_size(k->shared[i].n))
			return err_set(e, "found %zu bytes, which no key exchange gives",
			    k->shared[i].n);
	return 0;
}

int keyset_check(const struct keyset *set, const char **field, struct err *e)
{
	static const struct { size_t at; const char *name; enum what what; } keys[] = {
		{ AT(skeyseed), "skeyseed", SEED }, { AT(sk_d), "sk_d", PRF },
		{ AT(sk_ai), "sk_ai", INTEG }, { AT(sk_ar), "sk_ar", INTEG },
		{ AT(sk_ei), "sk_ei", ENCR }, { AT(sk_er), "sk_er", ENCR },
		{ AT(sk_pi), "sk_pi", PRF }, { AT(sk_pr), "sk_pr", PRF },
		{ AT(skeyid), "skeyid", V1_PRF }, { AT(skeyid_d), "skeyid_d", V1_PRF },
		{ AT(skeyid_a), "skeyid_a", V1_PRF }, { AT(skeyid_e), "skeyid_e", V1_PRF },
		{ AT(ka), "ka", V1_ENCR }, { AT(iv), "iv", V1_IV },
	};
	const struct ike_keys *k = &set->k;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const struct secret *s = at(k, keys[i].at);

		*field = keys[i].name;
		if (s->n > 0 && check(k, keys[i].what, s->n, e) < 0)
			return -1;
	}
	if (check_pairs(k, field, e) < 0)
		return -1;
	*field = "shared";
	return check_shared(k, e);
}
