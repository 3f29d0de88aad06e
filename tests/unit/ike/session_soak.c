/* Hours of rekeying on a bad way: at the end both ends have the same. */
#include "unit/ike/pair.h"

static struct pair p;

/* Children are forgotten while they come and go: only those that are up count. */
static void forget_old(struct pair_end *x)
{
	unsigned n = 0;

	for (unsigned i = 0; i < x->nchild; i++)
		if (x->child[i].up) {
			x->child[n++] = x->child[i];
		} else {
			sa_clear(&x->child[i].in);
			sa_clear(&x->child[i].out);
		}
	x->nchild = n;
	x->log[0] = '\0';
}

static void soak(int round)
{
	char seed[24];

	snprintf(seed, sizeof seed, "soak %d", round);
	pair_init(&p, seed);
	for (int i = 0; i < 2; i++) {
		struct session_conf *c = &p.end[i].conf;

		c->retransmit_tries = 10;
		c->retransmit_ns = UINT64_C(500000000);
		c->fragment_size = round % 3 == 0 ? 200 : 0;
		c->half_open_ns = UINT64_C(600000000000);
		c->rekey_ns = (round & 1) || i == 0 ? UINT64_C(90000000000) : 0;
		c->child[0].rekey_ns = (round & 2) || i == 1 ? UINT64_C(35000000000) : 0;
		c->dpd_ns = UINT64_C(20000000000);
	}
	pair_start(&p);
	pair_settle(&p);
	cr_assert(pair_is_up(&p), "%d", round);
	p.loss = 15;
	p.doubled = 15;
	p.late = 15;
	for (int k = 0; k < 60; k++) {
		pair_run(&p, 30);
		for (int i = 0; i < 2; i++)
			forget_old(&p.end[i]);
		cr_assert(!session_over(p.end[0].s) && !session_over(p.end[1].s), "%d, %d", round, k);
	}
	p.loss = p.doubled = p.late = 0;
	for (int i = 0; i < 2; i++)
		p.end[i].conf.rekey_ns = p.end[i].conf.child[0].rekey_ns = 0;
	pair_run(&p, 300);
	cr_expect(pair_is_up(&p), "%d", round);
	cr_expect_geq(p.end[0].count[SESSION_CHILD_REKEYED], 40, "%d: %u", round, p.end[0].count[SESSION_CHILD_REKEYED]);
	cr_expect_geq(p.end[0].count[SESSION_IKE_REKEYED], 15, "%d: %u", round, p.end[0].count[SESSION_IKE_REKEYED]);
	cr_expect_eq(session_ike(p.end[0].s)->spi_i, session_ike(p.end[1].s)->spi_i);
	cr_expect_eq(session_ike(p.end[0].s)->spi_r, session_ike(p.end[1].s)->spi_r);
	pair_expect_equal(&p);
	for (int i = 0; i < 2; i++) {
		unsigned up = 0;

		while (session_child_at(p.end[i].s, up) != NULL)
			up++;
		cr_expect_eq(up, 1, "%d: %u children", round, up);
	}
	pair_clear(&p);
}

Test(session_soak, rekeying_on_a_bad_way)
{
	for (int round = 0; round < 24; round++)
		soak(round);
}
