/*
 * Datagrams of a capture: the input is a list of frames, each an octet of seconds, an octet of link
 * type, 16 bits of captured length, 16 bits that were cut off, octets.
 */
#include <stdlib.h>

#include "packet/datagram.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool known(void *arg, uint32_t spi, const struct addr *src, const struct addr *dst)
{
	(void)arg;
	return (spi & 0xffffff00) == 0xc0ffee00 && src->family == dst->family;
}

/* Each octet and each frame is looked at. */
static int look(void *arg, const struct datagram *d, struct err *e)
{
	const uint64_t *frames = arg;
	volatile unsigned sum = 0;	/* a read that nobody uses is still to be made */

	(void)e;
	for (size_t i = 0; i < d->body.n; i++)
		sum = sum + d->body.p[i];
	if (d->body.n > d->whole || d->whole > 262144 || d->nframes > DATAGRAM_FRAMES)
		abort();
	for (unsigned i = 0; i < d->nframes; i++)
		if (d->frame[i] == 0 || d->frame[i] > *frames)
			abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const uint16_t links[] = { 101, 1, 0, 113, 276, 9, 228, 229 };
	uint64_t frames = 0;
	struct err e;
	struct datagrams *t = datagrams_new(known, look, &frames, &e);
	struct rd r = rd_of(p, n);
	int64_t ns = 0;

	while (t != NULL && r.n > 0) {
		struct packet pkt;
		struct span s;
		uint16_t more;

		ns += (int64_t)rd_u8(&r) * 1000000000;
		pkt = (struct packet){ .ns = ns, .dlt = links[rd_u8(&r) % 8], .number = ++frames };
		pkt.caplen = rd_u16(&r);
		more = rd_u16(&r);
		s = rd_take(&r, pkt.caplen);
		if (!rd_ok(&r))
			break;
		pkt.data = s.p;
		pkt.len = pkt.caplen + more;
		if (datagrams_push(t, &pkt, &e) < 0)
			break;
	}
	if (t != NULL)
		datagrams_end(t, &e);
	datagrams_free(t);
	return 0;
}
