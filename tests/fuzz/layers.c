/*
 * Several IP packets in a row through the three stages: what IPsec travels in and over.  The first octet
 * chooses options; a packet is 16 bits of length, 8 of seconds since the one before, octets.
 */
#include <stdlib.h>
#include <string.h>

#include "esp/decap.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { PACKETS = 128 };

static int emit(void *arg, const uint8_t *p, size_t n, struct err *e)
{
	volatile unsigned *sum = arg;

	(void)e;
	for (size_t i = 0; i < n; i++)		/* every byte must be there to be read */
		*sum = *sum + p[i];
	return 0;
}

static void report(void *arg, const struct decap_item *it)
{
	(void)arg;
	if (it->packet == NULL || it->verdict >= V_COUNT || it->nlayers > DECAP_LAYERS || it->cramped)
		abort();
}

/* Nothing is authenticated, so that what comes out is as wild as the input. */
static const struct { enum sa_proto proto; uint32_t spi; enum sa_mode mode; bool ends; } rows[] = {
	{ SA_ESP, 0x100, SA_MODE_UNKNOWN, false },
	{ SA_ESP, 0x101, SA_TRANSPORT, false },
	{ SA_ESP, 0x102, SA_BEET, false },
	{ SA_IPCOMP, 0x1001, SA_TUNNEL, true },
	{ SA_IPCOMP, 0x1002, SA_TRANSPORT, false },
	{ SA_IPCOMP, 0x1003, SA_MODE_UNKNOWN, false },
};

static struct sad *make_sad(struct err *e)
{
	static const struct addr a = { 4, { 10, 0, 0, 1 } }, b = { 4, { 10, 0, 0, 2 } };
	struct sad *sad = sad_new(e);

	for (size_t i = 0; sad != NULL && i < sizeof rows / sizeof rows[0]; i++) {
		struct sa sa;

		sa_init(&sa);
		sa.proto = rows[i].proto;
		sa.spi = rows[i].spi;
		sa.mode = rows[i].mode;
		if (rows[i].ends) {
			sa.src = a;
			sa.dst = b;
		}
		if (sa.proto == SA_ESP) {
			sa.encr = alg_encr_by_name("null", NULL);
			sa.integ = alg_integ_by_name("none");
			sa.encr_key_known = sa.integ_key_known = true;
			sa.encap = (struct sa_encap){ .type = SA_ENCAP_TCP, .dport = 4501 };
		}
		if (sa.mode == SA_BEET && (sa.ts = calloc(1, sizeof *sa.ts)) != NULL) {
			sa.nts = 1;
			sa.ts[0] = (struct selector){ .nsrc = 1, .ndst = 1, .proto = -1, .icmp_type = -1,
				.icmp_code = -1, .src = { { a, a } }, .dst = { { b, b } } };
		}
		sad_add(sad, &sa, e);
	}
	return sad;
}

static void run(struct decap *d, struct packet *pkt, size_t n, struct err *e)
{
	struct unit u = { .batch = { .pkt = pkt, .n = n } };

	if ((u.side = calloc(1, decap_side_size())) == NULL)
		return;
	if (decap_claim(d, &u, e) == 0) {
		decap_work(d, &u, 0);
		decap_settle(d, &u, e);
	}
	decap_unit_clear(d, &u);
	free(u.side);
	free(u.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct sad *sad;
	static volatile unsigned sum;
	struct pcap_out out = { .form = { .dlt = LINKTYPE_RAW } };
	struct decap_options opt = { .threads = 1, .replay_window = 0, .emit = emit, .report = report,
		.arg = (void *)&sum };
	struct packet pkt[PACKETS];
	struct rd r = rd_of(p, n);
	struct flow flow = { 0 };
	uint8_t flags = rd_u8(&r);
	size_t count = 0;
	int64_t ns = 0;
	struct decap d;
	struct err e;

	if (sad == NULL && (sad = make_sad(&e)) == NULL)
		return 0;
	opt.no_verify = flags & 1;
	opt.dig = flags & 2;
	opt.raw = flags & 4;
	opt.keep = (flags >> 3) % 3;
	while (count < PACKETS && r.n > 3) {
		uint16_t len = rd_u16(&r);
		uint8_t seconds = rd_u8(&r);
		struct span s = rd_take(&r, len < r.n ? len : r.n);

		ns += (int64_t)seconds * 1000000000;
		pkt[count] = (struct packet){ .data = s.p, .caplen = (uint32_t)s.n, .len = len, .ns = ns,
			.number = count + 1, .dlt = LINKTYPE_RAW };
		count++;
	}
	if (decap_init(&d, &opt, sad, &flow, &out, &e) == 0) {
		/* in two units, so that what is kept in between shows */
		run(&d, pkt, count / 2, &e);
		run(&d, pkt + count / 2, count - count / 2, &e);
		decap_finish(&d, &e);
	}
	decap_clear(&d);
	return 0;
}
