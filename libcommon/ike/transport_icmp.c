#define _GNU_SOURCE		/* struct in6_pktinfo and its kin */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#ifdef __linux__
#include <linux/errqueue.h>
#endif

#include "base/names.h"
#include "ike/transport_priv.h"

#ifdef __linux__

enum { UNREACHABLE4 = 3, EXCEEDED4 = 11, UNREACHABLE6 = 1, TOO_BIG6 = 2, EXCEEDED6 = 3 };

static const struct name codes4[] = {
	{ 0, "network unreachable" }, { 1, "host unreachable" }, { 2, "protocol unreachable" }, { 3, "port unreachable" },
	{ 4, "fragmentation needed" }, { 9, "network administratively prohibited" },
	{ 10, "host administratively prohibited" }, { 13, "communication administratively prohibited" },
};
static const struct name codes6[] = {
	{ 0, "no route to destination" }, { 1, "administratively prohibited" }, { 3, "address unreachable" },
	{ 4, "port unreachable" }, { 5, "source address failed policy" }, { 6, "reject route to destination" },
};

void transport_icmp_want(const struct transport_socket *s)
{
	int yes = 1;

	if (s->family == 4)
		setsockopt(s->fd, IPPROTO_IP, IP_RECVERR, &yes, sizeof yes);
	else
		setsockopt(s->fd, IPPROTO_IPV6, IPV6_RECVERR, &yes, sizeof yes);
}

/* RFC 792, RFC 4443. */
static const char *words(const struct sock_extended_err *x)
{
	const char *name = NULL;

	if (x->ee_origin == SO_EE_ORIGIN_ICMP) {
		if (x->ee_type == UNREACHABLE4)
			name = name_by_id(codes4, sizeof codes4 / sizeof *codes4, x->ee_code);
		else if (x->ee_type == EXCEEDED4)
			name = "time exceeded";
	} else if (x->ee_type == UNREACHABLE6) {
		name = name_by_id(codes6, sizeof codes6 / sizeof *codes6, x->ee_code);
	} else if (x->ee_type == TOO_BIG6) {
		name = "packet too big";
	} else if (x->ee_type == EXCEEDED6) {
		name = "time exceeded";
	}
	return name != NULL ? name : strerror((int)x->ee_errno);
}

static void put_words(char *out, size_t n, const struct sock_extended_err *x)
{
	struct sockaddr_storage from = { 0 };
	struct addr a;
	char text[ADDR_TEXT];
	uint16_t port;
	bool icmp = x->ee_origin == SO_EE_ORIGIN_ICMP || x->ee_origin == SO_EE_ORIGIN_ICMP6;

	if (!icmp) {
		snprintf(out, n, "%s", strerror((int)x->ee_errno));
		return;
	}
	memcpy(&from, SO_EE_OFFENDER(x), x->ee_origin == SO_EE_ORIGIN_ICMP ? sizeof(struct sockaddr_in) :
	    sizeof(struct sockaddr_in6));
	snprintf(out, n, "ICMP: %s, says %s", words(x), transport_from_sockaddr(&from, &a, &port) ?
	    addr_format(text, &a) : "someone");
}

/* The message of one error, or false: it says nothing. */
static bool read_one(struct msghdr *m, char *out, size_t n, struct addr *local)
{
	bool found = false;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		bool mine = (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);

		if (!mine || c->cmsg_len < CMSG_LEN(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in)))
			continue;
		put_words(out, n, (const struct sock_extended_err *)(const void *)CMSG_DATA(c));
		found = true;
	}
	transport_pktinfo_read(m, local);
	return found;
}

int transport_icmp_read(struct transport *t, const struct transport_socket *s,
    int (*give)(void *arg, const struct transport_in *in, struct err *e), void *arg, struct err *e)
{
	union { struct cmsghdr h; uint8_t b[512]; } control;
	struct sockaddr_storage to;
	char text[200];
	ssize_t n;

	for (;;) {
		struct iovec iov = { t->room, TRANSPORT_ROOM };
		struct msghdr m = { .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = &control, .msg_controllen = sizeof control };
		struct transport_in in = { .kind = TRANSPORT_ICMP, .path = { .local_port = s->port }, .marker = s->natt,
			.text = text };

		memset(&to, 0, sizeof to);
		if ((n = recvmsg(s->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT)) < 0)
			return 0;
		in.bytes = (struct span){ t->room, (size_t)n };
		if (read_one(&m, text, sizeof text, &in.path.local) &&
		    transport_from(&to, &in.path) && give(arg, &in, e) < 0)
			return -1;
	}
}

#else

void transport_icmp_want(const struct transport_socket *s)
{
	(void)s;
}

int transport_icmp_read(struct transport *t, const struct transport_socket *s,
    int (*give)(void *arg, const struct transport_in *in, struct err *e), void *arg, struct err *e)
{
	(void)t, (void)s, (void)give, (void)arg, (void)e;
	return 0;
}

#endif
