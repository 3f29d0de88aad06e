/* follow.c, follow_table.c, and what follow_v2.c and follow_v1.c see of messages that nobody can open.  With keys:
 * tests/interop/ike_follow.py */
#include "ike/follow.h"

#include <criterion/criterion.h>

#include "unit/ike/wire.h"

enum { MOST = 64 };

struct seen {
	unsigned n, notes, hints;
	struct { uint64_t sa, repeats, frame; enum verdict verdict; bool response, from_initiator, nat_i, nat_r; } m[MOST];
	struct follow *f;
	uint64_t frame;
};

static int take(void *arg, const struct follow_message *m, struct err *e)
{
	struct seen *s = arg;

	(void)e;
	cr_assert_lt(s->n, MOST);
	s->hints += m->first_no_key;
	s->m[s->n].sa = m->sa != NULL ? m->sa->number : 0;
	s->m[s->n].nat_i = m->sa != NULL && m->sa->nat_i;
	s->m[s->n].nat_r = m->sa != NULL && m->sa->nat_r;
	s->m[s->n].repeats = m->repeats;
	s->m[s->n].frame = m->frame[0];
	s->m[s->n].verdict = m->verdict;
	s->m[s->n].response = m->response;
	s->m[s->n++].from_initiator = m->from_initiator;
	return 0;
}

static void note(void *arg, const char *text)
{
	(void)text;
	((struct seen *)arg)->notes++;
}

static struct seen *begin(unsigned limit)
{
	struct seen *s = calloc(1, sizeof *s);
	struct follow_options o = { .limit = limit, .arg = s, .message = take, .note = note };
	struct err e;

	cr_assert((s->f = follow_new(&o, &e)) != NULL);
	return s;
}

static void end(struct seen *s)
{
	follow_free(s->f);
	free(s);
}

/* One datagram between 192.0.2.1 (forth: the sender) and .2; more: octets that were not captured. */
static void push_more(struct seen *s, bool forth, const char *hex, size_t more)
{
	static const struct addr ends[2] = { { 4, { 192, 0, 2, 1 } }, { 4, { 192, 0, 2, 2 } } };
	uint8_t wire[1024];
	struct datagram d = { .kind = DATAGRAM_IKE, .body = { wire, wire_hex(wire, sizeof wire, hex) }, .proto = IP_UDP,
		.src = ends[!forth], .dst = ends[forth], .sport = 500, .dport = 500, .frame = (const uint64_t[]){ ++s->frame }, .nframes = 1 };
	struct err e;

	d.whole = d.body.n + more;
	cr_assert_eq(follow_push(s->f, &d, &e), 0);
}

static void push(struct seen *s, bool forth, const char *hex)
{
	push_more(s, forth, hex, 0);
}

#define SPIS(r) "5a7c3b264fb1e106 " r " "
#define NEW SPIS("0000000000000000")
#define OLD SPIS("9d55f35430883fa2")
#define NONCE(next) next " 00 0014 00112233445566778899aabbccddeeff "
#define SOURCE(next, hash) next " 00 001c 00004004 " hash " "
#define GOOD "fc2d98832ad8c3308ef74d785a6a5ba4360e6ff4"
#define OTHER "3a4c587fb7a7531bf27ff1c470ab3bb0b5be47d6"

Test(follow, an_answer_is_of_the_same_ike_sa)
{
	struct seen *s = begin(0);

	push(s, true, NEW "28 20 22 08 00000000 00000030" NONCE("00"));
	push(s, false, OLD "28 20 22 20 00000000 00000030" NONCE("00"));
	push(s, true, OLD "2e 20 23 08 00000001 00000028 00 00 000c aabbccddeeff0011");
	push(s, false, OLD "2e 20 23 20 00000001 00000028 00 00 000c aabbccddeeff0012");
	cr_assert_eq(s->n, 4);
	cr_expect_eq(follow_count(s->f), 1);
	for (unsigned i = 0; i < 4; i++) {
		cr_expect_eq(s->m[i].sa, 1);
		cr_expect_eq(s->m[i].from_initiator, i % 2 == 0);
		cr_expect_eq(s->m[i].response, i % 2 == 1);
		cr_expect_eq(s->m[i].verdict, i < 2 ? V_OK : V_NO_KEY);
	}
	cr_expect_eq(s->hints, 1, "that keys are missing is said once");
	end(s);
}

Test(follow, repetitions)
{
	struct seen *s = begin(0);

	push(s, true, NEW "28 20 22 08 00000000 00000030" NONCE("00"));
	push(s, true, NEW "28 20 22 08 00000000 00000030" NONCE("00"));
	push(s, false, OLD "28 20 22 20 00000000 00000030" NONCE("00"));
	push(s, true, NEW "28 20 22 08 00000000 00000030" NONCE("00"));
	cr_assert_eq(s->n, 4);
	cr_expect(s->m[0].repeats == 0 && s->m[1].repeats == 1 && s->m[2].repeats == 0 && s->m[3].repeats == 1);
	cr_expect_eq(follow_count(s->f), 1);
	end(s);
}

/* RFC 7296 2.6: an answer with a cookie is not from a responder that has an IKE SA. */
Test(follow, a_cookie_says_no_spi)
{
	struct seen *s = begin(0);

	push(s, true, NEW "28 20 22 08 00000000 00000030" NONCE("00"));
	push(s, false, SPIS("1111111111111111") "29 20 22 20 00000000 00000028 00 00 000c 00004006 01020304");
	push(s, false, OLD "28 20 22 20 00000000 00000030" NONCE("00"));
	push(s, true, OLD "2e 20 23 08 00000001 00000028 00 00 000c aabbccddeeff0011");
	cr_assert_eq(s->n, 4);
	cr_expect(s->m[2].sa == s->m[0].sa && s->m[3].sa == s->m[0].sa);
	end(s);
}

Test(follow, nat)
{
	struct seen *s = begin(0);

	push(s, true, NEW "28 20 22 08 00000000 0000004c" NONCE("29") SOURCE("00", GOOD));
	cr_expect_not(s->m[0].nat_i || s->m[0].nat_r);
	/* of several hashes one that fits is enough (2.23) */
	push(s, true, NEW "28 20 22 08 00000000 00000068" NONCE("29") SOURCE("29", OTHER) SOURCE("00", GOOD));
	cr_expect_not(s->m[1].nat_i || s->m[1].nat_r);
	push(s, true, NEW "28 20 22 08 00000000 0000004c" NONCE("29") SOURCE("00", OTHER));
	cr_expect(s->m[2].nat_i && !s->m[2].nat_r);
	end(s);
}

Test(follow, what_is_cut_or_wrong)
{
	struct seen *s = begin(0);

	push(s, true, "5a7c3b26");
	push_more(s, true, "5a7c3b26", 100);
	push(s, true, NEW "28 20 22 08 00000000 00000100" NONCE("00"));
	push_more(s, true, NEW "28 20 22 08 00000000 00000101" NONCE("00"), 208);
	push(s, true, NEW "28 30 22 08 00000000 00000030" NONCE("00"));
	/* SK too short for anything, a fragment of none */
	push(s, true, OLD "2e 20 23 08 00000001 00000020 00 00 0004");
	push(s, true, OLD "35 20 23 08 00000001 0000002c 00 00 0010 0000 0000 aabbccddeeff0011");
	/* IKEv1: encrypted, of no block's length */
	push(s, true, OLD "08 10 05 01 00000007 0000001f aabbcc");
	cr_assert_eq(s->n, 8);
	cr_expect(s->m[0].verdict == V_BAD_HEADER && s->m[0].sa == 0);
	cr_expect(s->m[1].verdict == V_TRUNCATED && s->m[1].sa == 0);
	cr_expect_eq(s->m[2].verdict, V_BAD_HEADER);
	cr_expect_eq(s->m[3].verdict, V_TRUNCATED);
	cr_expect_eq(s->m[4].verdict, V_UNSUPPORTED);
	for (unsigned i = 5; i < 8; i++)
		cr_expect(s->m[i].verdict == V_BAD_HEADER || s->m[i].verdict == V_NO_KEY, "%u: %s", i,
		    verdict_name(s->m[i].verdict));
	end(s);
}

Test(follow, the_one_unused_longest_makes_room)
{
	struct seen *s = begin(4);
	char hex[200];

	for (unsigned i = 1; i <= 10; i++) {
		snprintf(hex, sizeof hex, "%016x 0000000000000000 28 20 22 08 00000000 00000030" NONCE("00"), i);
		push(s, true, hex);
		/* the first stays in use */
		push(s, true, "0000000000000001 0000000000000000 28 20 22 08 00000000 00000030" NONCE("00"));
	}
	cr_expect_eq(follow_count(s->f), 10);
	cr_expect_eq(follow_dropped(s->f), 6);
	cr_expect_eq(s->notes, 1);
	for (unsigned i = 0; i < s->n; i += 2)
		cr_expect(s->m[i].sa == i / 2 + 1 && s->m[i + 1].sa == 1);
	end(s);
}
