/*
 * decap.h - IPsec packets to the packets inside: the three stages of
 * ipsec-decap (RFC 4301 5.2, RFC 4303 3.4).
 *
 * decap_claim() finds the IP datagram of each packet and puts fragments
 * together, and TCP streams; decap_work() looks up SAs, verifies and decrypts, guessing each
 * sequence number's high half from where the window stood; decap_settle() does
 * the replay check in order, opens again what was guessed wrongly, tries the
 * alternatives of an SA that does not verify, counts, and gives out the result.
 * So only settle decides, and the result does not depend on the threads.
 *
 * Nothing is given out that did not verify, unless no_verify or null.
 */
#ifndef ESP_DECAP_H
#define ESP_DECAP_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "packet/flow.h"
#include "packet/frag.h"
#include "packet/link.h"
#include "packet/pcap_out.h"
#include "crypto/engine.h"
#include "esp/context.h"
#include "esp/explain.h"
#include "esp/place.h"
#include "packet/verdict.h"
#include "sa/replay.h"
#include "sa/sad.h"
#include "sa/shard.h"

enum decap_keep { KEEP_NOTHING, KEEP_CLOSED, KEEP_ALL };
enum decap_esn { DECAP_ESN_AUTO, DECAP_ESN_ON, DECAP_ESN_OFF };
enum decap_ts { DECAP_TS_REPORT, DECAP_TS_DROP, DECAP_TS_IGNORE };

enum {
	DECAP_LAYERS = 8,		/* nested deeper than this is unsupported */
	DECAP_NO_SA = UINT32_MAX >> 1,
	DECAP_ESN_SEARCH = 1 << 17,	/* high halves: of a year at 10 million packets a second */
};

/* One protocol taken off, or where it ended. */
struct decap_layer {
	uint32_t sa;			/* index in the SAD, or DECAP_NO_SA */
	uint32_t spi, seq, high;
	uint8_t verdict, proto;		/* enum verdict, enum sa_proto */
	bool esn, verified, outside;	/* outside: of the SA's traffic selectors */
	bool null;			/* without an SA, but in clear text as it seems (RFC 5879) */
	bool no_seq;			/* the packet ends before its sequence number */
};

struct decap_tcp;
struct lane_sa;

/* A packet on its way. */
struct decap_item {
	const struct packet *packet;	/* the (last) frame it came in; of TCP: that made it available in order */
	const uint8_t *ip;		/* the datagram: outer IP header first */
	uint32_t n;			/* bytes captured of it */
	struct link_view link;
	struct place place;		/* of the outermost ESP, if ipsec */
	bool ipsec;			/* there is ESP to open */
	bool foreign;			/* another share's (opt.shard) */
	bool part;			/* a held fragment or segment: no packet of its own */
	uint32_t owner;			/* of a part: the item that made its datagram whole; 0: none here */
	uint64_t datagram;		/* of fragments: which one; of TCP: which stream */
	bool other_family;		/* opened, but this link type cannot carry it */
	bool cramped;			/* inflated it is longer than its room: to be opened elsewhere */
	uint8_t verdict, nlayers;
	uint32_t rec, rec_len;		/* the record in unit->out, if rec_len > 0 */
	uint32_t missed;		/* its SA's packets that did not verify, this one the last */
	size_t room_end;		/* where its room there ends */
	const char *why;		/* evidence in words for bad-header and unsupported, or NULL */
	const struct explained *explained;	/* during report: why it stayed closed, or NULL */
	struct decap_layer layer[DECAP_LAYERS];
};

struct decap_options {
	enum decap_keep keep;
	enum decap_esn esn;
	enum decap_ts ts;
	int64_t replay_window;		/* -1: as the SA says */
	uint64_t esn_search;		/* high halves to try where they cannot be solved, up to 2^32 */
	bool resume_window, no_verify, ecn, raw, explain;
	bool null;			/* reads ESP of unknown SAs that is not encrypted */
	bool dig;			/* also into what carries IP in IP */
	bool general;			/* no straight road (decap_lane.h): the reference in tests */
	struct shard shard;		/* the SAs of this share alone, the first has what is not IPsec too; wants general */
	unsigned threads;
	enum engine_kind engine;
	const volatile sig_atomic_t *stop;	/* not zero: searches end; or NULL */
	int64_t sa_wait;		/* ns a packet without SA waits for one */

	void *arg;			/* of the calls below */
	/* whole pcap records */
	int (*emit)(void *arg, const uint8_t *p, size_t n, struct err *e);
	/* each packet once it is settled, in order; or NULL */
	void (*report)(void *arg, const struct decap_item *it);
	/* more SA lines: waits up to ns for some to be there (1), 0 none, -1 never again; or NULL */
	int (*sa_pending)(void *arg, int64_t ns);
	/* reads and adds them; no worker runs */
	int (*sa_read)(void *arg, struct err *e);
};

/* What is known of one SA while packets flow; only settle writes. */
struct decap_sa {
	struct replay replay;
	_Atomic uint64_t top;		/* for guesses: the highest number accepted */
	_Atomic uint32_t plan;		/* PLAN_... and which candidate */
	uint64_t opened, unfit;		/* packets that verified and were new; with a packet inside, and without */
	uint32_t missed;		/* packets that did not verify, since the last that did */
	uint64_t credit;		/* work that trials may still cost */
	uint32_t search_at;		/* halves that the last search tried */
	uint32_t suspect;		/* a high half that one packet with a short ICV gave */
	bool granted, searched;		/* had its first credit, and the first for a search */
	bool suspected;
	bool settled;			/* a packet verified: candidate and ESN stand */
};

struct decap_lot;

/* What the last packet was: mostly the next is of the same SA.  ends: its addresses. */
struct decap_last { const struct sad_entry *group; uint32_t spi; uint8_t proto, version, ends[32]; };

struct decap_worker {
	struct contexts contexts;
	struct decap_lot *lot;
	struct suite_job *lane_job;	/* BATCH_PACKETS of them */
	struct decap_last last;		/* of this unit; no SA comes or goes meanwhile */
	uint8_t *aside;			/* a payload that gets another header */
	struct ipcomp *ipcomp;
	uint8_t *scratch;		/* settle's: a record opened anew */
	size_t scratch_n;
};

enum { DECAP_WAITED = 256 };

struct decap {
	struct decap_options opt;
	struct sad *sad;
	const struct pcap_out *out;	/* for record headers */
	struct flow *flow;
	struct frags *frags;
	struct decap_tcp *tcp;		/* NULL until a segment may carry IPsec */
	struct lane_sa *lane_sa;	/* claim's: LANE_SAS of them */
	struct decap_sa *sa;		/* nsa of them */
	struct mb_ring keys;
	uint32_t nsa, cap;
	struct decap_worker *worker;	/* opt.threads of them, and settle's own: packets one at a time */
	uint32_t waited[DECAP_WAITED];	/* SPIs that had their wait */
	int64_t now;			/* by the packets' clock: when the last one claimed came */
	bool sa_ended, sas_came;	/* sas_came: while the unit was claimed */
	struct explainer *explainer;	/* with opt.explain */
	uint64_t whys[WHY_COUNT];	/* packets explained, by why */
	uint64_t pool;			/* work that trials may cost before they earned it */
	const struct packet *kept;	/* the last one that --keep passed: a frame passes once */
	struct tally tally;
	uint64_t straight;		/* settled without an item (decap_lane.h) */
	uint64_t replayed;		/* dropped by the replay check */
	uint64_t unverified;		/* given out all the same: no_verify, null */
	uint64_t other_family;		/* could not be written with this link type */
};

/* flow and out are borrowed; sad may grow through opt->sa_read. */
int decap_init(struct decap *d, const struct decap_options *opt, struct sad *sad, struct flow *flow,
    const struct pcap_out *out, struct err *e);
void decap_clear(struct decap *d);
size_t decap_side_size(void);

/* The stages, as struct flow wants them; arg is a struct decap. */
int decap_claim(void *arg, struct unit *u, struct err *e);
void decap_work(void *arg, struct unit *u, unsigned worker);
int decap_settle(void *arg, struct unit *u, struct err *e);
void decap_unit_clear(void *arg, struct unit *u);

/* SAs were added to the SAD; nothing is on its way. */
int decap_more(struct decap *d, struct err *e);

/* One IP packet of n bytes through all stages, without a flow; opt.raw and opt.threads 1. */
enum { DECAP_ONE_MAX = 65535 + 40 };
int decap_one(struct decap *d, const uint8_t *p, size_t n, struct err *e);

/* After the end of the input: what never became whole. */
int decap_finish(struct decap *d, struct err *e);

/* The SA that a group of candidates settled on, or NULL while none verified a packet. */
const struct sad_entry *decap_winner(const struct decap *d, const struct sad_entry *group);
/* How many of the SAs that opened packets each engine served. */
void decap_served(const struct decap *d, unsigned served[ENGINE_COUNT]);
/* True if the SA was found or known to use ESN. */
bool decap_uses_esn(const struct decap *d, uint32_t index);

#endif
