#include <criterion/criterion.h>
#include <jansson.h>

#include "base/wr.h"
#include "crypto/gmac.h"
#include "esp/ah.h"

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
	m = ah_mac_new(alg, (struct span){ k, kn }, 0, &e);
	cr_assert_not_null(m, "%s", id);
	cr_assert_eq(ip_parse(&ip, p, n), IP_OK);
	cr_expect_eq(ah_open(m, p, n, ip.payload, no_esn, &a), valid ? V_OK : V_BAD_ICV, "%s", id);
	cr_expect_eq(a.seq, json_integer_value(json_object_get(o, "seq")), "%s", id);
	cr_expect_eq(a.next, json_integer_value(json_object_get(o, "next_header")), "%s", id);
	if (valid) {
		cr_expect_eq(ah_strip(p, n, &ip, &a, mode, &inner), V_OK, "%s", id);
		cr_expect_eq(inner.n, wn, "%s", id);
		if (strstr(id, "-mutable") == NULL || mode == SA_TUNNEL)
			cr_expect_arr_eq(inner.p, want, wn, "%s", id);
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

static const uint8_t ip4[20] = { 0x45, [4] = 1, 2, [8] = 64, 51, [12] = 10, 0, 0, 1, 10, 0, 0, 2 };

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
			/* RFC 4302 3.3.3.1.1.1 */
			bool mutable = i == 1 || i == 6 || i == 7 || i == 8 || i == 10 || i == 11;

			p[i] ^= 1;
			cr_expect_eq(ah_open(m, p, n, 20, no_esn, &a) == V_OK, mutable,
			    "%s byte %zu", names[k], i);
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
	static const struct {
		const char *name;
		size_t n;
		unsigned bits;
		const char *why;
	} rows[] = {
		{ "none", 0, 0, "found integ none, but ah needs an integrity algorithm" },
		{ "aes-128-gmac", 16, 0, "aes-128-gmac key is 16 bytes, wanted 20 (salt last)" },
		{ "aes-128-gmac", 20, 96,
		  "found an ICV of 96 bits, which aes-128-gmac cannot give" },
		{ "hmac-sha1-96", 20, 168,
		  "found an ICV of 168 bits, which hmac-sha1-96 cannot give" },
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
