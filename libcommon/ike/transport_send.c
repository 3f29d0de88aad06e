#define _GNU_SOURCE		/* struct in6_pktinfo */
#define __APPLE_USE_RFC_3542
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/wr.h"
#include "ike/transport_priv.h"
#include "packet/udp_make.h"

#if !defined(IP_PKTINFO) && !defined(IP_SENDSRCADDR) && defined(IP_RECVDSTADDR)
#define IP_SENDSRCADDR IP_RECVDSTADDR
#endif

typedef union { struct cmsghdr h; uint8_t b[64]; } control;

void transport_pktinfo_want(const struct transport_socket *s)
{
	int yes = 1;

	if (s->family == 6)
		setsockopt(s->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes);
#ifdef IP_PKTINFO
	else
		setsockopt(s->fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes);
#elif defined(IP_RECVDSTADDR)
	else
		setsockopt(s->fd, IPPROTO_IP, IP_RECVDSTADDR, &yes, sizeof yes);
#endif
}

static void read_v4(const struct cmsghdr *c, struct addr *local)
{
#ifdef IP_PKTINFO
	struct in_pktinfo i;

	if (c->cmsg_type != IP_PKTINFO || c->cmsg_len < CMSG_LEN(sizeof i))
		return;
	memcpy(&i, CMSG_DATA(c), sizeof i);
	memcpy(local->b, &i.ipi_spec_dst, 4);
#elif defined(IP_RECVDSTADDR)
	if (c->cmsg_type != IP_RECVDSTADDR || c->cmsg_len < CMSG_LEN(4))
		return;
	memcpy(local->b, CMSG_DATA(c), 4);
#else
	(void)c;
	return;
#endif
	local->family = 4;
}

void transport_pktinfo_read(struct msghdr *m, struct addr *local)
{
	struct in6_pktinfo i;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP)
			read_v4(c, local);
		if (c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_PKTINFO || c->cmsg_len < CMSG_LEN(sizeof i))
			continue;
		memcpy(&i, CMSG_DATA(c), sizeof i);
		memcpy(local->b, &i.ipi6_addr, 16);
		local->family = 6;
	}
}

static void put_control(struct msghdr *m, control *room, int level, int type, const void *data, size_t n)
{
	struct cmsghdr *c;

	memset(room, 0, sizeof *room);
	m->msg_control = room;
	m->msg_controllen = CMSG_SPACE(n);
	c = CMSG_FIRSTHDR(m);
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), data, n);
}

/* The address to write from; a socket that is bound to one has no choice. */
static void put_source(struct msghdr *m, control *room, const struct transport *t, const struct addr *local)
{
	static const struct addr none;
	bool any = memcmp(t->conf.local.b, none.b, sizeof none.b) == 0;
	bool said = memcmp(local->b, none.b, sizeof none.b) != 0;

	if (!any || !said)
		return;
	if (local->family == 6) {
		struct in6_pktinfo i = { .ipi6_ifindex = 0 };

		memcpy(&i.ipi6_addr, local->b, 16);
		put_control(m, room, IPPROTO_IPV6, IPV6_PKTINFO, &i, sizeof i);
	} else if (local->family == 4) {
#ifdef IP_PKTINFO
		struct in_pktinfo i = { .ipi_ifindex = 0 };

		memcpy(&i.ipi_spec_dst, local->b, 4);
		put_control(m, room, IPPROTO_IP, IP_PKTINFO, &i, sizeof i);
#elif defined(IP_SENDSRCADDR)
		put_control(m, room, IPPROTO_IP, IP_SENDSRCADDR, local->b, 4);
#endif
	}
}

static const struct transport_socket *socket_for(const struct transport *t, uint8_t family, uint16_t port)
{
	for (unsigned i = 0; i < t->n; i++)
		if (t->s[i].family == family && t->s[i].port == port)
			return &t->s[i];
	return NULL;
}

static int no_socket(const struct session_path *path, struct err *e)
{
	char text[ADDR_TEXT];

	return err_set(e, "no socket for port %u of this end to %s", path->local_port, addr_format(text, &path->remote));
}

/* An error that ICMP left behind is told by the next call, whatever it is about: so twice.  As transport_send_esp(). */
static int send_parts(struct transport *t, const struct transport_socket *s, const struct session_path *path,
    struct iovec *iov, int n)
{
	struct sockaddr_storage ss;
	struct msghdr m = { .msg_name = &ss, .msg_iov = iov, .msg_iovlen = n };
	control room;
	ssize_t sent = -1;
	bool full;

	m.msg_namelen = transport_sockaddr(&ss, &path->remote, s->port != 0 ? path->remote_port : 0, path->scope);
	put_source(&m, &room, t, &path->local);
	for (int i = 0; i < 4 && sent < 0; i++)
		if ((sent = sendmsg(s->fd, &m, MSG_DONTWAIT)) < 0 && errno != EINTR && i > 0)
			break;
	t->why[0] = '\0';
	if (sent >= 0)
		return 0;
	full = errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS;
	snprintf(t->why, sizeof t->why, "%s", strerror(errno));
	return full ? 1 : 2;
}

int transport_send(struct transport *t, const struct session_packet *p, struct err *e)
{
	const struct transport_socket *s = socket_for(t, p->path.remote.family, p->path.local_port);
	size_t head = p->marker ? 4 : 0;
	uint8_t *room = t->out;
	struct iovec iov = { room, head + p->bytes.n };

	if (s == NULL || s->port == 0)
		return no_socket(&p->path, e);
	if (iov.iov_len > TRANSPORT_ROOM)
		return err_set(e, "found a message of %zu octets, too long for a datagram", p->bytes.n);
	memset(room, 0, head);
	memcpy(room + head, p->bytes.p, p->bytes.n);
	if (t->conf.seen != NULL)
		t->conf.seen(t->conf.arg, &p->path, true, (struct span){ room, iov.iov_len });
	send_parts(t, s, &p->path, &iov, 1);
	return 0;
}

const char *transport_why(const struct transport *t)
{
	return t->why;
}

int transport_send_esp(struct transport *t, const struct session_path *path, bool udp, struct span esp, struct err *e)
{
	const struct transport_socket *s = socket_for(t, path->remote.family, udp ? path->local_port : 0);
	struct iovec iov = { (void *)(uintptr_t)esp.p, esp.n };
	struct session_path shown = *path;
	int rc;

	if (s == NULL)
		return no_socket(path, e);
	rc = send_parts(t, s, path, &iov, 1);
	if (!udp)
		shown.local_port = shown.remote_port = 0;
	if (rc != 1 && t->conf.seen != NULL)
		t->conf.seen(t->conf.arg, &shown, true, esp);
	return rc;
}
