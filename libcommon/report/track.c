#include "report/track.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS = TRACK_WINDOW / 64 };

static uint64_t *word_of(const struct track *t, uint64_t seq)
{
	return &t->bits[seq % TRACK_WINDOW / 64];
}

static bool is_seen(const struct track *t, uint64_t seq)
{
	return t->bits != NULL && (*word_of(t, seq) >> (seq % 64) & 1);
}

static void mark(struct track *t, uint64_t seq)
{
	if (t->bits != NULL)
		*word_of(t, seq) |= UINT64_C(1) << (seq % 64);
}

/* The window moves on to seq: what is between was not seen. */
static void move_on(struct track *t, uint64_t seq)
{
	if (t->bits == NULL)
		return;
	if (seq - t->top >= TRACK_WINDOW)
		memset(t->bits, 0, WORDS * sizeof *t->bits);
	else
		for (uint64_t i = t->top + 1; i <= seq; i++)
			*word_of(t, i) &= ~(UINT64_C(1) << (i % 64));
}

static void note_gap(struct track *t, uint64_t from, uint64_t n, int64_t ns)
{
	unsigned at = t->ngaps;

	while (at > 0 && t->gap[at - 1].n < n)
		at--;
	if (at == TRACK_GAPS)
		return;
	if (t->ngaps < TRACK_GAPS)
		t->ngaps++;
	memmove(&t->gap[at + 1], &t->gap[at], (t->ngaps - 1 - at) * sizeof t->gap[0]);
	t->gap[at] = (struct track_gap){ from, n, ns };
}

static enum track_news begin(struct track *t, uint64_t seq)
{
	t->any = true;
	t->first = t->top = t->low = seq;
	t->suspect = 0;
	if (t->bits != NULL)
		memset(t->bits, 0, WORDS * sizeof *t->bits);
	mark(t, seq);
	return TRACK_FIRST;
}

static enum track_news ahead(struct track *t, uint64_t seq, int64_t ns, uint64_t *lost_before)
{
	uint64_t step = seq - t->top;
	enum track_news news = step == 1 ? TRACK_NEXT : TRACK_GAP;

	*lost_before = step - 1;
	if (step > 1)
		note_gap(t, t->top + 1, step - 1, ns);
	if (step > TRACK_JUMP) {
		news = TRACK_JUMP_AHEAD;
		t->jumps++;
	} else {
		t->lost += step - 1;
	}
	if (seq >> 32 != t->top >> 32) {
		news = TRACK_WRAP;
		t->wraps++;
	}
	move_on(t, seq);
	t->top = seq;
	mark(t, seq);
	return news;
}

/* How often was one so far behind?  Buckets by powers of two. */
static unsigned depth_bucket(uint64_t behind)
{
	unsigned b = 0;

	while (b + 1 < TRACK_DEPTHS && behind > UINT64_C(1) << b)
		b++;
	return b;
}

static enum track_news behind(struct track *t, uint64_t seq)
{
	uint64_t by = t->top - seq;

	if (by >= TRACK_WINDOW || t->bits == NULL) {
		if (t->suspect != 0 && seq == t->suspect + 1) {
			t->older--;
			begin(t, seq);
			t->restarts++;
			t->first = t->low = seq - 1;
			mark(t, seq - 1);
			return TRACK_RESTART;
		}
		t->suspect = seq;
		t->older++;
		return TRACK_OLD;
	}
	if (is_seen(t, seq)) {
		t->duplicates++;
		return TRACK_DUPLICATE;
	}
	mark(t, seq);
	t->late++;
	t->depth[depth_bucket(by)]++;
	if (by > t->late_most)
		t->late_most = by;
	if (seq < t->low) {		/* from before the first that was captured */
		t->lost += t->low - seq - 1;
		t->low = seq;
	} else if (t->lost > 0) {
		t->lost--;
	}
	return TRACK_LATE;
}

uint64_t track_extend(const struct track *t, uint32_t seq)
{
	uint64_t high = t->top & ~(uint64_t)UINT32_MAX;
	uint32_t low = (uint32_t)t->top;

	if (!t->any)
		return seq;
	if (seq < low && low - seq > UINT32_MAX / 2)
		return high + (UINT64_C(1) << 32) + seq;
	if (seq > low && seq - low > UINT32_MAX / 2 && high > 0)
		return high - (UINT64_C(1) << 32) + seq;
	return high + seq;
}

enum track_news track_see(struct track *t, uint64_t seq, bool whole, int64_t ns, uint64_t *lost_before)
{
	*lost_before = 0;
	if (!whole)
		seq = track_extend(t, (uint32_t)seq);
	if (!t->any)
		return begin(t, seq);
	if (t->bits == NULL && (t->bits = calloc(WORDS, sizeof *t->bits)) != NULL)
		mark(t, t->top);
	if (seq > t->top) {
		t->suspect = 0;
		return ahead(t, seq, ns, lost_before);
	}
	return behind(t, seq);
}

uint64_t track_window(const struct track *t)
{
	return (t->late_most + 32) / 32 * 32;
}

void track_clear(struct track *t)
{
	free(t->bits);
	*t = (struct track){ 0 };
}

const char *track_news_name(enum track_news n)
{
	static const char *const name[TRACK_NEWS] = {
		[TRACK_FIRST] = "first", [TRACK_NEXT] = "next", [TRACK_GAP] = "gap", [TRACK_LATE] = "late",
		[TRACK_DUPLICATE] = "duplicate", [TRACK_OLD] = "old", [TRACK_JUMP_AHEAD] = "jump",
		[TRACK_RESTART] = "restart", [TRACK_WRAP] = "wrap",
	};

	return (unsigned)n < TRACK_NEWS ? name[n] : "unknown";
}
