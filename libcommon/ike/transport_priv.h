/*
 * transport_priv.h - inside ike/transport*.c: addresses of the socket interface, and what ICMP says.
 */
#ifndef IKE_TRANSPORT_PRIV_H
#define IKE_TRANSPORT_PRIV_H

#include "ike/transport.h"

enum { TRANSPORT_SOCKETS = 6, TRANSPORT_ROOM = 65536 };

struct transport_socket {
	int fd;
	uint8_t family;			/* 4, 6 */
	uint16_t port;			/* of this end, 0: raw */
	bool natt;			/* the port of NAT traversal */
	bool both;			/* one port for both uses */
};

struct transport {
	struct transport_conf conf;
	struct transport_socket s[TRANSPORT_SOCKETS];
	unsigned n;
	uint16_t port, natt_port;
	uint8_t *room, *out;		/* TRANSPORT_ROOM each: received, to be sent */
	char why[128];
};

struct sockaddr_storage;
struct msghdr;

/* transport_addr.c.  The length of the address. */
unsigned transport_sockaddr(struct sockaddr_storage *ss, const struct addr *a, uint16_t port, uint32_t scope);
/* false: neither IPv4 nor IPv6. */
bool transport_from_sockaddr(const struct sockaddr_storage *ss, struct addr *a, uint16_t *port);
/* The same, of the other end, with its scope. */
bool transport_from(const struct sockaddr_storage *ss, struct session_path *p);

int transport_socket_new(int family, int type, int protocol);	/* -1 with errno */

/* transport_icmp.c.  Options of a new socket; the errors that wait on it, given one by one. */
void transport_icmp_want(const struct transport_socket *s);
int transport_icmp_read(struct transport *t, const struct transport_socket *s,
    int (*give)(void *arg, const struct transport_in *in, struct err *e), void *arg, struct err *e);

/* transport_send.c: which address of this end was written to, and is to be written from. */
void transport_pktinfo_want(const struct transport_socket *s);
void transport_pktinfo_read(struct msghdr *m, struct addr *local);

#endif
