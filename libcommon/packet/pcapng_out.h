/*
 * pcapng_out.h - packets with comments to a pcapng file (draft-ietf-opsawg-pcapng), shown by Wireshark.
 *
 * One section in this machine's byte order; an interface for each input and link type, times in nanoseconds.  Write errors
 * stay in the stream.
 */
#ifndef PACKET_PCAPNG_OUT_H
#define PACKET_PCAPNG_OUT_H

#include <stdio.h>

#include "base/err.h"
#include "packet/batch.h"

enum { PCAPNG_OUT_INTERFACES = 256 };

struct pcapng_out {
	FILE *to;			/* borrowed */
	struct { uint16_t file, dlt; } interface[PCAPNG_OUT_INTERFACES];
	unsigned n;
};

/* The section's head; application: who writes it. */
void pcapng_out_start(struct pcapng_out *o, FILE *to, const char *application);
/* Comments that the packet has (packet_comment()) stay in front of this one.  comment: UTF-8, or NULL; cut at 65,535 octets.
 * -1: more interfaces than there may be. */
int pcapng_out_packet(struct pcapng_out *o, const struct packet *p, const char *comment, struct err *e);

#endif
