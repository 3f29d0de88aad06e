/*
 * sa.h - a Security Association as any source describes it (RFC 4301 4.4.2,
 * ipsec-sa(5)).
 *
 * Fields that a source did not say keep their empty value: "unknown" is always
 * told apart from "no".  Keys are slices of the arena of whoever made the SA and
 * outlive it; strings and selector lists are the SA's own (heap).
 */
#ifndef SA_SA_H
#define SA_SA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/alg.h"
#include "crypto/suite.h"
#include "sa/selector.h"

enum sa_proto { SA_ESP, SA_AH, SA_IPCOMP };
enum sa_mode { SA_MODE_UNKNOWN, SA_TUNNEL, SA_TRANSPORT, SA_BEET };
enum sa_dir { SA_DIR_UNKNOWN, SA_IN, SA_OUT };
enum sa_tri { SA_UNKNOWN = -1, SA_NO, SA_YES };
enum sa_ecn { SA_ECN_RFC6040, SA_ECN_COPY, SA_ECN_CLEAR };
enum sa_df { SA_DF_COPY, SA_DF_SET, SA_DF_CLEAR };
enum sa_encap_type { SA_ENCAP_NONE, SA_ENCAP_UDP, SA_ENCAP_TCP };

struct sa_encap {
	enum sa_encap_type type;
	uint16_t sport, dport;		/* 0: any */
	struct addr oa_src, oa_dst;	/* original addresses (RFC 3948 3.1.2) */
};

struct sa_limits { uint64_t s, bytes, packets; };	/* 0: none */

enum { SA_HINTS = 4, SA_REPLAY_DEFAULT = 64, SA_REPLAY_MAX = 4096 };

struct sa {
	enum sa_proto proto;
	uint32_t spi;			/* IPComp: the CPI */
	struct addr src, dst;		/* family 0: any */
	enum sa_mode mode;
	const struct alg_encr *encr;	/* NULL: see encr_unknown, or not used (AH) */
	const struct alg_integ *integ;
	bool encr_unknown, integ_unknown;	/* the source did not say which */
	bool encr_key_known, integ_key_known;	/* false: the key is missing (an empty key can be right) */
	struct secret encr_key;		/* the salt last */
	struct secret integ_key;
	unsigned icv_bits;		/* 0: the transform's own */
	enum sa_tri esn;
	bool seq_known;
	uint64_t seq;			/* outbound: the last number sent; see seq_hint */
	uint64_t seq_hint[SA_HINTS];	/* values of seq that sources gave: for the ESN high half */
	unsigned nhints;
	int64_t replay_window;		/* packets; 0: no check; -1: not said */
	struct sa_encap encap;
	struct selector *ts;		/* nts of them; none: any traffic */
	size_t nts;
	enum sa_dir dir;
	int dscp, ttl;			/* -1: not said; SA_COPY */
	int ecn, df;			/* -1: not said; enum sa_ecn, enum sa_df */
	int64_t flow, tfc;		/* -1: not said */
	char *bundle;
	int layer;			/* -1: not said */
	bool life_known;
	struct sa_limits soft, hard, used;
	char *id, *peer, *ike, *replaces, *candidate, *label, *insecure;
	char *guessed;			/* comma-separated keys that were not in the source */
	bool reqid_known, mark_known, if_id_known;
	uint32_t reqid, mark, mark_mask, if_id;
	char *origin_format, *origin_file;
	uint64_t origin_line;		/* 0: not said */
	bool created_known, expires_known;
	int64_t created, expires;	/* ns since 1970 */
	char *extra;			/* the x- keys as one JSON object, or NULL */
};

enum { SA_COPY = -2 };			/* for dscp, ttl, flow: take the inner header's */

/* The empty SA, with every "not said" in place. */
void sa_init(struct sa *sa);
void sa_clear(struct sa *sa);
/* A copy with strings and lists of its own; keys are the same slices.  Empty after -1. */
int sa_copy(struct sa *to, const struct sa *from, struct err *e);

/* Valid in itself: RFC ranges, key lengths, AEAD without integ and so on. */
int sa_check(const struct sa *sa, struct err *e);
/* True when all keys that opening needs are there. */
bool sa_has_keys(const struct sa *sa);
/* What suite_new() wants. */
void sa_suite_keys(const struct sa *sa, struct suite_keys *keys);

/* The length of one key for the algorithm that is set; 0 or -1 with what was found and wanted. */
int sa_check_encr_key(const struct sa *sa, struct err *e);
int sa_check_integ_key(const struct sa *sa, struct err *e);
/* ICV bits that go with integ. */
int sa_check_icv(const struct sa *sa, struct err *e);
/* Bits of the ICV as the packets carry it; 0: none, or not known. */
unsigned sa_icv_bits(const struct sa *sa);
/* Notes one more value of the last sequence number: the smallest and the largest are kept. */
void sa_add_hint(struct sa *sa, uint64_t seq);
/* Settles what follows from the algorithms: an algorithm without a key has its (empty) key. */
void sa_settle_keys(struct sa *sa);
/* True if nothing contradicts that both have the same keys: what one does not know may be
 * anything that suits the other. */
bool sa_same_keys(const struct sa *a, const struct sa *b);
/* Takes over from another description of the same SA what sa does not know; from is left
 * empty. */
void sa_merge(struct sa *sa, struct sa *from);

/* "udp", "tcp:4500:4501": the encapsulation and its ports, 4500 where it says none. */
int sa_encap_parse(struct sa_encap *encap, const char *text, struct err *e);
const char *sa_proto_name(enum sa_proto p);
const char *sa_mode_name(enum sa_mode m);

#endif
