/*
 * batch.h - packets as they were read: views into one buffer.
 *
 * A batch is filled by pcap_in_fill() and may be reused for ever; nothing is
 * allocated after batch_init().  Data pointers are valid until the batch is
 * filled again, whatever happens to other batches meanwhile.
 *
 * Who asked for it (pcap_in_lazy()) may get records instead of packets: raw is not NULL then, n is not known
 * yet, and the first record is whole.  He walks them (batch_record()), makes packets of those he wants to be
 * packets, sets n and raw_n to what he took, and hands back the rest (pcap_in_took()).  So nothing is touched twice.
 */
#ifndef PACKET_BATCH_H
#define PACKET_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/rd.h"

enum {
	BATCH_BLOCK = 128 * 1024,	/* bytes read at a time: twice as many are no faster, and take twice the memory */
	BATCH_SNAP = 256 * 1024,	/* the longest packet taken (libpcap's limit, too) */
	BATCH_PACKETS = 2048,		/* packets in a batch, at most */
	BATCH_AHEAD = 2 * 256 * 1024,	/* what a block is read behind: a record cut short, up to twice a packet */
	BATCH_CAP = BATCH_AHEAD + BATCH_BLOCK,
};

struct packet {
	const uint8_t *data;	/* link-layer header first */
	uint32_t caplen;	/* bytes at data */
	uint32_t len;		/* bytes it had on the wire */
	int64_t ns;		/* since 1970; the years 1824 to 2116, so that any difference is an int64_t, too */
	uint64_t number;	/* in its file, from 1, before any filter */
	uint16_t dlt;		/* LINKTYPE_ number as in files */
	uint16_t file;		/* which -r, from 0 */
	uint32_t options;	/* pcapng: octets of options behind the data, which is padded to 4; packet_comment() reads them */
};

/* In options: they have the other byte order than little-endian. */
#define PACKET_OPTIONS_BIG (UINT32_C(1) << 31)
/* The comments that a packet has in its file, one after the other: at is 0 at first; raw, borrowed as the data is. */
bool packet_comment(const struct packet *p, size_t *at, struct span *text);

/* What stands in front of each packet's data: the record header of a classic pcap in this machine's byte order. */
enum batch_stamp { BATCH_NO_STAMP, BATCH_MICRO, BATCH_NANO };

struct batch {
	struct packet *pkt;	/* BATCH_PACKETS of them */
	size_t n;
	uint64_t bytes;		/* captured of all of them */
	enum batch_stamp stamp;
	const uint8_t *raw;	/* not NULL: records one behind the other, the last perhaps cut; raw_n bytes */
	size_t raw_n;
	uint64_t number;	/* raw: of the first packet, */
	uint16_t dlt, file;	/* and of all of them */
	uint8_t *buf;		/* cap bytes */
	size_t cap;
	const void *map_of;	/* whose map has the packets, instead of buf; NULL: nobody's */
	unsigned map_at;
};

int batch_init(struct batch *b, struct err *e);
void batch_clear(struct batch *b);
/* Makes the packet of record i of a raw batch, which is at rec; b->pkt[i]. */
struct packet *batch_packet(struct batch *b, size_t i, const uint8_t *rec);

enum { BATCH_RECORD = 16 };	/* bytes of a raw record's header */

/* The bytes captured in the raw record at rec, of which left bytes are there; -1: it is not whole, or too long. */
static inline int64_t batch_record(const uint8_t *rec, size_t left)
{
	uint32_t caplen;

	if (left < BATCH_RECORD)
		return -1;
	memcpy(&caplen, rec + 8, sizeof caplen);
	return caplen <= BATCH_SNAP && caplen <= left - BATCH_RECORD ? (int64_t)caplen : -1;
}

#endif
