#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sa/replay.h"

static uint64_t seen[REPLAY_WORDS];

Test(replay, window)
{
	struct replay r;

	replay_init(&r, 64, seen);
	cr_expect(!replay_check(&r, 0), "RFC 4303 3.3.3: the first number is 1");
	cr_expect(replay_check(&r, 1));
	replay_accept(&r, 1000);	/* the window starts at the first number, whatever it is */
	cr_expect(!replay_check(&r, 1000));
	cr_expect(replay_check(&r, 937), "the last place of the window");
	cr_expect(!replay_check(&r, 936), "left of the window");
	replay_accept(&r, 937);
	cr_expect(!replay_check(&r, 937));
	replay_accept(&r, 1001);
	cr_expect(!replay_check(&r, 937) && replay_check(&r, 938) && !replay_check(&r, 1000));
	replay_accept(&r, 1000000);
	cr_expect(replay_check(&r, 999999) && !replay_check(&r, 1001));
}

Test(replay, no_window_and_esn_zero)
{
	struct replay r;

	replay_init(&r, 0, NULL);
	replay_accept(&r, 5);
	cr_expect(replay_check(&r, 5) && replay_check(&r, 0));
	cr_expect_eq(replay_words(0), 0);
	cr_expect_eq(replay_words(4096), REPLAY_WORDS);
	cr_expect_eq(replay_words(100000), REPLAY_WORDS);
	replay_init(&r, 32, seen);
	replay_accept(&r, 0xffffffff);
	cr_expect(replay_check(&r, 0x100000000), "the low half may be 0 under ESN");
	replay_accept(&r, 0x100000000);
	cr_expect(!replay_check(&r, 0x100000000) && replay_check(&r, 0xfffffffe));
}

/* Against a window that remembers everything. */
Test(replay, model)
{
	static const uint32_t sizes[] = { 1, 2, 31, 32, 33, 63, 64, 65, 128, 1000, 4096 };
	static bool known[40000];

	srand(1);
	for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
		uint64_t top = 0, base = 0xffff0000;
		struct replay r;

		memset(seen, 0, sizeof seen);
		memset(known, 0, sizeof known);
		replay_init(&r, sizes[k], seen);
		for (int i = 0; i < 20000; i++) {
			uint64_t at = top + rand() % 40, back = (uint64_t)rand() % (2 * sizes[k] + 3);
			bool want;

			at = rand() % 200 == 0 ? at + 5000 : at;
			at = at > back && rand() % 2 ? at - back : at;
			if (at >= 40000)
				break;
			want = at > top || i == 0 || (top - at < sizes[k] && !known[at]);
			cr_assert_eq(replay_check(&r, base + at), want, "size %u, number %d", sizes[k], i);
			if (!want)
				continue;
			replay_accept(&r, base + at);
			known[at] = true;
			top = at > top || i == 0 ? at : top;
		}
	}
}

/* RFC 4303 A2.1: the window inside one 2^32 (case A) or across two (case B). */
Test(replay, high)
{
	static const struct { uint64_t top; uint32_t low, high; } rows[] = {
		{ 0x00000000000003e8, 0x000003e9, 0 },	/* A, right of the window */
		{ 0x00000000000003e8, 0x000003a9, 0 },	/* A, its first place */
		{ 0x00000000000003e8, 0x000003a8, 1 },	/* A, left of it: the next 2^32 */
		{ 0x0000000100000010, 0xfffffff0, 0 },	/* B, inside, before the wrap */
		{ 0x0000000100000010, 0x00000005, 1 },	/* B, inside, behind it */
		{ 0x0000000100000010, 0xffffffd0, 1 },	/* B, left of Bl = 0xffffffd1 */
		{ 0x0000000100000010, 0xffffffd1, 0 },
		{ 0x0000000000000010, 0xfffffff0, 0 },	/* B with Th = 0: nothing is before the first */
		{ 0x00000000ffffffff, 0x00000000, 1 },	/* the wrap itself */
		{ 0x00000005fffffff0, 0x00000003, 6 },
	};
	struct replay r;

	replay_init(&r, 64, seen);
	cr_expect_eq(replay_high(&r, 77), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		replay_init(&r, 64, seen);
		replay_accept(&r, rows[i].top);
		cr_expect_eq(replay_high(&r, rows[i].low), rows[i].high, "row %zu", i);
	}
}
