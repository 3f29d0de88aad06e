#include <criterion/criterion.h>
#include <glob.h>
#include <jansson.h>

#include "base/wr.h"
#include "packet/datagram.h"
#include "packet/pcap_in.h"
#include "packet/udp.h"

/* What a capture holds, as who made it counted, against what datagrams finds. */
struct found { unsigned n[DATAGRAM_NO_IP + 1]; uint64_t frames; unsigned carriers, markers; };

static int count(void *arg, const struct datagram *d, struct err *e)
{
	struct found *f = arg;

	(void)e;
	f->n[d->kind]++;
	f->carriers += d->carriers;
	f->markers += d->marker;
	cr_assert(d->nframes >= 1 && d->nframes <= DATAGRAM_FRAMES);
	cr_assert(d->frame[d->nframes - 1] <= f->frames || d->kind == DATAGRAM_LOST);
	cr_assert_leq(d->body.n, d->whole);
	return 0;
}

static void find(const char *path, tcpstream_known *known, struct found *f)
{
	struct pcap_in_options o = { .files = &path, .nfiles = 1 };
	struct err e = { .text = "" };
	struct pcap_in *in = pcap_in_open(&o, &e);
	struct datagrams *t = datagrams_new(known, count, f, &e);
	struct batch b = { 0 };

	*f = (struct found){ 0 };
	cr_assert(in != NULL && t != NULL && batch_init(&b, &e) == 0, "%s", e.text);
	while (pcap_in_fill(in, &b, &e) > 0)
		for (size_t i = 0; i < b.n; i++) {
			f->frames++;
			cr_assert_eq(datagrams_push(t, &b.pkt[i], &e), 0, "%s", e.text);
		}
	cr_assert_eq(datagrams_end(t, &e), 0);
	batch_clear(&b);
	datagrams_free(t);
	pcap_in_close(in);
}

static unsigned counted(const json_t *root, const char *what)
{
	return (unsigned)json_integer_value(json_object_get(json_object_get(root, "counts"), what));
}

static bool any_spi(void *arg, uint32_t spi, const struct addr *src, const struct addr *dst)
{
	(void)arg;
	(void)src;
	(void)dst;
	return spi > 255;
}

Test(datagram, strongswan_captures)
{
	glob_t g;

	cr_assert_eq(glob("tests/interop/strongswan/*/case.json", 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		json_t *root = json_load_file(g.gl_pathv[i], 0, NULL);
		struct found f;
		char wire[256];

		cr_assert_not_null(root, "%s", g.gl_pathv[i]);
		snprintf(wire, sizeof wire, "%.*s/wire.pcap", (int)(strlen(g.gl_pathv[i]) - 10), g.gl_pathv[i]);
		find(wire, any_spi, &f);
		cr_expect_eq(f.n[DATAGRAM_IKE], counted(root, "ike"), "%s: %u", wire, f.n[DATAGRAM_IKE]);
		cr_expect_eq(f.n[DATAGRAM_ESP], counted(root, "esp"), "%s: %u", wire, f.n[DATAGRAM_ESP]);
		cr_expect_eq(f.n[DATAGRAM_KEEPALIVE], counted(root, "nat_keepalives"), "%s", wire);
		json_decref(root);
	}
	globfree(&g);
}

Test(datagram, carriers_and_tcp)
{
	struct found f;

	find("tests/interop/layers/carriers.pcap", NULL, &f);
	cr_expect_gt(f.n[DATAGRAM_ESP], 0);
	cr_expect_gt(f.carriers, 0);
	find("tests/interop/layers/tcp.pcap", any_spi, &f);
	cr_expect_gt(f.n[DATAGRAM_ESP], 0);
	cr_expect_gt(f.n[DATAGRAM_IKE], 0);
}

Test(datagram, fragments_and_esp_alone)
{
	struct found f;

	find("tests/interop/kernel/esp-tun44-aes128gcm16-outerfrag/wire.pcap", NULL, &f);
	cr_expect_gt(f.n[DATAGRAM_ESP], 0);
	cr_expect_lt(f.n[DATAGRAM_ESP], f.frames);
	cr_expect_eq(f.n[DATAGRAM_LOST], 0);
	find("tests/interop/captures/link-raw-ah-tra44-sha256-128.pcap", NULL, &f);
	cr_expect_gt(f.n[DATAGRAM_AH], 0);
}

/* A raw IPv4 packet with UDP between these ports. */
static struct found one(uint16_t sport, uint16_t dport, const uint8_t *body, size_t n, size_t cut)
{
	uint8_t p[256] = { 0x45 };
	struct packet pkt = { .data = p, .dlt = 101, .number = 1 };
	struct found f = { .frames = 1 };
	struct err e;
	struct datagrams *t = datagrams_new(any_spi, count, &f, &e);
	struct wr w = wr_of(p + 20, sizeof p - 20);

	store_be16(p + 2, (uint16_t)(28 + n));
	p[9] = IP_UDP;
	wr_u16(&w, sport);
	wr_u16(&w, dport);
	wr_u16(&w, (uint16_t)(8 + n));
	wr_u16(&w, 0);
	wr_span(&w, (struct span){ body, n });
	pkt.len = (uint32_t)(28 + n);
	pkt.caplen = pkt.len - (uint32_t)cut;
	cr_assert_eq(datagrams_push(t, &pkt, &e), 0);
	datagrams_free(t);
	return f;
}

Test(datagram, ports_and_markers)
{
	uint8_t marked[36] = { 0, 0, 0, 0, 1, [20] = 33, 0x20, 34, 8, [31] = 32 }, *ike = marked + 4;
	static const uint8_t esp[12] = { 1, 2, 3, 4 }, keepalive[1] = { 0xff };

	cr_expect(datagram_looks_ike(ike, 32));
	cr_expect(!datagram_looks_ike(ike, 31));
	cr_expect_eq(one(500, 500, ike, 32, 0).n[DATAGRAM_IKE], 1);
	cr_expect_eq(one(500, 500, ike, 32, 0).markers, 0);
	cr_expect_eq(one(4500, 4500, marked, 36, 0).markers, 1);
	cr_expect_eq(one(500, 500, marked, 36, 0).markers, 1);
	cr_expect_eq(one(5000, 15500, marked, 36, 0).markers, 1);
	cr_expect_eq(one(5000, 15500, ike, 32, 0).n[DATAGRAM_IKE], 1);
	cr_expect_eq(one(4500, 1024, esp, sizeof esp, 0).n[DATAGRAM_ESP], 1);
	cr_expect_eq(one(4501, 1024, esp, sizeof esp, 0).n[DATAGRAM_ESP], 1);
	cr_expect_eq(one(4500, 1024, keepalive, 1, 0).n[DATAGRAM_KEEPALIVE], 1);
	cr_expect_eq(one(4500, 1024, esp, sizeof esp, 6).n[DATAGRAM_CUT], 1);
	cr_expect_eq(one(53, 1024, keepalive, 1, 0).n[DATAGRAM_OTHER], 1);
}
