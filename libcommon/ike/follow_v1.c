#include "ike/follow_state.h"

#include <stdlib.h>
#include <string.h>

#include "ike/auth_v1.h"
#include "ike/keymat.h"
#include "ike/keymat_v1.h"

enum { P1_ENCR = 1, P1_HASH = 2, P1_AUTH = 3, P1_GROUP = 4, P1_KEY_BITS = 14 };

void v1_free(struct v1_state *v)
{
	if (v == NULL)
		return;
	ike_v1_cipher_free(v->cipher);
	blob_clear(&v->sa_i);
	for (int i = 0; i < FOLLOW_IVS; i++) {
		blob_clear(&v->chain[i].ni);
		blob_clear(&v->chain[i].nr);
		blob_clear(&v->chain[i].plain);
	}
	free(v);
}

static struct v1_state *state_of(struct session *s, struct err *e)
{
	if (s->v1 == NULL && (s->v1 = calloc(1, sizeof *s->v1)) == NULL)
		err_nomem(e);
	return s->v1;
}

/* --- phase 1 in clear --- */

static void take_transform(struct session *s, const struct ike_transform *t)
{
	struct ike_keys *k = &s->sa.k;

	for (unsigned i = 0; i < t->nattr; i++) {
		uint64_t v = ike_attr_number(&t->attr[i]);

		switch (t->attr[i].type) {
		case P1_ENCR:
			k->encr = alg_encr_by_v1((uint16_t)v);
			break;
		case P1_HASH:
			k->prf = alg_prf_by_v1((uint16_t)v);
			break;
		case P1_AUTH:
			s->v1->auth = (uint16_t)v;
			break;
		case P1_GROUP:
			k->ke[0] = alg_ke_by_id((uint16_t)v);
			k->nke = 1;
			break;
		case P1_KEY_BITS:
			k->encr_bits = (unsigned)v;
			break;
		}
	}
}

static int take_clear(struct session *s, const struct follow_message *out, struct err *e)
{
	const struct ike_payloads *ps = ike_message_payloads(out->m);
	bool i = out->from_initiator;

	for (unsigned n = 0; n < ps->n; n++) {
		const struct ike_payload *p = &ps->payload[n];
		struct blob *to = NULL;

		if (!p->decoded)
			continue;
		if (p->type == IKE_V1_P_SA && i)
			to = &s->v1->sa_i;
		else if (p->type == IKE_V1_P_KE)
			to = i ? &s->ke_i : &s->ke_r;
		else if (p->type == IKE_V1_P_NONCE)
			to = i ? &s->ni : &s->nr;
		else if (p->type == IKE_V1_P_ID)
			to = i ? &s->id_i : &s->id_r;
		if (p->type == IKE_V1_P_SA && !i && p->sa.nproposal > 0 && p->sa.proposal[0].ntransform > 0)
			take_transform(s, &p->sa.proposal[0].transform[0]);
		if (to != NULL && blob_set(to, p->body, e) < 0)
			return -1;
	}
	return 0;
}

/* --- keys --- */

static int complete(const struct follow *f, const struct session *s, const struct keyset *set, struct ike_keys *k,
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
static bool find_iv(struct session *s, const struct ike_keys *k, size_t block, struct chain *chain,
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
static int settle(struct follow *f, struct session *s, const struct keyset *set, struct err *e)
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

/* 1: opened, *plain and iv are set; 0: no key does; -1 */
static int try_set(struct follow *f, struct session *s, const struct keyset *set, struct chain *chain,
    uint8_t iv[IKE_V1_IV], uint8_t was[IKE_V1_IV], struct span *plain, struct err *e)
{
	struct arena arena = { 0 };
	struct ike_v1_cipher *c = NULL;
	struct ike_keys k;
	struct err why;
	bool names = set->k.spi_i_known && set->k.spi_i == s->sa.spi_i, right = false;

	if (complete(f, s, set, &k, &arena, &why) == 0 && k.ka.n > 0 && k.encr != NULL)
		c = ike_v1_cipher_new(k.encr, &k.ka, &why);
	else if (k.ka.n == 0)
		err_set(&why, "nothing there gives the cipher's key");
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
		snprintf(f->why, sizeof f->why, "%s:%llu: the key is wrong", set->file != NULL ? set->file : "keys",
		    (unsigned long long)set->k.line);
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
static int unseal(struct follow *f, struct session *s, struct chain *chain, uint8_t iv[IKE_V1_IV],
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

/* --- phase 2 --- */

static struct chain *chain_of(struct session *s, uint32_t id, bool by_initiator)
{
	struct v1_state *v = s->v1;
	struct chain *c = &v->chain[0];

	for (int i = 0; i < FOLLOW_IVS; i++) {
		if (v->chain[i].used > 0 && v->chain[i].id == id)
			return &v->chain[i];
		if (v->chain[i].used < c->used)
			c = &v->chain[i];
	}
	blob_clear(&c->ni);
	blob_clear(&c->nr);
	blob_clear(&c->plain);
	*c = (struct chain){ .id = id, .by_initiator = by_initiator, .used = 1 };
	return c;
}

/* Everything that follows the HASH payload, to the end of the last one (RFC 2409 5.5). */
static struct span after_hash(const struct ike_payloads *ps)
{
	const struct ike_payload *last = ps->n > 1 ? &ps->payload[ps->n - 1] : NULL;
	const uint8_t *from;

	if (last == NULL)
		return (struct span){ 0 };
	from = ps->payload[1].body.p - IKE_GENERIC_LEN;
	return (struct span){ from, (size_t)(last->body.p + last->body.n - from) };
}

/* The HASH payload of phase 2: which of the three by where the message stands. */
static void check_hash(struct follow *f, struct session *s, struct follow_message *out, const struct chain *c)
{
	const struct ike_payloads *ps = &f->m.inner;
	struct auth_v1_quick q = { .prf = s->sa.k.prf, .skeyid_a = secret_span(&s->sa.k.skeyid_a),
		.message_id = f->m.hdr.message_id, .rest = after_hash(ps) };
	uint8_t want[PRF_MAX];
	struct err e = { .text = "" };
	bool quick = f->m.hdr.exchange == IKE_X_QUICK, second = quick && out->from_initiator != c->by_initiator;
	int rc;

	if (ps->n == 0 || ps->payload[0].type != IKE_V1_P_HASH || q.prf == NULL)
		return;
	if (q.skeyid_a.n == 0) {
		snprintf(f->auth_why, sizeof f->auth_why, "SKEYID_a is not known");
		out->auth_why = f->auth_why;
		return;
	}
	if (second)
		rc = auth_v1_hash2(&q, blob_span(&c->ni), want, &e);
	else if (quick && c->nr.n > 0)
		rc = auth_v1_hash3(&q, blob_span(&c->ni), blob_span(&c->nr), want, &e);
	else
		rc = auth_v1_hash1(&q, want, &e);
	if (rc < 0)
		return;
	out->auth = ps->payload[0].body.n == q.prf->out && bytes_eq(want, ps->payload[0].body.p, q.prf->out) ?
	    FOLLOW_VERIFIED : FOLLOW_FORGED;
	out->auth_why = "SKEYID_a";
}

static int quick_message(struct follow *f, struct session *s, struct follow_message *out, struct chain *c,
    struct span plain, struct err *e)
{
	const struct ike_payload *nonce = ike_payload_find(&f->m.inner, IKE_V1_P_NONCE);
	bool first = out->from_initiator == c->by_initiator;

	if (c->given || nonce == NULL)
		return 0;
	if (blob_set(first ? &c->ni : &c->nr, nonce->body, e) < 0)
		return -1;
	if (first) {
		c->first = f->m.hdr.next;
		return blob_set(&c->plain, plain, e);
	}
	if (c->plain.n == 0)
		return 0;
	c->given = true;
	return follow_v1_child(f, s, c, out, e);
}

static int take_deletes(struct follow *f, struct session *s, const struct follow_message *out, struct err *e)
{
	for (unsigned i = 0; i < f->m.inner.n; i++) {
		const struct ike_payload *p = &f->m.inner.payload[i];

		if (p->type != IKE_V1_P_DELETE || !p->decoded)
			continue;
		if (p->del.protocol == IKE_PROTO_IKE)
			s->sa.deleted = true;
		for (size_t at = 0; p->del.spi_size == 4 && at + 4 <= p->del.spis.n; at += 4) {
			int which;
			struct child *c = follow_child_find(s, load_be32(p->del.spis.p + at), &which);

			if (c == NULL)
				continue;
			/* both directions end with the one that is named */
			for (which = 0; which < 2; which++) {
				if (c->deleted[which])
					continue;
				c->deleted[which] = true;
				c->sa[which].expires_known = true;
				c->sa[which].expires = out->d->ns;
				if (follow_child_give(f, s, c, which, e) < 0)
					return -1;
			}
		}
	}
	return 0;
}

/* --- messages --- */

static int open_sealed(struct follow *f, struct session *s, struct follow_message *out, struct chain *c,
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
static int open_again(struct follow *f, struct session *s, struct follow_message *out, struct err *e)
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

static int take_opened(struct follow *f, struct session *s, struct follow_message *out, struct chain *c,
    struct err *e)
{
	const struct ike_payloads *ps = &f->m.inner;

	if (c == NULL)
		return 0;
	if (f->m.hdr.exchange == IKE_X_QUICK && ps->n > 0) {
		const struct ike_payload *last = &ps->payload[ps->n - 1];
		const uint8_t *from = ps->payload[0].body.p - IKE_GENERIC_LEN;

		return quick_message(f, s, out, c,
		    (struct span){ from, (size_t)(last->body.p + last->body.n - from) }, e);
	}
	return f->m.hdr.exchange == IKE_X_V1_INFORMATIONAL ? take_deletes(f, s, out, e) : 0;
}

/* A message that is there as a whole. */
static int take_whole(struct follow *f, struct session *s, struct follow_message *out, struct err *e)
{
	struct chain *c = f->m.hdr.message_id != 0 ? chain_of(s, f->m.hdr.message_id, out->from_initiator) : NULL;

	out->verdict = V_OK;
	out->response = c != NULL ? out->from_initiator != c->by_initiator : !out->from_initiator;
	if (out->repeats != 0) {
		if (ike_hdr_is_encrypted(&f->m.hdr) && open_again(f, s, out, e) < 0)
			return -1;
		return follow_give(f, s, out, e);
	}
	if (ike_hdr_is_encrypted(&f->m.hdr) && open_sealed(f, s, out, c, e) < 0)
		return -1;
	if (out->verdict == V_OK && c == NULL && take_clear(s, out, e) < 0)
		return -1;
	if (f->m.opened && c != NULL)
		check_hash(f, s, out, c);
	else if (out->verdict == V_OK && c == NULL)
		follow_auth_v1(f, s, out);
	out->unverified = f->m.opened && out->auth != FOLLOW_VERIFIED;
	if (follow_give(f, s, out, e) < 0)
		return -1;
	return f->m.opened ? take_opened(f, s, out, c, e) : 0;
}

/* Cisco's and Microsoft's fragments: each is a message of its own, with one payload. */
static int take_fragment(struct follow *f, struct session *s, struct follow_message *out,
    const struct ike_payload *p, struct err *e)
{
	struct frag_set *set = follow_frags(s, out->from_initiator, p->fragment.id, f->m.hdr.exchange, e);
	struct blob joined = { 0 };
	size_t n;
	int got;

	if (set == NULL)
		return -1;
	if (p->fragment.flags & IKE_FRAGMENT_LAST)
		set->total = p->fragment.number;
	out->fragment = p->fragment.number;
	out->fragments = set->total > 0 ? set->total : p->fragment.number;
	got = follow_frag_add(f, set, p->fragment.number, p->fragment.data, out->d->frame[out->d->nframes - 1], &n, e);
	if (got <= 0) {
		out->verdict = V_OK;
		return got < 0 ? -1 : follow_give(f, s, out, e);
	}
	out->whole = true;
	out->nframes = set->nframes;
	memcpy(f->frames, set->frame, sizeof f->frames);
	out->frame = f->frames;
	follow_frag_free(s, set);
	if (blob_set(&joined, (struct span){ f->plain, n }, e) < 0)
		return -1;
	if (ike_message_decode(&f->m, blob_span(&joined), e) < 0 || f->m.hdr.length > joined.n ||
	    !ike_hdr_is_v1(&f->m.hdr)) {
		out->verdict = V_BAD_HEADER;
		got = follow_give(f, s, out, e);
	} else {
		got = take_whole(f, s, out, e);
	}
	ike_message_clear(&f->m);
	blob_clear(&joined);
	return got;
}

int follow_v1(struct follow *f, struct session *s, struct follow_message *out, struct err *e)
{
	const struct ike_payload *p = f->m.payloads.n > 0 ? &f->m.payloads.payload[0] : NULL;

	if (state_of(s, e) == NULL)
		return -1;
	if (p != NULL && p->type == IKE_V1_P_FRAGMENT && p->decoded && out->repeats == 0)
		return take_fragment(f, s, out, p, e);
	return take_whole(f, s, out, e);
}
