/*
 * packets_in.h - a capture whose packets are taken one by one in a loop that must not wait: a file, or a pipe as
 * packets come.
 *
 *	poll packets_in_fd() until packets_in_due(); then packets_in_next() until it gives 0
 *
 * A FIFO waits for its writer without anybody else waiting.  With pace packets come as far apart as they were captured.
 */
#ifndef CLI_PACKETS_IN_H
#define CLI_PACKETS_IN_H

#include "packet/pcap_in.h"

struct packets_in {
	const char *path;		/* borrowed; "stdin" for "-" */
	int fd;				/* -1: not open */
	bool ours, regular, pace, ended;
	struct pcap_in *in;		/* NULL: its header did not come yet */
	struct batch batch;
	size_t at;			/* the next one of batch */
	int64_t due;			/* as packets_in_due() */
	bool begun;			/* the first packet was given at start; it was captured at first */
	int64_t start, first;
};

/* The end of an input, also of one that was not opened. */
#define PACKETS_IN_INIT { .fd = -1, .ended = true }

int packets_in_open(struct packets_in *p, const char *path, bool pace, struct err *e);
void packets_in_close(struct packets_in *p);
/* To be polled for reading; -1: there is nothing to wait for. */
int packets_in_fd(const struct packets_in *p);
/* When there may be a packet without one to be read: 0: now; INT64_MAX: never. */
int64_t packets_in_due(const struct packets_in *p);
/* 1: the next packet, valid until the next call; 0: none now (or never: ended); -1: an error, and it has ended. */
int packets_in_next(struct packets_in *p, int64_t now, const struct packet **k, struct err *e);

#endif
