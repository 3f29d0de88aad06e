/*
 * pcapng from a list of blocks whose framing is put right here, so that the
 * fuzzer works on what is inside.  The first byte: bit 0 big-endian, bit 1
 * gzipped, the rest the step.  Then for each block: its type, its body's length
 * in words, the body.  Type 0xff is a section header, of which the body is made
 * here.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "packet/pcap_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { ROOM = 64 * 1024 };

static uint8_t *put32(uint8_t *p, uint32_t v, bool big)
{
	for (int i = 0; i < 4; i++)
		p[big ? 3 - i : i] = (uint8_t)(v >> 8 * i);
	return p + 4;
}

static uint8_t *put_block(uint8_t *q, uint32_t type, const uint8_t *body, size_t n, bool big)
{
	q = put32(q, type, big);
	q = put32(q, (uint32_t)n + 12, big);
	memcpy(q, body, n);
	return put32(q + n, (uint32_t)n + 12, big);
}

static uint8_t *put_section(uint8_t *q, bool big)
{
	uint8_t body[16];

	put32(body, 0x1a2b3c4d, big);
	memcpy(body + 4, big ? "\0\1\0\0" : "\1\0\0\0", 4);
	memset(body + 8, 0xff, 8);
	return put_block(q, 0x0a0d0d0a, body, sizeof body, big);
}

static size_t build(uint8_t *out, const uint8_t *p, size_t n, bool big)
{
	uint8_t *q = put_section(out, big);

	while (n >= 2 && q - out < ROOM - 2048) {
		size_t body = p[1] * 4u;
		uint8_t type = p[0];

		p += 2;
		n -= 2;
		body = body < n ? body : n & ~(size_t)3;
		q = type == 0xff ? put_section(q, big) : put_block(q, type, p, body, big);
		p += body;
		n -= body;
	}
	return (size_t)(q - out);
}

static size_t gzip(uint8_t *out, const uint8_t *p, size_t n)
{
	z_stream z = { .next_in = (Bytef *)p, .avail_in = (uInt)n, .next_out = out,
	    .avail_out = ROOM };

	if (deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return ROOM - z.avail_out;
}

static void run(const uint8_t *p, size_t n, size_t step, struct batch *b)
{
	struct pcap_in_options o = { 0 };
	struct span mem = { p, n };
	struct err e;
	struct pcap_in *in = pcap_in_open_mem(&mem, 1, step, &o, &e);
	uint64_t number = 0;

	if (in == NULL)
		return;
	while (pcap_in_fill(in, b, &e) > 0)
		for (size_t i = 0; i < b->n; i++) {
			const struct packet *k = &b->pkt[i];

			if (k->number != ++number || k->len < k->caplen || k->data < b->buf ||
			    (size_t)(k->data - b->buf) + k->caplen > b->cap)
				abort();
		}
	pcap_in_close(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t plain[ROOM], packed[ROOM];
	static struct batch b;
	struct err e;
	size_t got;

	if (n == 0 || (b.buf == NULL && batch_init(&b, &e) < 0))
		return 0;
	got = build(plain, p + 1, n - 1, p[0] & 1);
	if (p[0] & 2)
		run(packed, gzip(packed, plain, got), p[0] >> 2, &b);
	else
		run(plain, got, p[0] >> 2, &b);
	return 0;
}
