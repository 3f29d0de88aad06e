/*
 * ike_traffic.h - what the children of live sessions carry: packets from and to a TUN device or pcap streams, for
 * ipsec-ike initiate and respond.
 *
 * cli/ike_live*.c calls all of this: it owns the options, the transport and the hub, and hands on their events.
 * Nothing was asked for (no --tun, no --packets-in, no --packets-out): ike_traffic_new() gives NULL without an error,
 * and every other function takes NULL.
 */
#ifndef CLI_IKE_TRAFFIC_H
#define CLI_IKE_TRAFFIC_H

#include "cli/cli.h"
#include "ike/hub.h"
#include "ike/transport.h"

enum { IKE_TRAFFIC_KEY = 0xb000, IKE_TRAFFIC_FDS = 4 };

/* Rows of both subcommands: --tun, --packets-in, --packets-out... */
extern const struct opt ike_traffic_rows[];

struct ike_traffic_opts { const char *tun, *packets_in, *packets_out; bool pace; };
/* The option that cli_next() just gave; key >= IKE_TRAFFIC_KEY. */
int ike_traffic_take(struct ike_traffic_opts *o, struct cli *cli, int key, struct err *e);
/* Descriptors go to stdout: nothing else may. */
int ike_traffic_check(const struct ike_traffic_opts *o, const struct cli *cli, struct err *e);
static inline bool ike_traffic_wanted(const struct ike_traffic_opts *o)
{
	return o->tun != NULL || o->packets_in != NULL || o->packets_out != NULL;
}

struct ike_traffic;

/* All borrowed until ike_traffic_free().  raw_esp: the transport has a raw socket (else ESP has to go in UDP: who wants
 * traffic sets session_conf.force_natt then). */
int ike_traffic_new(struct ike_traffic **t, const struct ike_traffic_opts *o, struct cli *cli, struct transport *transport,
    struct hub *hub, bool raw_esp, struct err *e);
void ike_traffic_free(struct ike_traffic *t);
/* All that an initiator asked for is up or refused: --packets-in is read from now on.  (Of a responder: once a session is complete.) */
void ike_traffic_start(struct ike_traffic *t);
/* Every event of every session, after it was told. */
void ike_traffic_event(struct ike_traffic *t, const struct session_event *ev);
/* TRANSPORT_ESP. */
void ike_traffic_esp(struct ike_traffic *t, const struct transport_in *in, int64_t now);
/* Descriptors for the poll of transport_wait(), now (those that want to be read): how many of IKE_TRAFFIC_FDS. */
unsigned ike_traffic_fds(const struct ike_traffic *t, int fd[IKE_TRAFFIC_FDS]);
/* When ike_traffic_ready() has to be called at the latest, whatever is readable; 0: now; INT64_MAX: never. */
int64_t ike_traffic_due(const struct ike_traffic *t);
/* After each wait; which of those fd[] are readable: bits, in the order they were given, also none. */
void ike_traffic_ready(struct ike_traffic *t, uint32_t ready, int64_t now);
/* For session_calls.child_used: of the direction that carried more. */
void ike_traffic_used(const struct ike_traffic *t, const struct session_child *c, uint64_t *bytes, uint64_t *packets);
/* A TUN device or --packets-out failed, or nobody reads there any more: it is time to end, and ike_traffic_close() says why. */
bool ike_traffic_broken(const struct ike_traffic *t);
/* --packets-in is at its end and all of it was sent: an initiator without --hold ends then. */
bool ike_traffic_done(const struct ike_traffic *t);
/* What was carried, dropped: one line of JSON to to, or words by cli_message(). */
void ike_traffic_sum(const struct ike_traffic *t, FILE *to);
/* Checked close of what was written. */
int ike_traffic_close(struct ike_traffic *t, struct err *e);

#endif
