#include "esp/encap_state.h"

#include <string.h>

#include "base/wr.h"
#include "packet/checksum.h"

enum { SEQ = 4, ACK = 8, FLAGS = 13, CHECKSUM = 16, SYN = 0x02 };

static struct ip_view head_of(const struct encap_item *it, const uint8_t *pkt)
{
	struct ip_view v;

	ip_parse(&v, pkt, it->tcp);
	return (struct ip_view){ .version = pkt[0] >> 4, .next = v.next, .payload = (uint16_t)it->tcp };
}

/* One segment whose headers are at pkt with n bytes of payload behind them. */
static void finish(const struct encap_item *it, uint8_t *pkt, uint32_t seq, uint32_t n)
{
	struct ip_view v = head_of(it, pkt);
	uint8_t *tcp = pkt + it->tcp;

	ip_fix(&v, pkt, IP_TCP, it->tcp + TCP_HEADER + n);
	store_be32(tcp + SEQ, seq);
	store_be16(tcp + CHECKSUM, 0);
	store_be16(tcp + CHECKSUM, ip_checksum(pkt, IP_TCP, tcp, TCP_HEADER + n));
}

void encap_tcp_segments(struct encap *d, struct encap_item *it, unsigned worker, uint8_t *pkt,
    uint32_t len, uint8_t *base, size_t at)
{
	size_t before = PCAP_RECORD + (size_t)it->link.ip;
	uint32_t head = it->tcp + TCP_HEADER, mtu = d->opt.mtu != 0 ? d->opt.mtu : len;
	uint8_t *to = base + at, *copy = d->worker[worker].scratch;

	it->stream = len - head;
	if (mtu <= head) {
		it->result = ENCAP_TOO_BIG;
		it->why = "the MTU leaves no room for any part of it";
		return;
	}
	it->segment = mtu - head;
	memcpy(copy, pkt, len);
	for (uint32_t from = 0; from < it->stream; from += it->segment) {
		uint32_t left = it->stream - from, n = left < it->segment ? left : it->segment;

		memcpy(to + before, copy, head);
		memcpy(to + before + head, copy + head + from, n);
		finish(it, to + before, from, n);
		if (encap_frame(d, it, to + before, head + n) == NULL)
			return;
		to += before + head + n;
	}
	it->rec = (uint32_t)at;
	it->rec_len = (uint32_t)(to - base - (ptrdiff_t)at);
}

static struct encap_sa *sa_of(struct encap *d, const struct encap_item *it)
{
	return &d->sa[it->layer[it->nlayers - 1].sa];
}

static uint8_t *tcp_of(const struct encap_item *it, uint8_t *rec)
{
	return rec + PCAP_RECORD + it->link.ip + it->tcp;
}

/* RFC 1624, for each half of the number. */
static void move(uint8_t *tcp, uint32_t by)
{
	uint32_t was = load_be32(tcp + SEQ), now = was + by;
	uint16_t sum = load_be16(tcp + CHECKSUM);

	sum = checksum_change(sum, (uint16_t)(was >> 16), (uint16_t)(now >> 16));
	sum = checksum_change(sum, (uint16_t)was, (uint16_t)now);
	store_be32(tcp + SEQ, now);
	store_be16(tcp + CHECKSUM, sum);
}

void encap_tcp_place(struct encap *d, const struct encap_item *it, uint8_t *out, uint32_t frames)
{
	struct encap_sa *s = sa_of(d, it);
	uint32_t each = PCAP_RECORD + it->link.ip + it->tcp + TCP_HEADER + it->segment;

	for (uint32_t i = 0; i < frames; i++)
		move(tcp_of(it, out + it->rec + i * each), s->tcp);
	s->tcp += it->stream;
}

size_t encap_tcp_syn(struct encap *d, const struct encap_item *it, const uint8_t *out)
{
	size_t link = it->link.ip, n = PCAP_RECORD + link + it->tcp + TCP_HEADER;
	uint8_t *rec = d->worker[0].scratch, *pkt = rec + PCAP_RECORD + link;
	struct encap_sa *s = sa_of(d, it);

	if (n > ENCAP_LONGEST)
		return 0;
	memcpy(rec, out + it->rec, n);
	link_set_len(&it->link, rec + PCAP_RECORD, it->tcp + TCP_HEADER);
	store_be32(pkt + it->tcp + ACK, 0);
	pkt[it->tcp + FLAGS] = SYN;
	finish(it, pkt, s->tcp++, 0);
	pcap_out_record(d->out, rec, it->packet->ns, (uint32_t)(n - PCAP_RECORD),
	    (uint32_t)(n - PCAP_RECORD));
	return n;
}
