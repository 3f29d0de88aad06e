/* IKE_AUTH in memory: virtual addresses, children that are refused or not asked for. */
#include "unit/ike/auth_pair.h"

/* The client has an address of the pool and goes to 10.2.0.0/16. */
static void client(const char *addresses, bool four, bool six)
{
	struct session_conf *i = &p.end[PAIR_I].conf, *r = &p.end[PAIR_R].conf;
	struct err e;

	i->want4 = four;
	i->want6 = six;
	i->child[0].mine_dynamic = true;
	r->child[0].theirs_dynamic = true;
	if (six) {
		i->child[0].ts.ndst = r->child[0].ts.nsrc = 2;
		pair_range(&i->child[0].ts.dst[1], "fd00:2::/32");
		pair_range(&r->child[0].ts.src[1], "fd00:2::/32");
	}
	if (addresses != NULL)
		cr_assert((r->pool = pool_new(addresses, &e)) != NULL, "%s", e.text);
	r->dns[r->ndns++] = pair_addr("10.2.0.53");
	r->dns[r->ndns++] = pair_addr("fd00:2::53");
}

static void end(void)
{
	struct pool *pool = p.end[PAIR_R].conf.pool;

	pair_clear(&p);
	if (pool != NULL)
		cr_expect_eq(pool_leases(pool), 0, "what was given came back");
	pool_free(pool);
}

static bool is(const struct addr *a, const char *text)
{
	struct addr b = pair_addr(text);

	return addr_eq(a, &b);
}

Test(session_cp, four)
{
	const struct session_ike *ike;
	const struct selector *ts;

	pair_init(&p, "four");
	client("10.9.0.0/24", true, false);
	ap_run();
	ap_expect_up("four");
	for (int i = 0; i < 2; i++) {
		ike = session_ike(p.end[i].s);
		cr_expect(is(&ike->virtual4, "10.9.0.1") && ike->virtual6.family == 0);
		cr_expect(ike->ndns == 1 && is(&ike->dns[0], "10.2.0.53"));
		cr_expect_eq(p.end[i].count[SESSION_ADDRESS], 1);
		ts = &p.end[i].child[0].out.ts[0];
		cr_expect(is(i == PAIR_I ? &ts->src[0].first : &ts->dst[0].first, "10.9.0.1"));
		cr_expect(is(i == PAIR_I ? &ts->src[0].last : &ts->dst[0].last, "10.9.0.1"));
		cr_expect(is(i == PAIR_I ? &ts->dst[0].first : &ts->src[0].first, "10.2.0.0"));
	}
	cr_expect_eq(pool_leases(p.end[PAIR_R].conf.pool), 1);
	/* it ends: the address is free, before the session is */
	cr_assert_eq(session_delete(p.end[PAIR_I].s, p.now, &(struct err){ 0 }), 0);
	pair_run(&p, 5);
	cr_expect(pair_is_over(&p));
	cr_expect_eq(pool_leases(p.end[PAIR_R].conf.pool), 0);
	end();
}

Test(session_cp, six_and_both)
{
	const struct session_ike *ike;

	pair_init(&p, "six");
	client("fd00:9::/112", false, true);
	p.end[PAIR_I].conf.child[0].ts.dst[0] = p.end[PAIR_I].conf.child[0].ts.dst[1];
	p.end[PAIR_I].conf.child[0].ts.ndst = 1;
	ap_run();
	ap_expect_up("six");
	cr_expect(is(&session_ike(p.end[PAIR_I].s)->virtual6, "fd00:9::1"));
	end();

	pair_init(&p, "both");
	client("10.9.0.0/24,fd00:9::/112", true, true);
	p.end[PAIR_I].conf.want_addr4 = pair_addr("10.9.0.77");
	p.end[PAIR_I].conf.want_addr6 = pair_addr("fd00:9::77");
	ap_run();
	ap_expect_up("both");
	ike = session_ike(p.end[PAIR_I].s);
	cr_expect(is(&ike->virtual4, "10.9.0.77") && is(&ike->virtual6, "fd00:9::77"));
	cr_expect_eq(ike->ndns, 2);
	end();

	/* a pool of one family gives what it has */
	pair_init(&p, "both wanted");
	client("10.9.0.0/24", true, true);
	ap_run();
	ap_expect_up("both wanted");
	ike = session_ike(p.end[PAIR_I].s);
	cr_expect(is(&ike->virtual4, "10.9.0.1") && ike->virtual6.family == 0);
	end();
}

/* The IKE SA stands without a child, and both say why. */
static void refused(const char *what)
{
	ap_run();
	for (int i = 0; i < 2; i++) {
		cr_expect_eq(p.end[i].count[SESSION_AUTHENTICATED], 1, "%s: %s", what, p.end[i].log);
		cr_expect_eq(p.end[i].count[SESSION_FAILED], 0, "%s: %s", what, p.end[i].log);
		cr_expect_eq(p.end[i].count[SESSION_CHILD_UP], 0, "%s: %s", what, p.end[i].log);
	}
	cr_expect_eq(p.end[PAIR_I].count[SESSION_CHILD_REFUSED], 1, "%s: %s", what, p.end[PAIR_I].log);
	cr_expect(!session_is_complete(p.end[PAIR_I].s) && !session_over(p.end[PAIR_I].s));
}

Test(session_cp, nothing_to_give)
{
	uint8_t who = 'x';
	struct addr a;
	struct err e;

	pair_init(&p, "exhausted");
	client("10.9.0.1-10.9.0.1", true, false);
	cr_assert_eq(pool_take(p.end[PAIR_R].conf.pool, 4, (struct span){ &who, 1 }, NULL, &a, &e), 1);
	refused("exhausted");
	cr_expect(ap_says(PAIR_I, "address: the peer has no address to give (INTERNAL_ADDRESS_FAILURE)"), "%s", p.end[PAIR_I].log);
	cr_expect(ap_says(PAIR_R, "address: the pool has no address left"), "%s", p.end[PAIR_R].log);
	pool_give_back(p.end[PAIR_R].conf.pool, &a);
	end();

	pair_init(&p, "of another family");
	client("fd00:9::/112", true, false);
	refused("of another family");
	end();
}

Test(session_cp, not_asked_for)
{
	pair_init(&p, "not asked for");
	client("10.9.0.0/24", false, false);
	refused("not asked for");
	cr_expect(ap_says(PAIR_I, "address: the peer wants this end to ask for an address (CP)"), "%s", p.end[PAIR_I].log);
	end();
}

/* A responder without a pool takes no notice; who wanted an address has none, and says so. */
Test(session_cp, no_pool)
{
	pair_init(&p, "no pool");
	client(NULL, true, false);
	p.end[PAIR_R].conf.child[0].theirs_dynamic = false;
	pair_range(&p.end[PAIR_R].conf.child[0].ts.dst[0], "0.0.0.0/0");
	pair_start(&p);
	pair_settle(&p);
	pair_run(&p, 5);
	cr_expect(ap_says(PAIR_I, "address: the peer gives no address, although one was asked for (CP)"), "%s", p.end[PAIR_I].log);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_CHILD_UP], 0);
	cr_expect_eq(p.end[PAIR_R].count[SESSION_CHILD_DOWN], 1, "what was set up there is gone: %s", p.end[PAIR_R].log);
	end();
}

Test(session_cp, same_client_again)
{
	struct session_path path;
	struct err e;

	pair_init(&p, "again");
	client("10.9.0.0/24", true, false);
	ap_run();
	ap_expect_up("again");
	path = pair_path(&p, PAIR_I);
	p.end[PAIR_I].more[p.end[PAIR_I].nmore++] = session_initiate(&p.end[PAIR_I].conf, &p.end[PAIR_I].calls, &path, p.now, &e);
	pair_run(&p, 5);
	cr_assert_eq(p.end[PAIR_R].nmore, 1);
	cr_expect(is(&session_ike(p.end[PAIR_R].more[0])->virtual4, "10.9.0.2"), "while it has the first one");
	cr_expect_eq(pool_leases(p.end[PAIR_R].conf.pool), 2);
	end();
}

/* An IKE SA that is rekeyed keeps the address. */
Test(session_cp, rekeyed)
{
	struct err e;

	pair_init(&p, "rekeyed");
	client("10.9.0.0/24", true, false);
	ap_run();
	ap_expect_up("rekeyed");
	cr_assert_eq(session_rekey_ike(p.end[PAIR_I].s, p.now, &e), 0, "%s", e.text);
	pair_run(&p, 5);
	cr_expect_eq(p.end[PAIR_R].count[SESSION_IKE_REKEYED], 1);
	for (int i = 0; i < 2; i++)
		cr_expect(is(&session_ike(p.end[i].s)->virtual4, "10.9.0.1"));
	cr_expect_eq(pool_leases(p.end[PAIR_R].conf.pool), 1);
	cr_assert_eq(session_rekey_child(p.end[PAIR_R].s, session_child_at(p.end[PAIR_R].s, 0)->number, p.now, &e), 0, "%s", e.text);
	pair_run(&p, 5);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_CHILD_REKEYED], 1);
	cr_expect(is(&session_child_at(p.end[PAIR_I].s, 0)->out.ts[0].src[0].first, "10.9.0.1"));
	end();
}

/* --- children --- */

Test(session_cp, childless)
{
	pair_init(&p, "childless");
	p.end[PAIR_I].conf.childless = p.end[PAIR_R].conf.childless = true;
	ap_run();
	ap_expect_up("childless");
	pair_clear(&p);

	pair_init(&p, "childless, without any");
	p.end[PAIR_I].conf.childless = p.end[PAIR_R].conf.childless = true;
	p.end[PAIR_I].conf.nchild = 0;
	pair_start(&p);
	pair_run(&p, 5);
	cr_expect(session_is_complete(p.end[PAIR_I].s));
	pair_clear(&p);

	pair_init(&p, "childless, and the peer not");
	p.end[PAIR_I].conf.childless = true;
	ap_run();
	ap_expect_up("childless, and the peer not");
	pair_clear(&p);

	pair_init(&p, "no child, and the peer not childless");
	p.end[PAIR_I].conf.nchild = 0;
	ap_run();
	cr_expect(ap_says(PAIR_I, "the responder does not take an IKE SA without a child SA (RFC 6023)"), "%s", p.end[PAIR_I].log);
	pair_clear(&p);
}

Test(session_cp, refused_children)
{
	pair_init(&p, "other selectors");
	pair_range(&p.end[PAIR_I].conf.child[0].ts.dst[0], "10.3.0.0/16");
	refused("other selectors");
	pair_clear(&p);

	pair_init(&p, "other algorithms");
	pair_offers(&p.end[PAIR_I].conf, &p.end[PAIR_I].conf.child[0].offers, IKE_PROTO_ESP, "aes256-sha384");
	refused("other algorithms");
	pair_clear(&p);

	/* one comes and one does not */
	pair_init(&p, "one of two");
	pair_child_add(&p.end[PAIR_I].conf, "more", "10.1.0.0/16", "10.3.0.0/16");
	ap_run();
	pair_run(&p, 5);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_CHILD_UP], 1);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_CHILD_REFUSED], 1);
	cr_expect(!session_is_complete(p.end[PAIR_I].s));
	pair_clear(&p);
}
