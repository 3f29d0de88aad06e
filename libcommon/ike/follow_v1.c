#include "ike/follow_state.h"

#include <stdlib.h>
#include <string.h>

#include "ike/auth_v1.h"
#include "ike/keymat.h"

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

static struct v1_state *state_of(struct followed *s, struct err *e)
{
	if (s->v1 == NULL && (s->v1 = calloc(1, sizeof *s->v1)) == NULL)
		err_nomem(e);
	return s->v1;
}

/* --- phase 1 in clear --- */

static void take_transform(struct followed *s, const struct ike_transform *t)
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

static int take_clear(struct followed *s, const struct follow_message *out, struct err *e)
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

/* --- phase 2 --- */

static struct chain *chain_of(struct followed *s, uint32_t id, bool by_initiator)
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

/* The HASH payload of phase 2: which of the three by where the message stands. */
static void check_hash(struct follow *f, struct followed *s, struct follow_message *out, const struct chain *c)
{
	const struct ike_payloads *ps = &f->m.inner;
	struct auth_v1_quick q = { .prf = s->sa.k.prf, .skeyid_a = secret_span(&s->sa.k.skeyid_a),
		.message_id = f->m.hdr.message_id, .rest = ike_payloads_span(ps, 1) };	/* behind HASH */
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

static int quick_message(struct follow *f, struct followed *s, struct follow_message *out, struct chain *c,
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

static int take_deletes(struct follow *f, struct followed *s, const struct follow_message *out, struct err *e)
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
				if (follow_child_give(f, s, c, which, FOLLOW_DELETED, e) < 0)
					return -1;
			}
		}
	}
	return 0;
}

/* --- messages --- */

static int take_opened(struct follow *f, struct followed *s, struct follow_message *out, struct chain *c,
    struct err *e)
{
	const struct ike_payloads *ps = &f->m.inner;

	if (c == NULL)
		return 0;
	if (f->m.hdr.exchange == IKE_X_QUICK && ps->n > 0)
		return quick_message(f, s, out, c, ike_payloads_span(ps, 0), e);
	return f->m.hdr.exchange == IKE_X_V1_INFORMATIONAL ? take_deletes(f, s, out, e) : 0;
}

/* A message that is there as a whole. */
static int take_whole(struct follow *f, struct followed *s, struct follow_message *out, struct err *e)
{
	struct chain *c = f->m.hdr.message_id != 0 ? chain_of(s, f->m.hdr.message_id, out->from_initiator) : NULL;

	out->verdict = V_OK;
	out->response = c != NULL ? out->from_initiator != c->by_initiator : !out->from_initiator;
	if (out->repeats != 0) {
		if (ike_hdr_is_encrypted(&f->m.hdr) && v1_open_again(f, s, out, e) < 0)
			return -1;
		return follow_give(f, s, out, e);
	}
	if (ike_hdr_is_encrypted(&f->m.hdr) && v1_open_sealed(f, s, out, c, e) < 0)
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
static int take_fragment(struct follow *f, struct followed *s, struct follow_message *out,
    const struct ike_payload *p, struct err *e)
{
	bool last = p->fragment.flags & IKE_FRAGMENT_LAST;
	struct frag_set *set;
	struct blob joined = { 0 };
	size_t n;
	int got;

	out->fragment = p->fragment.number;
	follow_parts(s, out, p->fragment.id, last ? p->fragment.number : 0);
	if (out->repeats != 0)
		return follow_give(f, s, out, e);
	if ((set = follow_frags(s, out->from_initiator, p->fragment.id, f->m.hdr.exchange, e)) == NULL)
		return -1;
	if (last)
		set->total = p->fragment.number;
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

int follow_v1(struct follow *f, struct followed *s, struct follow_message *out, struct err *e)
{
	const struct ike_payload *p = f->m.payloads.n > 0 ? &f->m.payloads.payload[0] : NULL;

	if (state_of(s, e) == NULL)
		return -1;
	if (p != NULL && p->type == IKE_V1_P_FRAGMENT && p->decoded)
		return take_fragment(f, s, out, p, e);
	return take_whole(f, s, out, e);
}
