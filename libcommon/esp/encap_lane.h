/*
 * encap_lane.h - the straight way of the common packet: IPv4 or IPv6 into one ESP
 * layer in tunnel mode, with nothing unusual about it.
 *
 * What is the same for all packets of an SA is made once: a struct encap_lane, the
 * outer header among it.  Everything else (bundles, other modes, TCP, WESP, TFC,
 * packets to be divided, fragments, options, numbers that end, faults) goes the
 * general way, encap_plan.c and encap_seal.c, which gives the same bytes for what
 * may go straight, too.
 */
#ifndef ESP_ENCAP_LANE_H
#define ESP_ENCAP_LANE_H

#include "esp/encap_state.h"
#include "packet/pcap_run.h"

enum { LANE_HEAD = 40, LANE_FLOWS = 2048, LANE_LOT = 256,
	LANE_FEW = 16 };		/* so many are in the cache still when they are sealed */

/* An SA's; read by all threads.  One cache line. */
struct encap_lane {
	uint8_t head[LANE_HEAD];	/* the outer header (and UDP's) without what changes */
	uint32_t sum;			/* of IPv4's, as checksum_add() */
	uint32_t spi;
	uint8_t head_len;		/* with UDP; 0: no packet of it goes straight */
	uint8_t version, iv, icv, align;	/* align: a power of two */
	uint8_t tos_keep, tos_set;	/* of the inner TOS; besides */
	uint8_t df;			/* enum sa_df */
	bool udp, esn, ttl_copy, flow_copy;
	bool endless;			/* numbers beyond 32 bits */
};

/* Of which SA a flow is.  key: addresses, then protocol and ports, as they are in the packet. */
struct encap_way { uint64_t key[5]; uint32_t sa; uint8_t version; };

/* A packet as it was read: number counts in its batch. */
struct encap_frame { const uint8_t *data; uint32_t caplen; uint16_t dlt, number; };

/* Where in a batch claim is: at the frame; of a raw batch (packet/batch.h) at this record, so many bytes before
 * the end. */
struct encap_next { struct encap_frame frame; const uint8_t *rec; size_t left; };

/* One that goes straight.  One cache line. */
struct encap_quick {
	const uint8_t *data;		/* its frame */
	uint64_t seq;
	uint32_t sa, n;			/* n: bytes of the IP packet */
	uint32_t len;			/* of the sealed one */
	uint32_t rec;			/* offset of its record in unit->out */
	uint16_t number;		/* which one of the batch */
	uint16_t ip, ident;		/* where IP starts in the frame */
	bool df;
	uint8_t result, pad;
	uint8_t iv[IVGEN_MAX];
};

/* Packets that are sealed together. */
struct encap_lot {
	uint32_t n;
	struct encap_quick *quick[LANE_LOT];
	struct suite_job job[LANE_LOT];
	struct suite *suite[LANE_LOT];
};

/* Makes the lanes once the SAs are known; d->lane stays NULL if there is none. */
int encap_lanes_init(struct encap *d, struct err *e);
/* Which of the SA's packets may go straight: none, or those that are in no way unusual. */
bool encap_lane_has(const struct encap *d, uint32_t sa);

/* Claims the packet if it may go straight, and adds to *used the room that it takes. */
bool encap_lane_claim(struct encap *d, struct encap_side *side, const struct encap_frame *f, size_t *used);
/* The same for records of a raw batch, as many as may in a row. */
void encap_lane_claim_raw(struct encap *d, struct encap_side *side, struct encap_next *next, size_t *used);
/* Seals those from *from up to n, records from at on; gives where the next record goes. */
size_t encap_lane_seal(struct encap *d, struct unit *u, unsigned worker, uint32_t n, size_t at);
/* Seals those that still wait for others. */
void encap_lane_flush(struct encap *d, unsigned worker);
/* Gives out those up to n, in order. */
int encap_lane_settle(struct encap *d, struct unit *u, uint32_t n, struct pcap_run *r, struct err *e);

#endif
