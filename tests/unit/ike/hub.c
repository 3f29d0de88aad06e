/* A hub of responders against a hub of initiators, in memory; strangers and forgers. */
#include <criterion/criterion.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "ike/hub.h"
#include "unit/ike/pair_conf.h"

enum { MS = 1000000, ROOM = 1 << 16 };

struct letter { int to; struct session_path path; uint8_t *p; size_t n; };

static struct letter box[ROOM];
static size_t first, last;
static struct session_conf conf[2];
static struct creds creds[2];
static struct hub *hub[2];
static struct rng rng;
static int64_t now;
static unsigned count[2][SESSION_KINDS];
static size_t longest_first;		/* of what the responder sent */
static unsigned over[2];
static struct err e;

static int send_one(void *arg, const struct session_packet *p, struct err *err)
{
	int who = (int)(intptr_t)arg;
	struct letter *l = &box[last++ % ROOM];

	(void)err;
	cr_assert_lt(last - first, ROOM);
	*l = (struct letter){ .to = !who, .path = { .local = p->path.remote, .remote = p->path.local,
		.local_port = p->path.remote_port, .remote_port = p->path.local_port }, .n = p->bytes.n };
	l->p = malloc(p->bytes.n);
	memcpy(l->p, p->bytes.p, p->bytes.n);
	if (who == PAIR_R && p->bytes.n > longest_first)
		longest_first = p->bytes.n;
	return 0;
}

static void heard(void *arg, const struct session_event *ev)
{
	count[(intptr_t)arg][ev->kind]++;
}

static void ended(void *arg, struct session *s)
{
	(void)s;
	over[(intptr_t)arg]++;
}

static void setup(void)
{
	static const uint8_t psk[] = "secret";

	cr_assert_eq(secret_init(&e), 0);
	rng_init_seed(&rng, (struct span){ (const uint8_t *)"hub", 3 }, "hub");
	now = INT64_C(1790000000) * 1000 * MS;
	for (int i = 0; i < 2; i++) {
		struct session_calls calls = { .arg = (void *)(intptr_t)i, .send = send_one, .event = heard, .over = ended };

		pair_conf(&conf[i], &creds[i], i, (struct span){ psk, sizeof psk - 1 }, &rng);
		conf[i].nchild = 0;
		conf[i].childless = true;
		conf[i].initial_contact = false;
		hub[i] = hub_new(i == PAIR_R ? &conf[i] : NULL, &calls, &e);
		cr_assert_not_null(hub[i]);
	}
}

static void teardown(void)
{
	for (int i = 0; i < 2; i++) {
		hub_free(hub[i]);
		session_conf_clear(&conf[i]);
		creds_clear(&creds[i]);
	}
	for (; first < last; first++)
		free(box[first % ROOM].p);
}

TestSuite(hub, .init = setup, .fini = teardown);

static struct session_path path_of(uint32_t client)
{
	struct session_path p = { .local = pair_addr("10.0.0.0"), .remote = pair_addr("198.51.100.2"), .local_port = 500,
		.remote_port = 500 };

	store_be32(p.local.b, client + 0x0a000001);
	return p;
}

static void deliver_all(void)
{
	while (first < last) {
		struct letter l = box[first++ % ROOM];

		cr_assert_eq(hub_push(hub[l.to], &l.path, (struct span){ l.p, l.n }, now, &e), 0, "%s", e.text);
		free(l.p);
	}
}

static void pass(int64_t ns)
{
	int64_t until = now + ns;

	for (;;) {
		int64_t due = hub_due(hub[0]) < hub_due(hub[1]) ? hub_due(hub[0]) : hub_due(hub[1]);

		deliver_all();
		if (due > until)
			break;
		now = due > now ? due : now;
		for (int i = 0; i < 2; i++)
			cr_assert_eq(hub_tick(hub[i], now, &e), 0);
	}
	now = until;
}

static struct session *start(uint32_t client)
{
	struct session_path path = path_of(client);
	struct session *s;

	cr_assert_eq(hub_initiate(hub[PAIR_I], &conf[PAIR_I], &path, now, &s, &e), 0, "%s", e.text);
	return s;
}

static struct hub_stats stats(int i)
{
	struct hub_stats st;

	hub_stats(hub[i], &st);
	return st;
}

Test(hub, many_come_and_go)
{
	for (uint32_t i = 0; i < 500; i++) {
		start(i);
		deliver_all();
	}
	cr_expect_eq(stats(PAIR_R).sessions, 500);
	cr_expect_eq(stats(PAIR_R).half_open, 0);
	cr_expect_eq(count[PAIR_R][SESSION_AUTHENTICATED], 500);
	cr_expect_eq(stats(PAIR_R).cookies_sent, 0);
	for (size_t i = 0; i < 500; i++)
		cr_assert_eq(session_delete(hub_at(hub[PAIR_I], i), now, &e), 0);
	pass(INT64_C(120000) * MS);
	cr_expect_eq(stats(PAIR_I).sessions, 0);
	cr_expect_eq(over[PAIR_I], 500);
}

Test(hub, cookies_are_asked_for_and_given_back)
{
	conf[PAIR_R].force_cookie = true;
	start(1);
	deliver_all();
	cr_expect_eq(count[PAIR_I][SESSION_COOKIE], 1);
	cr_expect_eq(count[PAIR_R][SESSION_AUTHENTICATED], 1);
	cr_expect_eq(stats(PAIR_R).cookies_sent, 1);
	cr_expect_eq(stats(PAIR_R).cookies_bad, 0);
}

/* A cookie and another group, in either order of asking. */
Test(hub, cookie_and_group)
{
	conf[PAIR_R].force_cookie = true;
	pair_offers(&conf[0], &conf[0].ike, IKE_PROTO_IKE, "aes128gcm16-prfsha256-x25519-ecp256");
	pair_offers(&conf[1], &conf[1].ike, IKE_PROTO_IKE, "aes128gcm16-prfsha256-ecp256");
	start(1);
	deliver_all();
	cr_expect_eq(count[PAIR_I][SESSION_COOKIE], 1);
	cr_expect_eq(count[PAIR_I][SESSION_OTHER_GROUP], 1);
	cr_expect_eq(count[PAIR_R][SESSION_AUTHENTICATED], 1);
}

/* The request again, before and after it was answered: one session, the same answer. */
Test(hub, a_first_message_again)
{
	struct letter l;

	start(1);
	l = box[first % ROOM];
	cr_assert_eq(hub_push(hub[PAIR_R], &l.path, (struct span){ l.p, l.n }, now, &e), 0);
	cr_assert_eq(hub_push(hub[PAIR_R], &l.path, (struct span){ l.p, l.n }, now, &e), 0);
	cr_expect_eq(stats(PAIR_R).begun, 1);
	cr_assert_eq(last - first, 3);
	cr_expect_eq(box[(first + 1) % ROOM].n, box[(first + 2) % ROOM].n);
	cr_expect_arr_eq(box[(first + 1) % ROOM].p, box[(first + 2) % ROOM].p, box[(first + 1) % ROOM].n);
}

/* IKE_SA_INIT as anybody may send it: a genuine one with other SPI and nonce, from anywhere. */
static struct span forged(const struct letter *like, uint8_t *room)
{
	memcpy(room, like->p, like->n);
	rng_bytes(&rng, room, 8);
	for (size_t i = 0; i + 36 < like->n; i++)		/* the nonce follows its header */
		if (memcmp(room + i, "\x29\0\0\x24", 4) == 0)
			rng_bytes(&rng, room + i + 4, 32);
	return (struct span){ room, like->n };
}

Test(hub, a_hundred_thousand_forged_sources)
{
	uint8_t room[2048];
	struct letter like;
	size_t before = 0;

	start(1);
	like = box[first % ROOM];
	like.p = memcpy(malloc(like.n), like.p, like.n);
	deliver_all();
	cr_assert_eq(stats(PAIR_R).sessions, 1);
	for (uint32_t i = 0; i < 100000; i++) {
		struct session_path path = like.path;

		rng_bytes(&rng, path.remote.b, 4);
		path.remote_port = (uint16_t)rng_u32(&rng);
		longest_first = 0;
		cr_assert_eq(hub_push(hub[PAIR_R], &path, forged(&like, room), now, &e), 0, "%s", e.text);
		if (stats(PAIR_R).cookies_sent > 0)
			cr_assert_leq(longest_first, like.n);
		while (first < last)
			free(box[first++ % ROOM].p);
		if (i == 1000)
			before = mallinfo2().uordblks;
	}
	cr_expect_eq(stats(PAIR_R).sessions, 1 + 64);
	cr_expect_eq(stats(PAIR_R).cookies_sent, 100000 - 64);
	cr_expect_leq(mallinfo2().uordblks, before + 4096, "%zu, then %zu", before, mallinfo2().uordblks);
	/* one that is true gets in all the same */
	start(2);
	deliver_all();
	cr_expect_eq(count[PAIR_I][SESSION_COOKIE], 1);
	cr_expect_eq(count[PAIR_I][SESSION_AUTHENTICATED], 2);
	/* and what was half open goes */
	pass(INT64_C(31000) * MS);
	cr_expect_eq(stats(PAIR_R).half_open, 0);
	cr_expect_eq(stats(PAIR_R).sessions, 2);
	free(like.p);
}

Test(hub, half_open_ones_are_bounded)
{
	uint8_t room[2048];
	struct letter like;

	conf[PAIR_R].cookie_after = 1000;
	conf[PAIR_R].half_open_max = 10;
	start(1);
	like = box[first++ % ROOM];
	for (int i = 0; i < 30; i++)
		cr_assert_eq(hub_push(hub[PAIR_R], &like.path, forged(&like, room), now, &e), 0);
	cr_expect_eq(stats(PAIR_R).sessions, 10);
	cr_expect_eq(stats(PAIR_R).dropped, 20);
	free(like.p);
}

/* A client that lost everything comes again. */
Test(hub, first_contact_ends_what_was)
{
	start(1);
	deliver_all();
	conf[PAIR_I].initial_contact = true;
	start(2);
	deliver_all();
	pass(MS);
	cr_expect_eq(stats(PAIR_R).sessions, 1);
	cr_expect_eq(count[PAIR_R][SESSION_DELETED], 1);
	cr_expect_eq(over[PAIR_R], 1);
}

/* And has the one address there is. */
Test(hub, first_contact_has_its_address_again)
{
	struct pool *pool = pool_new("10.9.0.7-10.9.0.7", &e);
	struct addr want = pair_addr("10.9.0.7");

	conf[PAIR_R].pool = pool;
	conf[PAIR_I].want4 = true;
	start(1);
	deliver_all();
	conf[PAIR_I].initial_contact = true;
	start(2);
	deliver_all();
	cr_expect(addr_eq(&session_ike(hub_at(hub[PAIR_I], 1))->virtual4, &want));
	pass(MS);
	cr_expect_eq(stats(PAIR_R).sessions, 1);
	cr_expect_eq(pool_leases(pool), 1);
	for (int i = 0; i < 2; i++) {
		hub_free(hub[i]);
		hub[i] = NULL;
	}
	cr_expect_eq(pool_leases(pool), 0);
	pool_free(pool);
}

Test(hub, a_commanded_session_is_due)
{
	start(1);
	deliver_all();
	cr_expect_eq(session_check_peer(hub_at(hub[PAIR_I], 0), now, &e), 0);
	cr_expect_eq(last - first, 1);
	cr_expect_leq(hub_due(hub[PAIR_I]), now + 1000 * MS);
}

/* Ten thousand IKE SAs with a child each, in memory that a small machine has. */
Test(hub, ten_thousand)
{
	enum { N = 10000, EACH = 24 * 1024 };	/* octets of heap for both ends' sessions */
	size_t before = mallinfo2().uordblks, each;

	for (int i = 0; i < 2; i++) {
		conf[i].nchild = 1;
		conf[i].childless = false;
	}
	for (uint32_t i = 0; i < N; i++) {
		start(i);
		deliver_all();
	}
	each = (mallinfo2().uordblks - before) / N;
	cr_expect_eq(stats(PAIR_R).sessions, N);
	cr_expect_eq(count[PAIR_R][SESSION_CHILD_UP], N);
	cr_expect_leq(each, 2 * EACH, "%zu octets each", each);
	for (size_t i = 0; i < N; i++) {
		const struct session_child *want = session_child_at(hub_at(hub[PAIR_R], i), 0), *c;

		cr_assert_eq(hub_by_child(hub[PAIR_R], want->in.spi, &c), hub_at(hub[PAIR_R], i));
		cr_assert_eq(c, want);
	}
}
