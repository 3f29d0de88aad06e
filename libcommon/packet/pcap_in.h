/*
 * pcap_in.h - packets from files, pipes and live interfaces.
 *
 * Classic pcap in both byte orders with micro- and nanoseconds, pcapng with any
 * number of sections and interfaces, both also gzipped; recognised by their
 * content.  Several inputs are read one after the other as one stream.  Read
 * with read(2) in blocks and walked in place.  Live capture and filters are
 * libpcap's, and run in the kernel for a live one: its packets are counted behind it.
 *
 * A damaged or cut file is an error (ERR_DATA) "FILE: packet N: what" given
 * once everything before it has been handed out.
 */
#ifndef PACKET_PCAP_IN_H
#define PACKET_PCAP_IN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "packet/batch.h"

struct pcap_in;

struct pcap_in_options {
	const char *const *files;	/* "-" is stdin */
	size_t nfiles;
	/* The only input, open already, borrowed, its name in files; NULL: by name.  Then nothing is read ahead of the
	 * first packet, and what an output looks like is not known: who wants to wait by poll(2) opens when it can be read. */
	const int *fd;
	const char *iface;		/* live instead, or NULL */
	const char *filter;		/* libpcap expression, or NULL */
	/* Files are mapped where they can be (map.h), some MiB at a time: for who looks at little of each packet.  Then
	 * data pointers are no longer valid behind pcap_in_close(). */
	bool map;
	uint64_t count;			/* stop after so many that the filter let through; 0: all */
	/* Not zero, set by a signal handler: the input has ended, also while it is being opened
	 * (an open that is interrupted so succeeds and is at its end).  NULL: none. */
	const volatile sig_atomic_t *stop;
};

/* What an output in the input's manner looks like; from the first file's header. */
struct pcap_form {
	bool swapped;			/* the other byte order than this machine's */
	bool nano;			/* nanoseconds */
	uint32_t snaplen;
	uint16_t dlt;			/* LINKTYPE_ of the first packet's interface */
};

/* Opens the first input and reads its header (may block); the filter is compiled (a wrong
 * one is ERR_INPUT).  The options are copied, their strings borrowed
 * until pcap_in_close(). */
struct pcap_in *pcap_in_open(const struct pcap_in_options *o, struct err *e);
void pcap_in_close(struct pcap_in *in);

/* Known after open; for pcapng a first packet is read first if needed to know its interface. */
const struct pcap_form *pcap_in_form(const struct pcap_in *in);

/*
 * Fills b with what can be had at once, at least one packet unless the input ended.  Blocks only
 * while it has none.  1: b->n packets; 0: the end (also after pcap_in_stop()); -1: an error,
 * all packets before it were given.
 */
int pcap_in_fill(struct pcap_in *in, struct batch *b, struct err *e);

/* Gives every packet until the end, an error, or give's -1: 0 or -1. */
typedef int packet_fn(void *arg, const struct packet *p, struct err *e);
int pcap_in_each(struct pcap_in *in, packet_fn *give, void *arg, struct err *e);

/* From now on batches may be raw (batch.h). */
void pcap_in_lazy(struct pcap_in *in);
/* Of a raw batch b->n records were taken, b->raw_n bytes: must be called before anything else is done with in. */
void pcap_in_took(struct pcap_in *in, struct batch *b);

/*
 * False if pcap_in_fill() would have to wait.  Exact: what has come in is read ahead, so that
 * half a packet, or one that the filter refuses, is not taken for one that can be had.
 */
bool pcap_in_ready(struct pcap_in *in);

/* A descriptor to poll for more input after pcap_in_ready() was false, or -1 when it is always
 * ready.  It changes from one input to the next. */
int pcap_in_fd(const struct pcap_in *in);

/* True for pipes, sockets and interfaces: packets come as they happen. */
bool pcap_in_is_live(const struct pcap_in *in);

/* True if all inputs are regular files: no fill waits for anybody. */
bool pcap_in_is_files(const struct pcap_in *in);

/* Makes the next fill the end, and one that waits soon so; may be called from a signal handler. */
void pcap_in_stop(struct pcap_in *in);

/* The name of input i for messages ("stdin" for "-", the interface for a live one), or "" if
 * there is none. */
const char *pcap_in_name(const struct pcap_in *in, size_t i);

/* Packets a live capture had to drop, as the system counts them. */
uint64_t pcap_in_dropped(struct pcap_in *in);

#endif
