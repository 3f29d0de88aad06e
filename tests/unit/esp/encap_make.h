/*
 * encap_make.h - SAs, packets and both tools' libraries for the tests of encap.
 */
#ifndef UNIT_ESP_ENCAP_MAKE_H
#define UNIT_ESP_ENCAP_MAKE_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "crypto/rng.h"
#include "esp/decap.h"
#include "esp/encap.h"
#include "packet/checksum.h"

/* What came out last: records, then the packet of the first one. */
static uint8_t out[1 << 17];
static size_t nout;
static struct encap_item last;
static struct rng rng;
static struct sad *sad;

static inline int emit(void *arg, const uint8_t *p, size_t n, struct err *e)
{
	(void)arg;
	(void)e;
	cr_assert(n <= sizeof out - nout);
	memcpy(out + nout, p, n);
	nout += n;
	return 0;
}

static inline void report(void *arg, const struct encap_item *it)
{
	(void)arg;
	last = *it;
}

static inline void start(void)
{
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	rng_init_seed(&rng, (struct span){ (const uint8_t *)"seed", 4 }, "test");
	cr_assert_not_null(sad = sad_new(&e));
}

static inline void stop(void)
{
	sad_free(sad);
}

static inline struct addr addr(const char *text)
{
	struct addr a;
	struct err e;

	cr_assert_eq(addr_parse(&a, text, strlen(text), &e), 0);
	return a;
}

static inline struct sa make_sa(uint32_t spi, enum sa_mode mode, int family)
{
	struct sa sa;
	struct err e;

	sa_init(&sa);
	sa.spi = spi;
	sa.mode = mode;
	sa.src = addr(family == 4 ? "192.0.2.1" : "2001:db8::1");
	sa.dst = addr(family == 4 ? "192.0.2.2" : "2001:db8::2");
	if (mode == SA_TRANSPORT)
		sa.src = sa.dst = (struct addr){ 0 };
	sa.encr = alg_encr_by_name("aes-gcm-16", NULL);
	cr_assert_eq(secret_copy(sad_arena(sad), &sa.encr_key, "0123456789abcdefsalt", 20, &e), 0);
	sa.encr_key_known = true;
	sa.esn = SA_NO;
	return sa;
}

static inline void add(struct sa *sa)
{
	struct err e;

	cr_assert(sad_add(sad, sa, &e) > 0, "%s", e.text);
}

static inline struct encap_options options(void)
{
	return (struct encap_options){ .iv = -1, .tfc = -1, .threads = 1, .rng = &rng, .emit = emit,
		.report = report, .outer = { -1, -1, -1, -1, -1 } };
}

/* A UDP packet of n bytes, 28 or 48 at least. */
static inline size_t plain(uint8_t *p, int version, size_t n, uint8_t tos, bool df)
{
	size_t head = version == 4 ? 20 : 40;

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + n);
	memset(p, 0, head);
	if (version == 4) {
		p[0] = 0x45;
		p[1] = tos;
		store_be16(p + 2, (uint16_t)n);
		store_be16(p + 4, 0x1234);
		store_be16(p + 6, df ? 0x4000 : 0);
		p[8] = 61;
		p[9] = 17;
		memcpy(p + 12, "\12\1\0\1\12\2\0\1", 8);
		store_be16(p + 10, checksum(p, 20));
	} else {
		store_be32(p, 0x60000000 | (uint32_t)tos << 20 | 0x54321);
		store_be16(p + 4, (uint16_t)(n - 40));
		p[6] = 17;
		p[7] = 61;
		p[8] = p[24] = 0xfd;
		p[23] = 1;
		p[39] = 2;
	}
	return n;
}

static inline int seal(const struct encap_options *opt, const uint8_t *p, size_t n, struct err *e)
{
	struct pcap_out form = { .form = { .dlt = 101 } };
	struct flow flow = { 0 };
	struct encap d;
	int rc = encap_init(&d, opt, sad, &flow, &form, e);

	nout = 0;
	last = (struct encap_item){ 0 };
	if (rc == 0)
		rc = encap_one(&d, p, n, e);
	encap_clear(&d);
	return rc;
}

static uint8_t back[1 << 17];
static size_t nback;

static inline int emit_back(void *arg, const uint8_t *p, size_t n, struct err *e)
{
	(void)arg;
	(void)e;
	memcpy(back, p, n);
	nback = n;
	return 0;
}

/* The sealed packet opened by the other tool's library. */
static inline bool opens(const uint8_t *p, size_t n)
{
	struct pcap_out form = { .form = { .dlt = 101 } };
	struct decap_options opt = { .threads = 1, .raw = true, .replay_window = 0, .emit = emit_back };
	struct flow flow = { 0 };
	struct decap d;
	struct err e;
	int rc = decap_init(&d, &opt, sad, &flow, &form, &e);

	nback = 0;
	if (rc == 0)
		rc = decap_one(&d, out + PCAP_RECORD, nout - PCAP_RECORD, &e);
	decap_clear(&d);
	return rc == 0 && nback == n + PCAP_RECORD && memcmp(back + PCAP_RECORD, p, n) == 0;
}

static inline void random_key(struct secret *s, size_t n)
{
	struct err e;

	cr_assert_eq(secret_new(sad_arena(sad), s, n, &e), 0);
	rng_bytes(&rng, s->p, s->n);
}

#endif
