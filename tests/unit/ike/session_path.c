/* Where a peer is, by what comes from it. */
#include "unit/ike/pair.h"

/* RFC 7296 2.23: what verifies tells where a peer behind a NAT is; with MOBIKE it says so itself, RFC 4555 3.8. */
static unsigned moved_by_esp(bool nat, bool mobike)
{
	struct session_path path;
	struct pair p;
	struct err e;
	unsigned n;

	pair_init(&p, "esp");
	for (int i = 0; i < 2; i++)
		p.end[i].conf.mobike = mobike;
	p.end[0].conf.force_natt = nat;
	pair_start(&p);
	pair_settle(&p);
	cr_assert(pair_is_up(&p), "%s\n%s", p.end[0].log, p.end[1].log);
	path = session_ike(p.end[1].s)->path;
	cr_expect_eq(session_heard(p.end[1].s, &path, p.now, &e), 0);
	cr_expect_eq(p.end[1].count[SESSION_MOVED], 0, "%s", p.end[1].log);
	path.remote_port = 7777;
	cr_expect_eq(session_heard(p.end[1].s, &path, p.now, &e), 0);
	n = p.end[1].count[SESSION_MOVED];
	cr_expect_eq(session_ike(p.end[1].s)->path.remote_port == 7777, n == 1);
	pair_clear(&p);
	return n;
}

Test(session_path, moved_by_esp)
{
	cr_expect_eq(moved_by_esp(true, false), 1);
	cr_expect_eq(moved_by_esp(true, true), 0);
	cr_expect_eq(moved_by_esp(false, false), 0);
}
