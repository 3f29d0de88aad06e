/*
 * encap.h - packets to IPsec packets: the three stages of ipsec-encap (RFC 4301
 * 5.1, RFC 4303 3.3, RFC 4302 3.3).
 *
 * encap_claim() finds each packet's SAs by their selectors, says how long it will
 * be, divides it where it must be, and takes sequence numbers, IVs and
 * identifications, all in order; encap_work() builds headers, encrypts and
 * authenticates with nothing but what claim left; encap_settle() counts and gives
 * out the result in order.  So the result does not depend on the threads.
 *
 * An SA's layer 0 is the innermost: a path is the SAs of a packet, first to last,
 * by bundle and then, for what came out, by selectors again (nested tunnels).
 */
#ifndef ESP_ENCAP_H
#define ESP_ENCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/rng.h"
#include "esp/context.h"
#include "esp/ipcomp.h"
#include "esp/ivgen.h"
#include "esp/mode_out.h"
#include "esp/mtu.h"
#include "packet/flow.h"
#include "packet/link.h"
#include "packet/pcap_out.h"
#include "sa/sad.h"

enum encap_unmatched { UNMATCHED_REPORT, UNMATCHED_DROP, UNMATCHED_PASS, UNMATCHED_ERROR };
enum encap_ident { IDENT_AUTO, IDENT_COUNTER, IDENT_RANDOM, IDENT_COPY, IDENT_ZERO };

/* What became of a packet. */
enum encap_result {
	ENCAP_OK, ENCAP_DUMMY,
	ENCAP_PASSED,			/* as it came: no SA matches, or no IP */
	ENCAP_DROPPED,			/* no SA matches, and that is as it should be; or on purpose */
	ENCAP_NOT_IP,
	ENCAP_NO_SA, ENCAP_TOO_BIG, ENCAP_EXPIRED, ENCAP_TRUNCATED, ENCAP_BAD_HEADER,
	ENCAP_UNSUPPORTED,
	ENCAP_SEQ_END,			/* the SA has no more sequence numbers */
	ENCAP_IV_END,			/* no more IVs */
	ENCAP_COUNT
};

enum {
	ENCAP_LAYERS = 8,
	ENCAP_FLOWS = 4096,		/* flows whose path is remembered */
	ENCAP_NONE = UINT32_MAX,
	ENCAP_LONGEST = 65535 + 40,	/* IPv6 does not count its header */
};

struct encap_lane;
struct encap_lot;
struct encap_way;
struct like;
struct like_layer;
struct impair;

/* One SA put around. */
struct encap_layer {
	uint32_t sa;			/* index in the SAD */
	uint32_t spi;
	bool esn, tcp_first;
	uint16_t ident;
	uint32_t tfc;			/* bytes behind the payload */
	uint64_t seq;
	const struct like_layer *like;	/* or NULL */
	uint8_t iv[IVGEN_MAX];
};

/* A packet on its way, or a part of one. */
struct encap_item {
	const struct packet *packet;
	const uint8_t *ip;
	uint32_t n;			/* the IP packet alone, without what pads its frame */
	struct link_view link;
	uint32_t before;		/* how many of its unit's packets that go straight are before it */
	uint32_t at, part;		/* of a packet divided before: its bytes from at, part of them */
	uint8_t result, nlayers;
	bool dummy, last;		/* last: of its packet's items */
	bool df;			/* the sealed packet must not be divided */
	uint32_t lead;			/* bytes to leave in front of the packet for its headers */
	uint32_t len, frag_id;		/* sealed, at most; of its fragments over IPv6 */
	uint32_t room;			/* offset of its room in unit->out */
	uint32_t rec, rec_len, frames;	/* its records there, if rec_len > 0 */
	uint64_t frame;			/* settled: the first one's number in the output */
	uint32_t faults, dice;		/* bits by enum impair_kind; for choices in them */
	uint8_t version;		/* of the sealed packet */
	uint32_t tcp;			/* bytes of IP header in front of TCP; 0: there is none */
	uint32_t segment, stream;	/* TCP: bytes of each segment but the last, and of all */
	const char *why;		/* in words, or NULL */
	struct encap_layer layer[ENCAP_LAYERS];
};

struct encap_options {
	uint32_t mtu;			/* of outer IP packets; 0: any length */
	bool before;			/* divide before sealing */
	int iv;				/* enum ivgen_kind; -1: random, so that a later run repeats none */
	uint8_t iv_fixed[IVGEN_MAX];
	size_t iv_len;
	bool seq_set, seq_wrap;
	uint64_t seq;			/* the first one, if seq_set */
	int64_t tfc;			/* -1: as the SA says */
	uint64_t dummy;			/* one after so many packets of a path; 0: none */
	struct mode_policy outer;
	enum encap_ident ident;
	bool forward, wesp;
	unsigned ah_align;		/* of AH over IPv4 */
	enum encap_unmatched unmatched;
	unsigned threads;
	enum engine_kind engine;
	const struct rng *rng;		/* all random bytes follow from it */
	struct like *like;		/* a capture to imitate, or NULL */
	struct impair *impair;		/* faults, or NULL */

	void *arg;			/* of the calls below */
	/* whole pcap records */
	int (*emit)(void *arg, const uint8_t *p, size_t n, struct err *e);
	/* each item once it is settled, in order; or NULL */
	void (*report)(void *arg, const struct encap_item *it);
};

/* What changes with each packet of an SA; only claim writes (tcp: settle). */
struct encap_sa {
	const struct sad_entry *entry;	/* NULL: not for sending */
	struct mtu_sa size;
	struct mode_policy outer;
	struct ivgen iv;
	uint64_t seq;			/* last one sent */
	uint64_t packets;
	uint32_t next;			/* the SA around it in its bundle, or ENCAP_NONE */
	uint32_t chain;			/* the next SA for one destination, or ENCAP_NONE */
	uint32_t tcp;			/* sequence number of the stream's next octet */
	uint8_t last_iv[IVGEN_MAX];	/* for faults */
	bool inner;			/* a bundle's further layer: never first */
	bool tcp_started, ended;	/* ended: somebody was told that the numbers are used up */
};

struct encap_path { uint8_t n; uint32_t sa[ENCAP_LAYERS]; };

/* A flow whose path is known. */
struct encap_flow { struct selector_view view; struct encap_path path; bool known; };

struct encap_worker {
	struct contexts contexts;
	struct ipcomp_sealer *ipcomp;	/* if some SA wants it */
	uint8_t *scratch;		/* ENCAP_LONGEST bytes */
	struct encap_lot *lot;		/* packets that are sealed together; NULL if none goes straight */
};

enum { ENCAP_FAULTS = 32 };		/* bits of an item's faults */

struct encap_tally { uint64_t packets, items, frames, count[ENCAP_COUNT], faults[ENCAP_FAULTS]; };

struct encap {
	struct encap_options opt;
	struct sad *sad;
	const struct pcap_out *out;	/* for record headers */
	struct flow *flow;
	struct encap_sa *sa;		/* by SAD index, nsa of them */
	uint32_t nsa, *first, nfirst;	/* those that begin a path, for several destinations */
	uint32_t *bucket, nbuckets;	/* those for one: the first of each chain */
	struct encap_flow *flows;	/* ENCAP_FLOWS */
	uint64_t flow_key[2];		/* of their hash */
	bool by_addr, by_proto, by_ports;	/* what some SA asks of a flow: the rest tells none apart */
	struct encap_lane *lane;	/* by SAD index; NULL: nothing goes straight */
	struct encap_way *way;		/* LANE_FLOWS */
	uint32_t lane_most;		/* the longest sealed packet that goes straight */
	struct rng rng;
	uint16_t ident;
	uint32_t frag_id;
	struct mb_ring keys;		/* of all workers */
	struct encap_worker *worker;	/* opt.threads of them */
	struct encap_tally tally;
	uint32_t stopped;		/* the SA whose numbers ended first, or ENCAP_NONE */
};

/*
 * flow and out are borrowed, the SAD must not change.  Every SA that is not for receiving is checked:
 * ERR_INPUT names one without keys, mode or the addresses of its tunnel, two that are candidates for
 * each other, two of one layer.
 */
int encap_init(struct encap *d, const struct encap_options *opt, struct sad *sad, struct flow *flow,
    const struct pcap_out *out, struct err *e);
void encap_clear(struct encap *d);
size_t encap_side_size(void);

/* The stages, as struct flow wants them; arg is a struct encap. */
int encap_claim(void *arg, struct unit *u, struct err *e);
void encap_work(void *arg, struct unit *u, unsigned worker);
int encap_settle(void *arg, struct unit *u, struct err *e);
void encap_unit_clear(void *arg, struct unit *u);

/* After the end of the input: what faults held back. */
int encap_finish(void *arg, struct err *e);

/* One IP packet of n bytes through all stages, without a flow; opt.threads 1. */
int encap_one(struct encap *d, const uint8_t *p, size_t n, struct err *e);

/* How many of the SAs that sealed packets each engine served. */
void encap_served(const struct encap *d, unsigned served[ENGINE_COUNT]);

/* "esp 0x0000c0de to 192.0.2.2 (sa.json:3)" */
enum { ENCAP_SA_TEXT = 160 };
char *encap_sa_text(char out[ENCAP_SA_TEXT], const struct sa *sa);

/* "ok"; never NULL. */
const char *encap_result_name(enum encap_result r);
/* "longer than the MTU, and may not be divided"; never NULL. */
const char *encap_result_text(enum encap_result r);
bool encap_result_is_failure(enum encap_result r);

#endif
