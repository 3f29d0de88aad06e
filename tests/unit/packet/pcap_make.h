/* pcap_make.h - captures built byte by byte, for the tests of packet/pcap*.c. */
#ifndef TESTS_PCAP_MAKE_H
#define TESTS_PCAP_MAKE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "packet/pcap_priv.h"

struct made { uint8_t *p; size_t n, cap; bool big; };

static inline void make_bytes(struct made *m, const void *p, size_t n)
{
	if (m->n + n > m->cap)
		m->p = realloc(m->p, m->cap = 2 * (m->n + n));
	if (n > 0)
		memcpy(m->p + m->n, p, n);
	m->n += n;
}

static inline void make_fill(struct made *m, uint8_t v, size_t n)
{
	while (n-- > 0)
		make_bytes(m, &v, 1);
}

static inline void make16(struct made *m, uint16_t v)
{
	uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v }, l[2] = { b[1], b[0] };

	make_bytes(m, m->big ? b : l, 2);
}

static inline void make32(struct made *m, uint32_t v)
{
	make16(m, (uint16_t)(m->big ? v >> 16 : v));
	make16(m, (uint16_t)(m->big ? v : v >> 16));
}

static inline void make_header(struct made *m, uint32_t magic, uint32_t snaplen, uint32_t dlt)
{
	make32(m, magic);
	make16(m, 2);
	make16(m, 4);
	make32(m, 0);
	make32(m, 0);
	make32(m, snaplen);
	make32(m, dlt);
}

/* n bytes of the value n & 0xff. */
static inline void make_record(struct made *m, uint32_t s, uint32_t frac, uint32_t n, uint32_t len)
{
	make32(m, s);
	make32(m, frac);
	make32(m, n);
	make32(m, len);
	make_fill(m, (uint8_t)n, n);
}

/* A block around a body that is padded here. */
static inline void make_block(struct made *m, uint32_t type, const struct made *body)
{
	uint32_t pad = (uint32_t)(-body->n & 3), total = (uint32_t)body->n + pad + 12;

	make32(m, type);
	make32(m, total);
	make_bytes(m, body->p, body->n);
	make_fill(m, 0, pad);
	make32(m, total);
}

static inline void make_section(struct made *m)
{
	struct made b = { .big = m->big };

	make32(&b, 0x1a2b3c4d);
	make16(&b, 1);
	make16(&b, 0);
	make32(&b, 0xffffffff);
	make32(&b, 0xffffffff);
	make_block(m, 0x0a0d0d0a, &b);
	free(b.p);
}

/* resol < 0: no such option, offset 0 likewise. */
static inline void make_iface(struct made *m, uint16_t dlt, uint32_t snaplen, int resol,
    int64_t offset)
{
	struct made b = { .big = m->big };

	make16(&b, dlt);
	make16(&b, 0);
	make32(&b, snaplen);
	make16(&b, 2);			/* if_name, which is not looked at */
	make16(&b, 3);
	make_bytes(&b, "eth", 4);
	if (resol >= 0) {
		make16(&b, 9);
		make16(&b, 1);
		make_bytes(&b, (uint8_t[4]){ (uint8_t)resol }, 4);
	}
	if (offset != 0) {
		make16(&b, 14);
		make16(&b, 8);
		make32(&b, (uint32_t)(b.big ? (uint64_t)offset >> 32 : (uint64_t)offset));
		make32(&b, (uint32_t)(b.big ? (uint64_t)offset : (uint64_t)offset >> 32));
	}
	make32(&b, 0);
	make_block(m, 1, &b);
	free(b.p);
}

static inline void make_packet(struct made *m, uint32_t iface, uint64_t t, uint32_t n, uint32_t len)
{
	struct made b = { .big = m->big };

	make32(&b, iface);
	make32(&b, (uint32_t)(t >> 32));
	make32(&b, (uint32_t)t);
	make32(&b, n);
	make32(&b, len);
	make_fill(&b, (uint8_t)n, n);
	make_block(m, 6, &b);
	free(b.p);
}

static inline void make_gzip(struct made *to, const uint8_t *p, size_t n)
{
	z_stream z = { .next_in = (Bytef *)p, .avail_in = (uInt)n };
	size_t room = n + 1024;
	uint8_t *out = malloc(room);

	z.next_out = out;
	z.avail_out = (uInt)room;
	cr_assert_eq(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	make_bytes(to, out, room - z.avail_out);
	deflateEnd(&z);
	free(out);
}

/* What was read: copies of the packets (not of their bytes), and how it ended. */
struct seen {
	struct packet k[64];
	size_t n;
	int rc;
	bool opened;
	struct pcap_form form;
	struct err e;
};

/* Reads all, and checks that each packet's bytes are those make_record() and the like put. */
static inline struct seen see_with(const struct span *mems, size_t n, size_t step,
    const struct pcap_in_options *o)
{
	struct seen s = { .rc = -1 };
	struct batch b;
	struct pcap_in *in = pcap_in_open_mem(mems, n, step, o, &s.e);

	if (in == NULL)
		return s;
	s.opened = true;
	s.form = *pcap_in_form(in);
	cr_assert_eq(batch_init(&b, &s.e), 0);
	while ((s.rc = pcap_in_fill(in, &b, &s.e)) > 0) {
		cr_assert_gt(b.n, 0);
		for (size_t i = 0; i < b.n; i++) {
			for (uint32_t j = 0; j < b.pkt[i].caplen; j++)
				cr_assert_eq(b.pkt[i].data[j], (uint8_t)b.pkt[i].caplen);
			if (s.n < 64)
				s.k[s.n] = b.pkt[i];
			s.n++;
		}
	}
	batch_clear(&b);
	pcap_in_close(in);
	return s;
}

static inline struct seen see(const struct made *m, size_t step)
{
	struct span one = { m->p, m->n };

	return see_with(&one, 1, step, &(struct pcap_in_options){ 0 });
}

#endif
