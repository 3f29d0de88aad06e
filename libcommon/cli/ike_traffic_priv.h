/*
 * ike_traffic_priv.h - live traffic and its TUN device.  For cli/ike_traffic*.c only.
 */
#ifndef CLI_IKE_TRAFFIC_PRIV_H
#define CLI_IKE_TRAFFIC_PRIV_H

#include "cli/ike_traffic.h"
#include "cli/packets_in.h"
#include "ike/traffic.h"
#include "ike/tun.h"
#include "packet/pcap_out.h"

struct ike_traffic {
	struct cli *cli;
	struct transport *transport;
	struct hub *hub;
	bool raw_esp;
	struct rng rng;
	struct traffic *traffic;
	struct packets_in in;
	bool started;			/* all that was asked for came up once: in is read */
	struct traffic_sealed waits;	/* from in, for room on the way; esp.n 0: none */
	int64_t again;			/* when to look for room; 0: nothing waits */
	struct out_file file;		/* --packets-out */
	struct pcap_out out;
	bool out_open;
	struct tun *tun;
	struct addr virtual4, virtual6;	/* this end's, on the TUN device */
	uint64_t unsent;		/* the network did not take them */
	uint64_t unread;		/* neither did this system those of a TUN device */
	bool broken;			/* nothing comes out any more */
	bool failed;			/* that, or --packets-in broke off: trouble says how */
	struct err trouble;
	uint8_t packet[PCAP_RECORD + TUN_PACKET];
};

/* Tells what could not be done; the rest goes on. */
void ike_traffic_warn(struct ike_traffic *t, const char *where, const struct err *e);

int ike_traffic_tun_open(struct ike_traffic *t, const char *name, struct err *e);
/* Each is nothing without a TUN device. */
void ike_traffic_tun_up(struct ike_traffic *t, const struct session_child *c, const struct session_path *path);
void ike_traffic_tun_down(struct ike_traffic *t, const struct session_child *c);
void ike_traffic_tun_address(struct ike_traffic *t, const struct session_ike *ike);
void ike_traffic_tun_moved(struct ike_traffic *t, const struct session_path *path);
void ike_traffic_tun_close(struct ike_traffic *t);

#endif
