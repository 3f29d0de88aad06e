#include "ike/follow_state.h"

#include <stdlib.h>
#include <string.h>

#include "ike/keymat.h"
#include "ike/natd.h"

enum { PRF_ID_HMAC_SHA1 = 2 };

/* RFC 7296 3.3: one transform of each type; RFC 9370: the additional key exchanges in their order. */
void follow_algs(struct ike_keys *k, const struct ike_proposal *p)
{
	k->encr = NULL;
	k->encr_bits = 0;
	k->integ = NULL;
	k->prf = NULL;
	k->nke = 0;
	memset(k->ke, 0, sizeof k->ke);
	for (unsigned i = 0; i < p->ntransform; i++) {
		const struct ike_transform *t = &p->transform[i];

		if (t->type == IKE_T_ENCR) {
			k->encr = alg_encr_by_id(t->id);
			k->encr_bits = t->key_bits;
		} else if (t->type == IKE_T_INTEG && t->id != 0) {
			k->integ = alg_integ_by_id(t->id);
		} else if (t->type == IKE_T_PRF) {
			k->prf = alg_prf_by_id(t->id);
		} else if (t->type == IKE_T_KE && t->id != 0 && k->nke < IKE_KE_MAX) {
			memmove(k->ke + 1, k->ke, k->nke * sizeof k->ke[0]);
			k->ke[0] = alg_ke_by_id(t->id);
			k->nke++;
		} else if (t->type >= IKE_T_ADDKE1 && t->type <= IKE_T_ADDKE7 && t->id != 0 && k->nke < IKE_KE_MAX) {
			k->ke[k->nke++] = alg_ke_by_id(t->id);
		}
	}
}

static struct span data_of(const struct ike_payloads *ps, uint8_t type)
{
	const struct ike_payload *p = ike_payload_find(ps, type);

	return p != NULL && p->decoded ? p->opaque.data : (struct span){ 0 };
}

static const struct pl_ke *ke_of(const struct ike_payloads *ps)
{
	const struct ike_payload *p = ike_payload_find(ps, IKE_P_KE);

	return p != NULL && p->decoded ? &p->ke : NULL;
}

static const struct pl_sa *sa_of(const struct ike_payloads *ps)
{
	const struct ike_payload *p = ike_payload_find(ps, IKE_P_SA);

	return p != NULL && p->decoded && p->sa.nproposal > 0 ? &p->sa : NULL;
}

/* A NAT is where none of the hashes of an end fits what the datagram came from or went to. */
static bool has_nat(const struct ike_payloads *ps, uint16_t type, const struct natd_end *end)
{
	bool any = false;

	for (unsigned i = 0; i < ps->n; i++) {
		const struct ike_payload *p = &ps->payload[i];

		if (p->type != IKE_P_NOTIFY || !p->decoded || p->notify.type != type)
			continue;
		any = true;
		if (natd_matches(alg_prf_by_id(PRF_ID_HMAC_SHA1), end, p->notify.data))
			return false;
	}
	return any;
}

static void take_nat(struct followed *s, struct follow_message *out, const struct ike_payloads *ps)
{
	const struct ike_hdr *h = &out->m->hdr;
	struct natd_end src = { h->spi_i, h->spi_r, &out->d->src, out->d->sport };
	struct natd_end dst = { h->spi_i, h->spi_r, &out->d->dst, out->d->dport };
	bool from = has_nat(ps, IKE_N_NAT_DETECTION_SOURCE_IP, &src);
	bool to = has_nat(ps, IKE_N_NAT_DETECTION_DESTINATION_IP, &dst);
	bool was_i = s->sa.nat_i, was_r = s->sa.nat_r;

	s->sa.nat_i = s->sa.nat_i || (out->from_initiator ? from : to);
	s->sa.nat_r = s->sa.nat_r || (out->from_initiator ? to : from);
	out->nat = s->sa.nat_i != was_i || s->sa.nat_r != was_r;
}

static bool is_init(const struct ike_message *m)
{
	return (m->hdr.exchange == IKE_X_SA_INIT || m->hdr.exchange == IKE_X_SESSION_RESUME) && ike_message_sk(m) == NULL;
}

static int take_init(struct followed *s, const struct follow_message *out, struct err *e)
{
	const struct ike_payloads *ps = &out->m->payloads;
	struct span nonce = data_of(ps, IKE_P_NONCE);
	const struct pl_ke *ke = ke_of(ps);
	const struct pl_sa *sa = sa_of(ps);

	if (out->response && nonce.n == 0) {
		/* a cookie, another group wanted, or refused: AUTH is made over the request that comes instead */
		blob_clear(&s->init_i);
		blob_clear(&s->ni);
		blob_clear(&s->ke_i);
		return 0;
	}
	if (out->response && s->sa.spi_r == 0)
		s->sa.spi_r = out->m->hdr.spi_r;
	if (blob_set(out->response ? &s->init_r : &s->init_i, out->m->wire, e) < 0 ||
	    blob_set(out->response ? &s->nr : &s->ni, nonce, e) < 0 ||
	    (ke != NULL && blob_set(out->response ? &s->ke_r : &s->ke_i, ke->value, e) < 0))
		return -1;
	if (out->response && sa != NULL)
		follow_algs(&s->sa.k, &sa->proposal[0]);
	return 0;
}

/* The payloads of a kept request into f->request.inner. */
static int recall(struct follow *f, const struct pending *p, struct err *e)
{
	static const uint8_t head[IKE_HDR_LEN] = { [17] = IKE_V2 };

	if (ike_message_decode(&f->request, (struct span){ head, sizeof head }, e) < 0)
		return -1;
	return ike_message_open(&f->request, p->first, blob_span(&p->plain), e);
}

/* Keeps a request for its answer; the oldest makes room. */
static int keep(struct followed *s, struct pending *p)
{
	struct pending **at = &s->pending;

	p->next = s->pending;
	s->pending = p;
	if (++s->npending <= FOLLOW_PENDING)
		return 0;
	while ((*at)->next != NULL)
		at = &(*at)->next;
	pending_free(*at);
	*at = NULL;
	s->npending--;
	return 0;
}

/* Takes the request of this answer out of the list. */
static struct pending *answered(struct followed *s, const struct follow_message *out)
{
	for (struct pending **at = &s->pending; *at != NULL; at = &(*at)->next) {
		struct pending *p = *at;

		if (p->id == out->m->hdr.message_id && p->by_initiator != out->from_initiator &&
		    p->exchange == out->m->hdr.exchange) {
			*at = p->next;
			s->npending--;
			return p;
		}
	}
	return NULL;
}

struct span follow_shared(struct follow *f, struct span ni, struct span nr)
{
	struct secret i = { (uint8_t *)ni.p, ni.n }, r = { (uint8_t *)nr.p, nr.n };

	for (size_t n = 0; f->o.ring != NULL && n < f->o.ring->n && n < FOLLOW_TRIES; n++) {
		const struct ike_keys *k = &f->o.ring->sets[n]->k;

		if (k->nshared > 0 && k->ni.n > 0 && secret_eq(&k->ni, &i) && secret_eq(&k->nr, &r))
			return secret_span(&k->shared[0]);
	}
	return (struct span){ 0 };
}

/* A new IKE SA in place of this one (RFC 7296 2.18). */
static int rekeyed(struct follow *f, struct followed *s, const struct follow_message *out,
    const struct pl_sa *asked, const struct pl_sa *chosen, struct err *e)
{
	const struct ike_proposal *p = &chosen->proposal[0], *q = NULL;
	const struct pl_ke *ke_i = ke_of(&f->request.inner), *ke_r = ke_of(&f->m.inner);
	struct followed *new;

	for (unsigned i = 0; i < asked->nproposal; i++)
		if (asked->proposal[i].number == p->number)
			q = &asked->proposal[i];
	if (q == NULL || p->spi.n != 8 || q->spi.n != 8)
		return 0;
	if (follow_find(f, 2, load_be64(q->spi.p), load_be64(p->spi.p)) != NULL)
		return 0;
	if ((new = follow_add(f, 2, load_be64(q->spi.p), load_be64(p->spi.p), e)) == NULL)
		return -1;
	new->sa.replaces = s->sa.number;
	new->sa.floated = s->sa.floated;
	/* the initiator of the exchange is that of the new IKE SA */
	new->sa.i = out->from_initiator ? s->sa.r : s->sa.i;
	new->sa.r = out->from_initiator ? s->sa.i : s->sa.r;
	new->sa.nat_i = out->from_initiator ? s->sa.nat_r : s->sa.nat_i;
	new->sa.nat_r = out->from_initiator ? s->sa.nat_i : s->sa.nat_r;
	follow_algs(&new->sa.k, p);
	follow_heir(f, s, new, !out->from_initiator);
	new->parent_sk_d = s->sa.k.sk_d;
	new->parent_prf = s->sa.k.prf;
	if (blob_set(&new->ni, data_of(&f->request.inner, IKE_P_NONCE), e) < 0 ||
	    blob_set(&new->nr, data_of(&f->m.inner, IKE_P_NONCE), e) < 0 ||
	    (ke_i != NULL && blob_set(&new->ke_i, ke_i->value, e) < 0) ||
	    (ke_r != NULL && blob_set(&new->ke_r, ke_r->value, e) < 0))
		return -1;
	return 0;
}

static int take_create_child(struct follow *f, struct followed *s, struct follow_message *out, struct err *e)
{
	const struct pl_sa *asked = sa_of(&f->request.inner), *chosen = sa_of(&f->m.inner);
	struct child_make c = { .request = &f->request.inner, .response = &f->m.inner,
		.by_initiator = !out->from_initiator, .d = out->d, .exchange = "CREATE_CHILD_SA" };

	if (asked == NULL || chosen == NULL)
		return 0;
	if (chosen->proposal[0].protocol == IKE_PROTO_IKE)
		return rekeyed(f, s, out, asked, chosen, e);
	c.ni = data_of(&f->request.inner, IKE_P_NONCE);
	c.nr = data_of(&f->m.inner, IKE_P_NONCE);
	c.pfs = ke_of(&f->m.inner) != NULL;
	if (c.pfs)
		c.shared = follow_shared(f, c.ni, c.nr);
	return follow_child(f, s, &c, e);
}

/* IKE_AUTH: the first request says what is wanted, the answer that has an SA what was chosen. */
static int take_auth(struct follow *f, struct followed *s, struct follow_message *out, struct err *e)
{
	struct child_make c = { .request = &f->request.inner, .response = &f->m.inner, .by_initiator = true,
		.ni = blob_span(&s->ni), .nr = blob_span(&s->nr), .d = out->d, .exchange = "IKE_AUTH" };
	int rc;

	s->ppk = s->ppk || ike_notify_find(&f->m.inner, IKE_N_PPK_IDENTITY) != NULL;
	if (s->auth == NULL || sa_of(&f->m.inner) == NULL)
		return 0;
	/* RFC 8784 3: SK_d is not what SKEYSEED gives, or is exactly that, by what the responder says */
	if (s->sa.set != NULL && s->sa.set->k.sk_d.n == 0 && s->ppk != (s->sa.k.ppk.n > 0))
		s->sa.k.sk_d = (struct secret){ 0 };
	if ((rc = recall(f, s->auth, e)) == 0 && sa_of(&f->request.inner) != NULL)
		rc = follow_child(f, s, &c, e);
	pending_free(s->auth);
	s->auth = NULL;
	return rc;
}

/* RFC 4555 3.5: from now on the child SAs go between the addresses that the request came with; a NAT is looked for
 * anew (3.8). */
static int take_move(struct follow *f, struct followed *s, struct follow_message *out, struct err *e)
{
	if (ike_notify_find(&f->m.inner, IKE_N_UPDATE_SA_ADDRESSES) == NULL)
		return 0;
	if (ike_notify_find(&f->m.inner, IKE_N_NAT_DETECTION_SOURCE_IP) != NULL) {
		s->sa.nat_i = s->sa.nat_r = false;
		take_nat(s, out, &f->m.inner);
	}
	for (struct child *c = s->children; c != NULL; c = c->next)
		for (int which = 0; which < 2; which++)
			if (!c->deleted[which] && (follow_child_ends(s, &c->sa[which], which, out->d, e) < 0 ||
			    follow_child_give(f, s, c, which, FOLLOW_MOVED, e) < 0))
				return -1;
	return 0;
}

static int keep_id(struct followed *s, const struct follow_message *out, struct err *e)
{
	const struct ike_payloads *ps = ike_message_payloads(out->m);
	const struct ike_payload *p;

	if ((p = ike_payload_find(ps, IKE_P_IDI)) != NULL && s->id_i.n == 0 && blob_set(&s->id_i, p->body, e) < 0)
		return -1;
	/* in a request IDr is only whom the initiator wants */
	if (out->response && (p = ike_payload_find(ps, IKE_P_IDR)) != NULL && s->id_r.n == 0)
		return blob_set(&s->id_r, p->body, e);
	return 0;
}

/* What an opened request asks, for its answer. */
static int take_request(struct follow *f, struct followed *s, struct follow_message *out, uint8_t first,
    struct span plain, struct err *e)
{
	uint8_t exchange = f->m.hdr.exchange;
	struct pending *p;

	if (exchange == IKE_X_AUTH && s->auth == NULL && sa_of(&f->m.inner) != NULL)
		return (s->auth = pending_new(out, first, plain, e)) != NULL ? 0 : -1;
	if (exchange == IKE_X_INFORMATIONAL && take_move(f, s, out, e) < 0)
		return -1;
	if (exchange != IKE_X_CREATE_CHILD_SA)
		return 0;
	return (p = pending_new(out, first, plain, e)) != NULL ? keep(s, p) : -1;
}

static int take_response(struct follow *f, struct followed *s, struct follow_message *out, struct err *e)
{
	struct pending *p = answered(s, out);
	int rc = 0;

	if (f->m.hdr.exchange == IKE_X_AUTH)
		rc = take_auth(f, s, out, e);
	else if (f->m.hdr.exchange == IKE_X_CREATE_CHILD_SA && p != NULL && (rc = recall(f, p, e)) == 0)
		rc = take_create_child(f, s, out, e);
	pending_free(p);
	return rc;
}

/* RFC 9242 3.3.2: what AUTH will vouch for. */
static int take_intermediate(struct followed *s, const struct follow_message *out, struct span plain,
    struct err *e)
{
	const struct ike_payload *sk = ike_message_sk(out->m);
	const struct secret *sk_p = out->from_initiator ? &s->sa.k.sk_pi : &s->sa.k.sk_pr;

	if (sk_p->n == 0 || s->sa.k.prf == NULL)
		return 0;
	return auth_int_add(&s->int_auth, s->sa.k.prf, out->from_initiator, secret_span(sk_p),
	    (struct span){ out->m->wire.p, sk->offset + IKE_SK_HEADER }, plain, e);
}

static int take_opened(struct follow *f, struct followed *s, struct follow_message *out, struct err *e)
{
	uint8_t first = f->m.inner.n > 0 ? f->m.inner.payload[0].type : IKE_P_NONE;
	struct span plain = ike_payloads_span(&f->m.inner, 0);

	if (f->m.hdr.exchange == IKE_X_INTERMEDIATE && take_intermediate(s, out, plain, e) < 0)
		return -1;
	if (f->m.hdr.exchange == IKE_X_INFORMATIONAL && follow_deletes(f, s, out, e) < 0)
		return -1;
	return out->response ? take_response(f, s, out, e) : take_request(f, s, out, first, plain, e);
}

int follow_v2(struct follow *f, struct followed *s, struct follow_message *out, struct err *e)
{
	if (follow_open(f, s, out, e) < 0)
		return -1;
	if (out->verdict == V_OK && out->repeats == 0 && keep_id(s, out, e) < 0)
		return -1;
	if (f->m.opened && f->m.hdr.exchange == IKE_X_AUTH) {
		s->eap = s->eap || ike_payload_find(&f->m.inner, IKE_P_EAP) != NULL;
		if (s->auth_id == 0)
			s->auth_id = f->m.hdr.message_id;
		follow_auth(f, s, out);
	}
	if (out->verdict == V_OK && out->repeats == 0 && is_init(&f->m))
		take_nat(s, out, &f->m.payloads);
	if (follow_give(f, s, out, e) < 0)
		return -1;
	if (out->verdict != V_OK || out->repeats != 0)
		return 0;
	if (ike_message_sk(&f->m) != NULL)
		return f->m.opened ? take_opened(f, s, out, e) : 0;
	return is_init(&f->m) ? take_init(s, out, e) : 0;
}
