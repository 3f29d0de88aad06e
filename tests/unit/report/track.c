#include "report/track.h"

#include <criterion/criterion.h>

/* Numbers as they come, and what is counted in the end. */
static const struct {
	const char *why;
	uint32_t seq[16];
	unsigned n;
	uint64_t lost, late, duplicates, older, late_most, window, wraps, restarts, jumps, low, top;
} rows[] = {
	{ .why = "all in order", .seq = { 1, 2, 3, 4 }, .n = 4, .window = 32, .low = 1, .top = 4 },
	{ .why = "two are missing", .seq = { 1, 2, 5, 6 }, .n = 4, .lost = 2, .window = 32, .low = 1, .top = 6 },
	{ .why = "one comes late", .seq = { 1, 3, 2, 4 }, .n = 4, .late = 1, .late_most = 1, .window = 32, .low = 1, .top = 4 },
	{ .why = "one comes 40 late", .seq = { 1, 2, 44, 4, 45 }, .n = 5, .lost = 40, .late = 1, .late_most = 40, .window = 64, .low = 1,
	  .top = 45 },
	{ .why = "31 behind fits into 32, 32 does not", .seq = { 1, 40, 8 }, .n = 3, .lost = 37, .late = 1, .late_most = 32, .window = 64,
	  .low = 1, .top = 40 },
	{ .why = "twice", .seq = { 1, 2, 2, 3, 1 }, .n = 5, .duplicates = 2, .window = 32, .low = 1, .top = 3 },
	{ .why = "late from before the first", .seq = { 10, 7, 11 }, .n = 3, .lost = 2, .late = 1, .late_most = 3, .window = 32, .low = 7,
	  .top = 11 },
	{ .why = "too old to tell", .seq = { 10000, 10001, 20 }, .n = 3, .older = 1, .window = 32, .low = 10000, .top = 10001 },
	{ .why = "begins again", .seq = { 10000, 10001, 1, 2, 3 }, .n = 5, .restarts = 1, .window = 32, .low = 1, .top = 3 },
	{ .why = "a jump is no loss", .seq = { 1, 2, 200000, 200001 }, .n = 4, .jumps = 1, .window = 32, .low = 1, .top = 200001 },
	{ .why = "past 2^32", .seq = { 0xfffffffe, 0xffffffff, 0, 1 }, .n = 4, .wraps = 1, .window = 32, .low = 0xfffffffe,
	  .top = 0x100000001 },
	{ .why = "late over the wrap", .seq = { 0xffffffff, 1, 0, 2 }, .n = 4, .late = 1, .late_most = 1, .wraps = 1, .window = 32,
	  .low = 0xffffffff, .top = 0x100000002 },
	{ .why = "the first alone", .seq = { 5 }, .n = 1, .window = 32, .low = 5, .top = 5 },
};

Test(track, counts)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct track t = { 0 };
		uint64_t before;

		for (unsigned k = 0; k < rows[i].n; k++)
			track_see(&t, rows[i].seq[k], false, k, 0, &before);
		cr_expect_eq(t.lost, rows[i].lost, "%s: lost %llu", rows[i].why, (unsigned long long)t.lost);
		cr_expect_eq(t.late, rows[i].late, "%s: late %llu", rows[i].why, (unsigned long long)t.late);
		cr_expect_eq(t.duplicates, rows[i].duplicates, "%s: duplicates %llu", rows[i].why, (unsigned long long)t.duplicates);
		cr_expect_eq(t.older, rows[i].older, "%s: older %llu", rows[i].why, (unsigned long long)t.older);
		cr_expect_eq(t.late_most, rows[i].late_most, "%s: late_most %llu", rows[i].why, (unsigned long long)t.late_most);
		cr_expect_eq(track_window(&t), rows[i].window, "%s: window %llu", rows[i].why, (unsigned long long)track_window(&t));
		cr_expect_eq(t.wraps, rows[i].wraps, "%s: wraps", rows[i].why);
		cr_expect_eq(t.restarts, rows[i].restarts, "%s: restarts", rows[i].why);
		cr_expect_eq(t.jumps, rows[i].jumps, "%s: jumps", rows[i].why);
		cr_expect_eq(t.low, rows[i].low, "%s: low %llx", rows[i].why, (unsigned long long)t.low);
		cr_expect_eq(t.top, rows[i].top, "%s: top %llx", rows[i].why, (unsigned long long)t.top);
		track_clear(&t);
	}
}

/* Against a count that keeps everything: random losses, repetitions and delays. */
Test(track, agrees_with_a_plain_count)
{
	enum { N = 20000, DELAY = 300 };
	static uint8_t sent[N + 1];
	uint64_t x = 12345, before, seen = 0, lost = 0, repeated = 0;
	struct track t = { 0 };
	uint32_t queue[DELAY];
	unsigned waiting = 0;

	for (uint32_t seq = 1; seq <= N; seq++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		if (x >> 60 == 0 && seq > 1 && seq < N)
			continue;		/* lost */
		if (x >> 60 == 1 && waiting < DELAY && seq > 1 && seq < N) {
			queue[waiting++] = seq;
			continue;
		}
		track_see(&t, seq, false, seq, 0, &before);
		repeated += sent[seq] != 0;
		sent[seq] = 1;
		if (x >> 60 == 2) {
			track_see(&t, seq, false, seq, 0, &before);
			repeated++;
		}
		if (waiting > 0 && x >> 60 == 3) {
			track_see(&t, queue[0], false, seq, 0, &before);
			sent[queue[0]] = 1;
			for (unsigned i = 1; i < waiting; i++)
				queue[i - 1] = queue[i];
			waiting--;
		}
	}
	for (unsigned i = 1; i <= N; i++)
		seen += sent[i];
	lost = N - seen;
	cr_expect_eq(t.lost + 0, lost + 0, "lost %llu, wanted %llu", (unsigned long long)t.lost, (unsigned long long)lost);
	cr_expect_eq(t.duplicates, repeated, "duplicates %llu, wanted %llu", (unsigned long long)t.duplicates, (unsigned long long)repeated);
	track_clear(&t);
}

Test(track, largest_gaps_first)
{
	static const uint32_t seq[] = { 1, 3, 10, 12, 112, 113, 120 };
	struct track t = { 0 };
	uint64_t before;

	for (size_t i = 0; i < sizeof seq / sizeof seq[0]; i++)
		track_see(&t, seq[i], false, (int64_t)i, 0, &before);
	cr_assert_eq(t.ngaps, 5);
	cr_expect_eq(t.gap[0].n, 99);
	cr_expect_eq(t.gap[0].from, 13);
	for (unsigned i = 1; i < t.ngaps; i++)
		cr_expect_geq(t.gap[i - 1].n, t.gap[i].n);
	track_clear(&t);
}

/* A number that comes again with other content is no copy; three in a row, and the count began again. */
Test(track, content_tells_a_second_sender_from_a_copy)
{
	struct track t = { 0 };
	uint64_t before;

	for (uint32_t i = 1; i <= 500; i++)
		track_see(&t, i, false, i, (uint8_t)i, &before);
	cr_expect_eq(track_see(&t, 499, false, 501, (uint8_t)499, &before), TRACK_DUPLICATE);
	cr_expect_eq(track_see(&t, 1, false, 502, 77, &before), TRACK_REUSED);
	cr_expect_eq(track_see(&t, 2, false, 503, 78, &before), TRACK_REUSED);
	cr_expect_eq(track_see(&t, 3, false, 504, 79, &before), TRACK_RESTART);
	cr_expect_eq(t.duplicates, 1);
	cr_expect_eq(t.reused, 0);
	cr_expect_eq(t.low, 1);
	for (uint32_t i = 4; i <= 400; i++)
		cr_expect_eq(track_see(&t, i, false, 600 + i, (uint8_t)i, &before), TRACK_NEXT, "%u", i);
	cr_expect_eq(t.lost, 0);
	track_clear(&t);
	for (uint32_t i = 1; i <= 300; i++) {	/* two senders that take turns */
		cr_expect_eq(track_see(&t, i, false, 2 * i, (uint8_t)i, &before), i == 1 ? TRACK_FIRST : TRACK_NEXT);
		cr_expect_eq(track_see(&t, i, false, 2 * i + 1, (uint8_t)~i, &before), TRACK_REUSED);
	}
	cr_expect_eq(t.restarts, 0);
	cr_expect_eq(t.reused, 300);
	track_clear(&t);
}

/* 1,000 numbers in no time are no loss; once they come after all, they were only overtaken. */
Test(track, numbers_that_no_time_is_for)
{
	struct track t = { 0 };
	uint64_t before;

	for (uint32_t i = 1; i <= 100; i++)
		track_see(&t, i, false, i * 1000, 0, &before);
	cr_expect_eq(track_see(&t, 1101, false, 101000, 0, &before), TRACK_JUMP_AHEAD);
	cr_expect_eq(before, 1000);
	cr_expect_eq(t.lost, 0);
	cr_expect_eq(t.jump_most, 1000);
	cr_expect_eq(track_see(&t, 101, false, 102000, 0, &before), TRACK_LATE);
	cr_expect_eq(t.lost, 999);
	cr_expect_eq(t.jumps, 0);
	cr_expect_eq(track_see(&t, 2101, false, 102000 + 1000000, 0, &before), TRACK_GAP, "an outage lasts as long as its numbers");
	cr_expect_eq(t.lost, 1998);
	track_clear(&t);
}

/* Times of a capture may be anything. */
Test(track, times_that_are_none)
{
	static const int64_t at[] = { INT64_MIN, INT64_MAX, 0, INT64_MAX, INT64_MIN, -1, 1, INT64_MAX / 2 };
	struct track t = { 0 };
	uint64_t before;

	for (uint32_t i = 0; i < 400; i++)
		cr_expect_neq(track_see(&t, 1 + 100 * i, false, at[i % 8], 0, &before), TRACK_OLD, "%u", i);
	for (uint32_t i = 0; i < 64; i++)
		track_see(&t, 50000 + i, false, (int64_t)i * (INT64_MAX / 64), 0, &before);
	cr_expect_neq(track_see(&t, 110000, false, INT64_MAX, 0, &before), TRACK_OLD);
	track_clear(&t);
}
