/*
 * A responder under a flood of first messages: from forged sources, who never see an answer, and from true ones that
 * do (RFC 7296 2.6).  It asks for cookies, amplifies nothing, takes no more memory, and a true client gets in.
 */
#include <criterion/criterion.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "ike/hub.h"
#include "unit/ike/pair_conf.h"

enum { FLOOD = 100000, MS = 1000000, ANSWERS = 16, INIT_MAX = 2048 };

static const uint8_t psk[] = "correct horse";

struct answer { struct session_path path; uint8_t p[INIT_MAX]; size_t n; };

/* A responder behind a hub, and what it sent last. */
static struct side {
	struct session_conf conf;
	struct creds creds;
	struct session_calls calls;
	struct secret_pool pool;
	struct session_desk *desk;
	struct answer sent[ANSWERS];
	unsigned n;
	unsigned authenticated, cookies;
} gate, client;

static struct hub *hub;
static struct rng rng;
static int64_t now;
static struct err e;

static int keep(void *arg, const struct session_packet *p, struct err *why)
{
	struct side *x = arg;

	(void)why;
	if (x->n == ANSWERS || p->bytes.n > INIT_MAX)
		return 0;
	x->sent[x->n].path = p->path;
	memcpy(x->sent[x->n].p, p->bytes.p, p->bytes.n);
	x->sent[x->n++].n = p->bytes.n;
	return 0;
}

static void told(void *arg, const struct session_event *ev)
{
	struct side *x = arg;

	x->authenticated += ev->kind == SESSION_AUTHENTICATED;
	x->cookies += ev->kind == SESSION_COOKIE;
}

static void side_init(struct side *x, int who)
{
	*x = (struct side){ 0 };
	x->calls = (struct session_calls){ .arg = x, .secrets = &x->pool, .send = keep, .event = told };
	x->calls.desk = x->desk = session_desk_new(&e);
	cr_assert_not_null(x->desk);
	pair_conf(&x->conf, &x->creds, who, (struct span){ psk, sizeof psk - 1 }, &rng);
}

static void side_clear(struct side *x)
{
	session_desk_free(x->desk);
	session_conf_clear(&x->conf);
	creds_clear(&x->creds);
	secret_pool_clear(&x->pool);
}

static void start(void)
{
	cr_assert_eq(secret_init(&e), 0);
	rng_init_seed(&rng, (struct span){ (const uint8_t *)"flood", 5 }, "test");
	now = INT64_C(1790000000) * 1000 * MS;
	side_init(&gate, PAIR_R);
	side_init(&client, PAIR_I);
}

static void open_gate(void)
{
	hub = hub_new(&gate.conf, &gate.calls, &e);
	cr_assert_not_null(hub, "%s", e.text);
}

static void stop(void)
{
	hub_free(hub);
	side_clear(&gate);
	side_clear(&client);
	rng_clear(&rng);
}

TestSuite(hub_flood, .init = start, .fini = stop);

static struct session_path path_of(const char *from, uint32_t number)
{
	struct session_path path = { .local = pair_addr("198.51.100.2"), .remote = pair_addr(from), .local_port = 500,
		.remote_port = 500 };

	path.remote.b[1] = (uint8_t)(path.remote.b[1] + (number >> 16));
	path.remote.b[2] = (uint8_t)(number >> 8);
	path.remote.b[3] = (uint8_t)number;
	return path;
}

static struct session_path back(const struct session_path *p)
{
	return (struct session_path){ .local = p->remote, .remote = p->local, .local_port = p->remote_port,
		.remote_port = p->local_port };
}

/* A first message as the client makes them; its session is dropped again. */
static size_t first_message(uint8_t *out)
{
	struct session_path path = path_of("192.0.2.0", 9), there = back(&path);
	struct session *s = session_initiate(&client.conf, &client.calls, &there, now, &e);

	cr_assert(s != NULL && client.n == 1);
	memcpy(out, client.sent[0].p, client.sent[0].n);
	client.n = 0;
	session_free(s);
	return client.sent[0].n;
}

/* Another SPI, and a public value that nobody else has: every message is new. */
static void forge(uint8_t *init, uint32_t number)
{
	store_be64(init, UINT64_C(0x1000000000000) + number);
	store_be32(init + 80, number);
}

static void push(const struct session_path *path, const uint8_t *p, size_t n)
{
	gate.n = 0;
	cr_assert_eq(hub_push(hub, path, (struct span){ p, n }, now, &e), 0, "%s", e.text);
}

static void tick(void)
{
	if (hub_due(hub) <= now)
		cr_assert_eq(hub_tick(hub, now, &e), 0, "%s", e.text);
}

static size_t in_use(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* The client and the responder talk until both fall silent, or the client is done; true: it is in. */
static bool gets_in(unsigned number, unsigned seconds)
{
	struct session_path path = path_of("192.0.2.0", number), there = back(&path);
	struct session *s = session_initiate(&client.conf, &client.calls, &there, now, &e);
	int64_t until = now + seconds * INT64_C(1000) * MS;
	bool in;

	cr_assert_not_null(s, "%s", e.text);
	while (!session_is_complete(s) && !session_over(s) && now < until) {
		struct answer asked[ANSWERS];
		unsigned n = client.n;

		memcpy(asked, client.sent, n * sizeof asked[0]);
		client.n = 0;
		for (unsigned i = 0; i < n; i++) {
			push(&path, asked[i].p, asked[i].n);
			for (unsigned k = 0; k < gate.n; k++) {
				struct session_path seen = back(&gate.sent[k].path);

				cr_assert_eq(session_push(s, &seen, (struct span){ gate.sent[k].p, gate.sent[k].n }, now, &e), 0);
			}
		}
		if (client.n == 0) {
			now += 500 * MS;
			tick();
			session_tick(s, now, &e);
		}
	}
	in = session_is_complete(s);
	session_free(s);
	client.n = 0;
	return in;
}

/* A hundred thousand within a hundred seconds, each from an address of its own, and three true clients among them. */
Test(hub_flood, forged_sources)
{
	uint8_t init[INIT_MAX];
	size_t n = first_message(init), memory = 0, most = 0;
	struct hub_stats stats;
	unsigned in = 0, answers = 0;

	open_gate();
	for (uint32_t i = 0; i < FLOOD; i++) {
		struct session_path path = path_of("10.0.0.0", i);
		bool cookies;

		forge(init, i);
		hub_stats(hub, &stats);
		cookies = stats.half_open >= 64;
		push(&path, init, n);
		answers += gate.n;
		cr_assert_leq(gate.n, 1);
		cr_assert(!cookies || gate.n == 0 || gate.sent[0].n <= n, "%zu octets answered to %zu", gate.sent[0].n, n);
		now += MS;
		tick();
		if (i % (FLOOD / 4) == FLOOD / 8)
			in += gets_in(i / (FLOOD / 4), 20);
		if (i == FLOOD / 10)
			memory = in_use();
		if (i > FLOOD / 10 && in_use() > most)
			most = in_use();
	}
	hub_stats(hub, &stats);
	cr_expect_eq(in, 4, "%u of 4 true clients got in", in);
	cr_expect_eq(client.cookies, 4);
	cr_expect_eq(client.authenticated, 4);
	cr_expect_leq(stats.half_open, 65);
	cr_expect_gt(stats.cookies_sent, FLOOD * 9 / 10);
	cr_expect_eq(stats.cookies_bad, 0);
	cr_expect_gt(answers, FLOOD * 9 / 10);
	/* the four sessions that stand, and what comes and goes of 64 */
	cr_expect_leq(most, memory + 512 * 1024, "from %zu to %zu octets", memory, most);
}

/* Nobody can use another one's cookie: of another address, SPI or nonce. */
Test(hub_flood, stolen_cookies)
{
	uint8_t init[INIT_MAX], with[INIT_MAX];
	struct session_path path = path_of("10.0.0.0", 1), other = path_of("10.0.0.0", 2);
	size_t n = first_message(init);
	struct hub_stats stats;
	const uint8_t *cookie;
	size_t extra;

	gate.conf.force_cookie = true;
	open_gate();
	push(&path, init, n);
	cr_assert_eq(gate.n, 1);
	cookie = gate.sent[0].p + 28;			/* the notify, first and alone */
	extra = load_be16(cookie + 2);
	cr_assert_eq(load_be16(cookie + 6), IKE_N_COOKIE);
	memcpy(with, init, 28);
	memcpy(with + 28, cookie, extra);
	with[28] = init[16];
	with[16] = IKE_P_NOTIFY;
	memcpy(with + 28 + extra, init + 28, n - 28);
	store_be32(with + 24, (uint32_t)(n + extra));
	push(&other, with, n + extra);
	hub_stats(hub, &stats);
	cr_expect(stats.sessions == 0 && stats.cookies_bad == 1, "another address");
	with[0] ^= 1;
	push(&path, with, n + extra);
	hub_stats(hub, &stats);
	cr_expect(stats.sessions == 0 && stats.cookies_bad == 2, "another SPI");
	with[0] ^= 1;
	with[28 + 8] ^= 1;
	push(&path, with, n + extra);
	hub_stats(hub, &stats);
	cr_expect(stats.sessions == 0 && stats.cookies_bad == 3, "another cookie");
	with[28 + 8] ^= 1;
	now += INT64_C(3600) * 1000 * MS;		/* an hour later the secret is another one */
	push(&path, with, n + extra);
	hub_stats(hub, &stats);
	cr_expect(stats.sessions == 0 && stats.cookies_bad == 4, "an old one");
	cr_expect_eq(gate.n, 1);
}

/* Who can receive, and returns cookies, fills the table, and no more than that; when they are forgotten, others get in. */
Test(hub_flood, true_sources)
{
	uint8_t init[INIT_MAX];
	size_t n = first_message(init), full = 0;
	struct hub_stats stats;

	gate.conf.cookie_after = 1 << 20;		/* as if all had theirs */
	gate.conf.half_open_max = 500;
	open_gate();
	for (uint32_t i = 0; i < 20000; i++) {
		struct session_path path = path_of("10.0.0.0", i);

		forge(init, i);
		push(&path, init, n);
		hub_stats(hub, &stats);
		cr_assert_leq(stats.half_open, 500);
		if (i == 600)
			full = in_use();
	}
	cr_expect_eq(stats.sessions, 500);
	cr_expect_leq(in_use(), full + 4096);
	cr_expect_not(gets_in(1, 20));
	now += INT64_C(20) * 1000 * MS;
	tick();
	cr_expect(gets_in(2, 20), "nobody gets in any more");
	hub_stats(hub, &stats);
	cr_expect_eq(stats.sessions, 1);
}

/* First messages that are none are not answered, or by no more than they were long. */
Test(hub_flood, garbage)
{
	uint8_t init[INIT_MAX];
	size_t n = first_message(init);
	struct session_path path = path_of("10.0.0.0", 1);
	struct hub_stats stats;

	open_gate();
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t bad[INIT_MAX];
		size_t len = rng_below(&rng, (uint32_t)n + 1);

		memcpy(bad, init, n);
		store_be64(bad, i + 1);
		for (unsigned k = rng_below(&rng, 4); k > 0; k--)
			bad[16 + rng_below(&rng, (uint32_t)n - 16)] ^= (uint8_t)(1 + rng_below(&rng, 255));
		if (i % 2 == 0)
			len = n;
		else
			store_be32(bad + 24, (uint32_t)len);
		push(&path, bad, len);
		hub_stats(hub, &stats);
		cr_assert(gate.n == 0 || stats.half_open > 0 || gate.sent[0].n <= len, "%zu octets answered to %zu", gate.sent[0].n,
		    len);
		now += MS;
		tick();
	}
	cr_expect(gets_in(1, 60));
}
