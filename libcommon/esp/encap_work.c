#include "esp/encap_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "esp/encap_lane.h"
#include "esp/impair.h"
#include "packet/split.h"

uint8_t *encap_frame(const struct encap *d, struct encap_item *it, uint8_t *pkt, uint32_t len)
{
	size_t link = it->link.ip;
	uint8_t *header = pkt - link;

	if (link > 0)
		memcpy(header, it->packet->data, link);
	if (!link_set_family(&it->link, header, pkt[0] >> 4) || !link_set_len(&it->link, header, len)) {
		it->result = ENCAP_UNSUPPORTED;
		it->why = "this link type cannot carry it";
		return NULL;
	}
	pcap_out_record(d->out, header - PCAP_RECORD, it->packet->ns, (uint32_t)link + len,
	    (uint32_t)link + len);
	it->frames++;
	return header - PCAP_RECORD;
}

static bool is_faulty(const struct encap_item *it)
{
	return impair_has(it, IMPAIR_FRAG_OVERLAP) || impair_has(it, IMPAIR_FRAG_MISSING) ||
	    impair_has(it, IMPAIR_FRAG_TINY);
}

/* Bytes of the fragment that starts at from; one that is to be faulty leaves some for another. */
static uint32_t piece(const struct encap *d, const struct encap_item *it, const struct split *s, uint32_t from)
{
	uint32_t n = split_room(s, from, d->opt.mtu != 0 ? d->opt.mtu : ENCAP_LONGEST);
	uint32_t half = (s->n / 2 + 7) / 8 * 8;

	if (from > 0 || !is_faulty(it))
		return n;
	if (impair_has(it, IMPAIR_FRAG_TINY) && n > 8)
		return 8;
	return n > half ? half : n;
}

/* The sealed packet in pieces, put from at on; it is copied first, because they overlap. */
static bool fragments(struct encap *d, struct encap_item *it, unsigned worker, const uint8_t *pkt,
    uint32_t len, uint8_t *base, size_t at)
{
	size_t before = PCAP_RECORD + (size_t)it->link.ip;
	uint8_t *copy = d->worker[worker].scratch, *to = base + at;
	struct split s;
	uint32_t n, from;

	memcpy(copy, pkt, len);
	if (!split_init(&s, copy, len, it->frag_id) ||
	    s.n == 0)
		return false;
	for (from = 0; from < s.n; from += n) {
		uint32_t back = from >= 8 && from < 65536 && impair_has(it, IMPAIR_FRAG_OVERLAP) ? 8 : 0;
		size_t got;

		if ((n = piece(d, it, &s, from)) == 0)
			return false;
		if (impair_has(it, IMPAIR_FRAG_MISSING) && from > 0 && from + n == s.n)
			break;
		if (back + split_head(&s, from) + n > (d->opt.mtu != 0 ? d->opt.mtu : ENCAP_LONGEST))
			back = 0;
		got = split_write(&s, from - back, n + back, to + before);
		if (encap_frame(d, it, to + before, (uint32_t)got) == NULL)
			return true;
		to += before + got;
	}
	it->rec = (uint32_t)at;
	it->rec_len = (uint32_t)(to - base - (ptrdiff_t)at);
	return true;
}

static void too_big(struct encap_item *it, const char *why)
{
	it->result = ENCAP_TOO_BIG;
	it->why = why;
}

void encap_record(struct encap *d, struct encap_item *it, unsigned worker, uint8_t *pkt, uint32_t len,
    uint8_t *base, size_t at)
{
	uint8_t *rec;

	it->len = len;
	if (it->tcp > 0) {
		encap_tcp_segments(d, it, worker, pkt, len, base, at);
		return;
	}
	if ((d->opt.mtu != 0 && len > d->opt.mtu) || is_faulty(it)) {
		if (!is_faulty(it) && (it->df || d->opt.before))
			too_big(it, NULL);
		else if (!fragments(d, it, worker, pkt, len, base, at))
			too_big(it, "the MTU leaves no room for any part of it");
		return;
	}
	if ((rec = encap_frame(d, it, pkt, len)) == NULL)
		return;
	it->rec = (uint32_t)(rec - base);
	it->rec_len = (uint32_t)(PCAP_RECORD + it->link.ip + len);
}

/* Its record goes directly in front of the packet's. */
static void put_keepalive(const struct encap *d, struct encap_item *it, uint8_t *out)
{
	uint32_t gap = (uint32_t)impair_gap(it);
	uint8_t *rec = out + it->rec - gap;

	impair_keepalive(d, it, rec, out + it->rec + PCAP_RECORD + it->link.ip);
	if (encap_frame(d, it, rec + PCAP_RECORD + it->link.ip, gap - PCAP_RECORD - it->link.ip) == NULL)
		return;
	it->rec -= gap;
	it->rec_len += gap;
}

/* Records lie one behind the other without gaps as far as their lengths come out as planned, so that
 * settle can write long runs. */
void encap_work(void *arg, struct unit *u, unsigned worker)
{
	struct encap_side *side = u->side;
	struct encap *d = arg;
	size_t at = 0;

	side->sealed = 0;
	for (uint32_t i = 0; i < side->n; i++) {
		struct encap_item *it = &side->item[i];

		at = encap_lane_seal(d, u, worker, it->before, at);
		if (it->result != ENCAP_OK && it->result != ENCAP_DUMMY)
			continue;
		encap_seal(d, it, worker, u->out, at + impair_gap(it));
		if (it->rec_len > 0 && impair_gap(it) > 0)
			put_keepalive(d, it, u->out);
		if (it->rec_len > 0)
			at = (size_t)it->rec + it->rec_len;
	}
	(void)encap_lane_seal(d, u, worker, side->nquick, at);
	encap_lane_flush(d, worker);
}

int encap_one(struct encap *d, const uint8_t *p, size_t n, struct err *e)
{
	struct packet packet = { .data = p, .caplen = (uint32_t)n, .len = (uint32_t)n, .number = 1,
		.dlt = LINKTYPE_RAW };
	struct unit u = { .batch = { .pkt = &packet, .n = 1 } };
	int rc = -1, last;

	if ((u.side = calloc(1, encap_side_size())) == NULL)
		return err_nomem(e);
	if ((last = encap_claim(d, &u, e)) >= 0) {
		struct err late;

		encap_work(d, &u, 0);
		rc = encap_settle(d, &u, &late);
		if (rc == 0)
			rc = encap_finish(d, &late);
		if (rc < 0)
			*e = late;
		else if (last > 0)
			rc = -1;
	}
	encap_unit_clear(d, &u);
	free(u.side);
	free(u.out);
	return rc;
}
