/* INFORMATIONAL: deletes that cross, whatever both ends ask for at once, does the peer live. */
#include "unit/ike/pair.h"

static const int64_t second = 1000 * (int64_t)PAIR_MS;

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

static void no_child(const struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		cr_expect_null(session_child_at(p->end[i].s, 0), "end %d:\n%s\n%s", i, p->end[0].log, p->end[1].log);
		cr_expect(!session_over(p->end[i].s));
	}
}

/* --- deletes --- */

Test(session_info, delete_child)
{
	struct pair p;
	struct err e;

	for (int who = 0; who < 3; who++) {	/* 2: both at once */
		pair_init(&p, "delete");
		up(&p);
		for (int i = 0; i < 2; i++)
			if (i == who || who == 2)
				cr_assert_eq(session_delete_child(p.end[i].s, first_child(&p.end[i]), p.now, &e), 0);
		pair_quiet(&p);
		no_child(&p);
		for (int i = 0; i < 2; i++)
			cr_expect_eq(p.end[i].count[SESSION_CHILD_DOWN], 1, "%s", p.end[i].log);
		pair_clear(&p);
	}
}

Test(session_info, delete_ike)
{
	struct pair p;
	struct err e;

	for (int who = 0; who < 3; who++) {
		pair_init(&p, "delete ike");
		up(&p);
		for (int i = 0; i < 2; i++)
			if (i == who || who == 2)
				session_delete(p.end[i].s, p.now, &e);
		pair_quiet(&p);
		cr_expect(pair_is_over(&p));
		for (int i = 0; i < 2; i++) {
			cr_expect_eq(p.end[i].count[SESSION_DELETED], 1, "%s", p.end[i].log);
			cr_expect_eq(p.end[i].count[SESSION_CHILD_DOWN], 1);
			cr_expect_eq(p.end[i].count[SESSION_FAILED], 0);
			cr_expect_eq(session_due(p.end[i].s), INT64_MAX);
		}
		pair_clear(&p);
	}
}

static void elsewhere(struct pair *p)
{
	struct session_path path = session_ike(p->end[0].s)->path;
	char text[ADDR_TEXT];
	struct err e;

	snprintf(text, sizeof text, "192.0.2.%u", 1 + rng_below(&p->way, 3));
	path.local = p->end[0].addr = pair_addr(text);
	session_move(p->end[0].s, &path, p->now, &e);
}

/* Addresses of IKE SA and children are those where the initiator is. */
static bool are_there(const struct pair *p)
{
	const struct session_child *c;
	bool ok = true;

	for (int i = 0; i < 2; i++) {
		const struct session_path *path = &session_ike(p->end[i].s)->path;

		ok &= addr_eq(i == 0 ? &path->local : &path->remote, &p->end[0].addr);
		for (unsigned k = 0; (c = session_child_at(p->end[i].s, k)) != NULL; k++)
			ok &= addr_eq(i == 0 ? &c->out.src : &c->in.src, &p->end[0].addr);
	}
	return ok;
}

/* Whatever both ends ask for at once, in any order and over any way: they agree afterwards. */
static void muddle(const char *seed, unsigned bad)
{
	struct pair p;
	struct err e;

	pair_init(&p, seed);
	for (int i = 0; i < 2; i++)
		p.end[i].conf.retransmit_tries = 12;
	/* each prefers another group: INVALID_KE_PAYLOAD comes in between, too */
	pair_offers(&p.end[0].conf, &p.end[0].conf.child[0].offers, IKE_PROTO_ESP, "aes128gcm16-x25519-ecp256");
	pair_offers(&p.end[1].conf, &p.end[1].conf.child[0].offers, IKE_PROTO_ESP, "aes128gcm16-ecp256-x25519");
	pair_offers(&p.end[0].conf, &p.end[0].conf.ike, IKE_PROTO_IKE, "aes128gcm16-prfsha256-x25519-ecp256");
	pair_offers(&p.end[1].conf, &p.end[1].conf.ike, IKE_PROTO_IKE, "aes128gcm16-prfsha256-ecp256-x25519");
	up(&p);
	p.loss = p.doubled = p.late = bad;
	for (int round = 0; round < 20; round++) {
		struct pair_end *x = &p.end[rng_below(&p.way, 2)];
		const struct session_child *c = session_child_at(x->s, 0);

		switch (rng_below(&p.way, 6)) {
		case 0: session_rekey_ike(x->s, p.now, &e); break;
		case 1: session_new_child(x->s, &x->conf.child[0], p.now, &e); break;
		case 4: elsewhere(&p); break;
		case 2: session_check_peer(x->s, p.now, &e); break;
		case 3: if (c != NULL) session_delete_child(x->s, c->number, p.now, &e); break;
		default: if (c != NULL) session_rekey_child(x->s, c->number, p.now, &e);
		}
		pair_run_to(&p, p.now + (int64_t)rng_below(&p.way, 60) * PAIR_MS);
	}
	p.loss = p.doubled = p.late = 0;
	pair_run(&p, 3600);
	for (int i = 0; i < 2; i++)
		cr_assert(!session_over(p.end[i].s), "%s: end %d is over:\n%s\n%s", seed, i, p.end[0].log, p.end[1].log);
	cr_expect(secret_eq(&session_ike(p.end[0].s)->keys->sk_d, &session_ike(p.end[1].s)->keys->sk_d), "%s:\n%s\n%s", seed,
	    p.end[0].log, p.end[1].log);
	pair_expect_equal(&p);
	cr_expect(are_there(&p), "%s: addresses differ\n%s\n%s", seed, p.end[0].log, p.end[1].log);
	for (unsigned i = 0; session_child_at(p.end[0].s, i) != NULL; i++)
		cr_expect(session_child_at(p.end[0].s, i)->sends, "%s: a child that only receives is left:\n%s\n%s", seed, p.end[0].log,
		    p.end[1].log);
	session_delete(p.end[1].s, p.now, &e);
	pair_run(&p, 60);
	cr_expect(pair_is_over(&p));
	pair_clear(&p);
}

Test(session_info, muddle)
{
	char seed[40];

	for (int i = 0; i < 300; i++) {
		snprintf(seed, sizeof seed, "muddle %d", i);
		muddle(seed, (unsigned)i % 3 * 10);
	}
}

/* --- does it live? --- */

static bool lose(struct pair *p, struct pair_datagram *d)
{
	(void)p;
	(void)d;
	return false;
}

Test(session_info, dead_peer)
{
	struct pair p;
	struct err e;

	pair_init(&p, "dpd");
	p.end[0].conf.dpd_ns = 10 * (uint64_t)second;
	up(&p);
	pair_run(&p, 35);
	cr_expect_eq(p.end[0].count[SESSION_DPD], 6, "%s", p.end[0].log);	/* asked, alive; three times */
	cr_expect_eq(session_heard(p.end[0].s, NULL, p.now, &e), 0);	/* ESP came */
	pair_run(&p, 9);
	cr_expect_eq(p.end[0].count[SESSION_DPD], 6);
	p.man = lose;
	pair_run(&p, 120);
	cr_expect(session_over(p.end[0].s) && !session_over(p.end[1].s));
	cr_expect_str_eq(p.end[0].why.row[0].id, "peer-gone", "%s", p.end[0].log);
	cr_expect_eq(p.end[0].count[SESSION_CHILD_DOWN], 1);
	pair_clear(&p);
}

static unsigned keepalives;

static int count_keepalives(void *arg, const struct session_packet *packet, struct err *e)
{
	if (packet->bytes.n == 1) {
		cr_expect(packet->bytes.p[0] == 0xff && !packet->marker);
		keepalives++;
	}
	return pair_send(arg, packet, e);
}

Test(session_info, keepalives)
{
	struct pair p;

	pair_init(&p, "keepalives");
	p.nat = pair_addr("203.0.113.9");
	p.nat_port = 1000;
	p.end[0].calls.send = count_keepalives;
	p.end[0].conf.keepalive_ns = 5 * (uint64_t)second;
	up(&p);
	pair_run(&p, 31);
	cr_expect_eq(keepalives, 6, "%u", keepalives);
	pair_clear(&p);
}
