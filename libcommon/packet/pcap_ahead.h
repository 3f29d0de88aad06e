/*
 * pcap_ahead.h - packets of files that a second thread reads and takes apart meanwhile, a few batches ahead.
 *
 * For who needs as long for packets as it takes to read them.  The thread is there only where all inputs are files and
 * there is more than one processor; else each call is a pcap_in_fill().  One thread calls.
 */
#ifndef PACKET_PCAP_AHEAD_H
#define PACKET_PCAP_AHEAD_H

#include "packet/pcap_in.h"

struct pcap_ahead;

/* in is borrowed until pcap_ahead_free(), and used by nobody else. */
struct pcap_ahead *pcap_ahead_new(struct pcap_in *in, struct err *e);
/* As pcap_in_fill(); *b and its packets are valid until the next call.  After the end or an error: not again. */
int pcap_ahead_fill(struct pcap_ahead *a, const struct batch **b, struct err *e);
void pcap_ahead_free(struct pcap_ahead *a);

#endif
