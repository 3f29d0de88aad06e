/*
 * tcpstream_priv.h - one direction of a TCP connection, in two layers: octets
 * put in order, and messages found in them.
 *
 * Positions count from the first octet kept; a piece is what one segment
 * brought, first and last are frames (they differ once pieces had to be joined).
 */
#ifndef PACKET_TCPSTREAM_PRIV_H
#define PACKET_TCPSTREAM_PRIV_H

#include "packet/tcpstream.h"

struct piece { uint32_t from, to; uint64_t first, last; int64_t ns; };

struct bytes {
	uint32_t seq;			/* of p[0] */
	uint32_t read;			/* octets given away at the front */
	uint32_t ready;			/* octets without a hole */
	unsigned n;
	struct piece piece[TCPSTREAM_PIECES];	/* sorted, apart */
	uint8_t p[TCPSTREAM_ROOM];
};

struct bytes *bytes_new(uint32_t seq);
/* Forgets what was read. */
void bytes_drop(struct bytes *b);
/* Takes n octets that belong at from and fit; false if some were there with other values. */
bool bytes_add(struct bytes *b, uint32_t from, const uint8_t *p, uint32_t n, uint64_t number,
    int64_t ns);
/* True if there is something behind a hole. */
bool bytes_hole(const struct bytes *b);
/* Reads on behind the next hole; gives the octets skipped, unread ones too. */
uint32_t bytes_skip(struct bytes *b);
/* Which frames the octets from..to came in. */
void bytes_frames(const struct bytes *b, uint32_t from, uint32_t to, struct tcpstream_msg *msg);

enum stream_state {
	STREAM_START,		/* the first octet was or will be seen */
	STREAM_HUNT,		/* looking for a message */
	STREAM_FRAMED,
	STREAM_OTHER,		/* not IPsec, or over */
};

struct stream {
	bool used, syn, prefixed, peer_prefixed, fin, rst, over;
	enum stream_state state;
	uint16_t sport, dport;
	struct addr src, dst;
	uint32_t isn, fin_seq;
	uint32_t budget;	/* octets that may still be searched in vain */
	int64_t ns;		/* of its latest segment */
	int64_t hole_ns;	/* since when one is missing; 0: none is */
	struct bytes *b;	/* NULL: no octet came yet */
};

enum frame_result { FRAME_MESSAGE, FRAME_MORE, FRAME_OTHER };

/* The start of a stream with no message taken yet: framed or not, if that can be said. */
void frame_start(struct stream *s);
/* The next message in what is ready; final: nothing more will come. */
enum frame_result frame_next(struct stream *s, tcpstream_known *known, void *arg, bool final,
    struct tcpstream_count *count, struct tcpstream_msg *msg);

#endif
