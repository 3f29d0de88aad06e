/*
 * model.h - what a capture shows of IPsec: hosts, negotiations, SAs, tunnels; filled in one pass, bounded.
 *
 * A model is given frames in their order (several captures one after the other).  It takes them apart
 * (packet/datagram.h), follows IKE (ike/follow.h, ike/refusal.h), counts what each SA carried, opens what it has keys
 * for, and pairs SAs into tunnels and generations.  It judges nothing: findings are diagnose.h's.
 *
 * Everything is in tables with caps (MODEL_...); what comes beyond one is counted, so that a report can say so.  Frame
 * numbers are those of the file, from 1, with the file's index.  Times: ns since 1970.  Text from packets is raw.  What
 * is given out is the model's, and may be read at any time between calls.  One thread.
 */
#ifndef REPORT_MODEL_H
#define REPORT_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "esp/explain.h"
#include "ike/follow.h"
#include "ike/reason.h"
#include "packet/datagram.h"
#include "packet/batch.h"
#include "packet/verdict.h"
#include "report/cipher.h"
#include "report/evidence.h"
#include "report/track.h"
#include "sa/sad.h"
#include "sa/shard.h"

enum {
	MODEL_SAS = 1 << 16, MODEL_PEERS = 1 << 16, MODEL_IKES = 1 << 16, MODEL_TUNNELS = 1 << 16,
	MODEL_POINTS = 256,		/* of a time series: when full, two become one */
	MODEL_SIZES = 16,		/* sizes of packets counted one by one, for each SA */
	MODEL_CERTS = 4, MODEL_IVS = 64, MODEL_CLEAR = 1024, MODEL_TEXT = 256,
};

/* A stretch of time.  top: the highest sequence number in it, low half and high. */
struct model_point { uint32_t packets, lost, late; uint64_t bytes, top; };
/* Steps double when MODEL_POINTS are used; point is heap. */
struct model_series { int64_t start, step; unsigned n, room; struct model_point *point;
	unsigned at; int64_t from; };	/* where the last packet was: point[at], which begins with from */

/* An address as the outside sees it. */
struct model_peer {
	unsigned id;			/* from 1, in the order in which they were seen; so are all ids */
	struct addr addr;
	bool behind_nat;		/* a negotiation says so */
	unsigned ports;			/* different ones seen of UDP, if it has NAT: several hosts; at most 8 are told apart */
	uint16_t port[8];
	const char *product;		/* by vendor id, or NULL */
	uint64_t packets, bytes;	/* sent: IKE, ESP, AH */
	uint64_t ike_packets, ike_bytes;	/* of these IKE */
};

/* One SA: one direction. */
struct model_sa {
	unsigned id;
	enum sa_proto proto;		/* IPComp has no sequence numbers */
	uint32_t spi;
	struct addr src, dst;		/* as in the last packet */
	uint16_t sport, dport;		/* of UDP or TCP around it, else 0; of the last packet */
	struct addr first_src;		/* of the first; no family: none came */
	uint16_t first_sport, first_dport;
	bool wesp;			/* in the header of RFC 5840 */
	uint8_t carrier;		/* IP_UDP, IP_TCP, IPPROTO_ESP_, IPPROTO_AH_ */
	uint64_t packets, bytes;	/* bytes: of the IP packets */
	uint64_t body_bytes;		/* from the SPI on */
	uint64_t inner_bytes, opened;	/* where it was opened: IP packets inside, how many */
	uint32_t overhead_most;		/* outer packet less inner one */
	struct seen_at first, last;
	struct track seq;
	uint64_t last_seq;		/* of the last packet */
	struct model_series series;
	struct evidence lost, late, duplicates, restarts, jumps, wraps;	/* the packets that showed it */
	struct evidence twice;		/* duplicates right behind their original: captured twice rather than sent twice */
	struct evidence first_not_one;	/* it came up here and did not start with 1 */
	struct cipher cipher;
	char cipher_said[CIPHER_TEXT];	/* of merged reports: instead of it */
	struct { uint16_t size; uint64_t n; } sizes[MODEL_SIZES];	/* of IP packets, as they came up; further ones are not counted */
	unsigned nsizes;
	uint32_t min_size, max_size;
	uint64_t fragmented, with_df;	/* IP packets in fragments; IPv4 with DF */
	uint64_t marked[64];		/* packets by outer DSCP */
	struct evidence ports_changed, moved;	/* the same SA from another port, address */
	struct seen_at rebound;		/* when its source port changed last */
	struct evidence translated;	/* a NAT's other side of the packet before; nat_from became nat_to */
	struct addr nat_from, nat_to;
	struct evidence zero, reused;	/* number 0; numbers that were there before, with other content that verifies or may */
	struct evidence after_delete, odd_length;	/* odd_length: no multiple of four octets */
	struct evidence too_big;	/* longer than ICMP had said, a second and more afterwards */
	struct evidence iv_again;	/* another packet of late had the same IV: of MODEL_IVS packets or so */

	/* where keys are known */
	const struct sa *sa;		/* descriptor, or NULL; of the SAD */
	uint64_t count[V_COUNT];	/* verdicts of packets that were opened, or not */
	uint64_t why[WHY_COUNT];	/* with explanations */
	struct evidence bad_icv, replayed, bad_padding, outside, dummy;
	struct evidence dscp_differs;	/* outer from inner */
	struct evidence mss;		/* inner TCP SYN whose segments do not fit */
	uint16_t mss_most;
	struct evidence inner_df_big;	/* inner packets with DF as long as the largest that went */
	bool esn;			/* found or known */
	char guessed[MODEL_TEXT];	/* what its keys are for, as trial found; "" */
	struct model_guess *guess;	/* packets that wait for that; heap */
	char why_text[MODEL_TEXT];	/* the first explanation */

	unsigned peer_src, peer_dst, tunnel;	/* ids */
	uint64_t ike;			/* follow's number of the IKE SA that made it; 0: not seen */
	unsigned replaces, replaced_by;	/* ids */
	unsigned generation;		/* from 1 */
	struct model_iv { uint64_t iv, seq; } *ivs;	/* MODEL_IVS of them, by hash: IVs of late; heap */
	struct seen_at up, deleted;	/* when IKE said so; frame 0: not seen */
};

struct model_cert { bool by_initiator; char subject[MODEL_TEXT], type[16], signature[48]; unsigned bits; int64_t not_before,
	not_after; struct seen_at at; };

/* A request as it waits, and what became of it. */
/* in_part: it, or its answer, is in fragments of which some did not come. */
struct model_request { bool any, answered, in_part; uint8_t exchange; uint32_t message_id; unsigned sends; struct seen_at at, last; };

/* What lengths and order say where messages could not be opened. */
struct model_unread {
	uint32_t asked, answer;		/* IKEv2: octets of the IKE_AUTH request, of the answer without a child SA */
	struct seen_at no_child;	/* that answer; frame 0: none */
	uint32_t quick;			/* IKEv1: the last quick mode, its first message, whether it waits, and what came instead */
	bool waits, by_initiator;
	struct seen_at quick_at, refused;
};

/* One negotiation: an IKE SA. */
struct model_ike {
	unsigned id;
	uint64_t number, replaces;	/* follow's numbers */
	int version;
	uint64_t spi_i, spi_r;
	struct follow_end i, r;		/* as last seen */
	struct follow_end before_i, before_r;	/* before one of them had another address for the first time; family 0: it had not */
	bool nat_i, nat_r, floated, opened, dead;	/* opened: encrypted messages could be read */
	struct seen_at first, last, up, deleted;	/* up: IKE_AUTH was answered */
	uint64_t messages, retransmissions, undecrypted;
	uint64_t twice;			/* messages octet for octet again at once: captured twice */
	struct evidence again;		/* retransmissions */
	struct evidence fragments;	/* IKE's own (RFC 7383), of the last message that is not whole */
	struct evidence ip_fragments;	/* IP fragments of its messages that never became whole */
	bool frag_i, frag_r;		/* RFC 7383 was offered */
	bool mobike, aggressive, psk_v1, cookies, childless;
	bool ppk_offered, ppk_used;	/* RFC 8784 */
	bool transport_asked, transport_granted;
	uint32_t auth_answer;		/* octets of the first answer to IKE_AUTH; 0: none was seen */
	struct seen_at auth_answer_at;
	struct model_unread unread;
	struct { unsigned n; struct reason *row; struct seen_at *at; } why;	/* refusal.h's, at most REASONS_MAX; heap */
	char suite[MODEL_TEXT];		/* "aes256gcm16-prfsha384-ecp384"; "" */
	const struct alg_ke *ke;
	const struct alg_encr *encr;
	const struct alg_integ *integ;
	const struct alg_prf *prf;
	unsigned encr_bits;
	char id_i[MODEL_TEXT], id_r[MODEL_TEXT];	/* raw; "": not seen */
	uint8_t auth_i, auth_r;		/* methods; 0: not seen */
	struct model_cert cert[MODEL_CERTS];
	unsigned ncert;
	struct model_request request[2];	/* the last one of the initiator, of the responder */
	struct evidence dpd, dpd_lost;	/* requests that ask nothing; those never answered */
	struct evidence unanswered;	/* other requests never answered */
	struct evidence moved;		/* ends elsewhere: MOBIKE, a NAT's new port */
	struct evidence keepalives, invalid_spi, invalid_ke, collision;
	int64_t keepalive_gap;		/* behind a NAT: the longest silence of the end behind it, ns */
	int64_t heard_i;		/* of that */
	unsigned children, rekeys, deletes;
	uint64_t lifetime_i, lifetime_r;	/* IKEv1, seconds: offered, said by the responder */
};

/* All SAs of both directions between two ends, through all generations. */
struct model_tunnel {
	unsigned id;
	unsigned peer_a, peer_b;
	unsigned *sa;			/* ids, nsa of them, in the order of their first packets */
	unsigned nsa, room;
	unsigned generations;		/* the most that one direction had */
	struct model_total { uint64_t packets, bytes, lost; struct seen_at first, last; } from_a, from_b;
	struct seen_at first, last;
};

/* What went between two hosts, either way, over all SAs; low: the lesser address. */
struct model_pair {
	struct addr low, high;
	unsigned bare;			/* id of the first SA whose ESP had nothing around it; 0: none */
	int64_t last;			/* when a packet of an SA was seen last */
};

/* Two hosts that talk in clear, one direction; view: of the first packet. */
struct model_clear { unsigned id; struct selector_view view; uint64_t packets, bytes; struct evidence at; };

struct model_capture {
	char name[MODEL_TEXT];		/* of the files, with commas between; the owner sets it */
	struct shard shard;		/* the SAs of this share alone */
	uint64_t frames, bytes, files;
	uint64_t count[DATAGRAM_NO_IP + 1];
	int64_t first, last;
	struct evidence cut, back, damaged;	/* by the snap length; time goes back by more than a second; headers */
	struct evidence ahead;		/* a day and more behind the packet before, of one file */
	int64_t ahead_most;		/* ns */
	struct evidence twice;		/* IKE messages octet for octet again within 5 ms */
	struct evidence too_big;	/* ICMP: fragmentation needed, packet too big, about IKE or ESP */
	uint32_t path_mtu;		/* the smallest that ICMP said; 0 */
	struct evidence unreachable;	/* ICMP about IKE or ESP */
	struct evidence lost_fragments;	/* outer fragments that never became whole, of ESP */
	struct evidence stray;	/* on the ports of IKE, and neither IKE nor ESP */
	struct evidence lone_keepalives;	/* of no negotiation here */
	uint64_t dropped_sas, dropped_peers, dropped_ikes, dropped_clear;	/* beyond the caps */
};

/* A datagram and what became of it. */
struct model_packet {
	const struct datagram *d;
	struct seen_at at;
	const struct model_sa *sa;	/* or NULL */
	const struct model_ike *ike;	/* or NULL */
	const struct follow_message *message;	/* or NULL */
	uint64_t seq;			/* of 64 bits, as far as known */
	enum track_news news;
	uint64_t lost_before;
	bool judged;			/* there were keys: verdict */
	enum verdict verdict;
	const char *why, *evidence;	/* explanation, or NULL */
};

struct model_options {
	struct sad *sad;		/* SAs that are known; those of negotiations are added; NULL: none are opened */
	struct keyring *ring;		/* or NULL */
	const struct secret *psk;	/* or NULL */
	bool explain;			/* why packets stay closed */
	bool guess;			/* algorithms of SAs that have keys and do not say what they are for */
	struct shard shard;		/* all zero: all SAs */
	void *arg;
	/* each datagram once it was taken; or NULL */
	int (*packet)(void *arg, const struct model_packet *p, struct err *e);
};

struct model;

struct model *model_new(const struct model_options *o, struct err *e);
void model_free(struct model *m);
int model_push(struct model *m, const struct packet *p, struct err *e);
/* The input is over: what still waits; tunnels and generations are settled. May be followed by more (live). */
int model_end(struct model *m, struct err *e);
/* Tunnels and generations as they stand now. */
int model_settle(struct model *m, struct err *e);

const struct model_capture *model_capture(const struct model *m);
/* NULL past the last; i from 0 in order of id. */
const struct model_peer *model_peer_at(const struct model *m, size_t i);
const struct model_sa *model_sa_at(const struct model *m, size_t i);
const struct model_ike *model_ike_at(const struct model *m, size_t i);
const struct model_clear *model_clear_at(const struct model *m, size_t i);
const struct model_tunnel *model_tunnel_at(const struct model *m, size_t i);
/* By the first packet, of one that had none by when it came up: an order that does not depend on ids. */
int model_sa_order(const struct model_sa *a, const struct model_sa *b);
/* Its SPI goes to a multicast group, too: numbers are counted over all destinations. */
bool model_is_group(const struct model *m, const struct model_sa *sa);
/* NULL: no SA had packets between them, as of model_settle(). */
const struct model_pair *model_pair_between(const struct model *m, const struct addr *a, const struct addr *b);
/* What the capture is called. */
void model_set_name(struct model *m, const char *name);
/* The SAs that are known: given, and made by negotiations; NULL: none are opened. */
const struct sad *model_sad(const struct model *m);
/* By follow's number, or NULL. */
const struct model_ike *model_ike_by_number(const struct model *m, uint64_t number);

#endif
