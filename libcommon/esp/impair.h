/*
 * impair.h - packets made wrong on purpose, each in one way: for harnesses that test
 * what receivers notice.
 *
 * A list "NAME[:every=N|:at=N|:prob=P][:KEY=VALUE],..." names faults; which packets they
 * hit is chosen in order (by the count of sealed packets, or from a seeded generator),
 * so that the same seed does the same things.  Faults work around sealing, never in it:
 * on what is going to be sealed (numbers, trailer), on what was, and on the order of
 * what is written.  Those of one packet's layer are done to its outermost SA.
 */
#ifndef ESP_IMPAIR_H
#define ESP_IMPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/rng.h"
#include "esp/encap.h"

enum impair_kind {
	IMPAIR_CORRUPT_ICV, IMPAIR_CORRUPT_PAYLOAD, IMPAIR_CORRUPT_HEADER, IMPAIR_BAD_PADDING,
	IMPAIR_BAD_PAD_LENGTH, IMPAIR_BAD_NEXT_HEADER, IMPAIR_REPLAY, IMPAIR_DROP, IMPAIR_REORDER,
	IMPAIR_DUPLICATE, IMPAIR_TRUNCATE, IMPAIR_WRONG_SPI, IMPAIR_SEQ_JUMP, IMPAIR_SEQ_ZERO,
	IMPAIR_ESN_HIGH_OFF, IMPAIR_IV_REUSE, IMPAIR_ICV_SHORT, IMPAIR_FRAG_OVERLAP,
	IMPAIR_FRAG_MISSING, IMPAIR_FRAG_TINY, IMPAIR_KEEPALIVE, IMPAIR_COUNT
};

struct impair_row {
	const char *name, *what;	/* what: one line for people */
	const char *key;		/* of its value, or NULL */
	uint32_t value, min, max;	/* when absent, and what it may be */
	bool esp;			/* ESP's alone */
};

/* Row i, or NULL past the last. */
const struct impair_row *impair_row(unsigned i);

enum impair_when { IMPAIR_EVERY, IMPAIR_AT, IMPAIR_PROB };

struct impair_fault {
	bool on, said;			/* said: when */
	enum impair_when when;
	uint64_t n;
	uint32_t prob;			/* of 2^32 */
	uint32_t value;
};

/* The last packets that were written, to be replayed. */
enum { IMPAIR_KEPT = 64, IMPAIR_HELD = 64 };

struct impair_copy {
	struct encap_item item;
	struct packet packet;
	uint8_t *p;			/* its records, n bytes */
	size_t n, cap;
	uint32_t left;			/* held: packets to wait for */
};

struct impair {
	struct impair_fault fault[IMPAIR_COUNT];
	struct rng rng;
	uint64_t count;			/* packets chosen from */
	struct impair_copy kept[IMPAIR_KEPT], held[IMPAIR_HELD];
	uint64_t nkept;
};

/* i is empty before; the fault of a name given twice is the last one's. */
int impair_parse(struct impair *i, const char *list, struct err *e);
void impair_clear(struct impair *i);

/* Claiming, in order: chooses, and before and after numbering does what is about numbers. */
void impair_choose(struct impair *i, struct encap *d, struct encap_item *it);
void impair_before(const struct impair *i, struct encap *d, struct encap_item *it);
void impair_after(const struct impair *i, struct encap *d, struct encap_item *it);
/* Bytes of room more than without. */
size_t impair_room(const struct encap_item *it);

static inline bool impair_has(const struct encap_item *it, enum impair_kind k)
{
	return (it->faults >> k & 1) != 0;
}

/* Working: more padding than is needed; the n bytes of payload, padding and trailer at p, pad of them
 * padding, before they are sealed; the whole packet at pkt afterwards (its length may become less). */
size_t impair_pad(const struct encap_item *it, size_t pad, size_t align);
void impair_plain(const struct impair *i, const struct encap_item *it, uint8_t *p, size_t n, size_t pad);
void impair_sealed(const struct impair *i, const struct encap *d, const struct encap_item *it,
    uint8_t *pkt, uint32_t *len);
/* A keepalive's record in front of the packet's: its length, and its bytes. */
size_t impair_gap(const struct encap_item *it);
void impair_keepalive(const struct encap *d, struct encap_item *it, uint8_t *rec, const uint8_t *pkt);

#endif
