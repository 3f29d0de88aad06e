/*
 * datagram.h - what frames carry, for tools that look and change nothing: IKE, ESP, AH and NAT
 * keepalives, behind any link type, out of carriers (carrier.h), fragments and TCP (RFC 9329).
 *
 * One frame may give several datagrams (messages in TCP) or none (a fragment).  Everything given is
 * borrowed and valid during the call.  Memory is bounded as frag.h and tcpstream.h say.
 *
 * On other ports than 500 and 4500 IKE is recognised by its header, ESP by a known SPI.
 */
#ifndef PACKET_DATAGRAM_H
#define PACKET_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "base/text.h"
#include "packet/batch.h"
#include "packet/ip.h"
#include "packet/tcpstream.h"

enum datagram_kind {
	DATAGRAM_OTHER,		/* an IP packet without IPsec; body: what follows its headers */
	DATAGRAM_IKE,		/* body: from the IKE header on, without non-ESP marker */
	DATAGRAM_ESP,		/* body: from the SPI on */
	DATAGRAM_AH,		/* body: from the AH header on */
	DATAGRAM_KEEPALIVE,	/* RFC 3948 2.3 */
	DATAGRAM_LOST,		/* fragments that never became whole; body is empty, ports are 0 where they are not known */
	DATAGRAM_CUT,		/* the capture has too little of it */
	DATAGRAM_BAD,		/* headers that contradict themselves */
	DATAGRAM_NO_IP,		/* no IP, or an unknown link type */
};

enum { DATAGRAM_FRAMES = 16 };

struct datagram {
	enum datagram_kind kind;
	struct span body;	/* as much as was captured */
	size_t whole;		/* its octets on the wire */
	struct addr src, dst;
	uint16_t sport, dport;	/* of UDP or TCP; 0: none */
	uint8_t proto;		/* what carried it: IP_UDP, IP_TCP, IPPROTO_ESP_, ... */
	bool marker;		/* IKE: a non-ESP marker stood before it */
	uint16_t file;
	int64_t ns;		/* of the frame that made it whole */
	const uint64_t *frame;	/* it came in, in order; the last made it whole */
	unsigned nframes;	/* frames past DATAGRAM_FRAMES are left out in the middle */
	unsigned carriers;	/* it was inside so many */
	struct ip_view ip;	/* of the IP packet, whole again */
	struct span packet;	/* that packet; a message in TCP: of the segment that completed it, or empty */
};

typedef int datagram_fn(void *arg, const struct datagram *d, struct err *e);

struct datagrams;

/* known (may be NULL): is there ESP with this SPI between these hosts?  give's -1 ends a push. */
struct datagrams *datagrams_new(tcpstream_known *known, datagram_fn *give, void *arg, struct err *e);
void datagrams_free(struct datagrams *t);
int datagrams_push(struct datagrams *t, const struct packet *p, struct err *e);
/* The capture is over: what still waits. */
int datagrams_end(struct datagrams *t, struct err *e);

/* True if the n octets look like a whole IKE message of either version (RFC 7296 3.1, RFC 2408 3.1). */
bool datagram_looks_ike(const uint8_t *p, size_t n);

#endif
