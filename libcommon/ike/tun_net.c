#include "ike/tun_priv.h"

#ifdef __linux__

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST = 512, ANSWER = 8192, NO_LINK_LOCAL = 1 };

/* A request as it is put together: structures and attributes in this machine's order, 4 octets aligned. */
struct request { alignas(8) uint8_t b[REQUEST]; size_t n; };

static void put(struct request *r, const void *p, size_t n)
{
	memcpy(r->b + r->n, p, n);
	r->n += n;
	while (r->n % NLMSG_ALIGNTO != 0)
		r->b[r->n++] = 0;
}

static void put_attr(struct request *r, unsigned short type, const void *p, size_t n)
{
	struct rtattr a = { .rta_len = (unsigned short)RTA_LENGTH(n), .rta_type = type };

	put(r, &a, sizeof a);
	put(r, p, n);
}

static void put_addr(struct request *r, unsigned short type, const struct addr *a)
{
	if (a->family != 0)
		put_attr(r, type, a->b, addr_len(a));
}

static void start(struct request *r, unsigned short type, unsigned short flags, uint32_t seq, const void *body, size_t n)
{
	struct nlmsghdr h = { .nlmsg_type = type, .nlmsg_flags = (unsigned short)(NLM_F_REQUEST | flags), .nlmsg_seq = seq };

	r->n = 0;
	put(r, &h, sizeof h);
	put(r, body, n);
}

/* Sends it and waits for the kernel's word; what it tells besides goes to answer (room for ANSWER), whose length comes
 * back.  -1: errno. */
static int ask(struct tun *t, struct request *r, void *answer)
{
	alignas(8) uint8_t b[ANSWER];
	struct nlmsghdr h;
	struct nlmsgerr error;
	uint32_t len = (uint32_t)r->n;
	ssize_t n;

	memcpy(r->b, &len, sizeof len);
	if (send(t->net, r->b, r->n, 0) < 0)
		return -1;
	for (;;) {
		if ((n = recv(t->net, b, sizeof b, 0)) < 0 && errno != EINTR)
			return -1;
		if (n < (ssize_t)sizeof h)
			continue;
		memcpy(&h, b, sizeof h);
		if (h.nlmsg_seq != t->seq)		/* of a request before this one */
			continue;
		if (h.nlmsg_type == NLMSG_ERROR && n >= (ssize_t)(sizeof h + sizeof error)) {
			memcpy(&error, b + sizeof h, sizeof error);
			errno = -error.error;
			return error.error == 0 ? 0 : -1;
		}
		if (answer != NULL) {
			memcpy(answer, b, (size_t)n);
			return (int)n;
		}
	}
}

static unsigned char family_of(const struct addr *a)
{
	return a->family == 4 ? AF_INET : AF_INET6;
}

/* No router solicitations and the like: nobody at the other end asked for them.  A kernel without IPv6 says no, and sends
 * none.  Before the device is up, or it has an address already. */
static void no_link_local(struct tun *t)
{
	struct ifinfomsg link = { .ifi_index = (int)t->index };
	struct { struct rtattr six; struct rtattr mode; uint8_t none[RTA_ALIGNTO]; } spec = {
		.six = { sizeof spec, AF_INET6 }, .mode = { RTA_LENGTH(1), IFLA_INET6_ADDR_GEN_MODE }, .none = { NO_LINK_LOCAL },
	};
	struct request r;

	start(&r, RTM_NEWLINK, NLM_F_ACK, ++t->seq, &link, sizeof link);
	put_attr(&r, IFLA_AF_SPEC, &spec, sizeof spec);
	(void)ask(t, &r, NULL);
}

int tun_net_link(struct tun *t, uint32_t mtu)
{
	struct ifinfomsg link = { .ifi_index = (int)t->index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP | IFF_MULTICAST };
	struct request r;

	no_link_local(t);
	start(&r, RTM_NEWLINK, NLM_F_ACK, ++t->seq, &link, sizeof link);
	put_attr(&r, IFLA_MTU, &mtu, sizeof mtu);
	return ask(t, &r, NULL);
}

static int change_address(struct tun *t, const struct tun_set *s, bool add)
{
	struct ifaddrmsg a = { .ifa_family = family_of(&s->to), .ifa_prefixlen = s->bits, .ifa_index = t->index,
		.ifa_flags = s->to.family == 6 ? IFA_F_NODAD : 0 };
	struct request r;

	start(&r, add ? RTM_NEWADDR : RTM_DELADDR, NLM_F_ACK | (add ? NLM_F_CREATE | NLM_F_EXCL : 0), ++t->seq, &a, sizeof a);
	put_addr(&r, IFA_LOCAL, &s->to);
	put_addr(&r, IFA_ADDRESS, &s->to);
	return ask(t, &r, NULL);
}

static int change_route(struct tun *t, const struct tun_set *s, bool add)
{
	struct rtmsg m = { .rtm_family = family_of(&s->to), .rtm_dst_len = s->bits, .rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST,
		.rtm_scope = s->via.family != 0 || s->to.family == 6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK };
	struct request r;
	uint32_t dev = s->what == TUN_BYPASS ? s->dev : t->index;

	start(&r, add ? RTM_NEWROUTE : RTM_DELROUTE, NLM_F_ACK | (add ? NLM_F_CREATE | NLM_F_EXCL : 0), ++t->seq, &m, sizeof m);
	put_addr(&r, RTA_DST, &s->to);
	put_addr(&r, RTA_PREFSRC, &s->from);
	put_addr(&r, RTA_GATEWAY, &s->via);
	put_attr(&r, RTA_OIF, &dev, sizeof dev);
	return ask(t, &r, NULL);
}

int tun_net_change(struct tun *t, const struct tun_set *s, bool add)
{
	return s->what == TUN_ADDRESS ? change_address(t, s, add) : change_route(t, s, add);
}

int tun_net_open(struct tun *t, struct err *e)
{
	if ((t->index = if_nametoindex(t->name)) == 0)
		return err_sys(e, "%s", t->name);
	if ((t->net = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) < 0)
		return err_sys(e, "netlink");
	return 0;
}

void tun_net_close(struct tun *t)
{
	if (t->net >= 0)
		close(t->net);
	t->net = -1;
}

/* Where the route in the answer of n octets leads. */
static void take_route(const uint8_t *p, size_t n, struct tun_set *s, bool *local)
{
	size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct rtmsg));
	struct rtmsg m;
	struct rtattr a;

	if (n < at)
		return;
	memcpy(&m, p + NLMSG_HDRLEN, sizeof m);
	*local = m.rtm_type != RTN_UNICAST;
	for (; at + sizeof a <= n; at += RTA_ALIGN(a.rta_len)) {
		memcpy(&a, p + at, sizeof a);
		if (a.rta_len < sizeof a || a.rta_len > n - at)
			return;
		if (a.rta_type == RTA_OIF && a.rta_len == RTA_LENGTH(sizeof s->dev))
			memcpy(&s->dev, p + at + RTA_LENGTH(0), sizeof s->dev);
		if (a.rta_type == RTA_GATEWAY && a.rta_len == RTA_LENGTH(addr_len(&s->to))) {
			s->via.family = s->to.family;
			memcpy(s->via.b, p + at + RTA_LENGTH(0), addr_len(&s->to));
		}
	}
}

int tun_net_way(struct tun *t, struct tun_set *s, bool *local)
{
	struct rtmsg m = { .rtm_family = family_of(&s->to), .rtm_dst_len = s->bits };
	alignas(8) uint8_t answer[ANSWER];
	struct request r;
	int n;

	start(&r, RTM_GETROUTE, 0, ++t->seq, &m, sizeof m);
	put_addr(&r, RTA_DST, &s->to);
	if ((n = ask(t, &r, answer)) < 0)
		return -1;
	take_route(answer, (size_t)n, s, local);
	return 0;
}

/* false: neither IPv4 nor IPv6 */
static bool take_sockaddr(const struct sockaddr *sa, struct addr *a)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	*a = (struct addr){ 0 };
	if (sa == NULL)
		return false;
	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof in);
		a->family = 4;
		memcpy(a->b, &in.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof in6);
		a->family = 6;
		memcpy(a->b, &in6.sin6_addr, 16);
	}
	return a->family != 0;
}

bool tun_local(const struct addr_range *range, struct addr *out)
{
	struct ifaddrs *all = NULL;
	bool found = false;

	if (getifaddrs(&all) < 0)
		return false;
	for (const struct ifaddrs *i = all; i != NULL && !found; i = i->ifa_next)
		if (take_sockaddr(i->ifa_addr, out) && (i->ifa_flags & IFF_LOOPBACK) == 0 && !addr_is_link_local(out))
			found = out->family == range->first.family && addr_cmp(&range->first, out) <= 0 &&
			    addr_cmp(out, &range->last) <= 0;
	freeifaddrs(all);
	return found;
}

#endif
