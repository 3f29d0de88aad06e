/*
 * track.h - the sequence numbers of one SA as an observer sees them: lost, duplicated, late (RFC 4303 2.2, 3.4.3).
 *
 * Numbers are 64-bit where the high half is known (whole), else 32-bit and extended by following them.  A late packet is
 * told from a duplicate as long as it is less than TRACK_WINDOW behind; what is older is either the beginning of a new
 * count (a restart: two such numbers in a row, one behind the other) or counted as `older`.
 *
 * Each packet has a print: a digest of what it carries.  A number that comes again with another print was given out twice,
 * by two senders or by one that began anew; three such in a row, one behind the other, are a restart, too.
 *
 * Lost are the numbers between the lowest and the highest that were not seen.  A step of more than TRACK_JUMP is no loss
 * but a jump; so is one of more than TRACK_LEAP within a quarter of the time that the sender would have needed for them at
 * the best pace it showed.  Memory: the bits of the window and the prints, taken with the second packet; without memory
 * everything late is `older`.  One thread.
 */
#ifndef REPORT_TRACK_H
#define REPORT_TRACK_H

#include <stdbool.h>
#include <stdint.h>

enum { TRACK_WINDOW = 4096, TRACK_PRINTS = 128 /* at first */, TRACK_JUMP = 1 << 16, TRACK_LEAP = 64, TRACK_DEPTHS = 13, TRACK_GAPS = 8 };

enum track_news {
	TRACK_FIRST, TRACK_NEXT,
	TRACK_GAP,		/* numbers were left out */
	TRACK_LATE,		/* one that was left out before */
	TRACK_DUPLICATE,
	TRACK_REUSED,		/* one that was there before, and carries something else */
	TRACK_OLD,		/* behind the window: late or a duplicate, nobody can tell */
	TRACK_JUMP_AHEAD, TRACK_RESTART,
	TRACK_WRAP,		/* the low half began again */
	TRACK_ZERO,		/* number 0, which no packet has; the owner says so, it is not counted here */
	TRACK_NEWS,
};

struct track_gap { uint64_t from, n; int64_t ns; };	/* from: the first number that was not seen when it came to pass */

struct track {
	bool any;
	uint8_t first_print;
	uint16_t prints;		/* room for so many */
	uint64_t top, low;		/* highest, lowest; since the last restart */
	uint64_t *bits;			/* of TRACK_WINDOW numbers, each at its remainder; NULL: not yet */
	uint8_t *print;			/* likewise, of the last `prints` numbers */
	int64_t last_ns;		/* of the packet before */
	int64_t from_ns;		/* when from_seq came, from which the pace is measured */
	uint64_t from_seq;
	uint64_t pace;			/* ns for 16 numbers, the least so far; 0: not known */
	uint64_t first;			/* first seen, since the last restart */
	uint64_t lost;
	uint64_t duplicates, late, older, restarts, wraps, jumps;
	uint64_t reused;		/* of the duplicates */
	uint64_t jump_most;		/* numbers left out by a jump, at most */
	uint64_t leap_from, leap_to;	/* those of the last one of more than TRACK_LEAP; leap_to 0: none, or one of TRACK_JUMP */
	uint64_t late_most;		/* how far behind the highest a new number came, at most */
	uint64_t depth[TRACK_DEPTHS];	/* late packets by that: 1, 2, 3-4, 5-8, ..., 2049-4096 */
	struct track_gap gap[TRACK_GAPS];	/* the largest, largest first */
	unsigned ngaps;
	uint64_t suspect;		/* an old number that may begin a restart; 0: none */
	unsigned run;			/* reused numbers that go up from where a restart may have begun */
	uint64_t run_from;
};

/* lost_before: how many numbers this one left out (TRACK_GAP, TRACK_JUMP_AHEAD), else 0. */
enum track_news track_see(struct track *t, uint64_t seq, bool whole, int64_t ns, uint8_t print, uint64_t *lost_before);
/* What a 32-bit number is taken for, given what was seen. */
uint64_t track_extend(const struct track *t, uint32_t seq);
/* The smallest replay window, a multiple of 32, that would have let all late packets in. */
uint64_t track_window(const struct track *t);
void track_clear(struct track *t);
const char *track_news_name(enum track_news n);		/* "gap" */

#endif
