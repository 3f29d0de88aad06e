#include "ike/follow_state.h"

#include <stdlib.h>
#include <string.h>

#include "ike/child_sa.h"
#include "ike/ts.h"

void child_free(struct child *c)
{
	if (c == NULL)
		return;
	sa_clear(&c->sa[0]);
	sa_clear(&c->sa[1]);
	free(c);
}

struct child *follow_child_find(struct followed *s, uint32_t spi, int *which)
{
	for (struct child *c = s->children; c != NULL; c = c->next)
		for (*which = 0; *which < 2; ++*which)
			if (c->sa[*which].spi == spi && c->sa[*which].proto != SA_IPCOMP)
				return c;
	return NULL;
}

int follow_child_ends(struct followed *s, struct sa *sa, int which, const struct datagram *d, struct err *e)
{
	const struct follow_end *from = which == 0 ? &s->sa.i : &s->sa.r, *to = which == 0 ? &s->sa.r : &s->sa.i;

	sa->src = from->addr;
	sa->dst = to->addr;
	sa->encap = (struct sa_encap){ 0 };
	if (d->proto == IP_TCP)
		sa->encap.type = SA_ENCAP_TCP;		/* RFC 9329 */
	else if (s->sa.floated && (s->sa.nat_i || s->sa.nat_r))
		sa->encap.type = SA_ENCAP_UDP;		/* RFC 7296 2.23: a NAT was found */
	if (sa->encap.type != SA_ENCAP_NONE) {
		sa->encap.sport = from->port;
		sa->encap.dport = to->port;
	}
	return child_sa_ike(sa, s->sa.spi_i, s->sa.spi_r, e);
}

/* --- traffic selectors --- */

static int put_ts(struct sa *sa, const struct ike_payloads *ps, bool forth, struct err *e)
{
	const struct ike_payload *i = ike_payload_find(ps, IKE_P_TSI), *r = ike_payload_find(ps, IKE_P_TSR);

	if (i == NULL || r == NULL || !i->decoded || !r->decoded)
		return 0;
	return ts_selectors(&sa->ts, &sa->nts, forth ? &i->ts : &r->ts, forth ? &r->ts : &i->ts, e);
}

/* --- descriptors --- */

/* The SA of the same sources with this SPI: by its ends, or, behind a NAT, the only one. */
static const struct sa *lender(const struct sad *sad, const struct sa *sa)
{
	const struct sad_entry *e = sad_find(sad, sa->proto, sa->spi, &sa->src, &sa->dst);
	const struct sa *only = NULL;

	if (e != NULL && sa_has_keys(&e->sa))
		return &e->sa;
	if (!sad_may_have(sad, sa->spi))
		return NULL;
	for (uint32_t i = 0; i < sad_count(sad); i++) {
		const struct sa *other = &sad_at(sad, i)->sa;

		if (other->proto != sa->proto || other->spi != sa->spi || !sa_has_keys(other))
			continue;
		if (only != NULL)
			return NULL;
		only = other;
	}
	return only;
}

void follow_child_lend(struct follow *f, struct sa *sa)
{
	const struct sa *from;

	if (f->o.sad == NULL || sa_has_keys(sa) || (from = lender(f->o.sad, sa)) == NULL ||
	    from->encr != sa->encr || from->integ != sa->integ)
		return;
	sa->encr_key = from->encr_key;
	sa->integ_key = from->integ_key;
	sa->encr_key_known = from->encr_key_known;
	sa->integ_key_known = from->integ_key_known;
}

int follow_child_give(struct follow *f, struct followed *s, struct child *c, int which, enum follow_news news,
    struct err *e)
{
	struct sa copy;

	if (f->o.child == NULL)
		return 0;
	if (sa_copy(&copy, &c->sa[which], e) < 0)
		return -1;
	if (f->o.child(f->o.arg, &copy, &s->sa, news, e) < 0) {
		sa_clear(&copy);
		return -1;
	}
	sa_clear(&copy);
	return 0;
}

static void drop_oldest(struct followed *s)
{
	struct child **at = &s->children;

	while ((*at)->next != NULL)
		at = &(*at)->next;
	child_free(*at);
	*at = NULL;
	s->nchildren--;
}

int follow_child_keep(struct follow *f, struct followed *s, struct sa pair[2], struct err *e)
{
	struct child *c = calloc(1, sizeof *c);

	if (c == NULL)
		return err_nomem(e);
	for (int i = 0; i < 2; i++) {
		follow_child_lend(f, &pair[i]);
		c->sa[i] = pair[i];
		sa_init(&pair[i]);
	}
	if (s->nchildren >= FOLLOW_CHILDREN && s->children != NULL)
		drop_oldest(s);
	c->next = s->children;
	s->children = c;
	s->nchildren++;
	if (child_sa_name(&c->sa[0], &c->sa[1], s->sa.number, e) < 0)
		return -1;
	for (int which = 0; which < 2; which++)
		if (follow_child_give(f, s, c, which, FOLLOW_UP, e) < 0)
			return -1;
	return 0;
}

/* The rows of a chosen proposal, ESN too. */
static void put_algs(const struct ike_proposal *p, struct keymat_want *want, bool *esn)
{
	for (unsigned i = 0; i < p->ntransform; i++)
		child_sa_transform(want, esn, p->transform[i].type, p->transform[i].id, p->transform[i].key_bits);
}

static enum sa_mode mode_of(const struct ike_payloads *ps)
{
	if (ike_notify_find(ps, IKE_N_USE_TRANSPORT_MODE) != NULL)
		return SA_TRANSPORT;
	return ike_notify_find(ps, IKE_N_USE_BEET_MODE) != NULL ? SA_BEET : SA_TUNNEL;
}

static int put_keys(struct follow *f, const struct followed *s, const struct child_make *c,
    const struct keymat_want *want, struct sa *forth, struct sa *back, struct err *e)
{
	struct keymat_child k = { .prf = s->sa.k.prf, .sk_d = secret_span(&s->sa.k.sk_d), .ni = c->ni, .nr = c->nr };
	struct err why;

	if (k.sk_d.n == 0 || k.prf == NULL || (c->pfs && c->shared.n == 0))
		return 0;
	if (c->pfs)
		k.shared[k.nshared++] = c->shared;
	if (child_sa_keys(&k, want, forth, back, &f->arena, &why) < 0)
		return why.kind == ERR_SYSTEM ? (*e = why, -1) : 0;
	return 0;
}

/* What both directions share; forth is sent by who began the exchange, to the answer's SPI. */
static int fill_pair(struct follow *f, struct followed *s, const struct child_make *c,
    const struct ike_proposal *asked, const struct ike_proposal *chosen, struct sa *forth, struct sa *back,
    struct err *e)
{
	struct keymat_want want = { 0 };
	bool esn = false;

	forth->proto = back->proto = chosen->protocol == IKE_PROTO_AH ? SA_AH : SA_ESP;
	forth->spi = load_be32(chosen->spi.p);
	back->spi = load_be32(asked->spi.p);
	put_algs(chosen, &want, &esn);
	child_sa_algs(forth, &want, esn);
	child_sa_algs(back, &want, esn);
	forth->mode = back->mode = mode_of(c->response);
	forth->created_known = back->created_known = true;
	forth->created = back->created = c->d->ns;
	if (put_keys(f, s, c, &want, forth, back, e) < 0 || put_ts(forth, c->response, true, e) < 0 ||
	    put_ts(back, c->response, false, e) < 0)
		return -1;
	return 0;
}

/* N(REKEY_SA) names the SPI of what its sender receives. */
static int put_replaced(struct followed *s, const struct child_make *c, struct sa *forth, struct sa *back,
    struct err *e)
{
	const struct pl_notify *n = ike_notify_find(c->request, IKE_N_REKEY_SA);
	struct child *old;
	int which;

	if (n == NULL || n->spi.n != 4 || (old = follow_child_find(s, load_be32(n->spi.p), &which)) == NULL)
		return 0;
	if (old->sa[which].id == NULL || old->sa[!which].id == NULL)
		return 0;
	return child_sa_text(&back->replaces, old->sa[which].id, e) < 0 ||
	    child_sa_text(&forth->replaces, old->sa[!which].id, e) < 0 ? -1 : 0;
}

/* RFC 7296 2.22: each end names the CPI of what it receives. */
static int give_ipcomp(struct follow *f, struct followed *s, const struct child_make *c, const struct sa pair[2],
    struct err *e)
{
	const struct pl_notify *i = ike_notify_find(c->request, IKE_N_IPCOMP_SUPPORTED);
	const struct pl_notify *r = ike_notify_find(c->response, IKE_N_IPCOMP_SUPPORTED);

	if (i == NULL || r == NULL || !i->laid_out || !r->laid_out || f->o.child == NULL)
		return 0;
	for (int which = 0; which < 2; which++) {
		bool forth = (which == 0) == c->by_initiator;
		struct sa sa;
		int rc;

		sa_init(&sa);
		sa.proto = SA_IPCOMP;
		sa.spi = (uint32_t)(forth ? r->number : i->number);
		sa.mode = pair[which].mode;
		rc = follow_child_ends(s, &sa, which, c->d, e);
		sa.encap = (struct sa_encap){ 0 };
		if (rc == 0)
			rc = f->o.child(f->o.arg, &sa, &s->sa, FOLLOW_UP, e);
		sa_clear(&sa);
		if (rc < 0)
			return -1;
	}
	return 0;
}

int follow_child(struct follow *f, struct followed *s, const struct child_make *c, struct err *e)
{
	const struct pl_sa *asked = &ike_payload_find(c->request, IKE_P_SA)->sa;
	const struct ike_proposal *p = &ike_payload_find(c->response, IKE_P_SA)->sa.proposal[0], *q = NULL;
	struct sa pair[2], *forth = &pair[!c->by_initiator], *back = &pair[c->by_initiator];
	int rc = -1;

	for (unsigned i = 0; i < asked->nproposal; i++)
		if (asked->proposal[i].number == p->number && asked->proposal[i].protocol == p->protocol)
			q = &asked->proposal[i];
	if (q == NULL || p->spi.n != 4 || q->spi.n != 4 ||
	    (p->protocol != IKE_PROTO_ESP && p->protocol != IKE_PROTO_AH))
		return 0;
	sa_init(&pair[0]);
	sa_init(&pair[1]);
	if (fill_pair(f, s, c, q, p, forth, back, e) == 0 && put_replaced(s, c, forth, back, e) == 0 &&
	    follow_child_ends(s, &pair[0], 0, c->d, e) == 0 && follow_child_ends(s, &pair[1], 1, c->d, e) == 0 &&
	    give_ipcomp(f, s, c, pair, e) == 0)
		rc = follow_child_keep(f, s, pair, e);
	sa_clear(&pair[0]);
	sa_clear(&pair[1]);
	return rc;
}
