/* Answers to requests that ended an IKE SA, when they were lost and the request comes again (RFC 7296 2.1). */
#include "ike/parting.h"

#include <criterion/criterion.h>
#include <malloc.h>
#include <string.h>

#include "unit/ike/crowd.h"

static const int64_t second = 1000000000;

/* --- the table --- */

static struct span text(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

static bool gives(struct partings *t, uint64_t spi, const char *request, int64_t now, const char *answer)
{
	uint16_t port = 0;
	struct span got = partings_find(t, spi, text(request), now, &port);

	return got.n == strlen(answer) && (got.n == 0 || (port == 4501 && memcmp(got.p, answer, got.n) == 0));
}

Test(parting, only_to_the_same_octets_and_for_a_while)
{
	struct partings t = { 0 };

	cr_expect(gives(&t, 7, "delete", 0, ""));
	partings_keep(&t, 7, 4501, text("delete"), text("gone"), 0);
	cr_expect(gives(&t, 7, "delete", 0, "gone"));
	cr_expect(gives(&t, 7, "delete", PARTING_S * second - 1, "gone"));
	cr_expect(gives(&t, 7, "delete", PARTING_S * second, ""));
	cr_expect(gives(&t, 7, "delet", 1, ""));
	cr_expect(gives(&t, 7, "deletf", 1, ""));
	cr_expect(gives(&t, 7 + PARTINGS, "delete", 1, ""));
	for (int i = 2; i < PARTING_TIMES; i++)
		cr_expect(gives(&t, 7, "delete", 1, "gone"));
	cr_expect(gives(&t, 7, "delete", 1, ""), "more than %d times", PARTING_TIMES);
	partings_age(&t, PARTING_S * second - 1);
	cr_expect_eq(t.n, 1);
	partings_age(&t, (PARTING_S + 10) * second);
	cr_expect_eq(t.n, 0);
	partings_clear(&t);
}

Test(parting, bounded)
{
	static uint8_t answer[PARTING_MAX + 1];
	struct partings t = { 0 };
	size_t before, after;

	partings_keep(&t, 1, 4501, text("x"), text("y"), 0);	/* what the digest needs is there from now on */
	partings_clear(&t);
	before = mallinfo2().uordblks;
	partings_keep(&t, 1, 4501, text("x"), (struct span){ answer, sizeof answer }, 0);
	cr_expect_eq(t.n, 0, "too long");
	for (uint64_t spi = 0; spi < 100000; spi++)
		partings_keep(&t, spi, 4501, text("x"), (struct span){ answer, sizeof answer - 1 }, 0);
	after = mallinfo2().uordblks;
	cr_expect_eq(t.n, PARTINGS);
	cr_expect_leq(after - before, (size_t)PARTINGS * (PARTING_MAX + 128));
	partings_clear(&t);
	cr_expect_leq(mallinfo2().uordblks, before + (size_t)PARTING_MAX * 16);	/* what malloc keeps in reserve */
}

/* --- hub and session --- */

static unsigned losses, deleted, alone;
static struct crowd_datagram answer[2];	/* what the hub said: first, last */
static unsigned answers;

/* What the hub answers in INFORMATIONAL, so many times. */
static bool lose_answers(struct crowd *c, const struct crowd_datagram *d)
{
	(void)c;
	if (d->to_hub || d->n < 28 || d->bytes[18] != IKE_X_INFORMATIONAL || (d->bytes[19] & 0x20) == 0)
		return false;
	answer[answers > 0] = *d;
	answers++;
	return answers <= losses;
}

static void seen(struct crowd *c, const struct session_event *ev)
{
	if (session_user(ev->session) != c || ev->kind != SESSION_DELETED)
		return;
	deleted++;
	alone += strstr(ev->text, "did not answer") != NULL;
}

static void later(struct crowd *c, int64_t ns)
{
	struct err e;
	int64_t until = c->now + ns;

	while (session_due(c->s) <= until) {
		c->now = session_due(c->s);
		cr_assert_eq(session_tick(c->s, c->now, &e), 0);
		crowd_deliver(c);
		cr_assert_eq(hub_tick(c->hub, c->now, &e), 0);
	}
	c->now = until;
}

static struct hub_stats stats(const struct crowd *c)
{
	struct hub_stats st;

	hub_stats(c->hub, &st);
	return st;
}

static void lossy(struct crowd *c, unsigned times)
{
	losses = times;
	crowd_init(c, "parting");
	c->seen = seen;
	cr_assert(crowd_begin(c, 1), "%s", c->failed);
	c->lost = lose_answers;
}

Test(parting, a_lost_answer_to_a_delete_comes_again)
{
	static struct crowd c;
	struct err e;

	lossy(&c, 2);
	cr_assert_eq(session_delete(c.s, c.now, &e), 0);
	crowd_deliver(&c);
	cr_expect_eq(stats(&c).sessions, 0);
	cr_expect(!session_over(c.s));
	later(&c, 60 * second);
	cr_expect(session_over(c.s));
	cr_expect(deleted == 1 && alone == 0, "the peer gave up");
	cr_expect_eq(answers, 3);
	cr_expect_eq(stats(&c).again, 2);
	cr_expect_eq(stats(&c).invalid_spi, 0);
	cr_expect_eq(answer[0].n, answer[1].n);
	cr_expect_arr_eq(answer[0].bytes, answer[1].bytes, answer[0].n);
	crowd_clear(&c);
}

/* The old IKE SA of a rekeying, while the session lives on. */
Test(parting, so_does_that_of_a_rekeyed_one)
{
	static struct crowd c;
	struct err e;

	lossy(&c, 1);
	cr_assert_eq(session_rekey_ike(c.s, c.now, &e), 0);
	crowd_deliver(&c);
	cr_expect_eq(answers, 1);
	later(&c, 60 * second);
	cr_expect_eq(answers, 2);
	cr_expect_eq(stats(&c).again, 1);
	cr_expect_eq(stats(&c).sessions, 1);
	cr_expect(!session_over(c.s) && session_is_complete(c.s));
	cr_assert_eq(session_delete(c.s, c.now, &e), 0);
	later(&c, 60 * second);
	cr_expect(deleted == 1 && alone == 0);
	cr_expect_eq(stats(&c).sessions, 0);
	crowd_clear(&c);
}

static struct crowd_datagram heard;	/* by the hub, last */

static bool refusal_lost(struct crowd *c, const struct crowd_datagram *d)
{
	(void)c;
	if (d->to_hub)
		heard = *d;
	if (d->to_hub || d->bytes[18] != IKE_X_AUTH)
		return false;
	return ++answers == 1;
}

/* AUTHENTICATION_FAILED: the initiator is told why, instead of nothing. */
Test(parting, so_does_a_refusal)
{
	static const uint8_t other[] = "another secret";
	static struct crowd c;
	struct hub_stats st;
	struct err e;

	crowd_init(&c, "refused");
	creds_clear(&c.creds[PAIR_R]);
	session_conf_clear(&c.conf[PAIR_R]);
	pair_conf(&c.conf[PAIR_R], &c.creds[PAIR_R], PAIR_R, (struct span){ other, sizeof other - 1 }, &c.rng);
	c.lost = refusal_lost;
	cr_expect(!crowd_begin(&c, 1));
	cr_expect_eq(answers, 1);
	cr_expect_eq(stats(&c).sessions, 0);
	later(&c, 60 * second);
	cr_expect_eq(answers, 2);
	cr_expect(session_over(c.s));
	cr_expect_not_null(strstr(c.failed, "AUTHENTICATION_FAILED"), "%s", c.failed);
	/* and nothing to anybody who cannot say the same */
	st = stats(&c);
	for (size_t i = 0; i < heard.n; i++) {
		heard.bytes[i] ^= 1;
		if (i < 16 || i > 19)		/* another exchange or version is another matter */
			cr_assert_eq(hub_push(c.hub, &heard.path, (struct span){ heard.bytes, heard.n }, c.now, &e), 0);
		heard.bytes[i] ^= 1;
	}
	cr_expect_eq(stats(&c).again, st.again);
	cr_expect_eq(c.n, 0);
	crowd_clear(&c);
}
