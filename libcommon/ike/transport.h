/*
 * transport.h - IKE and ESP over UDP: ports 500 and 4500 or any, the non-ESP marker, IPv4 and IPv6 (RFC 3948, RFC
 * 7296 2.23).
 *
 * One thread, poll().  The only file with sockets.  Errors that ICMP brings are given with the address they are about.
 * On Linux the local address of what was received is known (a socket on all addresses answers from the right one).
 */
#ifndef IKE_TRANSPORT_H
#define IKE_TRANSPORT_H

#include "base/err.h"
#include "base/rd.h"
#include "ike/session.h"

enum transport_kind { TRANSPORT_IKE, TRANSPORT_ESP, TRANSPORT_KEEPALIVE, TRANSPORT_ICMP };

struct transport_in {
	enum transport_kind kind;
	struct session_path path;
	struct span bytes;		/* IKE: from its header; ESP (in UDP): from the SPI */
	bool marker;			/* on the port of NAT traversal */
	const char *text;		/* ICMP: "connection refused" */
};

struct transport;

struct transport_conf {
	struct addr local;		/* family 0: all addresses, both families */
	uint16_t port, natt_port;	/* 0: any free one (initiators) */
	bool raw_esp;			/* also a raw socket for ESP (needs privileges) */
};

struct transport *transport_open(const struct transport_conf *c, struct err *e);
void transport_close(struct transport *t);
/* The ports there are. */
void transport_ports(const struct transport *t, uint16_t *port, uint16_t *natt_port);
/* Which local address would reach this one. */
int transport_local(const struct addr *remote, struct addr *local, struct err *e);
/* "gw.example" or an address to addresses. At most max; the number. */
int transport_resolve(const char *host, int family, struct addr *out, unsigned max, struct err *e);

int transport_send(struct transport *t, const struct session_packet *p, struct err *e);
int transport_send_esp(struct transport *t, const struct session_path *path, bool udp, struct span esp, struct err *e);
/* Waits until until (ns since 1970, INT64_MAX: for ever) or something came on the sockets or on one of nfd further
 * descriptors; which are readable: bits.  give is called for each datagram. */
struct transport_wait { const int *fd; unsigned nfd; uint32_t ready; };
int transport_wait(struct transport *t, int64_t until, struct transport_wait *w,
    int (*give)(void *arg, const struct transport_in *in, struct err *e), void *arg, struct err *e);

#endif
