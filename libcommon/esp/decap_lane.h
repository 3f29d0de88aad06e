/*
 * decap_lane.h - the straight road for what nearly all packets are: one layer of ESP in tunnel mode, of an SA
 * without alternatives, in a datagram that is whole, on Ethernet or raw IP.
 *
 * lane_claim() takes a packet when its headers rule out everything else; lane_open() and lane_end() open it,
 * together with others where that is faster; lane_settle() moves the window.  A few octets are kept of it
 * instead of an item.  Whatever turns out unusual all the same becomes an item at the place kept for it
 * (lane_item()) and goes the general way, which gives the same result: with opt.general everything does.
 *
 * State belongs to a packet's unit, the cache of SAs to claim.
 */
#ifndef ESP_DECAP_LANE_H
#define ESP_DECAP_LANE_H

#include "esp/decap_state.h"
#include "packet/pcap_run.h"

enum lane_state {
	LANE_NONE,		/* not here: see the item */
	LANE_CLAIMED,
	LANE_WAITS,		/* started, its job not looked at yet */
	LANE_OPEN,		/* verified, the record is made */
	LANE_BAD_ICV,
};

struct lane {
	const uint8_t *esp;
	uint32_t caplen;		/* of the packet */
	uint32_t sa;			/* index of its SA, a group of its own */
	uint32_t seq, high;
	uint32_t rec, rec_len;		/* LANE_OPEN: the record in unit->out */
	uint16_t n;			/* bytes of ESP */
	uint16_t packet;		/* which one of the batch */
	uint8_t state;			/* enum lane_state */
	uint8_t at;			/* offset of ESP in the packet */
	uint8_t over;			/* ESP's header, IV and ICV */
	uint8_t flags;			/* LANE_ESN, LANE_TS */
};

enum { LANE_ESN = 1, LANE_TS = 2 };	/* high counts; the SA has selectors */

static inline bool lane_esn(const struct lane *f)
{
	return (f->flags & LANE_ESN) != 0;
}

enum { LANE_SAS = 1024 };

/* Which SA a packet is of, as found before; version 0: nothing. */
struct lane_sa {
	uint32_t spi, sa;
	uint8_t version;
	bool fit, ts;			/* fit: its packets may come this way */
	uint8_t ends[32];		/* source and destination */
};

/* True if packets may come this way at all, with these options and SAs. */
bool lane_is_open(const struct decap *d);
/* Where in a batch claim is: at which packet, and if the batch is raw at which record, behind which last one and
 * how many bytes before the end. */
struct lane_next { size_t i; const uint8_t *rec, *last; size_t left; };

/* True if there is a packet; caplen: of a record. */
static inline bool lane_more(const struct batch *b, const struct lane_next *next, int64_t *caplen)
{
	if (b->raw == NULL)
		return next->i < b->n;
	*caplen = batch_record(next->rec, next->left);
	return *caplen >= 0 && next->i < BATCH_PACKETS;
}

/* The record was taken. */
static inline void lane_skip(struct lane_next *next, int64_t caplen)
{
	next->last = next->rec;
	next->rec += BATCH_RECORD + caplen;
	next->left -= BATCH_RECORD + (size_t)caplen;
}

/* Takes packets of the batch, from *next on, as long as they are such ones and there is room for items; adds what
 * rooms in unit->out they need. */
void lane_claim(struct decap *d, struct unit *u, struct lane_next *next, size_t *room);
/* SAs came: what was found does not count any more. */
void lane_forget(struct decap *d);

/* Item i of the unit, made if need be; its state in the lane stays. */
struct decap_item *lane_item(const struct decap *d, struct unit *u, uint32_t i);
/* From now on it is an item. */
struct decap_item *lane_leave(const struct decap *d, struct unit *u, uint32_t i);

/* Bytes of its room in unit->out; what decap_room() gives for an item. */
static inline size_t lane_room(const struct lane *f)
{
	return f->caplen + (size_t)PCAP_RECORD + DECAP_SPARE;
}

/* Its packet, made if the batch is raw. */
static inline const struct packet *lane_packet(struct unit *u, const struct lane *f)
{
	return u->batch.raw == NULL ? &u->batch.pkt[f->packet] :
	    batch_packet(&u->batch, f->packet, f->esp - f->at - PCAP_RECORD);
}

/*
 * A unit while its packets are opened.  Records are put one behind the other without gaps, so that settle can write
 * long runs.  Each is made there at once, as long as it is known where that is.  When a packet waits to be opened
 * together with others, those behind it are made in the rooms of their own, and moved when all of them are open.
 */
struct road {
	struct decap *d;
	struct unit *u;
	struct decap_side *side;
	unsigned worker;
	struct decap_worker *own;	/* its */
	size_t at, room;		/* where the next record goes, and where the next packet's own room is */
	uint32_t first;			/* waits: the first that does */
	bool waits;
	uint32_t njob;			/* of own->lane_job, in the order of the packets that wait */
	/* what the lane needs for each packet */
	const struct sad_bits *bits;
	size_t link;			/* bytes of a record's link header */
	uint32_t limit;			/* record headers go over as they are, up to that fraction of a second; 0: do not */
	uint32_t sa;			/* and for each of this SA */
	struct suite *suite;		/* NULL: none so far, or it may have been given up for another one */
	bool plain;			/* it has no ESN, as far as is known */
	bool batches;			/* its suite wants many at once */
	uint8_t over;			/* ESP's header, IV and ICV */
};

void road_init(struct road *r, struct decap *d, struct unit *u, unsigned worker);
/* From packet i on something waits. */
static inline void road_wait(struct road *r, uint32_t i)
{
	if (!r->waits)
		r->first = i;
	r->waits = true;
}

/* Opens packets from packet i on, or begins to, as long as they are claimed and can be.  Says which comes next. */
uint32_t lane_open(struct road *r, uint32_t i);
/* Makes the records of packets from packet i on that waited and whose jobs are done, the first one's is *job, as long
 * as they are such.  Says which packet comes next. */
uint32_t lane_end(struct road *r, uint32_t i, uint32_t *job);

/* Settles packets from packet i on as long as nothing is unusual.  Says which comes next; r holds their records. */
int lane_settle(struct decap *d, struct unit *u, uint32_t *i, struct pcap_run *r, struct err *e);

#endif
