/*
 * One input of any kind, as captures arrive: the first byte says how many bytes
 * are read at a time, and whether there is a filter.  The same packets must
 * come out whatever the steps.
 */
#include <stdlib.h>
#include <string.h>

#include "packet/pcap_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct sum { uint64_t packets, bytes; int64_t ns; int rc; };

static struct sum run(const uint8_t *p, size_t n, size_t step, const char *filter, struct batch *b)
{
	struct pcap_in_options o = { .filter = filter };
	struct span mem = { p, n }, text;
	struct sum s = { .rc = -2 };
	struct err e;
	struct pcap_in *in = pcap_in_open_mem(&mem, 1, step, &o, &e);

	if (in == NULL)
		return s;
	while ((s.rc = pcap_in_fill(in, b, &e)) > 0) {
		if (b->n == 0 || b->n > BATCH_PACKETS)
			abort();
		for (size_t i = 0; i < b->n; i++) {
			const struct packet *k = &b->pkt[i];

			if (k->caplen > BATCH_SNAP || k->len < k->caplen || k->data < b->buf ||
			    (size_t)(k->data - b->buf) + k->caplen > b->cap)
				abort();
			for (uint32_t j = 0; j < k->caplen; j++)
				s.bytes += k->data[j];
			for (size_t at = 0; packet_comment(k, &at, &text);)
				for (size_t j = 0; j < text.n; j++)
					s.bytes += text.p[j];
			s.ns ^= k->ns;
		}
		s.packets += b->n;
	}
	pcap_in_close(in);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct batch b;
	struct sum whole, parts;
	const char *filter;
	struct err e;

	if (n == 0 || (b.buf == NULL && batch_init(&b, &e) < 0))
		return 0;
	filter = p[0] & 0x80 ? "greater 20" : NULL;
	whole = run(p + 1, n - 1, 0, filter, &b);
	parts = run(p + 1, n - 1, 1 + (p[0] & 0x7f), filter, &b);
	if (whole.packets != parts.packets || whole.bytes != parts.bytes ||
	    whole.ns != parts.ns || whole.rc != parts.rc)
		abort();
	return 0;
}
