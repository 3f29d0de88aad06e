#include "packet/pcap_priv.h"

enum { FILE_HEADER = 24, RECORD_HEADER = 16, MODIFIED_HEADER = 24 };

/* libpcap's savefile formats; "modified" is Kuznetzov's, with an interface in each record. */
static const struct { uint32_t magic, unit, record; } magics[] = {
	{ 0xa1b2c3d4, 1000, RECORD_HEADER },
	{ 0xa1b23c4d, 1, RECORD_HEADER },
	{ 0xa1b2cd34, 1000, MODIFIED_HEADER },
};

static bool magic_find(struct classic *c, const uint8_t p[4])
{
	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
		bool big = load32(p, true) == magics[i].magic;

		if (big || load32(p, false) == magics[i].magic) {
			*c = (struct classic){ .big = big, .unit = magics[i].unit,
			    .record = magics[i].record };
			return true;
		}
	}
	return false;
}

bool classic_is_magic(const uint8_t magic[4])
{
	struct classic c;

	return magic_find(&c, magic);
}

int classic_open(struct pcap_in *in, struct err *e)
{
	struct classic *c = &in->classic;
	const uint8_t *p = in->win.p;
	unsigned major;

	if (in->win.n < FILE_HEADER)
		return err_data(e, "cut: found %zu of %d bytes of the file header", in->win.n,
		    FILE_HEADER);
	magic_find(c, p);
	major = load16(p + 4, c->big);
	c->minor = load16(p + 6, c->big);
	if (major != 2)
		return err_data(e, "found pcap version %u.%u, wanted 2.4", major, c->minor);
	c->snaplen = load32(p + 16, c->big);
	/* the upper half tells of frame check sequences, not of the link type */
	c->dlt = (uint16_t)load32(p + 20, c->big);
	window_skip(&in->win, FILE_HEADER);
	return 0;
}

/* Hands out the records as they are.  What may be wrong with the first one is left to classic_walk(). */
static bool give_raw(struct pcap_in *in, struct batch *b)
{
	if (batch_record(in->win.p, in->win.n) < 0)
		return false;
	b->raw = in->win.p;
	b->raw_n = in->win.n;
	b->number = in->number + 1;
	b->dlt = in->classic.dlt;
	b->file = (uint16_t)in->file;
	b->n = 1;			/* at least; the rest is not known yet */
	return true;
}

int classic_walk(struct pcap_in *in, struct batch *b, struct err *e)
{
	const struct classic c = in->classic;
	struct window *w = &in->win;

	if (c.big == host_is_big() && c.record == RECORD_HEADER) {
		b->stamp = c.unit == 1 ? BATCH_NANO : BATCH_MICRO;
		if (in->lazy && c.minor >= 4 && in->filter == NULL && in->o.count == 0 && !in->ended &&
		    b->n == 0 && give_raw(in, b))
			return 0;
	}
	while (b->n < BATCH_PACKETS && !in->ended) {
		struct packet *k = &b->pkt[b->n];
		uint32_t caplen, len;

		w->want = c.record;
		if (w->n < c.record)
			return 0;
		caplen = load32(w->p + 8, c.big);
		len = load32(w->p + 12, c.big);
		/* before version 2.3, and by some writers of it, the two were the other way */
		if (c.minor < 3 || (c.minor == 3 && caplen > len)) {
			uint32_t t = caplen;

			caplen = len;
			len = t;
		}
		if (caplen > BATCH_SNAP)
			return err_data(e, "found %u captured bytes, wanted at most %d "
			    "(offset %llu)", caplen, BATCH_SNAP, (unsigned long long)w->at);
		w->want = c.record + caplen;
		if (w->n < w->want)
			return 0;
		k->data = w->p + c.record;
		k->caplen = caplen;
		k->len = len > caplen ? len : caplen;
		k->ns = load32(w->p, c.big) * INT64_C(1000000000) +
		    load32(w->p + 4, c.big) * (int64_t)c.unit;
		k->dlt = c.dlt;
		k->options = 0;
		if (pcap_in_give(in, b, e) < 0)
			return -1;
		window_skip(w, c.record + caplen);
	}
	return 0;
}
