/* A hub and what belongs to none of its sessions: answered, dropped, told. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "ike/hub.h"
#include "unit/ike/pair_conf.h"

static struct session_conf conf;
static struct creds creds;
static struct rng rng;
static struct hub *hub;
static int64_t now;
static struct err e;
static unsigned sent, told;
static uint8_t sent_last[100];
static size_t sent_n;
static char told_last[200];

static int send_one(void *arg, const struct session_packet *p, struct err *err)
{
	(void)arg;
	(void)err;
	cr_assert_leq(p->bytes.n, sizeof sent_last);
	memcpy(sent_last, p->bytes.p, sent_n = p->bytes.n);
	sent++;
	return 0;
}

static void dropped(void *arg, const struct session_path *path, const char *why)
{
	(void)arg;
	cr_expect_eq(path->remote_port, 500);
	told++;
	snprintf(told_last, sizeof told_last, "%s", why);
}

static void setup(void)
{
	struct session_calls calls = { .send = send_one, .dropped = dropped };
	static const uint8_t psk[] = "secret";

	cr_assert_eq(secret_init(&e), 0);
	rng_init_seed(&rng, (struct span){ (const uint8_t *)"hub", 3 }, "hub");
	now = INT64_C(1790000000) * 1000000000;
	pair_conf(&conf, &creds, PAIR_R, (struct span){ psk, sizeof psk - 1 }, &rng);
	hub = hub_new(&conf, &calls, &e);
	cr_assert_not_null(hub);
}

static void teardown(void)
{
	hub_free(hub);
	session_conf_clear(&conf);
	creds_clear(&creds);
}

TestSuite(hub_strange, .init = setup, .fini = teardown);

static struct hub_stats stats(void)
{
	struct hub_stats s;

	hub_stats(hub, &s);
	return s;
}

static void push(const void *bytes, size_t n)
{
	struct session_path path = { .local = pair_addr("198.51.100.2"), .remote = pair_addr("192.0.2.1"), .local_port = 500,
		.remote_port = 500 };

	cr_assert_eq(hub_push(hub, &path, (struct span){ bytes, n }, now, &e), 0);
}

#define HEAD(next, version, exchange, flags, n) \
	"\1\2\3\4\5\6\7\x8\0\0\0\0\0\0\0\0" next version exchange flags "\0\0\0\0\0\0\0" n

Test(hub_strange, what_belongs_nowhere)
{
	static const char v3[] = HEAD("\x21", "\x30", "\x22", "\x08", "\x28") "12345678901",
	    v1[] = HEAD("\x21", "\x10", "\x22", "\x08", "\x28") "12345678901",
	    stray[] = HEAD("\x21", "\x20", "\x25", "\x08", "\x28") "12345678901",
	    cut[] = HEAD("\x21", "\x20", "\x22", "\x08", "\x28") "12345678901";

	push("", 0);
	push(v3, 27);
	cr_expect_eq(stats().dropped, 2);
	push(v1, 40);
	push(cut, 40);
	push(stray, 40);
	cr_expect_eq(sent, 0);
	cr_expect_eq(stats().invalid_spi, 1);
	cr_expect_eq(stats().dropped, 4);
	push(v3, 40);
	cr_assert_eq(sent, 1);
	cr_expect_eq(sent_n, 36);
	cr_expect_arr_eq(sent_last, "\1\2\3\4\5\6\7\x8\0\0\0\0\0\0\0\0\x29\x20\x22\x20\0\0\0\0\0\0\0\x24"
	    "\0\0\0\x08\0\0\0\x05", 36);
	for (int i = 0; i < 100; i++)
		push(v3, 40);
	cr_expect_eq(sent, 10);
}

/* First messages that come to nothing are told, ten a second. */
Test(hub_strange, what_is_dropped_is_told)
{
	static const struct { size_t at; uint8_t is; const char *why; } rows[] = {
		{ 23, 7, "its message ID is 7, wanted 0" }, { 19, 0, "it has not the initiator's flag" },
		{ 17, 0x10, "it is of version 1 of IKE, wanted 2" }, { 31, 0xff, "its payloads are cut off" },
		{ 27, 0x30, "it has 47 octets, and its header says 48" },
	};
	uint8_t first[] = HEAD("\x28", "\x20", "\x22", "\x08", "\x2f") "\0\0\0\x13" "123456789012345";

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t was = first[rows[i].at];

		first[rows[i].at] = rows[i].is;
		push(first, sizeof first - 1);
		cr_expect_eq(told, i + 1);
		cr_expect_str_eq(told_last, rows[i].why);
		first[rows[i].at] = was;
	}
	cr_expect_eq(sent, 0);
	now += 1000000000;
	for (int i = 0; i < 30; i++)
		push(first, sizeof first - 2);
	cr_expect_eq(told, sizeof rows / sizeof rows[0] + 10);
	cr_expect_eq(stats().dropped, sizeof rows / sizeof rows[0] + 30);
}

/* A nonce of 15 octets is answered as whatever else is wrong, but with cookies on, which are made of it. */
Test(hub_strange, a_short_nonce)
{
	static const uint8_t first[] = HEAD("\x28", "\x20", "\x22", "\x08", "\x2f") "\0\0\0\x13" "123456789012345";

	push(first, sizeof first - 1);
	cr_expect_eq(sent, 1);
	cr_expect_eq(load_be16(sent_last + 34), IKE_N_INVALID_SYNTAX);
	cr_expect_leq(sent_n, sizeof first - 1);
	cr_expect_eq(stats().refused, 1);
	conf.force_cookie = true;
	push(first, sizeof first - 1);
	cr_expect_eq(sent, 1);
	cr_expect_str_eq(told_last, "it has no nonce of 16 to 256 octets to make a cookie of");
}
