/*
 * two_ends.h - two captures of one tunnel held against each other: what was lost between them, how long it took, what was
 * changed on the way (ipsec-inspect --other).
 *
 * Packets are known again by their ESP or AH octets, or the IKE message: what a NAT or router rewrites is outside of
 * these.  Give all packets of the one capture, then all of the other.  Memory is bounded: past TWO_PACKETS only a share of
 * the packets is kept, chosen by their hash, the same in both captures; two_ends_share() says which.
 *
 * The clocks of two machines differ.  Where packets went both ways the difference is estimated from the quickest of each
 * way, taken as equally quick.
 */
#ifndef REPORT_TWO_ENDS_H
#define REPORT_TWO_ENDS_H

#include <stdio.h>

#include "report/model.h"
#include "report/table.h"

enum { TWO_PACKETS = 1 << 20, TWO_FLOWS = 1 << 14, TWO_TIMES = 512 };

/* What one capture saw of a flow: an SA, or the messages of an IKE SA (IKEv2: of one end). */
struct two_side {
	uint64_t packets;
	struct addr src, dst;
	uint16_t sport, dport;
	int ttl, dscp;			/* of the first packet; -1: none yet */
	bool udp;
	uint64_t fragmented;
};

struct two_flow {
	bool ike;
	enum sa_proto proto;
	uint32_t spi;			/* IKE: 0 */
	uint64_t ike_spi;		/* IKE: the initiator's SPI or cookie */
	bool from_initiator;		/* IKEv2: these are his messages */
	struct two_side side[2];
	int first;			/* which capture is nearer to the sender; -1: cannot be said */
	unsigned sa, ike_id;		/* ids of the model of the first capture; 0: it has none of it */
	uint64_t both, only[2];		/* packets in both, in one alone: of those that were kept */
	uint64_t lost[2];		/* of only: while both captures ran, as far as that can be told */
	uint64_t tail[2];		/* of lost: behind the last that both have */
	struct evidence missing[2];	/* lost, or only where nothing is in both: packets of this capture, in order */
	uint64_t remarked;		/* packets with another DSCP in the second, and that of the first of them */
	uint8_t dscp[2];
	struct two_time { int64_t from, to; } common[2];	/* of packets that are in both, by each capture's clock */
	int64_t least, most, median;	/* ns from capture 0 to 1, clocks as they are; of those in both */
	int64_t *times;			/* TWO_TIMES of them, as they fell; ntimes */
	unsigned ntimes;
};

struct two_ends;

struct two_ends *two_ends_new(struct err *e);
void two_ends_free(struct two_ends *t);
/* which: 0, then 1. */
int two_ends_see(struct two_ends *t, int which, const struct model_packet *p, struct err *e);
void two_ends_end(struct two_ends *t);
const struct two_flow *two_ends_at(const struct two_ends *t, size_t i);		/* NULL past the last */
const struct two_flow *two_ends_of_sa(const struct two_ends *t, const struct model_sa *sa);	/* NULL: none */
uint64_t two_ends_both(const struct two_ends *t);				/* packets in both, of all flows */
uint64_t two_ends_packets(const struct two_ends *t, int which);			/* in one of the captures */
unsigned two_ends_share(const struct two_ends *t);				/* one in so many packets was kept */
/* The second clock less the first, ns; false: packets went one way only. */
bool two_ends_clock(const struct two_ends *t, int64_t *offset);

/* For other forms of the same: what is other in the capture that is further from the sender; the middle of the times, clocks
 * put right where they can be.  Both give out, "" where there is nothing. */
enum { TWO_WORDS = 400 };
char *two_ends_changes(char out[TWO_WORDS], const struct two_flow *f);
/* Of these what a router leaves alone: all but the TTL. */
char *two_ends_rewritten(char out[TWO_WORDS], const struct two_flow *f);
char *two_ends_time(char out[TWO_WORDS], const struct two_ends *t, const struct two_flow *f);
int two_ends_text(const struct table_place *place, const struct two_ends *t, struct err *e);
/* {"type":"event","event":"compared",...} for each flow; files: the first capture is several, so frames are "2:17". */
void two_ends_json(FILE *to, const struct two_ends *t, bool files);

#endif
