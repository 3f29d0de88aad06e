/* Several child SAs of a session: how many, which of them sends, key exchanges of their own. */
#include "unit/ike/pair.h"

static void up(struct pair *p)
{
	pair_start(p);
	pair_settle(p);
	cr_assert(pair_is_up(p), "%s\n%s", p->end[0].log, p->end[1].log);
	pair_expect_equal(p);
}

static void esp(struct pair *p, const char *initiator, const char *responder)
{
	pair_offers(&p->end[0].conf, &p->end[0].conf.child[0].offers, IKE_PROTO_ESP, initiator);
	pair_offers(&p->end[1].conf, &p->end[1].conf.child[0].offers, IKE_PROTO_ESP, responder);
}

static bool starts_at(const struct sa *sa, const char *text)
{
	struct addr a = pair_addr(text);

	return sa->nts == 1 && addr_eq(&sa->ts[0].src[0].first, &a);
}

Test(session_children, several)
{
	struct pair p;
	struct err e;
	char net[2][40];

	pair_init(&p, "several");
	for (int i = 0; i < 5; i++) {
		snprintf(net[0], sizeof net[0], "10.%d.0.0/16", 20 + i);
		snprintf(net[1], sizeof net[1], "10.%d.0.0/16", 30 + i);
		pair_child_add(&p.end[0].conf, "more", net[0], net[1]);
		pair_child_add(&p.end[1].conf, "more", net[1], net[0]);
	}
	up(&p);
	cr_expect_eq(p.end[0].nchild, 6);
	cr_expect(starts_at(&p.end[0].child[5].out, "10.24.0.0"));
	cr_assert_eq(session_new_child(p.end[1].s, &p.end[1].conf.child[2], p.now, &e), 0);
	pair_quiet(&p);
	cr_expect_eq(p.end[0].nchild, 7, "%s", p.end[1].log);
	cr_expect(starts_at(&p.end[0].child[6].out, "10.21.0.0"));
	pair_expect_equal(&p);
	pair_clear(&p);
}

/* All that a configuration may have, more than wait at a time. */
Test(session_children, many)
{
	struct pair p;
	char net[2][40];

	pair_init(&p, "many");
	for (int i = 1; i < SESSION_CHILDREN; i++) {
		snprintf(net[0], sizeof net[0], "10.20.%d.0/24", i);
		snprintf(net[1], sizeof net[1], "10.30.%d.0/24", i);
		pair_child_add(&p.end[0].conf, "more", net[0], net[1]);
		pair_child_add(&p.end[1].conf, "more", net[1], net[0]);
	}
	up(&p);
	cr_expect_eq(p.end[0].nchild, SESSION_CHILDREN);
	pair_clear(&p);
}

/* Which one packets go out by, until the delete of the replaced one comes. */
static unsigned deletes_lost;

static bool lose_deletes(struct pair *p, struct pair_datagram *d)
{
	(void)p;
	deletes_lost += d->to == PAIR_R && d->n > 18 && d->p[18] == IKE_X_INFORMATIONAL;
	return !(d->to == PAIR_R && d->n > 18 && d->p[18] == IKE_X_INFORMATIONAL);
}

Test(session_children, which_sends)
{
	struct pair p;
	struct err e;

	pair_init(&p, "not deleted");
	p.end[0].conf.retransmit_tries = 3;
	up(&p);
	p.man = lose_deletes;
	session_rekey_child(p.end[0].s, session_child_at(p.end[0].s, 0)->number, p.now, &e);
	pair_quiet(&p);
	cr_expect_gt(deletes_lost, 0);
	cr_expect(!session_child_at(p.end[1].s, 1)->sends && session_child_at(p.end[1].s, 0)->sends);
	cr_expect(session_child_at(p.end[0].s, 1)->sends && !session_child_at(p.end[0].s, 0)->sends);
	p.man = NULL;
	pair_run(&p, 5);
	cr_expect_null(session_child_at(p.end[1].s, 1));
	cr_expect(session_child_at(p.end[1].s, 0)->sends);
	pair_clear(&p);
}

static void forget(struct pair_end *x)
{
	while (x->nchild > 1) {
		sa_clear(&x->child[--x->nchild].in);
		sa_clear(&x->child[x->nchild].out);
	}
}

Test(session_children, too_many)
{
	struct pair p;
	struct err e;

	pair_init(&p, "too many");
	up(&p);
	for (int i = 1; i < SESSION_CHILDREN + 1; i++) {
		forget(&p.end[0]);
		forget(&p.end[1]);
		session_new_child(p.end[0].s, &p.end[0].conf.child[0], p.now, &e);
		pair_quiet(&p);
	}
	cr_expect_not_null(session_child_at(p.end[0].s, SESSION_CHILDREN - 1));
	cr_expect_null(session_child_at(p.end[0].s, SESSION_CHILDREN));
	cr_expect_str_eq(p.end[0].why.row[0].id, "too-many", "%s", p.end[0].log);
	cr_assert_eq(session_rekey_child(p.end[1].s, session_child_at(p.end[1].s, 5)->number, p.now, &e), 0);
	pair_quiet(&p);
	cr_expect_eq(p.end[1].count[SESSION_CHILD_REKEYED], 1, "%s", p.end[1].log);
	pair_clear(&p);
}

/* RFC 6023: IKE_AUTH without a child, each in an exchange of its own, with a key exchange. */
Test(session_children, childless)
{
	struct pair p;

	pair_init(&p, "childless");
	p.end[0].conf.childless = p.end[1].conf.childless = true;
	esp(&p, "aes128gcm16-x25519", "aes128gcm16-x25519");
	up(&p);
	cr_expect_eq(p.end[0].nchild, 1);
	pair_clear(&p);
}

/* Another group than the KE payload's is asked for; one that was not offered is not. */
Test(session_children, other_group)
{
	struct pair p;
	struct err e;

	pair_init(&p, "group");
	esp(&p, "aes128gcm16-ecp256-x25519", "aes128gcm16-x25519-ecp256");
	up(&p);
	for (int who = 0; who < 2; who++) {
		cr_assert_eq(session_rekey_child(p.end[who].s, session_child_at(p.end[who].s, 0)->number, p.now, &e), 0);
		pair_quiet(&p);
		pair_expect_equal(&p);
		cr_expect_eq(p.end[0].count[SESSION_CHILD_REKEYED], (unsigned)who + 1);
		cr_expect_gt(p.end[0].count[SESSION_OTHER_GROUP], 0);
	}
	pair_clear(&p);
	pair_init(&p, "no group");
	esp(&p, "aes128gcm16-x25519", "aes128gcm16");
	up(&p);
	cr_assert_eq(session_rekey_child(p.end[0].s, session_child_at(p.end[0].s, 0)->number, p.now, &e), 0);
	pair_quiet(&p);
	cr_expect_eq(p.end[0].count[SESSION_CHILD_REFUSED], 1, "%s", p.end[0].log);
	cr_expect_str_eq(p.end[0].why.row[0].id, "no-proposal");
	cr_expect_not_null(session_child_at(p.end[0].s, 0));
	pair_expect_equal(&p);
	pair_clear(&p);
}
