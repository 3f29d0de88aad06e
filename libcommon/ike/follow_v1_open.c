#include "ike/follow_state.h"

#include <string.h>

#include "ike/keymat.h"
#include "ike/keymat_v1.h"

static int complete(const struct follow *f, const struct followed *s, const struct keyset *set, struct ike_keys *k,
    struct arena *arena, struct err *e)
{
	const struct ike_keys *seen = &s->sa.k;

	*k = set->k;
	k->version = 1;
	k->spi_i_known = k->spi_r_known = true;
	k->spi_i = s->sa.spi_i;
	k->spi_r = s->sa.spi_r;
	if (seen->encr != NULL) {
		k->encr = seen->encr;
		k->encr_bits = seen->encr_bits;
	}
	if (seen->prf != NULL)
		k->prf = seen->prf;
	if (seen->nke > 0) {
		k->ke[0] = seen->ke[0];
		k->nke = 1;
	}
	if (s->ni.n > 0)
		k->ni = blob_secret(&s->ni);
	if (s->nr.n > 0)
		k->nr = blob_secret(&s->nr);
	if (k->psk.n == 0 && f->o.psk != NULL)
		k->psk = *f->o.psk;
	if (k->private_key.n > 0 && k->nshared == 0 && k->nke > 0 && s->ke_i.n > 0 && s->ke_r.n > 0 &&
	    keymat_private(k, blob_span(&s->ke_i), blob_span(&s->ke_r), arena, e) < 0)
		return -1;
	if (k->skeyid.n == 0 && k->nshared > 0 && s->v1 != NULL && keymat_v1_auth(s->v1->auth) != KEYMAT_V1_NONE &&
	    (keymat_v1_auth(s->v1->auth) != KEYMAT_V1_PSK || k->psk.n > 0) &&
	    keymat_v1_skeyid(k, keymat_v1_auth(s->v1->auth), arena, e) < 0)
		return -1;
	return keymat_v1_fill(k, arena, e);
}

/* The IV of this message: phase 1's chain goes on, each exchange of phase 2 begins its own. */
static bool find_iv(struct followed *s, const struct ike_keys *k, size_t block, struct chain *chain,
    uint8_t iv[IKE_V1_IV])
{
	struct v1_state *v = s->v1;
	struct err e;

	if (chain != NULL && chain->used > 1) {
		memcpy(iv, chain->iv, IKE_V1_IV);
		return true;
	}
	if (!v->iv_known) {
		if (k->prf != NULL && s->ke_i.n > 0 && s->ke_r.n > 0) {
			if (keymat_v1_iv(k->prf, blob_span(&s->ke_i), blob_span(&s->ke_r), block, v->iv, &e) < 0)
				return false;
		} else if (k->iv.n >= block && chain == NULL) {
			memcpy(v->iv, k->iv.p, block);
		} else {
			return false;
		}
		v->iv_known = true;
	}
	memcpy(iv, v->iv, IKE_V1_IV);
	return chain == NULL || keymat_v1_iv2(k->prf, (struct span){ v->iv, block }, chain->id, block, iv, &e) == 0;
}

/* Opens f->m with the cipher; *iv is then that of the next message. */
static bool open_with(struct follow *f, struct ike_v1_cipher *c, uint8_t iv[IKE_V1_IV], struct span *plain)
{
	return ike_v1_open(c, f->m.wire, iv, f->trial, plain) == IKE_OPEN_OK &&
	    ike_v1_plausible(f->m.hdr.next, *plain);
}

/* The keys opened this message: kept, with what was derived for them. */
static int settle(struct follow *f, struct followed *s, const struct keyset *set, struct err *e)
{
	struct ike_keys k;

	if (complete(f, s, set, &k, &f->arena, e) < 0)
		return -1;
	s->sa.k = k;
	s->sa.keys = FOLLOW_GOOD_KEYS;
	s->sa.set = set;
	s->sa.set_file = set->file;
	return f->o.keys != NULL ? f->o.keys(f->o.arg, &s->sa, e) : 0;
}

/* RFC 2409 5: SKEYID_d, _a and _e are made of SKEYID and of g^xy. */
static const char *lacking(const struct ike_keys *k)
{
	if (k->nshared > 0 && k->skeyid.n == 0)
		return "the shared secret gives the cipher's key only with the pre-shared key (--psk-file)";
	if (k->skeyid.n > 0 && k->nshared == 0)
		return "SKEYID gives the cipher's key only with the shared secret";
	return "nothing there gives the cipher's key";
}

/* 1: opened, *plain and iv are set; 0: no key does; -1 */
static int try_set(struct follow *f, struct followed *s, const struct keyset *set, struct chain *chain,
    uint8_t iv[IKE_V1_IV], uint8_t was[IKE_V1_IV], struct span *plain, struct err *e)
{
	struct arena arena = { 0 };
	struct ike_v1_cipher *c = NULL;
	struct ike_keys k;
	struct err why;
	bool names = set->k.spi_i_known && set->k.spi_i == s->sa.spi_i, right = false;

	if (complete(f, s, set, &k, &arena, &why) == 0) {
		if (k.ka.n == 0)
			err_set(&why, "%s", lacking(&k));
		else if (k.encr == NULL)
			err_set(&why, "its cipher is said neither there nor in the capture");
		else
			c = ike_v1_cipher_new(k.encr, &k.ka, &why);
	}
	if (c != NULL && !find_iv(s, &k, ike_v1_cipher_block(c), chain, iv))
		snprintf(f->why, sizeof f->why, "the beginning of phase 1 is not in the capture, so its IV is not known");
	else if (c != NULL) {
		memcpy(was, iv, IKE_V1_IV);
		right = open_with(f, c, iv, plain);
	}
	if (c == NULL && names)
		snprintf(f->why, sizeof f->why, "%s:%llu: %.120s", set->file != NULL ? set->file : "keys",
		    (unsigned long long)set->k.line, why.text);
	else if (!right && names && f->why[0] == '\0')
		snprintf(f->why, sizeof f->why, "%s:%llu: the key is wrong, or a message before this one is missing",
		    set->file != NULL ? set->file : "keys", (unsigned long long)set->k.line);
	arena_clear(&arena);
	if (!right) {
		ike_v1_cipher_free(c);
		if (s->v1->iv_known && chain == NULL && s->sa.keys != FOLLOW_GOOD_KEYS)
			s->v1->iv_known = false;	/* it was made with this set's hash */
		return 0;
	}
	follow_drop_context(f, s);
	follow_take_context(f, s);
	s->v1->cipher = c;
	f->why[0] = '\0';
	return settle(f, s, set, e) < 0 ? -1 : 1;
}

/* was: the IV it began with. */
static int unseal(struct follow *f, struct followed *s, struct chain *chain, uint8_t iv[IKE_V1_IV],
    uint8_t was[IKE_V1_IV], struct span *plain, struct err *e)
{
	if (s->sa.keys == FOLLOW_GOOD_KEYS) {
		if (s->v1->cipher == NULL) {
			follow_take_context(f, s);
			if ((s->v1->cipher = ike_v1_cipher_new(s->sa.k.encr, &s->sa.k.ka, e)) == NULL)
				return -1;
		}
		if (!find_iv(s, &s->sa.k, ike_v1_cipher_block(s->v1->cipher), chain, iv))
			return 0;
		memcpy(was, iv, IKE_V1_IV);
		if (open_with(f, s->v1->cipher, iv, plain))
			return 1;
		snprintf(f->why, sizeof f->why, "the key opened other messages: one before this is missing, or it was changed");
		return 0;
	}
	for (struct keyset *set = NULL; f->o.ring != NULL && s->tries < FOLLOW_TRIES &&
	    (set = keyring_next(f->o.ring, 1, s->sa.spi_i, s->sa.spi_r, set)) != NULL; s->tries++) {
		int got = try_set(f, s, set, chain, iv, was, plain, e);

		if (got != 0)
			return got;
	}
	return 0;
}

int v1_open_sealed(struct follow *f, struct followed *s, struct follow_message *out, struct chain *c,
    struct err *e)
{
	uint8_t iv[IKE_V1_IV] = { 0 }, was[IKE_V1_IV];
	struct span plain;
	int got;

	out->verdict = V_NO_KEY;
	if (follow_room(&f->trial, &f->trial_cap, f->m.wire.n, e) < 0)
		return -1;
	if ((got = unseal(f, s, c, iv, was, &plain, e)) < 0)
		return -1;
	if (got == 0) {
		if (f->why[0] != '\0') {
			out->why = f->why;
			out->verdict = s->sa.keys == FOLLOW_GOOD_KEYS ? V_BAD_PADDING : V_NO_KEY;
		}
		return 0;
	}
	out->verdict = V_OK;
	memcpy(s->recent[s->recent_hit].iv, was, IKE_V1_IV);
	memcpy(c != NULL ? c->iv : s->v1->iv, iv, IKE_V1_IV);
	if (c != NULL)
		c->used = 2 + ++s->v1->stamp;
	return ike_message_open(&f->m, f->m.hdr.next, plain, e);
}

/* A message that came before, with the IV it had then. */
int v1_open_again(struct follow *f, struct followed *s, struct follow_message *out, struct err *e)
{
	static const uint8_t none[IKE_V1_IV];
	uint8_t iv[IKE_V1_IV];
	struct span plain;

	out->verdict = V_NO_KEY;
	memcpy(iv, s->recent[s->recent_hit].iv, IKE_V1_IV);
	if (s->v1->cipher == NULL || memcmp(iv, none, sizeof none) == 0)
		return 0;
	if (follow_room(&f->trial, &f->trial_cap, f->m.wire.n, e) < 0)
		return -1;
	if (!open_with(f, s->v1->cipher, iv, &plain))
		return 0;
	out->verdict = V_OK;
	return ike_message_open(&f->m, f->m.hdr.next, plain, e);
}
