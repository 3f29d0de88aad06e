/*
 * libreswan.h - what the files of pluto's reader share.
 *
 * pluto sets up a child SA in one go: it may print the keying material of both
 * directions, then the keys of each SA that goes into the kernel, and then says
 * that the SA is established, with its SPIs and algorithms.  libreswan.c collects
 * what is printed before that last line, libreswan_sa.c reads it and makes the
 * SAs, libreswan_alg.c knows the names.
 */
#ifndef SA_FORMAT_LIBRESWAN_H
#define SA_FORMAT_LIBRESWAN_H

#include "sa/format.h"
#include "sa/format/libreswan_log.h"

enum { PLUTO_KEYMAT = 144, PLUTO_PAIRS = 2, PLUTO_NAME = 64 };

struct pluto_bytes {
	bool have;			/* its label was seen; an empty one has no dump */
	uint8_t b[PLUTO_KEYMAT];
	size_t n;
	const char *damage;
	uint64_t line;
	size_t column;
};

/* The keys of one SA as they go into the kernel. */
struct pluto_pair {
	struct pluto_bytes encr, integ;
	enum sa_dir dir;
	uint32_t spi;			/* 0: not said */
	struct addr src, dst;
	uint16_t sport, dport;		/* of the encapsulation; 0: not said */
};

struct pluto_child {
	struct pluto_bytes keymat[2];	/* our, peer: inbound, outbound */
	struct pluto_pair pairs[PLUTO_PAIRS];
	unsigned npairs;		/* more than PLUTO_PAIRS: those of several children */
	bool mixed;
	enum sa_dir dir;		/* of the SA that is being added, with its ends */
	struct addr src, dst;
	uint16_t sport, dport;
};

/* "{ESP/ESN=>0xc0a80001 <0xc0a80002 xfrm=AES_GCM_16_128-NONE ...}" and what stands before it. */
struct pluto_sa {
	enum sa_proto proto;
	uint32_t spi[2];		/* in, out */
	enum sa_mode mode;
	enum sa_tri esn;
	enum sa_encap_type encap;
	const struct alg_encr *encr;
	unsigned encr_bits;		/* 0: not said */
	const struct alg_integ *integ;
	bool integ_none;
	struct selector ts;		/* ours first */
	bool ts_known;
	char label[PLUTO_NAME];
	uint64_t line;
};

struct pluto { struct libreswan_log log; struct pluto_child children[LIBRESWAN_SLOTS]; };

struct pluto_in {
	struct format_source *s;
	struct pluto *p;
	const struct libreswan_record *r;
	struct pluto_child *child;
};

extern const struct format format_libreswan;

/* libreswan_alg.c: "AES_CBC_128-HMAC_SHA2_256_128", "AES_GCM_16_256-NONE-MODP2048", "3DES_0-HMAC_MD5" */
void pluto_algs(struct pluto_sa *sa, struct word xfrm);
/* The line of an SA that is established; false: it is none. */
bool pluto_established(struct pluto_sa *sa, const char *p, size_t n);
/* libreswan_sa.c: hands over both SAs. */
int pluto_give(struct pluto_in *in, const struct pluto_sa *sa, struct err *e);
/* One SA without keys, of a status. */
int pluto_give_bare(struct pluto_in *in, const struct pluto_sa *sa, int dir, const struct addr *src,
    const struct addr *dst, struct err *e);

#endif
