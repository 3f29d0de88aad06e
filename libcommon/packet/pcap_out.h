/*
 * pcap_out.h - packets to a classic pcap file or pipe.
 *
 * Records are encoded where the caller holds them (pcap_out_record), so that a
 * packet is not copied to be written; runs of whole records go to
 * pcap_out_write(), which gathers small ones into blocks and passes large ones on.
 */
#ifndef PACKET_PCAP_OUT_H
#define PACKET_PCAP_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "packet/pcap_in.h"

enum { PCAP_RECORD = 16, PCAP_OUT_BLOCK = 256 * 1024 };

struct pcap_out {
	int fd;
	struct pcap_form form;
	uint8_t *buf;		/* PCAP_OUT_BLOCK, n of them waiting */
	size_t n;
	const char *name;	/* for messages; borrowed */
};

/* Keeps fd (the caller closes it); the file header is waiting, not yet written.  A
 * snaplen of 0 becomes BATCH_SNAP. */
int pcap_out_open(struct pcap_out *o, int fd, const char *name, const struct pcap_form *form,
    struct err *e);
/* The 16-byte record header at p.  A time that 32 bits of seconds cannot say becomes the nearest
 * one that they can. */
void pcap_out_record(const struct pcap_out *o, uint8_t *p, int64_t ns, uint32_t caplen,
    uint32_t len);
/* n bytes of whole records.  A reader that went away is an error of kind ERR_SYSTEM with errno
 * EPIPE, if SIGPIPE is ignored.  What waits when a write fails is lost. */
int pcap_out_write(struct pcap_out *o, const void *p, size_t n, struct err *e);
int pcap_out_flush(struct pcap_out *o, struct err *e);
/* Frees the buffer; does not flush, does not close fd. */
void pcap_out_clear(struct pcap_out *o);

#endif
