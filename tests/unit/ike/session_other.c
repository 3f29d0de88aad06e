/* A peer with several addresses: the first that answers IKE_SA_INIT is it. */
#include "ike/hub.h"
#include "unit/ike/pair.h"

static struct addr here;		/* where somebody answers */
static unsigned sent_to[4];		/* 203.0.113.N */
static struct session *icmp;		/* is told at once that nobody is elsewhere */

static bool only_here(struct pair *p, struct pair_datagram *d)
{
	(void)p;
	if (d->to == PAIR_R && d->path.local.b[0] == 203 && d->path.local.b[3] < 4)
		sent_to[d->path.local.b[3]]++;
	if (d->to != PAIR_R || addr_eq(&d->path.local, &here))
		return true;
	if (icmp != NULL)
		session_unreachable(icmp, "ICMP: host unreachable, says 192.0.2.254");
	return false;
}

static void begin(struct pair *p, const char *seed, unsigned others, const char *answers)
{
	static const char *const list[] = { "203.0.113.1", "203.0.113.2", "203.0.113.3" };
	struct session_conf *conf = &p->end[PAIR_I].conf;

	memset(sent_to, 0, sizeof sent_to);
	icmp = NULL;
	here = pair_addr(answers);
	pair_init(p, seed);
	p->end[PAIR_R].addr = pair_addr(list[0]);
	conf->retransmit_ns = UINT64_C(1000) * PAIR_MS;
	for (unsigned i = 0; i < others; i++) {
		conf->other[conf->nother] = pair_path(p, PAIR_I);
		conf->other[conf->nother++].remote = pair_addr(list[i + 1]);
	}
	p->man = only_here;
	pair_start(p);
}

Test(session_other, the_next_address_where_nobody_answers)
{
	static struct pair p;
	int64_t at;

	begin(&p, "silent", 2, "203.0.113.3");
	at = p.now;
	pair_settle(&p);
	cr_assert(pair_is_up(&p), "%s", p.end[0].log);
	cr_expect(sent_to[1] == 3 && sent_to[2] == 3, "%u, %u times", sent_to[1], sent_to[2]);
	cr_expect_leq(p.now - at, INT64_C(15000) * PAIR_MS, "two times three messages, a second, 1.8 and 3.24 apart");
	cr_expect_eq(p.end[PAIR_I].count[SESSION_OTHER_ADDRESS], 2);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_FAILED], 0);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_DELETED], 0);
	cr_expect_not_null(strstr(p.end[PAIR_I].log, "other-address: no answer from 203.0.113.2\n"), "%s", p.end[0].log);
	cr_expect(addr_eq(&session_ike(p.end[PAIR_I].s)->path.remote, &here));
	cr_expect_eq(session_ike(p.end[PAIR_I].s)->number, 1);
	pair_expect_equal(&p);
	pair_clear(&p);
}

Test(session_other, at_once_where_there_is_no_way)
{
	static struct pair p;
	int64_t at;

	begin(&p, "no way", 2, "203.0.113.3");
	icmp = p.end[PAIR_I].s;
	session_unreachable(icmp, "ICMP: port unreachable, says 203.0.113.1");
	at = p.now;
	pair_settle(&p);
	cr_assert(pair_is_up(&p), "%s", p.end[0].log);
	cr_expect(sent_to[1] == 1 && sent_to[2] == 1, "%u, %u times", sent_to[1], sent_to[2]);
	cr_expect_leq(p.now - at, INT64_C(1000) * PAIR_MS);
	cr_expect_not_null(strstr(p.end[PAIR_I].log, "no answer from 203.0.113.1; the network said: ICMP: port unreachable"), "%s",
	    p.end[0].log);
	pair_clear(&p);
}

/* The last one has all the time that there is, and its failure is the session's. */
Test(session_other, nobody_at_all)
{
	static struct pair p;

	begin(&p, "nobody", 1, "192.0.2.77");
	pair_settle(&p);
	cr_expect(session_over(p.end[PAIR_I].s));
	cr_expect(sent_to[1] == 3 && sent_to[2] == 6, "%u, %u times", sent_to[1], sent_to[2]);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_FAILED], 1);
	cr_expect_str_eq(p.end[PAIR_I].why.row[0].id, "no-answer");
	pair_clear(&p);
}

static bool late_answer(struct pair *p, struct pair_datagram *d)
{
	if (d->to == PAIR_I && addr_eq(&d->path.remote, &here))
		d->at = p->now + INT64_C(8000) * PAIR_MS;
	return true;
}

/* The answer of the one that was left comes while the next is asked: it is too late. */
Test(session_other, a_late_answer)
{
	static struct pair p;

	begin(&p, "late", 1, "203.0.113.1");
	p.man = late_answer;
	pair_run(&p, 7);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_OTHER_ADDRESS], 1);
	here = pair_addr("203.0.113.1");
	pair_run(&p, 30);
	cr_expect(session_is_complete(p.end[PAIR_I].s), "%s", p.end[0].log);
	cr_expect_eq(session_ike(p.end[PAIR_I].s)->path.remote.b[3], 2);
	pair_clear(&p);
}

/* Who has answered, if only with a refusal or by asking for a cookie, is not left. */
Test(session_other, an_answer_is_an_answer)
{
	static struct pair p;

	begin(&p, "refused", 1, "203.0.113.1");
	pair_offers(&p.end[PAIR_R].conf, &p.end[PAIR_R].conf.ike, IKE_PROTO_IKE, "aes256-sha512-modp2048");
	pair_settle(&p);
	pair_run(&p, 60);
	cr_expect(session_over(p.end[PAIR_I].s));
	cr_expect_eq(sent_to[2], 0);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_OTHER_ADDRESS], 0);
	cr_expect_str_eq(p.end[PAIR_I].why.row[0].id, "no-proposal");
	pair_clear(&p);
}

Test(session_other, deleted_while_it_looks)
{
	static struct pair p;
	struct err e;

	begin(&p, "deleted", 2, "203.0.113.3");
	pair_run(&p, 8);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_OTHER_ADDRESS], 1);
	cr_assert_eq(session_delete(p.end[PAIR_I].s, p.now, &e), 0);
	cr_expect(session_over(p.end[PAIR_I].s));
	pair_clear(&p);
}

/* The first message could not even be sent, and the hub is to know that something is due. */
static struct hub *hub;
static unsigned gone;

static int refuse(void *arg, const struct session_packet *p, struct err *e)
{
	(void)arg;
	if (p->path.remote.b[3] == 2)
		return gone++, 0;
	err_set(e, "network is unreachable");
	return -1;
}

Test(session_other, cannot_be_sent)
{
	static struct pair p;
	struct session_calls calls = { .send = refuse };
	struct session_path path;
	struct session *s;
	struct err e;

	begin(&p, "cannot", 1, "203.0.113.2");
	path = pair_path(&p, PAIR_I);
	hub = hub_new(NULL, &calls, &e);
	cr_assert_not_null(hub);
	cr_assert_eq(hub_initiate(hub, &p.end[PAIR_I].conf, &path, p.now, &s, &e), 0, "%s", e.text);
	cr_expect_leq(hub_due(hub), p.now);
	cr_assert_eq(hub_tick(hub, p.now, &e), 0);
	cr_expect_eq(gone, 1);
	cr_expect_gt(hub_due(hub), p.now + 100 * PAIR_MS);
	session_unreachable(s, "ICMP: host unreachable");	/* it is the last one */
	cr_expect_gt(hub_due(hub), p.now + 100 * PAIR_MS);
	hub_free(hub);
	pair_clear(&p);
}

static struct reasons why;

static void take_failure(void *arg, const struct session_event *ev)
{
	(void)arg;
	if (ev->kind == SESSION_FAILED)
		why = *ev->why;
}

/* There is no other address: it fails at once, with a reason. */
Test(session_other, cannot_be_sent_anywhere)
{
	static struct pair p;
	struct session_calls calls = { .send = refuse, .event = take_failure };
	struct session_path path;
	struct session *s;
	struct err e;

	pair_init(&p, "nowhere");
	path = pair_path(&p, PAIR_I);
	path.remote.b[3] = 1;
	hub = hub_new(NULL, &calls, &e);
	cr_assert_not_null(hub);
	cr_assert_eq(hub_initiate(hub, &p.end[PAIR_I].conf, &path, p.now, &s, &e), 0, "%s", e.text);
	cr_assert_eq(why.n, 1);
	cr_expect_str_eq(why.row[0].id, "unreachable");
	cr_expect_str_eq(why.row[0].text, "no way to 198.51.100.1: network is unreachable");
	cr_expect_str_neq(why.row[0].advice, "");
	cr_assert_eq(hub_tick(hub, p.now, &e), 0);
	cr_expect_null(hub_at(hub, 0));
	hub_free(hub);
	pair_clear(&p);
}

static bool lose_farewell(struct pair *p, struct pair_datagram *d)
{
	(void)p;
	return d->n < 19 || d->p[18] != IKE_X_INFORMATIONAL;
}

/* What failed, and is only yet to tell its peer so, has had its last word. */
Test(session_other, dropped_after_its_end)
{
	static struct pair p;
	struct pair_end *i = &p.end[PAIR_I];
	struct err e;

	pair_init(&p, "told");
	cr_assert_eq(identity_parse(&i->conf.remote_id, "somebody@else", &e), 0);
	p.man = lose_farewell;
	pair_start(&p);
	pair_run_to(&p, p.now + 200 * PAIR_MS);
	cr_expect_eq(i->count[SESSION_FAILED], 1, "%s", i->log);
	cr_assert_not(session_over(i->s));
	session_drop(i->s, "by this end", p.now);
	cr_expect(session_over(i->s));
	cr_expect_eq(i->count[SESSION_DELETED], 0, "%s", i->log);
	pair_clear(&p);
}
