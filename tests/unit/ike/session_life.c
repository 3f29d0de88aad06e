/* What time and traffic bring: lifetimes, new proofs. */
#include "unit/ike/pair.h"

static const int64_t second = 1000 * (int64_t)PAIR_MS;

static void up(struct pair *p)
{
	pair_start(p);
	pair_settle(p);
	cr_assert(pair_is_up(p), "%s\n%s", p->end[0].log, p->end[1].log);
	pair_expect_equal(p);
}

/* --- lifetimes --- */

Test(session_life, rekey_by_time)
{
	struct pair p;

	pair_init(&p, "lifetimes");
	p.end[0].conf.child[0].rekey_ns = 100 * (uint64_t)second;
	p.end[1].conf.child[0].rekey_ns = 110 * (uint64_t)second;
	p.end[0].conf.rekey_ns = p.end[1].conf.rekey_ns = 1000 * (uint64_t)second;
	up(&p);
	pair_run(&p, 3600);
	pair_expect_equal(&p);
	for (int i = 0; i < 2; i++) {
		cr_expect(!session_over(p.end[i].s));
		cr_expect(p.end[i].count[SESSION_IKE_REKEYED] >= 3 && p.end[i].count[SESSION_IKE_REKEYED] <= 4, "%u",
		    p.end[i].count[SESSION_IKE_REKEYED]);
		cr_expect(p.end[i].count[SESSION_CHILD_REKEYED] >= 34 && p.end[i].count[SESSION_CHILD_REKEYED] <= 46, "%u",
		    p.end[i].count[SESSION_CHILD_REKEYED]);
		cr_expect_null(session_child_at(p.end[i].s, 1));
	}
	pair_clear(&p);
}

static uint64_t passed;

static void used(void *arg, const struct session_child *c, uint64_t *bytes, uint64_t *packets)
{
	(void)arg;
	(void)c;
	*bytes = passed;
	*packets = passed / 100;
}

Test(session_life, rekey_by_amount)
{
	struct pair p;

	for (int by_packets = 0; by_packets < 2; by_packets++) {
		pair_init(&p, "amount");
		p.end[0].calls.child_used = used;
		if (by_packets)
			p.end[0].conf.child[0].rekey_packets = 100;
		else
			p.end[0].conf.child[0].rekey_bytes = 10000;
		passed = 9999;
		up(&p);
		pair_run(&p, 30);
		cr_expect_eq(p.end[0].count[SESSION_CHILD_REKEYED], 0);
		passed = 10000;
		pair_run_to(&p, p.now + 1500 * (int64_t)PAIR_MS);
		passed = 0;
		pair_run(&p, 30);
		cr_expect_eq(p.end[0].count[SESSION_CHILD_REKEYED], 1, "%s", p.end[0].log);
		pair_expect_equal(&p);
		pair_clear(&p);
	}
}

/* --- a new proof --- */

Test(session_life, reauth)
{
	struct pair p;
	struct err e;

	pair_init(&p, "reauth");
	pair_child_add(&p.end[0].conf, "more", "10.20.0.0/16", "10.30.0.0/16");
	pair_child_add(&p.end[1].conf, "more", "10.30.0.0/16", "10.20.0.0/16");
	up(&p);
	cr_expect(session_reauth(p.end[1].s, p.now, &e) < 0);		/* the responder cannot */
	cr_assert_eq(session_reauth(p.end[0].s, p.now, &e), 0, "%s", e.text);
	pair_run(&p, 5);
	cr_assert_eq(p.end[0].nmore, 1);
	cr_expect(session_over(p.end[0].s) && session_over(p.end[1].s), "%s\n%s", p.end[0].log, p.end[1].log);
	cr_expect(session_is_complete(p.end[0].more[0]) && !session_over(p.end[1].more[0]));
	cr_expect_not_null(session_child_at(p.end[0].more[0], 1));
	cr_expect_eq(p.end[0].count[SESSION_AUTHENTICATED], 2);
	cr_expect_eq(p.end[1].count[SESSION_FAILED], 0);
	pair_clear(&p);
}

Test(session_life, reauth_by_time)
{
	struct pair p;

	pair_init(&p, "reauth time");
	p.end[0].conf.reauth_ns = 600 * (uint64_t)second;
	p.end[0].conf.rekey_ns = 100 * (uint64_t)second;
	up(&p);
	pair_run(&p, 1250);
	cr_expect_eq(p.end[0].nmore, 2, "%u\n%s", p.end[0].nmore, p.end[0].log);
	cr_expect(session_over(p.end[0].s) && session_over(p.end[0].more[0]) && session_is_complete(p.end[0].more[1]));
	pair_clear(&p);
}

/* The responder wants to know again who it is (RFC 4478). */
Test(session_life, reauth_asked_for)
{
	struct pair p;

	pair_init(&p, "auth lifetime");
	p.end[1].conf.reauth_ns = 100 * (uint64_t)second;
	up(&p);
	pair_run(&p, 105);
	cr_expect(p.end[0].nmore == 1 && session_over(p.end[0].s) && session_is_complete(p.end[0].more[0]), "%s", p.end[0].log);
	pair_clear(&p);
}

static bool lose(struct pair *p, struct pair_datagram *d)
{
	(void)p;
	(void)d;
	return false;
}

/* The new one does not come up: the old one stays, and it is tried again. */
Test(session_life, reauth_fails)
{
	struct pair p;
	struct err e;

	pair_init(&p, "reauth fails");
	p.end[0].conf.retransmit_tries = 2;
	up(&p);
	p.man = lose;
	cr_assert_eq(session_reauth(p.end[0].s, p.now, &e), 0);
	pair_run(&p, 20);
	p.man = NULL;
	cr_expect(session_over(p.end[0].more[0]) && !session_over(p.end[0].s), "%s", p.end[0].log);
	session_free(p.end[0].more[0]);
	p.end[0].nmore = 0;
	pair_run(&p, 60);
	cr_expect(p.end[0].nmore == 1 && session_is_complete(p.end[0].more[0]) && session_over(p.end[0].s), "%s", p.end[0].log);
	pair_clear(&p);
}
