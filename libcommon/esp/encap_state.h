/*
 * encap_state.h - what the stages of encap share among themselves.
 */
#ifndef ESP_ENCAP_STATE_H
#define ESP_ENCAP_STATE_H

#include "esp/encap.h"

/* Packets of a unit: those that go the general way, and in front of each so many of the others as it says. */
struct encap_side {
	struct encap_item *item;
	uint32_t n, cap;
	struct encap_quick *quick;	/* BATCH_PACKETS of them, or NULL: those that go straight */
	uint32_t nquick, sealed, settled;
};

/* A step of the keyed hashes of flows. */
static inline uint64_t encap_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)(a ^ 0x9e3779b97f4a7c15) * (b ^ 0xe7037ed1a0b428db);

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* The SAs for what view shows: 1, 0: none; -1: several, which e names. */
int encap_path_find(struct encap *d, const struct selector_view *view, struct encap_path *path,
    struct err *e);
/* The same, not remembered. */
int encap_path_search(const struct encap *d, struct selector_view view, struct encap_path *path,
    struct err *e);
/* Chains the SAs of each bundle and lists those that begin a path. */
int encap_paths_init(struct encap *d, struct err *e);
/* Takes sequence numbers, IVs and identifications for an item, which is of this IP version and has this
 * DF; false: result says what ran out. */
bool encap_number(struct encap *d, struct encap_item *it, uint8_t version, bool df);
/* A packet on its way to its items: what is known of it, and of what it will be sealed. */
struct encap_plan {
	struct encap *d;
	struct encap_side *side;
	struct encap_item *it;
	struct ip_view v;
	struct mtu_packet plain;
	bool df, out_df;
	uint8_t out_version;
	uint32_t ip_most, most;		/* how long the sealed packet may be: by IP, and by the path too */
};

/* The sealed packet's version, DF and limits. */
void encap_plan_outside(struct encap_plan *c);
/* Chooses TFC padding. */
void encap_plan_pad(struct encap_plan *c);
/* True if its length is known only once it is compressed. */
bool encap_may_shrink(const struct encap_plan *c);
/* How many bytes from offset at a part of the packet, divided before sealing, may take. */
struct split;
uint32_t encap_plan_part(const struct encap_plan *c, const struct split *s, uint32_t at);
/* Room in the unit's output: at most so many records, each with all that stands in front. */
size_t encap_plan_room(const struct encap_plan *c);
/* What a capture's packet may be longer than ours: padding, and AH's. */
void encap_plan_like(struct encap_plan *c);

/* What lies around the item once it is sealed, and how long it is then. */
void encap_measure(const struct encap *d, struct encap_item *it, struct mtu_packet p);
/* The next identification of an outer header with this DF; with IDENT_COPY none. */
uint16_t encap_ident(struct encap *d, bool df);
/* DF of the outer header by policy, over an inner packet. */
bool encap_df(const struct encap_sa *s, uint8_t version, bool df);

/* Seals the item into base from at on; fills rec, rec_len and frames, or result. */
void encap_seal(struct encap *d, struct encap_item *it, unsigned worker, uint8_t *base, size_t at);
/* Its IP packet is ready: puts records around it or its fragments. */
void encap_record(struct encap *d, struct encap_item *it, unsigned worker, uint8_t *pkt, uint32_t len,
    uint8_t *base, size_t at);
/* Link header and record header in front of the len bytes of IP at pkt; gives where the record starts,
 * or NULL if the link type cannot carry it. */
uint8_t *encap_frame(const struct encap *d, struct encap_item *it, uint8_t *pkt, uint32_t len);

/* In a TCP stream a sealed packet is a message, put into segments that the MTU lets through.  They
 * count from 0; when it is settled they get their place in the stream, which starts with a SYN. */
void encap_tcp_segments(struct encap *d, struct encap_item *it, unsigned worker, uint8_t *pkt,
    uint32_t len, uint8_t *base, size_t at);
void encap_tcp_place(struct encap *d, const struct encap_item *it, uint8_t *out, uint32_t frames);
/* The record of the SYN that goes in front of the item, in worker 0's scratch; gives its length. */
size_t encap_tcp_syn(struct encap *d, const struct encap_item *it, const uint8_t *out);

#endif
