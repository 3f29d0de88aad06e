/* Messages in fragments (RFC 7383). */
#include "unit/ike/pair_say.h"

static unsigned fragments, largest;

static bool count_fragments(struct pair *q, struct pair_datagram *d)
{
	(void)q;
	if (d->p[16] == IKE_P_SKF) {
		fragments++;
		if (d->n > largest)
			largest = (unsigned)d->n;
	}
	return true;
}

Test(session_frag, fragments_fit)
{
	for (unsigned size = 100; size < 700; size += 50) {
		up("fragments");
		fragments = largest = 0;
		p.man = count_fragments;
		p.end[0].conf.fragment_size = size;
		p.end[1].conf.fragment_size = 0;
		pair_start(&p);
		pair_settle(&p);
		cr_expect(pair_is_up(&p), "%u", size);
		cr_expect(size > 200 || fragments >= 2, "%u: %u", size, fragments);
		/* IPv4, UDP, non-ESP marker */
		cr_expect_leq(largest + 20 + 8 + 4, size, "%u", size);
		pair_clear(&p);
	}
}

Test(session_frag, no_fragments_unless_both_said_so)
{
	for (int who = 0; who < 2; who++) {
		up("whole");
		fragments = 0;
		p.man = count_fragments;
		p.end[who].conf.fragmentation = false;
		p.end[0].conf.fragment_size = p.end[1].conf.fragment_size = 128;
		pair_start(&p);
		pair_settle(&p);
		cr_expect(pair_is_up(&p));
		cr_expect_eq(fragments, 0);
		pair_clear(&p);
	}
}

/* Of the fragments of a request that was answered, the first alone is answered again. */
Test(session_frag, fragments_again)
{
	unsigned first = 0, requests = 0, answers;

	up("fragments again");
	p.man = keep;
	p.end[0].conf.fragment_size = 128;
	settle();
	for (unsigned i = 0; i < nseen; i++)
		if (seen[i].to == PAIR_R && seen[i].p[16] == IKE_P_SKF && requests++ == 0)
			first = i;
	cr_assert_gt(requests, 2);
	answers = nseen;
	for (unsigned i = first + 1; i < first + requests; i++)
		again(i);
	pair_quiet(&p);
	cr_expect_eq(nseen, answers);
	again(first);
	pair_quiet(&p);
	cr_expect_eq(nseen, answers + 1);
	pair_clear(&p);
	forget();
}

/* An empty INFORMATIONAL in three parts, out of order, some twice; parts that contradict are passed over. */
Test(session_frag, fragments_put_together)
{
	static const char notify[] = "\0\0\0\x08\0\0\x40\x0c";	/* N(MOBIKE_SUPPORTED) */
	struct span n = TEXT(notify);
	uint32_t id;

	up("parts");
	settle();
	id = ike_of(PAIR_R)->recv_id;
	nseen = 0;
	p.man = keep;
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id, 0, (struct span){ n.p + 3, 2 }, 2, 3);
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id, 0, (struct span){ n.p + 3, 2 }, 2, 3);
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id, 0, (struct span){ n.p, 1 }, 1, 2);	/* fewer than before */
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id, 0, (struct span){ n.p, 1 }, 0, 3);
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id, 0, (struct span){ n.p, 1 }, 4, 3);
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id, 0, (struct span){ n.p + 5, 3 }, 3, 3);
	pair_quiet(&p);
	cr_expect_eq(nseen, 0);
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id, IKE_P_NOTIFY, (struct span){ n.p, 3 }, 1, 3);
	pair_quiet(&p);
	cr_expect_eq(nseen, 1);
	cr_expect_eq(ike_of(PAIR_R)->recv_id, id + 1);
	cr_expect(pair_is_up(&p));
	pair_clear(&p);
	forget();
}

/* The sender found that its fragments were too large, and begins again with more of them (RFC 7383 2.5.2). */
Test(session_frag, more_fragments_replace_fewer)
{
	uint32_t id;

	up("more");
	settle();
	id = ike_of(PAIR_R)->recv_id;
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id, IKE_P_NOTIFY, TEXT("\0\0\0\x08\0"), 1, 2);
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id, IKE_P_NOTIFY, TEXT("\0\0\0"), 1, 3);
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id, 0, TEXT("\0\x40\x0c"), 2, 2);
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id, 0, TEXT("\x08\0"), 2, 3);
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id, 0, TEXT("\0\x40\x0c"), 3, 3);
	pair_quiet(&p);
	cr_expect_eq(ike_of(PAIR_R)->recv_id, id + 1);
	cr_expect(pair_is_up(&p));
	pair_clear(&p);
}
