#include "ike/transport.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ike/transport_priv.h"
#include "packet/datagram.h"

enum { TRIES = 32, AT_ONCE = 64, AT_ONCE_RAW = 2048, RECEIVE = 4 << 20, LONGEST = 60 * 1000 };
enum { MARKER = 4, KEEPALIVE = 0xff };

typedef int give_fn(void *arg, const struct transport_in *in, struct err *e);

int64_t transport_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* IKE messages are fragmented by IP where IKE does not: a lost ICMP must not stop them. */
static void set_options(const struct transport_socket *s)
{
	int room = RECEIVE;

	setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
#ifdef IP_PMTUDISC_DONT
	int dont = IP_PMTUDISC_DONT;

	if (s->family == 4)
		setsockopt(s->fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof dont);
#endif
	transport_pktinfo_want(s);
	transport_icmp_want(s);
}

/* A socket of this family on that port (0: any); the port it has, or -1 with errno. */
static int add_socket(struct transport *t, uint8_t family, uint16_t port, bool raw)
{
	struct transport_socket *s = &t->s[t->n];
	struct addr any = { .family = family };
	struct sockaddr_storage ss;
	socklen_t n = transport_sockaddr(&ss, t->conf.local.family != 0 ? &t->conf.local : &any, port, t->conf.scope);
	struct addr got;
	int yes = 1;

	*s = (struct transport_socket){ .family = family };
	s->fd = transport_socket_new(ss.ss_family, raw ? SOCK_RAW : SOCK_DGRAM, raw ? IPPROTO_ESP : 0);
	if (s->fd < 0)
		return -1;
	if (family == 6)
		setsockopt(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
	if (bind(s->fd, (struct sockaddr *)(void *)&ss, n) < 0 ||
	    (n = sizeof ss, getsockname(s->fd, (struct sockaddr *)(void *)&ss, &n)) < 0) {
		int saved = errno;

		close(s->fd);
		errno = saved;
		return -1;
	}
	transport_from_sockaddr(&ss, &got, &s->port);
	if (raw)
		s->port = 0;
	set_options(s);
	t->n++;
	return s->port;
}

static void drop_to(struct transport *t, unsigned n)
{
	while (t->n > n)
		close(t->s[--t->n].fd);
}

/* One port in each family there is; both have the same number. */
static int open_port(struct transport *t, uint16_t port, uint16_t *got, struct err *e)
{
	uint8_t only = t->conf.local.family;
	unsigned before = t->n;
	char text[ADDR_TEXT] = "*";
	int first = -1, second;

	if (only != 0)
		addr_format(text, &t->conf.local);
	for (int i = 0; i < TRIES; i++) {
		drop_to(t, before);
		if ((first = add_socket(t, only != 0 ? only : 4, port, false)) < 0)
			return err_sys(e, "%s, UDP port %u", text, port);
		*got = (uint16_t)first;
		if (only != 0)
			return 0;
		second = add_socket(t, 6, *got, false);
		if (second >= 0 || errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)
			return 0;
		if (port != 0 || errno != EADDRINUSE)
			break;
	}
	return err_sys(e, "%s, UDP port %u, IPv6", text, *got);
}

static int open_all(struct transport *t, struct err *e)
{
	const struct transport_conf *c = &t->conf;
	bool both = c->port == c->natt_port && c->port != 0;
	unsigned natt;

	if (open_port(t, c->port, &t->port, e) < 0)
		return -1;
	t->natt_port = t->port;
	natt = both ? 0 : t->n;
	if (!both && open_port(t, c->natt_port, &t->natt_port, e) < 0)
		return -1;
	for (unsigned i = natt; i < t->n; i++) {
		t->s[i].natt = true;
		t->s[i].both = both;
	}
	if (!c->raw_esp)
		return 0;
	for (uint8_t family = 4; family <= 6; family += 2)
		if ((c->local.family == 0 || c->local.family == family) && add_socket(t, family, 0, true) < 0 &&
		    !(family == 6 && c->local.family == 0 && errno == EAFNOSUPPORT))
			return err_sys(e, "raw socket for ESP");
	return 0;
}

struct transport *transport_open(const struct transport_conf *c, struct err *e)
{
	struct transport *t = calloc(1, sizeof *t);

	if (t == NULL || (t->room = malloc(TRANSPORT_ROOM)) == NULL || (t->out = malloc(TRANSPORT_ROOM)) == NULL) {
		err_nomem(e);
		transport_close(t);
		return NULL;
	}
	t->conf = *c;
	if (open_all(t, e) < 0) {
		int why = errno;

		transport_close(t);
		errno = why;
		return NULL;
	}
	return t;
}

void transport_close(struct transport *t)
{
	if (t == NULL)
		return;
	drop_to(t, 0);
	free(t->room);
	free(t->out);
	free(t);
}

void transport_ports(const struct transport *t, uint16_t *port, uint16_t *natt_port)
{
	*port = t->port;
	*natt_port = t->natt_port;
}

/* RFC 3948 2; a raw socket of IPv4 gives the IP header, too. */
static bool sort_out(const struct transport_socket *s, struct transport_in *in)
{
	struct span *b = &in->bytes;
	static const uint8_t marker[MARKER];

	if (s->port == 0) {
		size_t head = s->family == 4 && b->n > 0 ? (size_t)(b->p[0] & 15) * 4 : 0;

		if (b->n < head + MARKER)
			return false;
		*b = (struct span){ b->p + head, b->n - head };
		in->kind = TRANSPORT_ESP;
		return true;
	}
	if (b->n == 1 && b->p[0] == KEEPALIVE) {
		in->kind = TRANSPORT_KEEPALIVE;
	} else if (!s->natt) {
		in->kind = TRANSPORT_IKE;
	} else if (b->n < MARKER) {
		return false;
	} else if (memcmp(b->p, marker, MARKER) == 0) {
		in->kind = TRANSPORT_IKE;
		in->marker = true;
		*b = (struct span){ b->p + MARKER, b->n - MARKER };
	} else {
		in->kind = s->both && datagram_looks_ike(b->p, b->n) ? TRANSPORT_IKE : TRANSPORT_ESP;
	}
	return true;
}

/* What waits on a socket, so much of it that others have their turn, too.  Of raw ESP what was there before the message
 * that deletes its SA. */
static int receive(struct transport *t, const struct transport_socket *s, give_fn *give, void *arg, struct err *e)
{
	union { struct cmsghdr h; uint8_t b[256]; } control;
	struct sockaddr_storage from;
	ssize_t n;

	for (int i = 0; i < (s->port == 0 ? AT_ONCE_RAW : AT_ONCE); i++) {
		struct iovec iov = { t->room, TRANSPORT_ROOM };
		struct msghdr m = { .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = &control, .msg_controllen = sizeof control };
		struct transport_in in = { .path = { .local = t->conf.local, .local_port = s->port } };

		memset(&from, 0, sizeof from);
		if ((n = recvmsg(s->fd, &m, MSG_DONTWAIT)) < 0) {
			if (errno == EAGAIN || errno == EWOULDBLOCK)
				return 0;
			continue;	/* an ICMP error of before: transport_icmp_read() has it */
		}
		transport_pktinfo_read(&m, &in.path.local);
		in.bytes = (struct span){ t->room, (size_t)n };
		if (!transport_from(&from, &in.path))
			continue;
		in.path.remote_port = s->port != 0 ? in.path.remote_port : 0;
		if (s->port != 0 && t->conf.seen != NULL)
			t->conf.seen(t->conf.arg, &in.path, false, in.bytes);
		if (!sort_out(s, &in))
			continue;
		if (s->port == 0 && t->conf.seen != NULL)
			t->conf.seen(t->conf.arg, &in.path, false, in.bytes);
		if (give(arg, &in, e) < 0)
			return -1;
	}
	return 0;
}

/* Milliseconds, rounded up: waking early would only wait again. */
static int wait_ms(int64_t until)
{
	int64_t left = until == INT64_MAX ? LONGEST : (until - transport_now() + 999999) / 1000000;

	return left < 0 ? 0 : left > LONGEST ? LONGEST : (int)left;
}

int transport_wait(struct transport *t, int64_t until, struct transport_wait *w, give_fn *give, void *arg, struct err *e)
{
	struct pollfd p[TRANSPORT_SOCKETS + TRANSPORT_FDS];
	unsigned more = w != NULL ? w->nfd : 0, n = t->n;

	for (unsigned i = 0; i < t->n; i++)
		p[i] = (struct pollfd){ .fd = t->s[i].fd, .events = POLLIN };
	for (unsigned i = 0; i < more && i < TRANSPORT_FDS; i++)
		p[n++] = (struct pollfd){ .fd = w->fd[i], .events = POLLIN };
	if (w != NULL)
		w->ready = 0;
	if (poll(p, n, wait_ms(until)) < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : err_sys(e, "poll");
	for (unsigned i = t->n; i < n; i++)
		if (p[i].revents != 0)
			w->ready |= 1u << (i - t->n);
	/* raw sockets come last: what they have goes before a message that deletes its SA */
	for (unsigned i = t->n; i-- > 0; ) {
		if ((p[i].revents & POLLERR) != 0 && transport_icmp_read(t, &t->s[i], give, arg, e) < 0)
			return -1;
		if ((p[i].revents & (POLLIN | POLLERR)) != 0 && receive(t, &t->s[i], give, arg, e) < 0)
			return -1;
	}
	return 0;
}
