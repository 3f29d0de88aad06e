/* model_priv.h - inside report/model*.c. */
#ifndef REPORT_MODEL_PRIV_H
#define REPORT_MODEL_PRIV_H

#include "base/rd.h"
#include "report/model.h"

/* Pointers to things that stay where they are, by id - 1, and an open-addressing table of their ids. */
struct model_slot { uint32_t id, hash; };
struct model_table { void **at; uint32_t n, room; struct model_slot *slot; uint32_t slots; };

enum { MODEL_SENDERS = 1 << 12 };

struct opener;

/* The last packet of any SA of any share, dst as model_alias() has it. */
struct model_last { struct addr dst; int64_t ns; uint32_t spi, number; enum sa_proto proto; uint8_t print; };

struct model {
	struct model_options opt;
	struct model_capture cap;
	struct model_table peers, sas, ikes, tunnels, pairs, clears, others;	/* others: SAs of other shares */
	uint8_t key[16];		/* of the hashes */
	struct datagrams *datagrams;
	struct follow *follow;
	struct refusals *refusals;
	struct opener *opener;		/* NULL: no keys yet */
	struct reasons rows;
	struct seen_at now;
	int64_t before;			/* when the frame before was captured */
	struct { struct addr dst; uint32_t mtu; int64_t ns; } too_big;	/* the last that ICMP told */
	struct model_table alias, groups;	/* model_nat.c */
	struct model_table joined;		/* model_tunnel.c */
	struct model_last last;
	struct model_sa *recent[2];	/* of the last packets */
	struct model_packet out;	/* being put together */
	uint64_t settled_sas;		/* how many SAs the tunnels know */
	struct { uint64_t hash; int64_t ns; } ike_seen[64];	/* of messages, for the capture that shows each twice */
	uint32_t sender[MODEL_SENDERS];	/* ids of negotiations, by a hash of who sent the last message whence and where to */
};

/* model_table.c: an id by hash and eq, 0: none. */
uint64_t model_hash(const struct model *m, const void *p, size_t n);
uint32_t model_find(const struct model_table *t, uint64_t hash, bool (*eq)(const void *thing, const void *key), const void *key);
/* Its id, 0: no memory. */
uint32_t model_put(struct model_table *t, uint64_t hash, void *thing);
void model_table_clear(struct model_table *t, void (*clear)(void *thing));

/* What tells one SA from another.  model_sa_key_eq() is for things that begin with their key. */
struct model_sa_key { enum sa_proto proto; uint32_t spi; struct addr dst; };
uint64_t model_sa_hash(const struct model *m, const struct model_sa_key *key);
bool model_sa_key_eq(const void *thing, const void *key);

struct model_peer *model_peer_of(struct model *m, const struct addr *addr, uint16_t port);
struct model_sa *model_sa_of(struct model *m, enum sa_proto proto, uint32_t spi, const struct addr *dst, bool make);
struct model_ike *model_ike_of(struct model *m, const struct follow_sa *sa);

/* model_esp.c */
int model_take_esp(struct model *m, const struct datagram *d, struct err *e);
void model_take_ipcomp(struct model *m, const struct datagram *d);
void model_sa_clear(void *sa);
void model_series_add(struct model_series *s, int64_t ns, uint32_t packets, uint64_t bytes, uint32_t lost, uint32_t late,
    uint64_t top);
/* A number that was counted as lost came late. */
void model_series_found(struct model_series *s, uint64_t seq);
/* model_nat.c: whose destination a NAT changed: what it was at first; what a copy tells of the SA; an SPI that goes to a
 * multicast group. */
const struct addr *model_alias(struct model *m, enum sa_proto proto, uint32_t spi, const struct addr *dst, bool copy);
void model_translated(struct model *m, struct model_sa *sa, const struct datagram *d);
void model_group_note(struct model *m, enum sa_proto proto, uint32_t spi, const struct addr *dst);
/* model_ike.c */
int model_ike_start(struct model *m, struct err *e);
int model_take_ike(struct model *m, const struct datagram *d, struct err *e);
void model_take_keepalive(struct model *m, const struct datagram *d);
/* ESP in UDP keeps a NAT's mapping as keepalives do. */
void model_take_traffic(struct model *m, const struct datagram *d);
/* Another reason; beyond REASONS_MAX they are not kept. */
void model_ike_why(struct model_ike *k, const struct reason *r, struct seen_at at);
void model_ike_clear(void *ike);
/* model_ike_payload.c: what a payload says; the suite, once it is known; an identity (body of an ID payload), once. */
void model_ike_payload(struct model *m, struct model_ike *k, const struct ike_payload *p, const struct follow_message *fm);
void model_ike_suite(struct model_ike *k, const struct follow_sa *sa);
void model_ike_id(char out[MODEL_TEXT], struct span body);
/* model_ike_unread.c: what a message tells without its content. */
void model_ike_unread(const struct model *m, struct model_ike *k, const struct follow_message *fm);
/* model_share.c: a packet of another share; whether there was ESP with this SPI. */
int model_share_note(struct model *m, enum sa_proto proto, uint32_t spi, const struct datagram *d, struct err *e);
bool model_share_knows(const struct model *m, uint32_t spi, const struct addr *dst);
/* model_other.c */
void model_take_other(struct model *m, const struct datagram *d);
void model_take_lost(struct model *m, const struct datagram *d);
/* model_open.c: opens the packet of d and fills in m->out and the SA's counts. */
int model_open(struct model *m, struct model_sa *sa, const struct datagram *d, struct err *e);
/* Addresses that packets of known SAs have, though another share opens these: a NAT may have changed them. */
int model_open_saw(struct model *m, const struct datagram *d, struct err *e);
void model_open_free(struct opener *o);
/* model_guess.c: of an SA whose algorithms are not known.  1: they are known now, 0: not yet, or never. */
int model_guess(struct model *m, struct model_sa *sa, const struct datagram *d, struct err *e);
/* With what is there: the capture is over. */
int model_guess_end(struct model *m, struct model_sa *sa, struct err *e);
void model_guess_free(struct model_guess *g);

/* A digest: IV and the beginning of what is encrypted; of AH the ICV.  It is where the SPI is: no further memory is touched. */
static inline uint8_t model_print(const struct datagram *d)
{
	const uint64_t mix = UINT64_C(0x9e3779b97f4a7c15);
	const uint8_t *p = d->body.p + 8;
	uint64_t x = d->whole;

	if (d->body.n >= 32)
		x = (x ^ load_be64(p)) + (load_be64(p + 8) ^ load_be64(p + 16) * mix);
	else if (d->body.n >= 16)
		x ^= load_be64(p);
	return (uint8_t)(x * mix >> 56);
}

enum { MODEL_AT_ONCE = 5 * 1000 * 1000 };	/* ns between a packet and its copy in another place */

/* Whether the last packet is here once more. */
static inline bool model_is_copy(const struct model *m, enum sa_proto proto, uint32_t spi, uint32_t number, uint8_t print, int64_t ns)
{
	const struct model_last *l = &m->last;

	return l->number == number && l->spi == spi && l->proto == proto && l->print == print && ns >= l->ns &&
	    ns - l->ns < MODEL_AT_ONCE;
}

static inline void model_note(const struct model *m, struct evidence *ev)
{
	evidence_add(ev, m->now);
}

#endif
