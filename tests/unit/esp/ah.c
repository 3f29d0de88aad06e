#include <criterion/criterion.h>
#include <jansson.h>

#include "base/secret.h"
#include "base/wr.h"
#include "crypto/gmac.h"
#include "crypto/mac.h"
#include "esp/ah.h"
#include "esp/ah_mutable.h"
#include "esp/mode.h"

static const char key_text[] = "a key of sixty-four octets, of which each MAC takes what it wants";
static const uint8_t *const key = (const uint8_t *)key_text;
static const uint8_t iv[8] = "\1\2\3\4\5\6\7\10";
static const struct esp_seq no_esn;

static struct ah_mac *mac_of(const char *name)
{
	const struct alg_integ *a = alg_integ_by_name(name);
	struct ah_mac *m;
	struct err e = { 0 };

	cr_assert_not_null(a, "%s", name);
	m = ah_mac_new(a, (struct span){ key, a->key }, 0, &e);
	cr_assert_not_null(m, "%s: %s", name, e.text);
	return m;
}

static size_t hex(json_t *o, const char *name, uint8_t *out, size_t room)
{
	const char *text = json_string_value(json_object_get(o, name));
	size_t n;
	struct err e;

	if (text == NULL)
		return 0;
	cr_assert_eq(hex_parse(out, room, &n, text, strlen(text), &e), 0, "%s: %s", name, e.text);
	return n;
}

static void vector(json_t *o)
{
	const char *id = json_string_value(json_object_get(o, "id"));
	const char *name = json_string_value(json_object_get(o, "integ"));
	uint8_t k[64], p[2048], want[2048];
	size_t kn = hex(o, "integ_key", k, sizeof k), n = hex(o, "packet", p, sizeof p);
	size_t wn = hex(o, "inner_packet", want, sizeof want);
	bool valid = strcmp(json_string_value(json_object_get(o, "result")), "valid") == 0;
	enum sa_mode mode = strcmp(json_string_value(json_object_get(o, "mode")), "tunnel") == 0 ?
	    SA_TUNNEL : SA_TRANSPORT;
	const struct alg_integ *alg;
	struct ip_view ip;
	struct ah_view a;
	struct ah_mac *m;
	struct span inner;
	struct err e;

	kn += hex(o, "salt", k + kn, sizeof k - kn);
	alg = alg_integ_by_name(strcmp(name, "AES_GMAC") != 0 ? name : kn == 20 ? "aes-128-gmac" :
	    kn == 28 ? "aes-192-gmac" : "aes-256-gmac");
	cr_assert_not_null(alg, "%s", id);
	cr_assert_not_null(m = ah_mac_new(alg, (struct span){ k, kn }, 0, &e), "%s: %s", id, e.text);
	cr_assert_eq(ip_parse(&ip, p, n), IP_OK);
	cr_expect_eq(ah_open(m, p, n, ip.payload, no_esn, &a), valid ? V_OK : V_BAD_ICV, "%s", id);
	cr_expect_eq(a.seq, json_integer_value(json_object_get(o, "seq")), "%s", id);
	cr_expect_eq(a.next, json_integer_value(json_object_get(o, "next_header")), "%s", id);
	if (valid && ah_strip(p, n, &ip, &a, mode, &inner) == V_OK && wn > 0) {
		cr_expect_eq(inner.n, wn, "%s", id);
		/* DPDK's transport case restores another TTL and ID: what stands behind the header counts */
		cr_expect_arr_eq(inner.p + (mode == SA_TUNNEL ? 0 : 20),
		    want + (mode == SA_TUNNEL ? 0 : 20), wn - (mode == SA_TUNNEL ? 0 : 20), "%s", id);
	}
	ah_mac_free(m);
}

Test(ah, vectors)
{
	json_error_t why;
	json_t *doc = json_load_file("tests/vectors/ah.json", 0, &why), *o;
	size_t i;

	cr_assert_not_null(doc, "%s", why.text);
	cr_assert_gt(json_array_size(json_object_get(doc, "cases")), 0);
	json_array_foreach(json_object_get(doc, "cases"), i, o)
		vector(o);
	json_decref(doc);
}

/* A packet of the given headers, AH and 21 bytes of payload; returns its length. */
static size_t packet(struct ah_mac *m, uint8_t *p, const uint8_t *headers, size_t n)
{
	size_t head = ah_head_len(m, headers[0] >> 4 == 4 ? 4 : 8), len = n + head + 21;

	memcpy(p, headers, n);
	if (p[0] >> 4 == 4)
		store_be16(p + 2, (uint16_t)len);
	else
		store_be16(p + 4, (uint16_t)(len - 40));
	ah_head_encode(p + n, head, IP_UDP, 0x1000, 7);
	memset(p + n + head, 0x5a, 21);
	cr_assert_eq(ah_seal(m, p, len, n, no_esn, iv), V_OK);
	return len;
}

static const uint8_t ip4[20] = { 0x45, 0, 0, 0, 1, 2, 0, 0, 64, 51, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 };

Test(ah, every_mac_and_every_bit)
{
	static const char *names[] = { "hmac-md5-96", "hmac-sha1-96", "hmac-sha2-256-128",
		"hmac-sha2-512-256", "aes-xcbc-96", "aes-cmac-96", "aes-128-gmac", "aes-192-gmac",
		"aes-256-gmac" };

	for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
		struct ah_mac *m = mac_of(names[k]);
		uint8_t p[200];
		struct ah_view a;
		size_t n = packet(m, p, ip4, sizeof ip4);

		cr_expect_eq(ah_open(m, p, n, 20, no_esn, &a), V_OK, "%s", names[k]);
		cr_expect(a.next == IP_UDP && a.spi == 0x1000 && a.seq == 7);
		for (size_t i = 0; i < n; i++) {
			/* RFC 4302 3.3.3.1.1.1; the lengths at 0, 9 and 21 spoil the packet itself */
			bool mutable = i == 1 || i == 6 || i == 7 || i == 8 || i == 10 || i == 11;

			p[i] ^= 1;
			cr_expect_eq(ah_open(m, p, n, 20, no_esn, &a) == V_OK, mutable, "%s byte %zu",
			    names[k], i);
			p[i] ^= 1;
		}
		ah_mac_free(m);
	}
}

/* The IV is zero in the ICV's input as RFC 4543 4 reads, or stays: both open. */
Test(ah, gmac_iv)
{
	struct ah_mac *m = mac_of("aes-128-gmac");
	struct gmac *g;
	uint8_t p[200], copy[200];
	struct ah_view a;
	struct err e;
	size_t n = packet(m, p, ip4, sizeof ip4);

	cr_assert_not_null(g = gmac_new(alg_integ_by_id(9), (struct span){ key, 20 }, &e));
	memcpy(copy, p, n);
	copy[8] = 0;
	memset(copy + 20 + AH_FIXED + GMAC_IV, 0, GMAC_TAG);
	gmac_start(g, iv);
	gmac_add(g, (struct span){ copy, n });
	cr_assert(gmac_end(g, p + 20 + AH_FIXED + GMAC_IV));
	cr_expect_eq(ah_open(m, p, n, 20, no_esn, &a), V_OK);
	memset(copy + 20 + AH_FIXED, 0, GMAC_IV);
	gmac_start(g, iv);
	gmac_add(g, (struct span){ copy, n });
	cr_assert(gmac_end(g, p + 20 + AH_FIXED + GMAC_IV));
	cr_expect_eq(ah_open(m, p, n, 20, no_esn, &a), V_OK);
	p[20 + AH_FIXED] ^= 1;
	cr_expect_eq(ah_open(m, p, n, 20, no_esn, &a), V_BAD_ICV, "another nonce");
	gmac_free(g);
	ah_mac_free(m);
}

Test(ah, esn)
{
	struct ah_mac *m = mac_of("hmac-sha2-256-128");
	struct esp_seq seq = { true, 3 };
	uint8_t p[200];
	size_t n = packet(m, p, ip4, sizeof ip4);
	struct ah_view a;

	cr_expect_eq(ah_open(m, p, n, 20, seq, &a), V_BAD_ICV);
	cr_expect_eq(ah_seal(m, p, n, 20, seq, NULL), V_OK);
	cr_expect_eq(ah_open(m, p, n, 20, seq, &a), V_OK);
	seq.high = 4;
	cr_expect_eq(ah_open(m, p, n, 20, seq, &a), V_BAD_ICV);
	ah_mac_free(m);
}

static const struct {
	const char *why;
	uint8_t before[60], after[60];
	size_t n;
	enum verdict v;
} options4[] = {
	{ "record route becomes zero, router alert stays",
	  { 0x48, [9] = 51, [16] = 10, 0, 0, 2, 7, 7, 4, 1, 2, 3, 4, 148, 4, 0, 0, 0 },
	  { 0x48, [9] = 51, [16] = 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 148, 4, 0, 0, 0 }, 32, V_OK },
	{ "NOP stays, an unknown option goes, what follows the end stays",
	  { 0x47, [9] = 51, [16] = 10, 0, 0, 2, 1, 222, 3, 9, 0, 7, 7, 7 },
	  { 0x47, [9] = 51, [16] = 10, 0, 0, 2, 1, 0, 0, 0, 0, 7, 7, 7 }, 28, V_OK },
	{ "loose source route on its way: the last address is the destination",
	  { 0x48, [9] = 51, [16] = 10, 0, 0, 2, 131, 11, 4, 10, 0, 0, 3, 10, 0, 0, 4, 0 },
	  { 0x48, [9] = 51, [16] = 10, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 32, V_OK },
	{ "strict source route used up: the destination is the header's",
	  { 0x48, [9] = 51, [16] = 10, 0, 0, 4, 137, 11, 12, 10, 0, 0, 2, 10, 0, 0, 3, 0 },
	  { 0x48, [9] = 51, [16] = 10, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 32, V_OK },
	{ "an option of length 0", { 0x46, [9] = 51, [20] = 7, 0, 4, 1 }, { 0 }, 24, V_BAD_HEADER },
	{ "an option beyond the header", { 0x46, [9] = 51, [20] = 7, 5, 4, 1 }, { 0 }, 24, V_BAD_HEADER },
	{ "an option cut after its type", { 0x46, [9] = 51, [20] = 1, 1, 1, 7 }, { 0 }, 24, V_BAD_HEADER },
	{ "AH not where the header ends", { 0x46, [9] = 51 }, { 0 }, 20, V_BAD_HEADER },
	{ "the header names another protocol", { 0x45, [9] = 50 }, { 0 }, 20, V_BAD_HEADER },
};

Test(ah, options_ipv4)
{
	for (size_t i = 0; i < sizeof options4 / sizeof options4[0]; i++) {
		uint8_t h[60];
		size_t n = options4[i].n;

		memcpy(h, options4[i].before, sizeof h);
		cr_expect_eq(ah_mutable(h, &n), options4[i].v, "%s", options4[i].why);
		if (options4[i].v == V_OK)
			cr_expect_arr_eq(h, options4[i].after, n, "%s", options4[i].why);
	}
}

enum { SRC = 8, DST = 24, EXT = 40 };

/* An IPv6 header with one extension header of n bytes, then AH. */
static size_t ipv6(uint8_t *h, uint8_t type, const void *ext, size_t n)
{
	memset(h, 0, 40);
	store_be32(h, 0x6ab12345);
	store_be16(h + 4, 100);
	h[6] = type;
	h[7] = 64;
	memset(h + SRC, 0x11, 16);
	memset(h + DST, 0x22, 16);
	memcpy(h + EXT, ext, n);
	h[EXT] = IPPROTO_AH_;
	h[EXT + 1] = (uint8_t)(n / 8 - 1);
	return EXT + n;
}

Test(ah, options_ipv6)
{
	/* 0x05 router alert, 0x3e may change en route */
	uint8_t h[100], opt[16] = { 0, 0, 5, 2, 0, 0, 0x3e, 4, 1, 2, 3, 4, 1, 2, 0, 0 };
	size_t n = ipv6(h, 0, opt, sizeof opt);

	cr_assert_eq(ah_mutable(h, &n), V_OK);
	cr_expect_eq(load_be32(h), 0x60000000);
	cr_expect(h[7] == 0 && load_be16(h + 4) == 100 && n == 56);
	cr_expect_arr_eq(h + EXT + 2, "\5\2\0\0\x3e\4\0\0\0\0\1\2\0\0", 14);

	opt[13] = 3;
	n = ipv6(h, 60, opt, sizeof opt);
	cr_expect_eq(ah_mutable(h, &n), V_BAD_HEADER, "an option beyond its header");
}

Test(ah, home_address)
{
	/* RFC 6275 11.3.1: PadN, then the option with the home address */
	uint8_t h[100], opt[24] = { 0, 0, 1, 2, 0, 0, 201, 16 };
	size_t n;

	memset(opt + 8, 0x33, 16);
	n = ipv6(h, 60, opt, sizeof opt);
	cr_assert_eq(ah_mutable(h, &n), V_OK);
	cr_expect(h[SRC] == 0x33 && h[SRC + 15] == 0x33 && h[EXT + 8] == 0x11 && h[EXT + 23] == 0x11);
	n = ipv6(h, 0, opt, sizeof opt);
	cr_assert_eq(ah_mutable(h, &n), V_OK);
	cr_expect_eq(h[SRC], 0x11, "in a hop-by-hop header it means nothing");
}

/* RFC 4302 3.3.3.1.2.3: as the final destination sees it, wherever the packet was captured. */
Test(ah, routing_ipv6)
{
	uint8_t h[120], rh[8 + 48] = { 0, 0, 0, 3 };
	size_t n;

	for (int i = 0; i < 3; i++)
		memset(rh + 8 + 16 * i, 0xa0 + i, 16);
	n = ipv6(h, 43, rh, sizeof rh);
	cr_assert_eq(ah_mutable(h, &n), V_OK);
	cr_expect(h[DST] == 0xa2 && h[EXT + 3] == 0);
	cr_expect(h[EXT + 8] == 0x22 && h[EXT + 24] == 0xa0 && h[EXT + 40] == 0xa1);

	rh[3] = 1;
	n = ipv6(h, 43, rh, sizeof rh);
	cr_assert_eq(ah_mutable(h, &n), V_OK);
	cr_expect(h[DST] == 0xa2 && h[EXT + 8] == 0xa0 && h[EXT + 24] == 0xa1 && h[EXT + 40] == 0x22);

	rh[3] = 4;
	n = ipv6(h, 43, rh, sizeof rh);
	cr_expect_eq(ah_mutable(h, &n), V_BAD_HEADER, "more segments than addresses");
	rh[2] = 4;
	n = ipv6(h, 43, rh, sizeof rh);
	cr_expect_eq(ah_mutable(h, &n), V_UNSUPPORTED);
	rh[3] = 0;
	n = ipv6(h, 43, rh, sizeof rh);
	cr_expect_eq(ah_mutable(h, &n), V_OK, "at its end any type is as it is");
}

Test(ah, atomic_fragment)
{
	uint8_t h[60], f[8] = { 0, 0, 0, 0, 1, 2, 3, 4 };
	size_t n = ipv6(h, 44, f, sizeof f);

	cr_assert_eq(ah_mutable(h, &n), V_OK);
	cr_expect(n == 40 && h[6] == 51 && load_be16(h + 4) == 92);
	f[3] = 1;
	n = ipv6(h, 44, f, sizeof f);
	cr_expect_eq(ah_mutable(h, &n), V_BAD_HEADER, "a real fragment");
}

Test(ah, lengths)
{
	struct ah_mac *m = mac_of("hmac-sha2-256-128");
	uint8_t p[200];
	struct ah_view a;
	size_t n = packet(m, p, ip4, sizeof ip4);

	cr_expect_eq(ah_head_len(m, 4), 28);
	cr_expect_eq(ah_head_len(m, 8), 32);
	for (size_t i = 0; i < 20 + 28; i++)
		cr_expect_eq(ah_open(m, p, i, 20, no_esn, &a), V_TRUNCATED, "%zu", i);
	p[21] = 0;
	cr_expect_eq(ah_open(m, p, n, 20, no_esn, &a), V_BAD_HEADER, "shorter than its fixed part");
	p[21] = 4;
	cr_expect_eq(ah_open(m, p, n, 20, no_esn, &a), V_BAD_ICV, "an ICV of 96 bits");
	cr_expect_eq(ah_seal(m, p, n, 20, no_esn, NULL), V_BAD_ICV);
	ah_mac_free(m);
}

/* Linux pads to eight bytes over IPv4 too, with bytes that are not zero and that the ICV covers. */
Test(ah, padding)
{
	struct ah_mac *m = mac_of("hmac-sha2-256-128");
	uint8_t p[20 + 32 + 4] = { 0 };
	struct ah_view a;

	memcpy(p, ip4, 20);
	ah_head_encode(p + 20, 32, 17, 1, 1);
	memcpy(p + 48, "junk", 4);
	cr_assert_eq(ah_seal(m, p, sizeof p, 20, no_esn, NULL), V_OK);
	cr_expect_arr_eq(p + 48, "junk", 4);
	cr_expect_eq(ah_open(m, p, sizeof p, 20, no_esn, &a), V_OK);
	p[51] ^= 1;
	cr_expect_eq(ah_open(m, p, sizeof p, 20, no_esn, &a), V_BAD_ICV);
	ah_mac_free(m);
}

Test(ah, strip)
{
	struct ah_mac *m = mac_of("hmac-sha1-96");
	uint8_t p[200];
	size_t n = packet(m, p, ip4, sizeof ip4);
	struct ip_view ip;
	struct ah_view a;
	struct span in;

	cr_assert_eq(ip_parse(&ip, p, n), IP_OK);
	cr_assert_eq(ah_open(m, p, n, 20, no_esn, &a), V_OK);
	cr_expect_eq(ah_strip(p, n, &ip, &a, SA_TUNNEL, &in), V_BAD_HEADER, "UDP is no tunnel");
	cr_assert_eq(ah_strip(p, n, &ip, &a, SA_TRANSPORT, &in), V_OK);
	cr_assert_eq(ip_parse(&ip, in.p, in.n), IP_OK);
	cr_expect(in.n == 41 && ip.len == 41 && ip.proto == IP_UDP && in.p[20] == 0x5a);
	ah_mac_free(m);
}

Test(ah, keys)
{
	static const struct { const char *name; size_t n; unsigned bits; const char *why; } rows[] = {
		{ "none", 0, 0, "found integ none, but ah needs an integrity algorithm" },
		{ "aes-128-gmac", 16, 0, "aes-128-gmac key is 16 bytes, wanted 20 (salt last)" },
		{ "aes-128-gmac", 20, 96, "found an ICV of 96 bits, which aes-128-gmac cannot give" },
		{ "hmac-sha1-96", 20, 168, "found an ICV of 168 bits, which hmac-sha1-96 cannot give" },
		{ "aes-cmac-96", 15, 0, "aes-cmac-96 key is 15 bytes, wanted 16" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err e = { 0 };

		cr_expect_null(ah_mac_new(alg_integ_by_name(rows[i].name),
		    (struct span){ key, rows[i].n }, rows[i].bits, &e));
		cr_expect_str_eq(e.text, rows[i].why);
	}
	cr_expect_eq(alg_integ_by_id(9), alg_integ_by_name("AUTH_AES_128_GMAC"));
	cr_expect_eq(alg_integ_by_id(11)->key, 36);
}

/* Any cut into pieces gives the MAC of the whole. */
Test(ah, macs_in_pieces)
{
	static const char *names[] = { "hmac-sha2-256-128", "aes-cmac-96", "aes-xcbc-96" };
	uint8_t msg[70], whole[MAC_MAX], parts[MAC_MAX];
	struct err e;

	random_bytes(msg, sizeof msg);
	for (size_t k = 0; k < 3; k++) {
		const struct alg_integ *alg = alg_integ_by_name(names[k]);
		struct mac *m = mac_new(alg, (struct span){ key, alg->key }, &e);

		for (size_t n = 0; n <= sizeof msg; n++)
			for (size_t cut = 0; cut <= n; cut++) {
				mac_make(m, (struct span){ msg, n }, (struct span){ 0 }, whole);
				mac_start(m);
				mac_add(m, (struct span){ msg, cut / 2 });
				mac_add(m, (struct span){ msg + cut / 2, cut - cut / 2 });
				mac_add(m, (struct span){ msg + cut, n - cut });
				mac_end(m, parts);
				cr_assert_arr_eq(whole, parts, alg->full, "%s %zu %zu", names[k], n, cut);
			}
		mac_free(m);
	}
	cr_expect_null(mac_new(alg_integ_by_id(9), (struct span){ key, 20 }, &e));
	cr_expect_str_eq(e.text, "aes-128-gmac needs an IV for each packet, and only AH carries one");
}
