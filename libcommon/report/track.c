#include "report/track.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS = TRACK_WINDOW / 64, PACE = 16, RUN = 3 };

static const uint64_t pace_most = 100000000000000;	/* ns: a day and more; times of a capture may be anything */

static uint64_t *word_of(const struct track *t, uint64_t seq)
{
	return &t->bits[seq % TRACK_WINDOW / 64];
}

static bool is_seen(const struct track *t, uint64_t seq)
{
	return t->bits != NULL && (*word_of(t, seq) >> (seq % 64) & 1);
}

static inline void mark(struct track *t, uint64_t seq, uint8_t print)
{
	if (t->bits == NULL)
		return;
	*word_of(t, seq) |= UINT64_C(1) << (seq % 64);
	if (t->print != NULL && t->top - seq < t->prints)
		t->print[seq & (t->prints - 1u)] = print;
}

/* Most SAs of a large capture have few packets: room for all prints is taken once there are some. */
static void more_prints(struct track *t)
{
	uint8_t *p = calloc(TRACK_WINDOW, 1);

	if (p == NULL)
		return;
	for (uint64_t i = 0; i < t->prints && i <= t->top; i++)
		p[(t->top - i) % TRACK_WINDOW] = t->print[(t->top - i) & (t->prints - 1u)];
	free(t->print);
	t->print = p;
	t->prints = TRACK_WINDOW;
}

static bool is_other(const struct track *t, uint64_t seq, uint8_t print)
{
	return t->print != NULL && t->top - seq < t->prints && t->print[seq & (t->prints - 1u)] != print;
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

static enum track_news begin(struct track *t, uint64_t seq, int64_t ns, uint8_t print)
{
	t->any = true;
	t->first = t->top = t->low = seq;
	t->suspect = t->leap_to = 0;
	t->run = 0;
	t->from_seq = seq;
	t->from_ns = ns;
	if (t->bits != NULL)
		memset(t->bits, 0, WORDS * sizeof *t->bits);
	mark(t, seq, print);
	return TRACK_FIRST;
}

/* With the second packet. */
static void take_room(struct track *t)
{
	if ((t->bits = calloc(WORDS, sizeof *t->bits)) == NULL)
		return;
	if ((t->print = calloc(TRACK_PRINTS, 1)) != NULL)
		t->prints = TRACK_PRINTS;
	mark(t, t->top, t->first_print);
}

static uint64_t since(int64_t then, int64_t ns)
{
	return ns > then ? (uint64_t)ns - (uint64_t)then : 0;
}

/* The numbers go on at the sender's pace: is the time since the last packet too short for so many? */
static bool is_leap(const struct track *t, uint64_t step, int64_t ns)
{
	uint64_t took = since(t->last_ns, ns);

	return step > TRACK_LEAP && t->pace > 0 && ns >= t->last_ns && step <= TRACK_JUMP && took < pace_most &&
	    took * 4 * PACE < step * t->pace;
}

static void keep_pace(struct track *t, uint64_t seq, int64_t ns)
{
	uint64_t took = since(t->from_ns, ns);

	if (seq - t->from_seq < PACE)
		return;
	took = took < pace_most ? took * PACE / (seq - t->from_seq) : pace_most;
	if (took > 0 && (t->pace == 0 || took < t->pace))
		t->pace = took;
	t->from_seq = seq;
	t->from_ns = ns;
}

static enum track_news ahead(struct track *t, uint64_t seq, int64_t ns, uint8_t print, uint64_t *lost_before)
{
	uint64_t step = seq - t->top;
	enum track_news news = step == 1 ? TRACK_NEXT : TRACK_GAP;
	bool jump = step > TRACK_JUMP || is_leap(t, step, ns);

	*lost_before = step - 1;
	if (step > 1)
		note_gap(t, t->top + 1, step - 1, ns);
	if (jump) {
		news = TRACK_JUMP_AHEAD;
		t->jumps++;
		if (step - 1 > t->jump_most)
			t->jump_most = step - 1;
		t->leap_from = t->top + 1;
		t->leap_to = step <= TRACK_JUMP ? seq - 1 : 0;
		t->from_seq = seq;
		t->from_ns = ns;
	} else {
		t->lost += step - 1;
		keep_pace(t, seq, ns);
	}
	if (seq >> 32 != t->top >> 32) {
		news = TRACK_WRAP;
		t->wraps++;
	}
	move_on(t, seq);
	t->top = seq;
	if (t->prints == TRACK_PRINTS && seq - t->first >= TRACK_PRINTS)
		more_prints(t);
	mark(t, seq, print);
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

/* The numbers began again at `from`, and are at seq by now. */
static enum track_news restart(struct track *t, uint64_t from, uint64_t seq, int64_t ns, uint8_t print)
{
	begin(t, seq, ns, print);
	t->restarts++;
	t->first = t->low = from;
	for (; from < seq; from++)
		mark(t, from, 0);
	return TRACK_RESTART;
}

/* Behind the window: two in a row, one behind the other, are a new count. */
static enum track_news old(struct track *t, uint64_t seq, int64_t ns, uint8_t print)
{
	if (t->suspect != 0 && seq == t->suspect + 1) {
		t->older--;
		return restart(t, seq - 1, seq, ns, print);
	}
	t->suspect = seq;
	t->older++;
	return TRACK_OLD;
}

/* Seen before with something else.  Two senders at once push the highest number on, and that ends a run. */
static enum track_news reused(struct track *t, uint64_t seq, int64_t ns, uint8_t print)
{
	if (t->run == 0 || seq != t->suspect + 1) {
		t->run = 0;
		t->run_from = seq;
	}
	t->suspect = seq;
	if (++t->run == RUN) {
		t->duplicates -= RUN - 1;
		t->reused -= RUN - 1;
		return restart(t, t->run_from, seq, ns, print);
	}
	t->duplicates++;
	t->reused++;
	return TRACK_REUSED;
}

/* What was taken for a jump comes after all: one packet had been ahead of many. */
static void no_leap(struct track *t)
{
	t->jumps--;
	t->lost += t->leap_to - t->leap_from + 1;
	t->leap_to = 0;
	if (t->jumps == 0)
		t->jump_most = 0;
}

static enum track_news behind(struct track *t, uint64_t seq, int64_t ns, uint8_t print)
{
	uint64_t by = t->top - seq;

	if (by >= TRACK_WINDOW || t->bits == NULL)
		return old(t, seq, ns, print);
	if (is_seen(t, seq)) {
		if (is_other(t, seq, print))
			return reused(t, seq, ns, print);
		t->duplicates++;
		return TRACK_DUPLICATE;
	}
	mark(t, seq, print);
	if (seq <= t->leap_to && seq >= t->leap_from)
		no_leap(t);
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

enum track_news track_see(struct track *t, uint64_t seq, bool whole, int64_t ns, uint8_t print, uint64_t *lost_before)
{
	enum track_news news;

	*lost_before = 0;
	if (!whole)
		seq = track_extend(t, (uint32_t)seq);
	if (!t->any) {
		t->first_print = print;
		news = begin(t, seq, ns, print);
	} else if (seq > t->top) {
		if (t->bits == NULL)
			take_room(t);
		t->suspect = 0;
		t->run = 0;
		news = ahead(t, seq, ns, print, lost_before);
	} else {
		if (t->bits == NULL)
			take_room(t);
		news = behind(t, seq, ns, print);
	}
	t->last_ns = ns;
	return news;
}

uint64_t track_window(const struct track *t)
{
	return (t->late_most + 32) / 32 * 32;
}

void track_clear(struct track *t)
{
	free(t->bits);
	free(t->print);
	*t = (struct track){ 0 };
}

const char *track_news_name(enum track_news n)
{
	static const char *const name[TRACK_NEWS] = {
		[TRACK_FIRST] = "first", [TRACK_NEXT] = "next", [TRACK_GAP] = "gap", [TRACK_LATE] = "late",
		[TRACK_DUPLICATE] = "duplicate", [TRACK_REUSED] = "reused", [TRACK_OLD] = "old", [TRACK_JUMP_AHEAD] = "jump",
		[TRACK_RESTART] = "restart", [TRACK_WRAP] = "wrap", [TRACK_ZERO] = "zero",
	};

	return (unsigned)n < TRACK_NEWS ? name[n] : "unknown";
}
