/*
 * pcap_run.h - records on their way to an output, given on in runs as long as they
 * lie one behind the other.
 */
#ifndef PACKET_PCAP_RUN_H
#define PACKET_PCAP_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "packet/batch.h"
#include "packet/pcap_out.h"

/* Takes n bytes of whole records. */
typedef int pcap_emit(void *arg, const uint8_t *p, size_t n, struct err *e);

struct pcap_run {
	pcap_emit *emit;
	void *arg;
	const uint8_t *p;		/* not given on yet: n bytes */
	size_t n;
};

/* The bytes must stay until pcap_run_end(). */
int pcap_run_add(struct pcap_run *r, const uint8_t *p, size_t n, struct err *e);
int pcap_run_end(struct pcap_run *r, struct err *e);
/* A packet as it was read, without its first skip bytes. */
int pcap_run_packet(struct pcap_run *r, const struct pcap_out *o, const struct packet *p,
    uint32_t skip, struct err *e);

#endif
