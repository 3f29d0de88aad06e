/*
 * transport.h - IKE and ESP over UDP: ports 500 and 4500 or any, the non-ESP marker, IPv4 and IPv6 (RFC 3948, RFC
 * 7296 2.23).
 *
 * One thread, poll().  The only file with sockets.  Errors that ICMP brings are given with the address they are about,
 * where the system tells (Linux).  A socket on all addresses answers from the address that was written to: session_path
 * has it.  Both ports may be one (port == natt_port): the marker tells IKE from ESP there, and IKE without it is taken, too.
 * What is received is valid during the call.
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
	uint32_t scope;			/* of local, as session_path has it */
	uint16_t port, natt_port;	/* 0: any free one (initiators) */
	bool raw_esp;			/* also raw sockets for ESP (need privileges) */
	/* Every UDP datagram that was received or sent, as it is on the wire; raw ESP with ports 0.  Or NULL.  For captures. */
	void (*seen)(void *arg, const struct session_path *path, bool sent, struct span datagram);
	void *arg;
};

/* NULL: errno, too, is why. */
struct transport *transport_open(const struct transport_conf *c, struct err *e);
void transport_close(struct transport *t);
/* The ports there are. */
void transport_ports(const struct transport *t, uint16_t *port, uint16_t *natt_port);
/* Which local address would reach the remote one. */
int transport_local(struct session_path *p, struct err *e);
/* "gw.example" or an address, also of an interface (fe80::1%eth0), to remote addresses with their scope. At most max; the
 * number. */
int transport_resolve(const char *host, int family, struct session_path *out, unsigned max, struct err *e);
/* This host has such an address, to send from. */
bool transport_is_here(const struct addr *a, uint32_t scope);
/* An address of this end, also with its interface. */
int transport_addr_parse(struct addr *a, uint32_t *scope, const char *p, size_t n, struct err *e);

/* 0, also where the network would not take it now (it is sent again later); what it said: transport_why().  -1: there is
 * no socket for such a path. */
int transport_send(struct transport *t, const struct session_packet *p, struct err *e);
/* Why the last transport_send() did not go out ("network is unreachable"), or "". */
const char *transport_why(const struct transport *t);
/* udp: from and to the path's ports; else raw.  0; 1: there is no room now, later there may be; 2: the network would not take
 * it (transport_why()); -1 as above. */
int transport_send_esp(struct transport *t, const struct session_path *path, bool udp, struct span esp, struct err *e);
/* Waits until until (ns since 1970, INT64_MAX: for ever), or something came on the sockets or on one of nfd further
 * descriptors (which are readable: bits), or a signal (of a handler) did.  give is called for each datagram; its -1 ends
 * the wait. */
enum { TRANSPORT_FDS = 16 };
struct transport_wait { const int *fd; unsigned nfd; uint32_t ready; };
int64_t transport_now(void);		/* ns since 1970 */
int transport_wait(struct transport *t, int64_t until, struct transport_wait *w,
    int (*give)(void *arg, const struct transport_in *in, struct err *e), void *arg, struct err *e);

#endif
