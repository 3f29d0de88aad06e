/*
 * traffic_priv.h - the children of a struct traffic.  For traffic*.c only.
 */
#ifndef IKE_TRAFFIC_PRIV_H
#define IKE_TRAFFIC_PRIV_H

#include "esp/ivgen.h"
#include "esp/mtu.h"
#include "ike/traffic.h"
#include "sa/replay.h"

/* Which children may send: where one takes the place of another, only one. */
enum traffic_use { TRAFFIC_SENDS, TRAFFIC_WAITS, TRAFFIC_RETIRED };

struct traffic_ts { struct selector *ts; size_t n; };	/* none: any traffic */

struct traffic_child {
	struct session *owner;
	uint64_t number, replaces;	/* of the owner's children */
	uint32_t spi_in, spi_out;
	struct traffic_child *chain;	/* the next with such an SPI */
	enum traffic_use use;
	uint32_t width;			/* the more, the more its selectors hold */
	enum sa_mode mode;
	bool esn_in, esn_out, udp;
	struct session_path path;
	struct traffic_ts in, out;
	struct suite *open, *seal;
	struct replay replay;
	struct ivgen iv;
	uint64_t seq;			/* the last one sent */
	uint8_t align;			/* of what is encrypted */
	struct addr oa_src, oa_dst;	/* of what comes in */
	struct mtu_sa size;
	struct traffic_counts count;
};

enum { TRAFFIC_FLOWS = 1024, TRAFFIC_ROOM = 40 + 65535 + 512 };

/* What was found for a packet with such headers, as long as the children are those of then. */
struct traffic_flow { struct selector_view view; uint64_t age; struct traffic_child *child; };

struct traffic {
	struct rng rng;
	struct traffic_child **bucket;	/* by SPI; nbuckets, a power of two */
	size_t nbuckets;
	struct traffic_child **list;	/* n, in room for cap: those that hold least first, of them the newest */
	size_t n, cap;
	uint64_t age;			/* of list, from 1 */
	struct traffic_flow *flow;	/* TRAFFIC_FLOWS */
	struct traffic_counts count;
	uint8_t *sealed, *opened;	/* TRAFFIC_ROOM each */
};

struct traffic_child *traffic_find(const struct traffic *t, uint32_t spi);
/* The other children do what they do from now on because this one is in use. */
void traffic_took_over(struct traffic *t, struct traffic_child *c);
bool traffic_holds(const struct traffic_ts *ts, const struct selector_view *view);

#endif
