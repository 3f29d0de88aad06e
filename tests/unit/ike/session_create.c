/* CREATE_CHILD_SA: further children, rekeying of children and IKE SAs from either end and from both at once. */
#include "unit/ike/pair.h"

static void up(struct pair *p, const char *seed)
{
	pair_init(p, seed);
	pair_start(p);
	pair_settle(p);
	cr_assert(pair_is_up(p), "%s\n%s", p->end[0].log, p->end[1].log);
}

static unsigned children(const struct pair_end *x)
{
	unsigned n = 0;

	while (session_child_at(x->s, n) != NULL)
		n++;
	return n;
}

static uint64_t first_child(const struct pair_end *x)
{
	const struct session_child *c = session_child_at(x->s, 0);

	cr_assert_not_null(c, "%s", x->log);
	return c->number;
}

/* Both ends know the same IKE SA as theirs. */
static void same_ike(const struct pair *p)
{
	const struct session_ike *a = session_ike(p->end[0].s), *b = session_ike(p->end[1].s);

	cr_expect(a->spi_i == b->spi_i && a->spi_r == b->spi_r && a->initiator != b->initiator, "%s\n%s", p->end[0].log,
	    p->end[1].log);
	cr_expect(a->keys->sk_d.n > 0 && secret_eq(&a->keys->sk_d, &b->keys->sk_d));
}

/* Each end tells of the other's children as that does: which of them replaced which, and by names of its own. */
static void same_story(const struct pair *p)
{
	for (int i = 0; i < 2; i++)
		for (unsigned k = 0; k < p->end[i].nchild; k++) {
			const struct pair_child *a = &p->end[i].child[k], *old = NULL;

			cr_expect_str_eq(a->in.peer, a->out.id);
			cr_expect_str_eq(a->out.peer, a->in.id);
			for (unsigned j = 0; j < p->end[i].nchild; j++)
				if (a->replaces != 0 && p->end[i].child[j].number == a->replaces)
					old = &p->end[i].child[j];
			cr_assert_eq(a->replaces != 0, old != NULL);
			if (old != NULL) {
				cr_expect_str_eq(a->in.replaces, old->in.id);
				cr_expect_str_eq(a->out.replaces, old->out.id);
			}
			for (unsigned j = 0; j < p->end[!i].nchild; j++) {
				const struct pair_child *b = &p->end[!i].child[j];

				if (b->spi_in == a->spi_out)
					cr_expect_eq(a->replaces != 0, b->replaces != 0, "child %llu of end %d:\n%s\n%s",
					    (unsigned long long)a->number, i, p->end[0].log, p->end[1].log);
			}
		}
}

static void one_child(struct pair *p)
{
	same_story(p);
	for (int i = 0; i < 2; i++) {
		cr_expect_eq(children(&p->end[i]), 1, "end %d has %u:\n%s\n%s", i, children(&p->end[i]), p->end[0].log, p->end[1].log);
		cr_expect(session_child_at(p->end[i].s, 0)->sends, "end %d sends by none:\n%s", i, p->end[i].log);
	}
	pair_expect_equal(p);
}

Test(session_create, rekey_child)
{
	static const char *const esp[] = { "aes128gcm16", "aes128gcm16-x25519", "aes128-sha256-ecp256", "aes256-sha512-modp2048-esn" };
	struct pair p;
	struct err e;

	for (size_t i = 0; i < sizeof esp / sizeof esp[0]; i++)
		for (int who = 0; who < 2; who++) {
			pair_init(&p, esp[i]);
			for (int k = 0; k < 2; k++)
				pair_offers(&p.end[k].conf, &p.end[k].conf.child[0].offers, IKE_PROTO_ESP, esp[i]);
			pair_start(&p);
			pair_settle(&p);
			cr_assert(pair_is_up(&p), "%s\n%s", p.end[0].log, p.end[1].log);
			cr_assert_eq(session_rekey_child(p.end[who].s, first_child(&p.end[who]), p.now, &e), 0, "%s", e.text);
			pair_quiet(&p);
			one_child(&p);
			for (int k = 0; k < 2; k++) {
				cr_expect_eq(p.end[k].count[SESSION_CHILD_REKEYED], 1);
				cr_expect_eq(p.end[k].count[SESSION_CHILD_DOWN], 1);
				cr_expect_eq(session_child_at(p.end[k].s, 0)->replaces, 1);
				cr_expect_eq(session_child_at(p.end[k].s, 0)->initiator, k == who);
			}
			cr_expect(p.end[0].child[0].n_in == p.end[0].child[1].n_in &&
			    memcmp(p.end[0].child[0].key_in, p.end[0].child[1].key_in, p.end[0].child[0].n_in) != 0);
			pair_clear(&p);
		}
}

Test(session_create, rekey_ike)
{
	struct pair p;
	struct err e;

	for (int who = 0; who < 2; who++) {
		up(&p, "ike");
		for (unsigned again = 1; again <= 3; again++) {
			cr_assert_eq(session_rekey_ike(p.end[((unsigned)who + again) % 2].s, p.now, &e), 0, "%s", e.text);
			pair_quiet(&p);
			same_ike(&p);
			one_child(&p);
			cr_expect_eq(p.end[0].count[SESSION_IKE_REKEYED], again, "%s\n%s", p.end[0].log, p.end[1].log);
			cr_expect_eq(p.end[1].count[SESSION_IKE_REKEYED], again);
			cr_expect_eq(p.end[0].nkeys, again + 1);
			cr_expect(memcmp(p.end[0].sk_d[again], p.end[0].sk_d[again - 1], 32) != 0);
			cr_expect(memcmp(p.end[0].sk_d[again], p.end[1].sk_d[again], 32) == 0);
		}
		cr_assert_eq(session_rekey_child(p.end[who].s, first_child(&p.end[who]), p.now, &e), 0, "%s", e.text);
		pair_quiet(&p);
		one_child(&p);
		session_delete(p.end[who].s, p.now, &e);
		pair_quiet(&p);
		cr_expect(pair_is_over(&p), "%s\n%s", p.end[0].log, p.end[1].log);
		pair_clear(&p);
	}
}

/* Whatever both do at about the same time, with a bad way between them: in the end there is one IKE SA and one child SA, the
 * same at both ends. */
static void collide(const char *seed, bool child[2], bool ike[2], unsigned bad)
{
	struct pair p;
	struct err e;

	up(&p, seed);
	for (int i = 0; i < 2; i++)
		p.end[i].conf.retransmit_tries = 12;
	p.loss = p.doubled = p.late = bad;
	for (int round = 0; round < 3; round++) {
		int first = (int)rng_below(&p.way, 2);

		for (int i = 0; i < 2; i++) {
			int who = i ^ first;

			if (child[who] && (round == 0 || !session_over(p.end[who].s)))
				session_rekey_child(p.end[who].s, first_child(&p.end[who]), p.now, &e);
			if (ike[who])
				session_rekey_ike(p.end[who].s, p.now, &e);
			if (i == 0)
				pair_run_to(&p, p.now + (int64_t)rng_below(&p.way, 40) * PAIR_MS);
		}
		pair_run(&p, 60);
	}
	p.loss = p.doubled = p.late = 0;
	pair_run(&p, 3600);
	for (int i = 0; i < 2; i++)
		cr_assert(!session_over(p.end[i].s), "%s: end %d is over:\n%s\n---\n%s", seed, i, p.end[0].log, p.end[1].log);
	same_ike(&p);
	one_child(&p);
	session_delete(p.end[0].s, p.now, &e);
	pair_run(&p, 60);
	cr_expect(pair_is_over(&p), "%s: not over\n%s\n%s", seed, p.end[0].log, p.end[1].log);
	pair_clear(&p);
}

static void collide_often(const char *name, int times, bool ci, bool cr, bool ii, bool ir)
{
	char seed[40];

	for (int i = 0; i < times; i++) {
		snprintf(seed, sizeof seed, "%s %d", name, i);
		collide(seed, (bool[2]){ ci, cr }, (bool[2]){ ii, ir }, i % 3 * 10);
	}
}

Test(session_create, children_collide)
{
	collide_often("child", 200, true, true, false, false);
}

Test(session_create, ikes_collide)
{
	collide_often("ike", 200, false, false, true, true);
}

Test(session_create, child_and_ike_collide)
{
	collide_often("mixed", 100, true, false, false, true);
	collide_often("mixed other", 100, false, true, true, false);
}

Test(session_create, all_collide)
{
	collide_often("all", 200, true, true, true, true);
}
