#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ike/transport_priv.h"

enum { DISCARD = 9, ZONE = 17 };	/* DISCARD: a port that is never written to */

unsigned transport_sockaddr(struct sockaddr_storage *ss, const struct addr *a, uint16_t port, uint32_t scope)
{
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)ss;

	memset(ss, 0, sizeof *ss);
	if (a->family == 6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		in6->sin6_scope_id = scope;
		memcpy(&in6->sin6_addr, a->b, 16);
		return sizeof *in6;
	}
	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	memcpy(&in->sin_addr, a->b, 4);
	return sizeof *in;
}

bool transport_from_sockaddr(const struct sockaddr_storage *ss, struct addr *a, uint16_t *port)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)ss;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)ss;

	*a = (struct addr){ 0 };
	if (ss->ss_family == AF_INET6) {
		a->family = 6;
		memcpy(a->b, &in6->sin6_addr, 16);
		*port = ntohs(in6->sin6_port);
	} else if (ss->ss_family == AF_INET) {
		a->family = 4;
		memcpy(a->b, &in->sin_addr, 4);
		*port = ntohs(in->sin_port);
	}
	return a->family != 0;
}

bool transport_from(const struct sockaddr_storage *ss, struct session_path *p)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)ss;

	p->scope = ss->ss_family == AF_INET6 ? in6->sin6_scope_id : 0;
	return transport_from_sockaddr(ss, &p->remote, &p->remote_port);
}

/* Not all systems have the flags of socket(). */
int transport_socket_new(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol);

	if (fd >= 0) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, O_NONBLOCK);
	}
	return fd;
}

int transport_local(struct session_path *p, struct err *e)
{
	struct sockaddr_storage ss;
	socklen_t n = transport_sockaddr(&ss, &p->remote, DISCARD, p->scope);
	bool zone = addr_is_link_local(&p->remote) && p->scope == 0;
	char text[ADDR_TEXT];
	uint16_t port;
	int fd = transport_socket_new(ss.ss_family, SOCK_DGRAM, 0), rc = 0;

	if (fd < 0 || connect(fd, (struct sockaddr *)(void *)&ss, n) < 0)
		rc = err_sys(e, "no way to %s%s", addr_format(text, &p->remote), zone ? " without its interface (%eth0)" : "");
	n = sizeof ss;
	if (rc == 0 && (getsockname(fd, (struct sockaddr *)(void *)&ss, &n) < 0 || !transport_from_sockaddr(&ss, &p->local, &port)))
		rc = err_sys(e, "no address of this end to reach %s from", addr_format(text, &p->remote));
	if (fd >= 0)
		close(fd);
	return rc;
}

bool transport_is_here(const struct addr *a, uint32_t scope)
{
	struct sockaddr_storage ss;
	socklen_t n = transport_sockaddr(&ss, a, 0, scope);
	int fd = transport_socket_new(ss.ss_family, SOCK_DGRAM, 0);
	bool here = fd >= 0 && bind(fd, (struct sockaddr *)(void *)&ss, n) == 0;

	if (fd >= 0)
		close(fd);
	return here;
}

static int resolve(const char *host, struct addrinfo *hint, struct session_path *out, unsigned max, struct err *e)
{
	struct addrinfo *list = NULL;
	struct sockaddr_storage ss = { 0 };
	unsigned n = 0;
	int rc = getaddrinfo(host, NULL, hint, &list);

	if (rc != 0) {
		err_set(e, "%s: %s", host, rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
		e->kind = ERR_SYSTEM;
		return -1;
	}
	for (const struct addrinfo *i = list; i != NULL && n < max; i = i->ai_next) {
		if (i->ai_addrlen > sizeof ss)
			continue;
		memcpy(&ss, i->ai_addr, i->ai_addrlen);
		out[n] = (struct session_path){ 0 };
		n += transport_from(&ss, &out[n]);
	}
	freeaddrinfo(list);
	if (n == 0) {
		err_set(e, "%s: no address", host);
		e->kind = ERR_SYSTEM;
		return -1;
	}
	return (int)n;
}

int transport_resolve(const char *host, int family, struct session_path *out, unsigned max, struct err *e)
{
	struct addrinfo hint = { .ai_socktype = SOCK_DGRAM,
		.ai_family = family == 4 ? AF_INET : family == 6 ? AF_INET6 : AF_UNSPEC };

	return resolve(host, &hint, out, max, e);
}

int transport_addr_parse(struct addr *a, uint32_t *scope, const char *p, size_t n, struct err *e)
{
	struct addrinfo hint = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST, .ai_family = AF_INET6 };
	struct session_path path;
	char text[ADDR_TEXT + ZONE];

	*scope = 0;
	if (memchr(p, '%', n) == NULL || n >= sizeof text)
		return addr_parse(a, p, n, e);
	memcpy(text, p, n);
	text[n] = '\0';
	if (resolve(text, &hint, &path, 1, e) < 0) {
		e->kind = ERR_INPUT;
		return -1;
	}
	*a = path.remote;
	*scope = path.scope;
	return 0;
}
