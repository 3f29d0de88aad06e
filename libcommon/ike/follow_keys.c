#include "ike/follow_state.h"

#include <stdlib.h>
#include <string.h>

#include "ike/keymat.h"

bool follow_plausible(uint8_t first, struct span plain)
{
	struct rd r = rd_of(plain.p, plain.n);

	while (first != IKE_P_NONE) {
		uint8_t type = first;
		uint16_t n;

		if (type < IKE_P_SA || (type > IKE_P_PS && type < 128))
			return false;
		first = rd_u8(&r);
		rd_u8(&r);
		n = rd_u16(&r);
		if (n < IKE_GENERIC_LEN)
			return false;
		rd_take(&r, n - IKE_GENERIC_LEN);
		if (!rd_ok(&r))
			return false;
	}
	return rd_done(&r);
}

static bool names_spis(const struct followed *s, const struct keyset *set)
{
	return set->k.spi_i_known && set->k.spi_i == s->sa.spi_i;
}

/* Nonces that both say and that differ: the set is of another IKE SA. */
static bool other_nonces(const struct followed *s, const struct ike_keys *k)
{
	struct secret ni = blob_secret(&s->ni), nr = blob_secret(&s->nr);

	return (ni.n > 0 && k->ni.n > 0 && !secret_eq(&ni, &k->ni)) ||
	    (nr.n > 0 && k->nr.n > 0 && !secret_eq(&nr, &k->nr));
}

/*
 * What a set says, completed by what the messages say: algorithms, nonces, SPIs, the other end's public
 * value, the IKE SA that was rekeyed.
 */
static int complete(const struct followed *s, const struct keyset *set, struct ike_keys *k, struct arena *arena,
    struct err *e)
{
	const struct ike_keys *seen = &s->sa.k;

	*k = set->k;
	k->version = 2;
	k->spi_i_known = k->spi_r_known = true;
	k->spi_i = s->sa.spi_i;
	k->spi_r = s->sa.spi_r;
	k->initiator = s->sa.i.addr;
	k->responder = s->sa.r.addr;
	if (seen->encr != NULL) {
		k->encr = seen->encr;
		k->encr_bits = seen->encr_bits;
		k->integ = seen->integ;
		k->prf = seen->prf;
		memcpy(k->ke, seen->ke, sizeof k->ke);
		k->nke = seen->nke;
	}
	if (s->ni.n > 0)
		k->ni = blob_secret(&s->ni);
	if (s->nr.n > 0)
		k->nr = blob_secret(&s->nr);
	if (k->private_key.n > 0 && k->nshared == 0 && k->nke > 0 && s->ke_i.n > 0 && s->ke_r.n > 0 &&
	    keymat_private(k, blob_span(&s->ke_i), blob_span(&s->ke_r), arena, e) < 0)
		return -1;
	if (s->parent_sk_d.n > 0 && k->skeyseed.n == 0 && k->nshared > 0 && k->ni.n > 0 && k->nr.n > 0) {
		struct span shared[IKE_KE_MAX];

		for (unsigned i = 0; i < k->nshared; i++)
			shared[i] = secret_span(&k->shared[i]);
		if (keymat_skeyseed_next(s->parent_prf, secret_span(&s->parent_sk_d), shared, k->nshared,
		    secret_span(&k->ni), secret_span(&k->nr), arena, &k->skeyseed, e) < 0)
			return -1;
	}
	return keymat_fill(k, arena, e);
}

/* A MAC says nothing of the cipher's key: what came out does. */
static bool is_sensible(const struct ike_keys *k, const struct ike_payload *sk, struct span plain)
{
	return sk->type != IKE_P_SK || alg_encr_is_aead(k->encr) || follow_plausible(sk->sk.first, plain);
}

/* Opener for one direction; NULL with a reason in e, which names what is not there. */
static struct ike_protect *opener(const struct ike_keys *k, bool by_initiator, struct err *e)
{
	const struct secret *sk_e = by_initiator ? &k->sk_ei : &k->sk_er, *sk_a = by_initiator ? &k->sk_ai : &k->sk_ar;
	char end = by_initiator ? 'i' : 'r';

	if (sk_e->n == 0 && k->encr != NULL && k->encr->size[0].bits != 0)
		err_set(e, "SK_e%c is not there, nor what gives it", end);
	else if (sk_a->n == 0 && k->encr != NULL && !alg_encr_is_aead(k->encr) && k->integ != NULL &&
	    k->integ->kind != INTEG_KIND_NONE)
		err_set(e, "SK_a%c is not there, nor what gives it", end);
	else
		return ike_protect_new(k, by_initiator, SUITE_FOR_OPEN, e);
	return NULL;
}

/* Opens with these keys; V_NO_KEY with a reason in e where they do not make a context. */
static enum verdict try_keys(struct follow *f, const struct ike_keys *k, bool by_initiator,
    const struct ike_payload *sk, struct span *plain, struct err *e)
{
	size_t header = sk->type == IKE_P_SKF ? IKE_SKF_HEADER : IKE_SK_HEADER;
	struct ike_protect *p = opener(k, by_initiator, e);
	enum ike_open got;

	if (p == NULL)
		return V_NO_KEY;
	got = ike_protect_open(p, f->m.wire, sk->offset, header, false, f->plain, plain);
	ike_protect_free(p);
	if (got == IKE_OPEN_BAD_LENGTH)
		return V_BAD_HEADER;
	if (got == IKE_OPEN_BAD_ICV)
		return V_BAD_ICV;
	if (got == IKE_OPEN_BAD_PAD)
		return V_BAD_PADDING;
	return is_sensible(k, sk, *plain) ? V_OK : V_BAD_PADDING;
}

static void say(struct follow *f, const struct keyset *set, const char *what)
{
	if (set == NULL)		/* derived in a rekeying */
		snprintf(f->why, sizeof f->why, "%.120s", what);
	else
		snprintf(f->why, sizeof f->why, "%s:%llu: %.120s", set->file != NULL ? set->file : "keys",
		    (unsigned long long)set->k.line, what);
}

/* What the set gave for an end's keys, where they are derived: NULL where they stand in it. */
static const char *derived_from(const struct ike_keys *given, bool by_initiator)
{
	if ((by_initiator ? given->sk_ei.n + given->sk_ai.n : given->sk_er.n + given->sk_ar.n) > 0)
		return NULL;
	return given->skeyseed.n > 0 ? "SKEYSEED" : given->nshared > 0 ? "the shared secret (g^ir)" :
	    given->private_key.n > 0 ? "the private value" : NULL;
}

/* What is wrong with a set that names this IKE SA. */
static void explain(struct follow *f, const struct keyset *set, const struct ike_keys *k, bool by_initiator,
    enum verdict v, const struct ike_payload *sk, const struct err *why)
{
	const char *source = derived_from(&set->k, by_initiator);
	char end = by_initiator ? 'i' : 'r', text[160];
	struct ike_keys swapped = *k;
	struct span plain;
	struct err e;

	if (v == V_NO_KEY) {
		say(f, set, why->text);
		return;
	}
	if (v == V_BAD_PADDING) {
		snprintf(text, sizeof text, "SK_a%c is right, SK_e%c is wrong", end, end);
		say(f, set, text);
		return;
	}
	if (source != NULL) {
		snprintf(text, sizeof text, "%s is wrong", source);
		say(f, set, text);
		return;
	}
	swapped.sk_ai = k->sk_ar;
	swapped.sk_ar = k->sk_ai;
	swapped.sk_ei = k->sk_er;
	swapped.sk_er = k->sk_ei;
	if (try_keys(f, &swapped, by_initiator, sk, &plain, &e) == V_OK)
		snprintf(text, sizeof text, "the keys are those of the other direction: initiator and responder are exchanged");
	else if (k->encr != NULL && alg_encr_is_aead(k->encr))
		snprintf(text, sizeof text, "SK_e%c is wrong (key or salt)", end);
	else
		snprintf(text, sizeof text, "SK_a%c is wrong", end);
	say(f, set, text);
}

/* The keys are right: kept, with what was derived for them. */
static int settle(struct follow *f, struct followed *s, const struct keyset *set, bool by_initiator, struct err *e)
{
	struct ike_keys k;

	if (complete(s, set, &k, &f->arena, e) < 0)
		return -1;
	follow_drop_context(f, s);
	follow_guess_drop(f, s);
	s->sa.k = k;
	s->sa.keys = FOLLOW_GOOD_KEYS;
	s->proven[!by_initiator] = true;
	s->proven[by_initiator] = false;
	s->sa.set = set;
	s->sa.set_file = set->file;
	follow_take_context(f, s);
	if ((s->protect[!by_initiator] = ike_protect_new(&k, by_initiator, SUITE_FOR_OPEN, e)) == NULL)
		return -1;
	return f->o.keys != NULL ? f->o.keys(f->o.arg, &s->sa, e) : 0;
}

/* Goes through the sets that may be meant. */
static enum verdict find_keys(struct follow *f, struct followed *s, bool by_initiator, const struct ike_payload *sk,
    struct span *plain, struct err *e)
{
	enum verdict best = V_NO_KEY;

	for (struct keyset *set = NULL; f->o.ring != NULL &&
	    (set = keyring_next(f->o.ring, 2, s->sa.spi_i, s->sa.spi_r, set)) != NULL;) {
		struct arena arena = { 0 };
		struct ike_keys k;
		struct err why;
		enum verdict v = V_NO_KEY;

		if (!names_spis(s, set) && (other_nonces(s, &set->k) || s->tries >= FOLLOW_TRIES))
			continue;
		if (complete(s, set, &k, &arena, &why) == 0)
			v = try_keys(f, &k, by_initiator, sk, plain, &why);
		if (v != V_OK && names_spis(s, set)) {
			explain(f, set, &k, by_initiator, v, sk, &why);
			best = v == V_NO_KEY ? best : v;
		} else if (v != V_OK) {
			s->tries++;
		}
		arena_clear(&arena);
		if (v == V_OK) {
			f->why[0] = '\0';
			return settle(f, s, set, by_initiator, e) < 0 ? V_COUNT : V_OK;
		}
	}
	return best;
}

static enum verdict with_known(struct follow *f, struct followed *s, bool by_initiator, const struct ike_payload *sk,
    struct span *plain, struct err *e)
{
	size_t header = sk->type == IKE_P_SKF ? IKE_SKF_HEADER : IKE_SK_HEADER;
	struct ike_protect **p = &s->protect[!by_initiator];

	if (*p == NULL) {
		follow_take_context(f, s);
		if ((*p = opener(&s->sa.k, by_initiator, e)) == NULL) {
			say(f, s->sa.set, e->text);
			return V_NO_KEY;
		}
	}
	switch (ike_protect_open(*p, f->m.wire, sk->offset, header, false, f->plain, plain)) {
	case IKE_OPEN_OK:
		break;
	case IKE_OPEN_BAD_ICV:
		return V_BAD_ICV;
	case IKE_OPEN_BAD_LENGTH:
		return V_BAD_HEADER;
	case IKE_OPEN_BAD_PAD:
		return V_BAD_PADDING;
	}
	return s->proven[!by_initiator] || is_sensible(&s->sa.k, sk, *plain) ? V_OK : V_BAD_PADDING;
}

enum verdict follow_unseal(struct follow *f, struct followed *s, bool by_initiator, const struct ike_payload *sk,
    struct span *plain, struct err *e)
{
	enum verdict v = V_NO_KEY, other;
	bool proven = s->proven[!by_initiator];

	if (follow_room(&f->plain, &f->plain_cap, f->m.wire.n, e) < 0)
		return V_COUNT;
	if (s->sa.keys == FOLLOW_GOOD_KEYS) {
		v = with_known(f, s, by_initiator, sk, plain, e);
		s->proven[!by_initiator] = proven = proven || v == V_OK;
		if (v != V_BAD_ICV && (v != V_BAD_PADDING || proven))
			return v;
	}
	/* other keys of the same IKE SA: of after a further key exchange (RFC 9370 2.2.2) */
	other = find_keys(f, s, by_initiator, sk, plain, e);
	if (other == V_OK || other == V_COUNT)
		return other;
	if (s->sa.keys == FOLLOW_GOOD_KEYS) {
		if (proven)
			snprintf(f->why, sizeof f->why, "the keys opened other messages: this one was changed on its way");
		return v;
	}
	if (other == V_NO_KEY)
		follow_adopt(f, s);
	else
		s->sa.keys = FOLLOW_WRONG_KEYS;
	return other;
}

/* A set that cannot open anything may still say SK_d. */
void follow_adopt(struct follow *f, struct followed *s)
{
	for (struct keyset *set = NULL; f->o.ring != NULL && s->sa.k.sk_d.n == 0 &&
	    (set = keyring_next(f->o.ring, 2, s->sa.spi_i, s->sa.spi_r, set)) != NULL;) {
		struct ike_keys k;
		struct err e;

		if (names_spis(s, set) && complete(s, set, &k, &f->arena, &e) == 0 && k.sk_d.n > 0) {
			s->sa.k = k;
			follow_guess_add(f, s);
		}
	}
}
