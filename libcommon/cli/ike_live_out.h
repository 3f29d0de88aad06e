/*
 * ike_live_out.h - what live negotiations give out: descriptors and events, words, keys, a capture, and why something was
 * refused.
 *
 * Callbacks cannot fail; what goes wrong in them (a full disk, a reader that went away) is kept in trouble.
 */
#ifndef CLI_IKE_LIVE_OUT_H
#define CLI_IKE_LIVE_OUT_H

#include "cli/ike_live_opts.h"
#include "cli/keyout.h"
#include "ike/refusal.h"
#include "ike/session.h"
#include "packet/pcap_out.h"

struct ike_live_out {
	struct cli *cli;
	const struct ike_live_opts *o;
	struct keyout desc, keylog;
	struct format_out keylog_out;
	struct out_file save_place;
	struct pcap_out save;
	uint8_t *room;			/* of a record */
	bool save_open, bad;
	struct err trouble;
	struct refusals *seen;
	uint64_t messages;
	struct { uint64_t spi_i; struct reasons rows; } last;	/* what messages told of a refusal that is not yet an event */
	struct reasons merged;
};

int ike_live_out_open(struct ike_live_out *x, struct cli *cli, const struct ike_live_opts *o, struct err *e);
/* Now a responder can be spoken to, on these ports. */
void ike_live_out_listening(struct ike_live_out *x, const struct addr *local, uint16_t port, uint16_t natt_port);
/* initiate: there is no way to the host that was asked for, and no session: why. */
void ike_live_out_unreachable(struct ike_live_out *x, uint16_t port, const char *why);
/* number: of the session, from 1. */
void ike_live_out_event(struct ike_live_out *x, const struct session_event *ev, uint64_t number);
void ike_live_out_message(struct ike_live_out *x, const struct session_message *m, uint64_t number);
/* For transport_conf.seen. */
void ike_live_out_seen(void *x, const struct session_path *path, bool sent, struct span datagram);
/* What has come so far is to be seen before more is waited for. */
void ike_live_out_flush(struct ike_live_out *x);
/* Where JSON lines go. */
static inline FILE *ike_live_out_place(const struct ike_live_out *x)
{
	return x->desc.to;
}
int ike_live_out_close(struct ike_live_out *x, struct err *e);
void ike_live_out_clear(struct ike_live_out *x);

#endif
