#include "cli/inspect_read.h"

#include "packet/pcap_ahead.h"

enum { AHEAD = 8, LINE = 64 };

/* Each packet is looked at once, so that it is waited for unless it is asked for in time. */
static int push(struct model *m, const struct batch *b, struct err *e)
{
	for (size_t i = 0; i < b->n; i++) {
		const uint8_t *soon = b->pkt[i + AHEAD < b->n ? i + AHEAD : i].data;

		__builtin_prefetch(soon);
		__builtin_prefetch(soon + LINE);
		if (model_push(m, &b->pkt[i], e) < 0)
			return -1;
	}
	return 0;
}

int inspect_read(struct pcap_in *in, struct model *m, inspect_before_fn *before, void *arg, struct err *e)
{
	struct pcap_ahead *a = pcap_ahead_new(in, e);
	const struct batch *b;
	uint64_t packets = 0, bytes = 0;
	int rc = a != NULL ? 0 : -1;

	while (rc == 0) {
		if (before != NULL && before(arg, packets, bytes, e) < 0) {
			rc = -1;
			break;
		}
		if ((rc = pcap_ahead_fill(a, &b, e)) <= 0)
			break;
		rc = push(m, b, e);
		packets = b->n;
		bytes = b->bytes;
	}
	pcap_ahead_free(a);
	return rc;
}

int inspect_read_again(const struct pcap_in_options *o, const struct model_options *mo, struct err *e)
{
	struct model *m = model_new(mo, e);
	struct pcap_in *in = m != NULL ? pcap_in_open(o, e) : NULL;
	int rc = in != NULL ? inspect_read(in, m, NULL, NULL, e) : -1;

	if (rc == 0)
		rc = model_end(m, e);
	pcap_in_close(in);
	model_free(m);
	return rc;
}
