/*
 * pcap_priv.h - what the parts of pcap_in share.  Internal to packet/pcap*.c,
 * its tests and fuzzers.
 *
 * Bytes are walked where they lie: the window is the part of the input that is
 * in memory and not yet walked.  While a batch is filled it lies in that
 * batch's buffer, between fills in pcap_in.carry, so that the caller may give
 * another batch each time.
 */
#ifndef PACKET_PCAP_PRIV_H
#define PACKET_PCAP_PRIV_H

#include <string.h>

#include "packet/map.h"
#include "packet/pcap_in.h"
#include "packet/pcap_source.h"

static inline uint16_t load16(const uint8_t *p, bool big)
{
	return (uint16_t)(big ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
}

static inline uint32_t load32(const uint8_t *p, bool big)
{
	return big ? load_be32(p) :
	    (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline bool host_is_big(void)
{
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
}

struct window {
	uint8_t *p;
	size_t n;
	uint64_t at;		/* offset of p in the (inflated) file */
	uint64_t want;		/* bytes the record at p has, as far as known; 0: it is complete */
};

static inline void window_skip(struct window *w, size_t n)
{
	w->p += n;
	w->n -= n;
	w->at += n;
	w->want = 0;
}

/* Classic pcap. */
struct classic {
	bool big;
	uint32_t unit;		/* nanoseconds in one of the timestamp's fractions */
	uint32_t record;	/* bytes of a record's header */
	uint16_t minor, dlt;
	uint32_t snaplen;
};

enum { NG_IFACES = 4096 };	/* in a section, at most */

/* ns = units * mul >> shift / div + offset */
struct ng_iface {
	uint64_t mul, div;
	int64_t offset;		/* ns */
	uint32_t snaplen;
	uint16_t dlt;
	uint8_t shift;
	bool fine;		/* finer than microseconds */
};

/* pcapng. */
struct ng {
	bool section;		/* a section header was seen */
	bool big;
	struct ng_iface *ifaces;
	size_t n, room;
	uint64_t skip;		/* bytes of an uninteresting block still to come */
	uint32_t total;		/* of that block; its last 4 bytes are to be checked; 0: none */
};

enum { PCAP_MAPS = 6 };		/* more than batches are in use at a time: else files are read after all */

enum pcap_kind { PCAP_NONE, PCAP_CLASSIC, PCAP_NG };

struct pcap_in {
	struct pcap_in_options o;	/* o.files: the same as files */
	const char **files;
	const struct span *mems;	/* instead of o.files, for tests and fuzzers */
	size_t step;
	struct source src;
	size_t file;			/* the current one */
	enum pcap_kind kind;
	struct classic classic;
	struct ng ng;
	struct live *live;
	struct filter *filter;
	struct pcap_form form;
	struct window win;
	uint8_t *buf;			/* where the window lies now, BATCH_CAP bytes */
	uint8_t *carry;			/* where it lies between fills */
	uint64_t number;		/* of the last packet in this file */
	uint64_t left;			/* packets still wanted, if o.count is not 0 */
	struct batch ahead;		/* read by pcap_in_ready(); n = 0: nothing */
	volatile sig_atomic_t stop;
	bool ended, failed;
	bool lazy;			/* pcap_in_lazy() */
	bool mapped;			/* the next window lies in a map */
	struct pcap_map { struct map map; unsigned users; } maps[PCAP_MAPS];	/* users: batches with packets in it */
	struct pcap_map *map;		/* has some of this file; NULL: none yet */
	uint64_t stride;		/* of the last record, */
	unsigned alike;			/* and so many before were as long */
	struct err err;			/* why, if failed */
};

/* Reads from memory, step bytes at a time (0: all at once); for tests and fuzzers. */
struct pcap_in *pcap_in_open_mem(const struct span *mems, size_t n, size_t step,
    const struct pcap_in_options *o, struct err *e);

/*
 * The walkers hand out records while the batch has room.  0: out of bytes (want
 * says how many the next record has) or of room; -1: the record at the window's
 * start is wrong.
 */
int classic_open(struct pcap_in *in, struct err *e);
int classic_walk(struct pcap_in *in, struct batch *b, struct err *e);
bool classic_is_magic(const uint8_t magic[4]);

int ng_walk(struct pcap_in *in, struct batch *b, struct err *e);
/* Walks up to the first packet; 1: it is next. */
int ng_walk_head(struct pcap_in *in, struct err *e);
/* What the interfaces so far say; the window is at the first packet. */
void ng_form(const struct pcap_in *in, struct pcap_form *f);
void ng_clear(struct ng *g);

/* The packet at b->pkt[b->n] is complete: number it, filter it, count it.  -1: the filter
 * failed. */
int pcap_in_give(struct pcap_in *in, struct batch *b, struct err *e);

/* Keeps the error, with its packet's number, until everything before it has been handed out. */
void pcap_in_hold(struct pcap_in *in, struct err *e);

/* Where in its buffer a window of n bytes lies, so that what is read behind it comes to lie on whole pages: the
 * kernel copies those faster than what begins a little behind the start of one. */
static inline size_t window_at(size_t n)
{
	return n < BATCH_AHEAD ? BATCH_AHEAD - n : 0;
}

/* pcap_open.c.  More bytes behind the window, which is moved where there is no room: as source_read(). */
ssize_t pcap_in_read(struct pcap_in *in, size_t most, bool wait, struct err *e);
/* Opens input in->file, up to its first record: 0, SOURCE_FAILED or SOURCE_STOPPED. */
int pcap_in_start(struct pcap_in *in, struct err *e);

/*
 * pcap_map.c: files that are mapped.  The window is put where it begins; near the end of the file, and where there is
 * no map to be had, it is read from there on.  -1: the file became shorter.
 */
int pcap_map_window(struct pcap_in *in, struct batch *b, struct err *e);
/* Now the batch has packets in the map, if it has any; the window is found again by its place. */
void pcap_map_stay(struct pcap_in *in, struct batch *b);
/* It no longer has. */
void pcap_map_leave(struct pcap_in *in, struct batch *b);
/* What the walk will come to is fetched meanwhile.  The record at the window's start is whole. */
void pcap_map_look_ahead(struct pcap_in *in);
void pcap_map_close(struct pcap_in *in);

/* pcap_filter.c: a libpcap expression, compiled for each link type when first seen. */
struct filter *filter_new(const char *expr, struct err *e);
void filter_free(struct filter *f);
/* Compiled for dlt from now on: 0 or -1. */
int filter_prepare(struct filter *f, uint16_t dlt, struct err *e);
/* 1: let through, 0: not, -1: cannot be compiled for this link type. */
int filter_pass(struct filter *f, const struct packet *k, struct err *e);
int dlt_of_linktype(uint16_t linktype);
uint16_t linktype_of_dlt(int dlt);

/* pcap_live.c: an interface. */
struct live;
struct live *live_open(const struct pcap_in_options *o, struct pcap_form *form, struct err *e);
void live_close(struct live *l);
/* 0: b->n packets, or SOURCE_WAIT, SOURCE_STOPPED, SOURCE_FAILED. */
int live_fill(struct pcap_in *in, struct batch *b, bool wait, struct err *e);
int live_fd(const struct live *l);
uint64_t live_dropped(struct live *l);

#endif
