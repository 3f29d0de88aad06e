/*
 * tcpstream.h - ESP and IKE in TCP (RFC 9329, and RFC 8229 before it): puts
 * segments back into a stream, finds where messages begin, gives them one by one.
 *
 * Each direction of a connection is a stream.  It is framed if it starts with
 * "IKETCP", or if the other direction did (only the originator sends that, RFC
 * 9329 4), or, when its start was not seen or part of it is lost, from where a
 * chain of lengths goes through messages that are known to be IPsec.  Another
 * stream is left alone: no bytes of it are kept for long.
 *
 * Memory is bounded: TCPSTREAM_SLOTS streams, of each TCPSTREAM_ROOM octets, by
 * the clock of the capture TCPSTREAM_WAIT for a missing segment and
 * TCPSTREAM_IDLE for a next one.  It is taken when a stream's first octet comes.
 * Of octets that come twice the first count.
 *
 *	tcpstreams_push(t, &seg, &e);
 *	while (tcpstreams_next(t, &msg))
 *		...
 */
#ifndef PACKET_TCPSTREAM_H
#define PACKET_TCPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "base/text.h"

enum { TCPSTREAM_SLOTS = 64, TCPSTREAM_ROOM = 160 * 1024, TCPSTREAM_PIECES = 256 };
#define TCPSTREAM_WAIT (10 * INT64_C(1000000000))
#define TCPSTREAM_IDLE (600 * INT64_C(1000000000))

struct tcp_view {
	uint16_t sport, dport;
	uint32_t seq;
	bool syn, ack, fin, rst;
	uint8_t data;		/* offset of the payload */
};

/* False: cut, or a header length that cannot be. */
bool tcp_parse(struct tcp_view *v, const uint8_t *p, size_t n);

struct tcp_seg {
	struct addr src, dst;
	struct tcp_view tcp;
	struct span data;	/* what was captured of the payload */
	size_t whole;		/* its octets on the wire */
	uint64_t number;	/* the frame, as the caller counts */
	int64_t ns;
};

enum tcpstream_kind {
	TCPSTREAM_ESP,
	TCPSTREAM_IKE,		/* body: behind the non-ESP marker */
	TCPSTREAM_KEEPALIVE,
	TCPSTREAM_SHORT,	/* of less than 4 octets: nothing that RFC 9329 3 knows */
};

struct tcpstream_msg {
	enum tcpstream_kind kind;
	struct span body;		/* valid until the next push, expire or free */
	struct addr src, dst;
	uint16_t sport, dport;
	uint64_t first, last;		/* frames: of its first octet, and of the one that made it whole */
	int64_t ns;			/* when that one came */
};

struct tcpstream_count {
	uint64_t lost;			/* octets never seen or that no message was found in */
	uint64_t resyncs;		/* messages found without the start of a stream */
	uint64_t conflicts;		/* segments that repeat octets with other values */
	uint64_t evicted;		/* streams given up for others */
};

/* Is there an SA for ESP with this SPI between these hosts? */
typedef bool tcpstream_known(void *arg, uint32_t spi, const struct addr *src,
    const struct addr *dst);

struct tcpstreams;

struct tcpstreams *tcpstreams_new(tcpstream_known *known, void *arg, struct err *e);
void tcpstreams_free(struct tcpstreams *t);

/* 1: the segment is of a framed stream; 0: of another, or nobody knows yet; -1: no memory. */
int tcpstreams_push(struct tcpstreams *t, const struct tcp_seg *seg, struct err *e);

/* The next whole message of what was pushed last, or that tcpstreams_expire() uncovered. */
bool tcpstreams_next(struct tcpstreams *t, struct tcpstream_msg *msg);

/*
 * Gives up missing segments that are older than ns - TCPSTREAM_WAIT, and idle streams; INT64_MAX:
 * the capture is over.  Call tcpstreams_next() afterwards.
 */
void tcpstreams_expire(struct tcpstreams *t, int64_t ns);

struct tcpstream_count tcpstreams_count(const struct tcpstreams *t);

#endif
