/* Addresses that change (RFC 4555). */
#include "unit/ike/pair.h"

static void up(struct pair *p)
{
	pair_start(p);
	pair_settle(p);
	cr_assert(pair_is_up(p), "%s\n%s", p->end[0].log, p->end[1].log);
	pair_expect_equal(p);
}

static uint64_t first_child(const struct pair_end *x)
{
	const struct session_child *c = session_child_at(x->s, 0);

	cr_assert_not_null(c, "%s", x->log);
	return c->number;
}

static void ends_are(const struct pair *p, const char *i, const char *r)
{
	struct addr a = pair_addr(i), b = pair_addr(r);

	for (int k = 0; k < 2; k++) {
		const struct session_child *c = session_child_at(p->end[k].s, 0);
		const struct sa *sa = k == 0 ? &c->out : &c->in;

		cr_expect(addr_eq(&sa->src, &a) && addr_eq(&sa->dst, &b), "end %d\n%s", k, p->end[k].log);
		cr_expect(addr_eq(k == 0 ? &session_ike(p->end[k].s)->path.local : &session_ike(p->end[k].s)->path.remote, &a));
	}
}

Test(session_mobike, move)
{
	struct session_path path;
	struct pair p;
	struct err e;

	pair_init(&p, "move");
	up(&p);
	cr_expect(session_ike(p.end[0].s)->mobike);
	path = session_ike(p.end[0].s)->path;
	path.local = p.end[0].addr = pair_addr("192.0.2.77");
	cr_assert_eq(session_move(p.end[0].s, &path, p.now, &e), 0, "%s", e.text);
	pair_quiet(&p);
	ends_are(&p, "192.0.2.77", "198.51.100.2");
	cr_expect(p.end[0].count[SESSION_MOVED] == 1 && p.end[1].count[SESSION_MOVED] == 1);
	path = session_ike(p.end[1].s)->path;
	path.local = p.end[1].addr = pair_addr("198.51.100.99");
	cr_assert_eq(session_move(p.end[1].s, &path, p.now, &e), 0, "%s", e.text);
	pair_quiet(&p);
	ends_are(&p, "192.0.2.77", "198.51.100.99");
	cr_assert_eq(session_rekey_child(p.end[1].s, first_child(&p.end[1]), p.now, &e), 0);
	pair_quiet(&p);
	ends_are(&p, "192.0.2.77", "198.51.100.99");
	pair_expect_equal(&p);
	pair_clear(&p);
}

/* Behind a NAT, and out of it: UDP encapsulation comes and goes (RFC 4555 3.5). */
Test(session_mobike, move_behind_a_nat)
{
	struct session_path path;
	struct pair p;
	struct err e;

	pair_init(&p, "nat");
	up(&p);
	cr_expect_eq(session_child_at(p.end[1].s, 0)->in.encap.type, SA_ENCAP_NONE);
	p.nat = pair_addr("203.0.113.9");
	p.nat_port = 1000;
	path = session_ike(p.end[0].s)->path;
	path.local = p.end[0].addr = pair_addr("10.0.0.5");
	cr_assert_eq(session_move(p.end[0].s, &path, p.now, &e), 0, "%s", e.text);
	pair_quiet(&p);
	cr_expect_eq(session_child_at(p.end[1].s, 0)->in.encap.type, SA_ENCAP_UDP, "%s", p.end[1].log);
	cr_expect_eq(session_child_at(p.end[1].s, 0)->in.encap.sport, 5500);
	cr_expect_eq(session_child_at(p.end[0].s, 0)->out.encap.type, SA_ENCAP_UDP);
	cr_expect(session_ike(p.end[0].s)->nat_here && session_ike(p.end[1].s)->nat_there);
	pair_clear(&p);
}

Test(session_mobike, no_mobike)
{
	struct session_path path;
	struct pair p;
	struct err e;

	pair_init(&p, "no mobike");
	p.end[1].conf.mobike = false;
	up(&p);
	path = session_ike(p.end[0].s)->path;
	cr_expect(session_move(p.end[0].s, &path, p.now, &e) < 0);
	pair_clear(&p);
}
