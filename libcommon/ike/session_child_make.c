/* The child SA that a negotiation ends in. */
#include <string.h>

#include "ike/child_sa.h"
#include "ike/session_child.h"

enum { SECOND = 1000000000, JITTER = 10 };	/* JITTER: a tenth */

static void put_encap(const struct session_ike *pub, struct sa *in, struct sa *out)
{
	struct addr oa_src = in->encap.oa_src, oa_dst = in->encap.oa_dst;

	in->encap = (struct sa_encap){ .oa_src = oa_src, .oa_dst = oa_dst };
	out->encap = (struct sa_encap){ .oa_src = oa_dst, .oa_dst = oa_src };
	if (!pub->natt)
		return;
	in->encap.type = out->encap.type = SA_ENCAP_UDP;
	in->encap.sport = out->encap.dport = pub->path.remote_port;
	in->encap.dport = out->encap.sport = pub->path.local_port;
}

int child_ends(struct sess_child *c, struct err *e)
{
	const struct session_ike *pub = &c->ike->pub;
	struct sa *in = &c->pub.in, *out = &c->pub.out;

	in->src = out->dst = pub->path.remote;
	in->dst = out->src = pub->path.local;
	put_encap(pub, in, out);
	return child_sa_ike(in, pub->spi_i, pub->spi_r, e) < 0 || child_sa_ike(out, pub->spi_i, pub->spi_r, e) < 0 ? -1 : 0;
}

static void put_life(struct sa *sa, const struct session_child_conf *conf)
{
	sa->soft = (struct sa_limits){ conf->rekey_ns / SECOND, conf->rekey_bytes, conf->rekey_packets };
	sa->life_known = sa->soft.s != 0 || sa->soft.bytes != 0 || sa->soft.packets != 0;
}

static int put_keys(struct sess_ike *ike, const struct child_try *t, const struct child_deal *d, struct sess_child *c,
    struct err *e)
{
	const struct ike_keys *k = &ike->k;
	struct keymat_child from = { .prf = k->prf, .sk_d = secret_span(&k->sk_d),
		.ni = secret_span(t->ni.n > 0 ? &t->ni : &k->ni), .nr = secret_span(t->nr.n > 0 ? &t->nr : &k->nr) };
	struct sa *forth = d->initiator ? &c->pub.out : &c->pub.in, *back = d->initiator ? &c->pub.in : &c->pub.out;
	struct keymat_want want = { 0 };
	bool esn = false;

	for (unsigned type = IKE_T_ENCR; type <= IKE_T_SN; type++)
		for (unsigned i = 0; i < d->suite.of[type].n; i++)
			child_sa_transform(&want, &esn, type, d->suite.of[type].alg[i].id, d->suite.of[type].alg[i].bits);
	child_sa_algs(forth, &want, esn);
	child_sa_algs(back, &want, esn);
	if (t->shared.n > 0)
		from.shared[from.nshared++] = secret_span(&t->shared);
	return child_sa_keys(&from, &want, forth, back, &c->arena, e);
}

int child_nonce_cmp(const struct secret *a, const struct secret *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int c = n > 0 ? memcmp(a->p, b->p, n) : 0;

	return c != 0 ? c : (a->n > b->n) - (a->n < b->n);
}

static int put_nonce(const struct child_try *t, struct sess_child *c, struct err *e)
{
	const struct secret *low = child_nonce_cmp(&t->ni, &t->nr) < 0 ? &t->ni : &t->nr;

	return secret_copy(&c->arena, &c->nonce_low, low->p, low->n, e);
}

int child_rekeys(struct child_try *t, const struct sess_child *old, struct err *e)
{
	t->rekeys = old;
	t->conf = old->pub.conf;
	t->replaces = old->pub.number;
	return child_sa_text(&t->old_in, old->pub.in.id, e) < 0 || child_sa_text(&t->old_out, old->pub.out.id, e) < 0 ? -1 : 0;
}

static int put_replaced(struct sess_child *c, const struct child_try *t, struct err *e)
{
	if (t->replaces == 0)
		return 0;
	c->pub.replaces = t->replaces;
	return child_sa_text(&c->pub.in.replaces, t->old_in, e) < 0 || child_sa_text(&c->pub.out.replaces, t->old_out, e) < 0 ?
	    -1 : 0;
}

static int fill(struct sess_ike *ike, struct child_try *t, const struct child_deal *d, struct sess_child *c,
    struct err *e)
{
	struct sa *in = &c->pub.in, *out = &c->pub.out;
	struct pl_ts mine = ts_payload(&d->mine), theirs = ts_payload(&d->theirs);

	c->pub.initiator = d->initiator;
	c->pub.sends = d->initiator || t->rekeys == NULL;
	c->group = t->group;
	in->proto = out->proto = t->protocol == IKE_PROTO_AH ? SA_AH : SA_ESP;
	in->mode = out->mode = d->mode;
	in->dir = SA_IN;
	out->dir = SA_OUT;
	in->spi = t->spi;
	t->spi = 0;
	out->spi = d->peer_spi;
	in->replay_window = SA_REPLAY_DEFAULT;
	in->created_known = out->created_known = true;
	in->created = out->created = ike->s->now;
	in->encap.oa_src = d->oa_theirs;
	in->encap.oa_dst = d->oa_mine;
	put_life(in, t->conf);
	put_life(out, t->conf);
	return put_keys(ike, t, d, c, e) < 0 || put_nonce(t, c, e) < 0 ||
	    ts_selectors(&in->ts, &in->nts, &theirs, &mine, e) < 0 ||
	    ts_selectors(&out->ts, &out->nts, &mine, &theirs, e) < 0 || child_ends(c, e) < 0 ||
	    child_sa_name(in, out, c->pub.number, e) < 0 || put_replaced(c, t, e) < 0 ? -1 : 0;
}

int child_make(struct sess_ike *ike, struct child_try *t, const struct child_deal *d, struct sess_child **out,
    struct err *e)
{
	struct sess_child *c = sess_child_new(ike, t->conf, e);

	if (c == NULL)
		return -1;
	if (fill(ike, t, d, c, e) < 0) {
		sess_child_end(ike->s, c);
		return -1;
	}
	*out = c;
	return 0;
}

void child_tell(struct sess_child *c)
{
	c->told = true;
	sess_event(c->ike, c->pub.replaces != 0 ? SESSION_CHILD_REKEYED : SESSION_CHILD_UP, c, "%s", "");
}

void child_start(struct sess_child *c)
{
	uint64_t ns = c->pub.conf->rekey_ns;

	c->state = CHILD_UP;
	/* earlier by chance, so that both ends seldom begin at once (RFC 7296 2.8) */
	if (ns > 0)
		c->rekey_at = c->ike->s->now + (int64_t)(ns - ns / JITTER * rng_below(c->ike->s->conf->rng, 1000) / 1000);
}
