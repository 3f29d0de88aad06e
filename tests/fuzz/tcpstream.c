/*
 * TCP streams: the input is a list of segments, each an octet of flags and connection, an octet of
 * seconds, 32 bits of sequence number, 16 bits of length, octets.
 */
#include <stdlib.h>

#include "packet/tcpstream.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool known(void *arg, uint32_t spi, const struct addr *src, const struct addr *dst)
{
	(void)arg;
	return (spi & 0xffffff00) == 0xc0ffee00 && src->family == dst->family;
}

/* Each octet and each frame of a message is looked at. */
static void drain(struct tcpstreams *t, uint64_t frames)
{
	struct tcpstream_msg m;
	volatile unsigned sum = 0;	/* a read that nobody uses is still to be made */

	while (tcpstreams_next(t, &m)) {
		for (size_t i = 0; i < m.body.n; i++)
			sum = sum + m.body.p[i];
		if (m.first == 0 || m.first > frames || m.last == 0 || m.last > frames || m.body.n > 65533)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct addr hosts[2] = { { 4, { 10, 0, 0, 1 } }, { 4, { 10, 0, 0, 2 } } };
	struct err e;
	struct tcpstreams *t = tcpstreams_new(known, NULL, &e);
	struct rd r = rd_of(p, n);
	struct tcp_seg seg = { 0 };

	while (t != NULL && r.n > 0) {
		uint8_t flags = rd_u8(&r), back = flags >> 3 & 1;

		seg.ns += (int64_t)rd_u8(&r) * 1000000000;
		seg.tcp = (struct tcp_view){ .sport = back ? 4500 : flags >> 4, .dport = back ? flags >> 4 : 4500,
			.fin = flags & 1, .syn = (flags & 2) != 0, .rst = (flags & 4) != 0 };
		seg.tcp.seq = rd_u32(&r);
		seg.data = rd_take(&r, rd_u16(&r));
		if (!rd_ok(&r))
			break;
		seg.src = hosts[back];
		seg.dst = hosts[!back];
		seg.whole = seg.data.n;
		seg.number++;
		if (tcpstreams_push(t, &seg, &e) < 0)
			break;
		drain(t, seg.number);
		if ((flags & 0xf0) == 0xf0) {
			tcpstreams_expire(t, seg.ns);
			drain(t, seg.number);
		}
	}
	if (t != NULL) {
		tcpstreams_expire(t, INT64_MAX);
		drain(t, seg.number);
	}
	tcpstreams_free(t);
	return 0;
}
