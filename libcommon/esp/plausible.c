#include "esp/plausible.h"

#include "base/rd.h"
#include "packet/checksum.h"
#include "packet/ip.h"

enum { IP4_HEAD = 20, UDP_HEAD = 8, TCP_HEAD = 20, ICMP_HEAD = 4, GRE = 47, DESTINATION = 60,
	SCTP = 132 };

static bool usual_next(uint8_t next)
{
	static const uint8_t usual[] = { IP_ICMP, IPPROTO_IP4, IP_TCP, IP_UDP, IPPROTO_IP6, GRE,
		IPPROTO_ESP_, IPPROTO_AH_, IP_ICMP6, IPPROTO_NONE_, DESTINATION, 89, 108, 112, SCTP };

	for (size_t i = 0; i < sizeof usual; i++)
		if (usual[i] == next)
			return true;
	return false;
}

/* Over the pseudo header (RFC 9293 3.1, RFC 8200 8.1) and the n bytes behind it: right if 0. */
static uint16_t check(const uint8_t *p, size_t n, uint8_t proto, const struct addr *src,
    const struct addr *dst)
{
	uint8_t tail[4] = { 0, proto, (uint8_t)(n >> 8), (uint8_t)n };
	uint32_t sum = checksum_add(0, tail, sizeof tail);

	sum = checksum_add(sum, src->b, addr_len(src));
	sum = checksum_add(sum, dst->b, addr_len(dst));
	return checksum_fold(checksum_add(sum, p, n));
}

/* Bits of a whole transport segment; 0 also for what says nothing of itself. */
static unsigned segment(const uint8_t *p, size_t n, uint8_t proto, const struct addr *src,
    const struct addr *dst)
{
	bool addrs = src->family != 0 && src->family == dst->family;

	switch (proto) {
	case IP_UDP:
		if (n < UDP_HEAD || load_be16(p + 4) != n)
			return 0;
		return load_be16(p + 6) == 0 ? 32 : addrs && check(p, n, proto, src, dst) == 0 ? 32 : 0;
	case IP_TCP:
		if (n < TCP_HEAD || p[12] >> 4 < 5 || (size_t)(p[12] >> 4) * 4 > n)
			return 0;
		return addrs && check(p, n, proto, src, dst) == 0 ? 17 : 0;
	case IP_ICMP:
		return n >= ICMP_HEAD && checksum(p, n) == 0 ? 16 : 0;
	case IP_ICMP6:
		return n >= ICMP_HEAD && addrs && check(p, n, proto, src, dst) == 0 ? 16 : 0;
	}
	return 0;
}

/* An IP packet of the version that next says, in room bytes; what follows it is TFC padding. */
static void inner_ip(struct plausible *w, const uint8_t *p, size_t room, uint8_t next)
{
	struct addr src, dst;
	struct ip_view v;

	if (room < IP4_HEAD || p[0] >> 4 != (next == IPPROTO_IP4 ? 4 : 6))
		return;
	if (ip_parse(&v, p, room) != IP_OK || v.len > room)
		return;
	w->head = 5;			/* version, and a header length that can be */
	if (v.len == room)
		w->head += 16;
	if (v.version == 4 && checksum(p, (size_t)(p[0] & 15) * 4) == 0)
		w->head += 16;
	else if (v.version == 4)
		w->head = 0;
	if (v.frag || v.payload > v.len)
		return;
	ip_addrs(&v, p, &src, &dst);
	w->body = segment(p + v.payload, v.len - v.payload, v.proto, &src, &dst);
}

/* Destination options may be inside the protection in transport mode (RFC 4303 3.1.1). */
static unsigned behind_options(const uint8_t *p, size_t n, uint8_t next, const struct addr *src,
    const struct addr *dst)
{
	while (next == DESTINATION && n >= 8) {
		size_t len = ((size_t)p[1] + 1) * 8;

		if (len > n)
			return 0;
		next = p[0];
		p += len;
		n -= len;
	}
	return segment(p, n, next, src, dst);
}

static void inside(struct plausible *w, const uint8_t *p, enum sa_mode mode, const struct addr *src,
    const struct addr *dst)
{
	bool ip = w->next == IPPROTO_IP4 || w->next == IPPROTO_IP6;

	if (ip && mode != SA_BEET)
		inner_ip(w, p, w->n, w->next);
	else if (mode != SA_TUNNEL)
		w->body = behind_options(p, w->n, w->next, src, dst);
}

struct plausible plausible_esp(const uint8_t *p, size_t n, enum sa_mode mode, const struct addr *src,
    const struct addr *dst)
{
	struct plausible w = { 0 };
	size_t pad, right = 0;

	if (n < 2)
		return w;
	pad = p[n - 2];
	w.next = p[n - 1];
	if (usual_next(w.next))
		w.tail = 4;
	if (pad <= n - 2) {
		w.n = n - 2 - pad;
		while (right < pad && p[w.n + right] == (uint8_t)(right + 1))
			right++;
		w.padded = right == pad;
	} else {
		w.n = n - 2;
	}
	if (w.padded)
		w.tail += (pad < 16 ? 4u : 0) + (pad < 4 ? (unsigned)pad * 8 : 24u);
	else
		w.tail = 0;
	inside(&w, p, mode, src, dst);
	return w;
}

struct plausible plausible_payload(const uint8_t *p, size_t n, uint8_t next, const struct addr *src,
    const struct addr *dst)
{
	struct plausible w = { .next = next, .n = n, .padded = true };

	inside(&w, p, SA_MODE_UNKNOWN, src, dst);
	return w;
}
