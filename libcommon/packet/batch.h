/*
 * batch.h - packets as they were read: views into one buffer.
 *
 * A batch is filled by pcap_in_fill() and may be reused for ever; nothing is
 * allocated after batch_init().  Data pointers are valid until the batch is
 * filled again, whatever happens to other batches meanwhile.
 */
#ifndef PACKET_BATCH_H
#define PACKET_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	BATCH_BLOCK = 128 * 1024,	/* bytes read at a time: twice as many are no faster */
	BATCH_SNAP = 256 * 1024,	/* the longest packet taken (libpcap's limit, too) */
	BATCH_PACKETS = 2048,		/* packets in a batch, at most */
	BATCH_CAP = 2 * 256 * 1024 + BATCH_BLOCK,	/* a record cut short, up to twice a packet, and a block */
};

struct packet {
	const uint8_t *data;	/* link-layer header first */
	uint32_t caplen;	/* bytes at data */
	uint32_t len;		/* bytes it had on the wire */
	int64_t ns;		/* since 1970 */
	uint64_t number;	/* in its file, from 1, before any filter */
	uint16_t dlt;		/* LINKTYPE_ number as in files */
	uint16_t file;		/* which -r, from 0 */
};

struct batch {
	struct packet *pkt;	/* BATCH_PACKETS of them */
	size_t n;
	uint8_t *buf;		/* cap bytes */
	size_t cap;
};

int batch_init(struct batch *b, struct err *e);
void batch_clear(struct batch *b);

#endif
