#include <stdio.h>
#include <stdlib.h>

#include "packet/pcap_priv.h"

/* Block types and options of draft-ietf-opsawg-pcapng; the section header reads the same in
 * both byte orders. */
enum {
	NG_SECTION = 0x0a0d0d0a, NG_IFACE = 1, NG_OLD_PACKET = 2, NG_SIMPLE_PACKET = 3,
	NG_PACKET = 6, NG_MAGIC = 0x1a2b3c4d,
	OPT_END = 0, OPT_COMMENT = 1, OPT_TSRESOL = 9, OPT_TSOFFSET = 14,
};
enum {
	BLOCK_MIN = 12,			/* type, length, length */
	BLOCK_MAX = 16 * 1024 * 1024,	/* libpcap's limit, too */
	BLOCK_HELD = 512 * 1024,	/* one that is looked into must fit in a buffer */
	SECTION_MIN = 28, IFACE_MIN = 20, SIMPLE_MIN = 16, PACKET_MIN = 32,
};

struct block { uint32_t type, total; const uint8_t *p; };

void ng_clear(struct ng *g)
{
	free(g->ifaces);
	*g = (struct ng){ 0 };
}

/* The error with where it is; the number of the packet is added by pcap_in. */
static int at_offset(const struct pcap_in *in, struct err *e)
{
	size_t n = strlen(e->text);

	snprintf(e->text + n, sizeof e->text - n, " (block at offset %llu)",
	    (unsigned long long)in->win.at);
	return -1;
}

static void set_resolution(struct ng_iface *f, uint8_t resol)
{
	unsigned n = resol & 0x7f;

	f->mul = f->div = 1;
	f->shift = 0;
	if (resol & 0x80) {
		f->mul = 1000000000;
		f->shift = (uint8_t)n;
		f->fine = n >= 20;
		return;
	}
	f->fine = n > 6;
	for (; n < 9; n++)
		f->mul *= 10;
	for (; n > 9 && f->div != 0; n--)	/* 0: so fine that 64 bits are no nanosecond */
		f->div = f->div > UINT64_MAX / 10 ? 0 : f->div * 10;
}

static int64_t iface_ns(const struct ng_iface *f, uint64_t t)
{
	const int64_t most = INT64_MAX / 2;
	__int128 ns;

	ns = (__int128)(((unsigned __int128)t * f->mul) >> f->shift);
	if (f->div != 1)
		ns = f->div == 0 ? 0 : (__int128)(t / f->div);
	ns += f->offset;
	return ns > most ? most : ns < -most ? -most : (int64_t)ns;
}

/* Options are code, length, value padded to 4 bytes. */
static int iface_options(struct ng_iface *f, bool big, const uint8_t *p, size_t n, struct err *e)
{
	while (n >= 4) {
		unsigned code = load16(p, big), len = load16(p + 2, big);
		size_t padded = 4 + ((len + 3u) & ~3u);
		uint64_t s;

		if (code == OPT_END)
			break;
		if (padded > n)
			return err_data(e, "option %u of an interface: found %u bytes, "
			    "wanted at most %zu", code, len, n - 4);
		if (code == OPT_TSRESOL && len == 1)
			set_resolution(f, p[4]);
		if (code == OPT_TSOFFSET && len == 8) {
			s = (uint64_t)load32(p + (big ? 4 : 8), big) << 32 |
			    load32(p + (big ? 8 : 4), big);
			if ((int64_t)s > INT64_MAX / 1000000000 ||
			    (int64_t)s < INT64_MIN / 1000000000)
				return err_data(e, "found a time offset of %lld s",
				    (long long)(int64_t)s);
			f->offset = (int64_t)s * 1000000000;
		}
		p += padded;
		n -= padded;
	}
	return 0;
}

static int iface_add(struct ng *g, const struct block *k, struct err *e)
{
	struct ng_iface f = { .mul = 1000, .div = 1 };
	struct ng_iface *more;

	if (k->total < IFACE_MIN)
		return err_data(e, "interface: found %u bytes, wanted %d or more", k->total,
		    IFACE_MIN);
	if (g->n == NG_IFACES)
		return err_data(e, "found more than %d interfaces in a section", NG_IFACES);
	if (g->n == g->room) {
		more = realloc(g->ifaces, (g->room * 2 + 8) * sizeof *more);
		if (more == NULL)
			return err_nomem(e);
		g->ifaces = more;
		g->room = g->room * 2 + 8;
	}
	f.dlt = load16(k->p + 8, g->big);
	f.snaplen = load32(k->p + 12, g->big);
	if (iface_options(&f, g->big, k->p + 16, k->total - IFACE_MIN, e) < 0)
		return -1;
	g->ifaces[g->n++] = f;
	return 0;
}

static int section_start(struct ng *g, const struct block *k, struct err *e)
{
	unsigned major;

	if (k->total < SECTION_MIN)
		return err_data(e, "section header: found %u bytes, wanted %d or more", k->total,
		    SECTION_MIN);
	major = load16(k->p + 12, g->big);
	if (major != 1)
		return err_data(e, "found pcapng version %u.%u, wanted 1.0", major,
		    load16(k->p + 14, g->big));
	g->section = true;
	g->n = 0;
	return 0;
}

/* Where the interface's number, the lengths and the data are in a packet block. */
static int packet_decode(const struct ng *g, const struct block *k, struct packet *pkt,
    struct err *e)
{
	bool simple = k->type == NG_SIMPLE_PACKET;
	uint32_t room, head = simple ? SIMPLE_MIN - 4 : PACKET_MIN - 4;
	const struct ng_iface *f;
	uint32_t i = 0;

	if (k->total < head + 4)
		return err_data(e, "found a block of %u bytes, wanted %u or more", k->total,
		    head + 4);
	if (k->type == NG_PACKET)
		i = load32(k->p + 8, g->big);
	else if (k->type == NG_OLD_PACKET)
		i = load16(k->p + 8, g->big);
	if (i >= g->n)
		return err_data(e, "found interface %u, wanted one of the section's %zu", i, g->n);
	f = &g->ifaces[i];
	room = k->total - 4 - head;
	if (simple) {
		pkt->len = load32(k->p + 8, g->big);
		pkt->caplen = pkt->len < room ? pkt->len : room;
		if (f->snaplen > 0 && pkt->caplen > f->snaplen)
			pkt->caplen = f->snaplen;
		pkt->ns = 0;		/* it has no time */
	} else {
		pkt->caplen = load32(k->p + 20, g->big);
		pkt->len = load32(k->p + 24, g->big);
		pkt->ns = iface_ns(f, (uint64_t)load32(k->p + 12, g->big) << 32 |
		    load32(k->p + 16, g->big));
	}
	if (pkt->caplen > room || pkt->caplen > BATCH_SNAP)
		return err_data(e, "found %u captured bytes, wanted at most %u", pkt->caplen,
		    room < BATCH_SNAP ? room : BATCH_SNAP);
	if (pkt->len < pkt->caplen)
		pkt->len = pkt->caplen;
	pkt->data = k->p + head;
	pkt->dlt = f->dlt;
	room -= pkt->caplen;		/* of it padding, at most three octets of it */
	pkt->options = simple || room < 4 ? 0 : (room - (-pkt->caplen & 3)) | (g->big ? PACKET_OPTIONS_BIG : 0);
	return 0;
}

bool packet_comment(const struct packet *p, size_t *at, struct span *text)
{
	bool big = (p->options & PACKET_OPTIONS_BIG) != 0;
	size_t n = p->options & ~PACKET_OPTIONS_BIG;
	const uint8_t *o = p->data + p->caplen + (-p->caplen & 3);

	while (*at + 4 <= n) {
		unsigned code = load16(o + *at, big);
		size_t len = load16(o + *at + 2, big), from = *at + 4;

		if (code == OPT_END || len > n - from)
			return false;
		*at = from + ((len + 3) & ~(size_t)3);
		if (code != OPT_COMMENT)
			continue;
		*text = (struct span){ o + from, len };
		return true;
	}
	return false;
}

static bool is_packet(uint32_t type)
{
	return type == NG_PACKET || type == NG_OLD_PACKET || type == NG_SIMPLE_PACKET;
}

/* Type and length of the block at the window's start: 1, 0: not there yet, -1: wrong. */
static int block_head(struct pcap_in *in, struct block *k, struct err *e)
{
	struct ng *g = &in->ng;
	struct window *w = &in->win;

	w->want = BLOCK_MIN;
	if (w->n < BLOCK_MIN)
		return 0;
	k->p = w->p;
	k->type = load32(w->p, g->big);
	if (k->type == NG_SECTION) {
		g->big = load32(w->p + 8, true) == NG_MAGIC;
		if (load32(w->p + 8, g->big) != NG_MAGIC)
			return err_data(e, "section header: found byte order 0x%08x, wanted 0x%08x",
			    load32(w->p + 8, true), NG_MAGIC);
	}
	k->total = load32(w->p + 4, g->big);
	if (k->total < BLOCK_MIN || k->total % 4 != 0)
		return err_data(e, "found a block length of %u, wanted a multiple of 4 from %d on",
		    k->total, BLOCK_MIN);
	if (k->total > BLOCK_MAX || (k->total > BLOCK_HELD && (is_packet(k->type) ||
	    k->type == NG_SECTION || k->type == NG_IFACE)))
		return err_data(e, "found a block length of %u, wanted at most %d", k->total,
		    k->total > BLOCK_MAX ? BLOCK_MAX : BLOCK_HELD);
	return 1;
}

static int trailer_check(uint32_t total, const uint8_t *p, bool big, struct err *e)
{
	uint32_t again = load32(p, big);

	return again == total ? 0 : err_data(e,
	    "found a block length of %u at its end, wanted %u as at its start", again, total);
}

/* Goes over the rest of a block that may be larger than any buffer: 1: done, 0: more to come. */
static int skip_on(struct pcap_in *in, struct err *e)
{
	struct ng *g = &in->ng;
	struct window *w = &in->win;
	size_t n = g->skip < w->n ? (size_t)g->skip : w->n;

	window_skip(w, n);
	g->skip -= n;
	w->want = g->skip + 4;
	if (w->n < w->want)
		return 0;
	if (trailer_check(g->total, w->p, g->big, e) < 0)
		return -1;
	window_skip(w, 4);
	g->total = 0;
	return 1;
}

/*
 * The block at the window's start, up to and with its trailer: 1 and k: it is in memory, to be
 * looked into; 0: more bytes are wanted; -1: wrong.  Others are skipped.
 */
static int block_next(struct pcap_in *in, struct block *k, struct err *e)
{
	struct ng *g = &in->ng;
	struct window *w = &in->win;
	int rc;

	for (;;) {
		if (g->total > 0 && (rc = skip_on(in, e)) <= 0)
			return rc;
		if ((rc = block_head(in, k, e)) <= 0)
			return rc;
		if (is_packet(k->type) || k->type == NG_SECTION || k->type == NG_IFACE)
			break;
		g->total = k->total;
		g->skip = k->total - BLOCK_MIN;
		window_skip(w, 8);
	}
	w->want = k->total;
	if (w->n < k->total)
		return 0;
	return trailer_check(k->total, k->p + k->total - 4, g->big, e) < 0 ? -1 : 1;
}

/* b is NULL: up to the first packet. */
static int walk(struct pcap_in *in, struct batch *b, struct err *e)
{
	struct block k = { 0 };
	int rc;

	while (b == NULL || (b->n < BATCH_PACKETS && !in->ended)) {
		if ((rc = block_next(in, &k, e)) <= 0)
			return rc;
		if (k.type == NG_SECTION)
			rc = section_start(&in->ng, &k, e);
		else if (k.type == NG_IFACE)
			rc = iface_add(&in->ng, &k, e);
		else if (b == NULL)
			return 1;
		else if ((rc = packet_decode(&in->ng, &k, &b->pkt[b->n], e)) == 0 &&
		    pcap_in_give(in, b, e) < 0)
			return -1;
		if (rc < 0)
			return -1;
		window_skip(&in->win, k.total);
	}
	return 0;
}

int ng_walk(struct pcap_in *in, struct batch *b, struct err *e)
{
	int rc = walk(in, b, e);

	return rc < 0 && e->kind == ERR_DATA ? at_offset(in, e) : rc;
}

int ng_walk_head(struct pcap_in *in, struct err *e)
{
	int rc = walk(in, NULL, e);

	return rc < 0 && e->kind == ERR_DATA ? at_offset(in, e) : rc;
}

void ng_form(const struct pcap_in *in, struct pcap_form *f)
{
	const struct ng *g = &in->ng;
	const struct window *w = &in->win;
	uint32_t i = 0;

	f->swapped = g->big != host_is_big();
	for (size_t j = 0; j < g->n; j++) {
		f->nano |= g->ifaces[j].fine;
		if (g->ifaces[j].snaplen == 0)
			f->snaplen = BATCH_SNAP;
		else if (g->ifaces[j].snaplen > f->snaplen)
			f->snaplen = g->ifaces[j].snaplen;
	}
	if (w->n >= BLOCK_MIN && load32(w->p, g->big) == NG_PACKET)
		i = load32(w->p + 8, g->big);
	else if (w->n >= BLOCK_MIN && load32(w->p, g->big) == NG_OLD_PACKET)
		i = load16(w->p + 8, g->big);
	if (g->n > 0)
		f->dlt = g->ifaces[i < g->n ? i : 0].dlt;
}
