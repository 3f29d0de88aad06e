/* The responder's part of a child SA: which of its own the request fits, and the answer. */
#include <stdlib.h>
#include <string.h>

#include "crypto/ke.h"
#include "ike/choose.h"
#include "ike/session_child.h"
#include "ike/session_why.h"

enum { OFFERS_MEMORY = 1 << 18 };

/* A request. */
struct ask {
	struct sess_ike *ike;
	struct child_try *t;
	const struct ike_payloads *p;
	const struct ike_payload *sa, *tsi, *tsr;
	bool transport;
	struct offers theirs;
	struct mem mem;
	struct choice choice;
	struct child_deal *deal;
};

static int refuse(struct ask *a, struct build *b, uint16_t notify)
{
	a->t->notify = notify;
	build_notify(b, notify, (struct span){ 0 });
	return 0;
}

/* Some traffic is left: an address family and a protocol that both sides have. */
static bool some_pair(const struct child_deal *d)
{
	for (unsigned i = 0; i < d->mine.n; i++)
		for (unsigned j = 0; j < d->theirs.n; j++) {
			const struct ike_ts *x = &d->mine.ts[i], *y = &d->theirs.ts[j];

			if (x->first.family == y->first.family &&
			    (x->protocol == 0 || y->protocol == 0 || x->protocol == y->protocol))
				return true;
		}
	return false;
}

static bool narrow_to(struct ask *a, const struct session_child_conf *conf, const struct ts_list *tsi,
    const struct ts_list *tsr, bool first)
{
	struct child_deal *d = a->deal;
	struct ts_list mine, theirs;
	struct pl_ts asked[2] = { ts_payload(tsi), ts_payload(tsr) }, got[2];

	if (first)
		asked[0].nts = asked[1].nts = 1;
	child_selectors(&theirs, a->ike, conf, false);
	child_selectors(&mine, a->ike, conf, true);
	if (d->mode == SA_TRANSPORT)
		child_limit_hosts(a->ike, &mine, &theirs);
	ts_narrow(&d->theirs, &asked[0], &theirs);
	ts_narrow(&d->mine, &asked[1], &mine);
	got[0] = ts_payload(&d->theirs);
	got[1] = ts_payload(&d->mine);
	return some_pair(d) &&
	    (first || a->ike->s->conf->narrow || (ts_within(&asked[0], &got[0]) && ts_within(&asked[1], &got[1])));
}

/* The selectors of a configured child against the request's, in transport mode if both ends want that and it is about
 * the two hosts, else in tunnel mode.  first: only the first ones count, which may be those of a packet that waits (RFC 7296 2.9). */
static bool fits(struct ask *a, const struct session_child_conf *conf, bool first)
{
	struct child_deal *d = a->deal, hosts = { .mode = SA_TRANSPORT };

	*d = (struct child_deal){ .mode = SA_TUNNEL };
	if (!child_ts_copy(&hosts.theirs, a->tsi) || !child_ts_copy(&hosts.mine, a->tsr))
		return false;
	if (a->transport && conf->mode != SA_TUNNEL) {
		struct child_deal seen = hosts;

		d->mode = SA_TRANSPORT;
		if (child_see_hosts(a->ike, &seen) && narrow_to(a, conf, &seen.theirs, &seen.mine, first)) {
			d->oa_mine = seen.oa_mine;
			d->oa_theirs = seen.oa_theirs;
			return true;
		}
		d->mode = SA_TUNNEL;
	}
	return narrow_to(a, conf, &hosts.theirs, &hosts.mine, first);
}

static bool agrees(struct ask *a, const struct session_child_conf *conf)
{
	return offers_choose(&a->choice, &conf->offers, &a->theirs, child_flags(a->t));
}

static const struct session_child_conf *conf_at(const struct ask *a, unsigned i)
{
	const struct session_conf *c = a->ike->s->conf;

	if (a->t->conf != NULL)
		return i == 0 ? a->t->conf : NULL;
	return i < c->nchild ? &c->child[i] : NULL;
}

/* Sets deal and choice; NULL: none fits, and *near is one whose selectors do, or NULL. */
static const struct session_child_conf *find(struct ask *a, const struct session_child_conf **near)
{
	const struct session_child_conf *c;

	*near = NULL;
	for (int first = 1; first >= 0; first--)
		for (unsigned i = 0; (c = conf_at(a, i)) != NULL; i++) {
			if (!fits(a, c, first))
				continue;
			if (*near == NULL && fits(a, c, false))
				*near = c;
			if (agrees(a, c) && fits(a, c, false))
				return c;
		}
	return NULL;
}

/* Of the peer's KE payload: 1, 0: it is refused, -1. */
static int answer_ke(struct ask *a, struct build *b, uint8_t value[KE_PUBLIC_MAX], struct err *e)
{
	const struct offer_list *l = &a->choice.suite.of[IKE_T_KE];
	const struct ike_payload *ke = ike_payload_find(a->p, IKE_P_KE);
	struct child_try *t = a->t;
	struct err why;

	t->group = t->with_ke && l->n > 0 ? l->alg[0].id : 0;
	if (t->group == 0)
		return 1;
	if (ke == NULL || !ke->decoded || ke->ke.group != t->group) {
		t->notify = IKE_N_INVALID_KE_PAYLOAD;
		build_notify_number(b, IKE_N_INVALID_KE_PAYLOAD, t->group, 2);
		return 0;
	}
	if (ke_respond(alg_ke_by_id(t->group), a->ike->s->conf->rng, ke->ke.value, &t->arena, &t->private_key, value,
	    &t->shared, &why) == 0)
		return 1;
	if (why.kind == ERR_SYSTEM)
		return *e = why, -1;
	reason_add(&t->why, "invalid-ke", REASON_ERROR, "the KE payload of the request is none: %s", why.text);
	return refuse(a, b, IKE_N_INVALID_SYNTAX);
}

static int answer_nonces(struct ask *a, struct err *e)
{
	const struct ike_payload *nonce = ike_payload_find(a->p, IKE_P_NONCE);
	struct child_try *t = a->t;

	if (!t->with_ke)
		return 0;
	return secret_copy(&t->arena, &t->ni, nonce->opaque.data.p, nonce->opaque.data.n, e) < 0 ||
	    child_nonce(a->ike->s, &t->arena, &t->nr, e) < 0 ? -1 : 0;
}

static int put_answer(struct ask *a, struct build *b, const uint8_t *value, struct err *e)
{
	const struct ike_proposal *theirs = &a->sa->sa.proposal[a->choice.theirs];
	struct child_try *t = a->t;
	struct child_deal shown = *a->deal;
	uint8_t spi[4];

	/* what was not proposed is not chosen, though it is meant */
	if (a->theirs.offer[a->choice.theirs].of[IKE_T_SN].n == 0)
		a->choice.suite.of[IKE_T_SN].n = 0;
	if (a->deal->mode == SA_TRANSPORT)
		build_notify(b, IKE_N_USE_TRANSPORT_MODE, (struct span){ 0 });
	build_sa_choice(b, theirs->number, &a->choice.suite, child_spi(t, spi), child_skip(t));
	if (t->with_ke)
		build_nonce(b, secret_span(&t->nr));
	if (t->group != 0)
		build_ke(b, t->group, (struct span){ value, alg_ke_by_id(t->group)->pub_r });
	child_show_hosts(&shown);
	return child_ts_add(b, IKE_P_TSI, &shown.theirs, e) < 0 || child_ts_add(b, IKE_P_TSR, &shown.mine, e) < 0 ? -1 : 0;
}

static int agree(struct ask *a, struct build *b, struct sess_child **out, struct err *e)
{
	const struct ike_proposal *theirs = &a->sa->sa.proposal[a->choice.theirs];
	struct child_try *t = a->t;
	uint8_t value[KE_PUBLIC_MAX];
	int rc = answer_ke(a, b, value, e);

	if (rc <= 0)
		return rc;
	a->deal->suite = a->choice.suite;
	a->deal->peer_spi = load_be32(theirs->spi.p);
	t->protocol = theirs->protocol;
	if ((t->spi = sess_spi_child(a->ike->s)) == 0)
		return refuse(a, b, IKE_N_NO_ADDITIONAL_SAS);
	if (answer_nonces(a, e) < 0 || put_answer(a, b, value, e) < 0)
		return -1;
	return child_make(a->ike, t, a->deal, out, e) < 0 ? -1 : 1;
}

static int consider(struct ask *a, struct build *b, struct sess_child **out, struct err *e)
{
	const struct session_child_conf *near, *conf;
	const struct ike_proposal *p;

	for (unsigned i = 0; i < a->sa->sa.nproposal; i++) {
		p = &a->sa->sa.proposal[i];
		if (p->spi.n != 4 || load_be32(p->spi.p) == 0)
			return refuse(a, b, IKE_N_INVALID_SYNTAX);
	}
	if (offers_of_payload(&a->theirs, a->sa, &a->mem, e) < 0)
		return refuse(a, b, IKE_N_INVALID_SYNTAX);
	if ((conf = find(a, &near)) == NULL && near == NULL) {
		why_selectors(&a->t->why, a->ike, &a->tsi->ts, &a->tsr->ts);
		return refuse(a, b, IKE_N_TS_UNACCEPTABLE);
	}
	a->t->conf = conf != NULL ? conf : near;
	if (conf == NULL) {
		why_proposal(&a->t->why, a->ike, &near->offers, &a->theirs, child_flags(a->t));
		return refuse(a, b, IKE_N_NO_PROPOSAL_CHOSEN);
	}
	return agree(a, b, out, e);
}

int child_answer(struct sess_ike *ike, struct child_try *t, const struct ike_payloads *p, struct build *b,
    struct sess_child **out, struct err *e)
{
	struct ask a = { .ike = ike, .t = t, .p = p, .sa = ike_payload_find(p, IKE_P_SA),
		.tsi = ike_payload_find(p, IKE_P_TSI), .tsr = ike_payload_find(p, IKE_P_TSR),
		.transport = ike_notify_find(p, IKE_N_USE_TRANSPORT_MODE) != NULL };
	int rc;

	*out = NULL;
	t->s = ike->s;
	t->arena.pool = ike->s->call.secrets;
	if (a.sa == NULL || a.tsi == NULL || a.tsr == NULL || !a.sa->decoded || !a.tsi->decoded || !a.tsr->decoded ||
	    (t->with_ke && !child_nonce_ok(ike_payload_find(p, IKE_P_NONCE))) || a.sa->sa.nproposal == 0 ||
	    a.tsi->ts.nts == 0 || a.tsr->ts.nts == 0)
		return refuse(&a, b, IKE_N_INVALID_SYNTAX);
	if (ike->s->nchild >= (t->rekeys != NULL ? SESS_CHILDREN : SESSION_CHILDREN))
		return refuse(&a, b, IKE_N_NO_ADDITIONAL_SAS);
	if ((a.deal = calloc(1, sizeof *a.deal)) == NULL)
		return err_nomem(e);
	mem_init(&a.mem, OFFERS_MEMORY);
	rc = consider(&a, b, out, e);
	mem_clear(&a.mem);
	free(a.deal);
	return rc;
}
