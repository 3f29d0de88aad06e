#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/suite.h"
#include "sa/desc.h"
#include "sa/make.h"
#include "sa/ts.h"

static struct arena arena;
static struct rng rng;
static struct proposal proposal;
static struct make m = { .proposal = &proposal, .rng = &rng, .arena = &arena };
static struct err e;

static void start(const char *seed, const char *word, enum sa_proto proto)
{
	cr_assert_eq(secret_init(&e), 0);
	cr_assert_eq(rng_init_hex(&rng, seed, "make", &e), 0);
	cr_assert_eq(proposal_parse(&proposal, word, &e), 0);
	cr_assert_eq(proposal_check(&proposal, proto, &e), 0, "%s: %s", word, e.text);
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* A million of four thousand million: by chance about a hundred would be there twice. */
Test(make, spis_differ)
{
	uint32_t *spi = calloc(MAKE_SPIS, sizeof *spi);
	uint64_t sum = 0;

	start("01", "aes128gcm16", SA_ESP);
	cr_assert_eq(make_spis(spi, MAKE_SPIS, &rng, &e), 0);
	qsort(spi, MAKE_SPIS, sizeof *spi, by_value);
	cr_expect_geq(spi[0], MAKE_SPI_MIN);
	for (size_t i = 0; i < MAKE_SPIS; i++) {
		cr_assert(i == 0 || spi[i] != spi[i - 1]);
		sum += spi[i];
	}
	/* spread over all 32 bits */
	cr_expect_lt(spi[0], 1u << 16);
	cr_expect_gt(spi[MAKE_SPIS - 1], 0xffff0000u);
	cr_expect(sum / MAKE_SPIS > 0x7f000000 && sum / MAKE_SPIS < 0x81000000);
	cr_expect_eq(make_spis(spi, MAKE_SPIS + 1, &rng, &e), -1);
	cr_expect_eq(make_spis(spi, 0, &rng, &e), 0);
	free(spi);
}

/* What the generator gives next. */
static void next_u32(const uint32_t *v, size_t n)
{
	rng.left = 4 * n;
	for (size_t i = 0; i < 4 * n; i++)
		rng.pool[sizeof rng.pool - 4 * n + i] = (uint8_t)(v[i / 4] >> (24 - 8 * (i % 4)));
}

Test(make, reserved_and_repeated_spis_are_drawn_again)
{
	static const uint32_t drawn[] = { 0, 255, 256, 256, 1, 0xffffffff, 256, 7000 };
	uint32_t spi[3];

	start("02", "aes128gcm16", SA_ESP);
	next_u32(drawn, 8);
	cr_assert_eq(make_spis(spi, 3, &rng, &e), 0);
	cr_expect(spi[0] == 256 && spi[1] == 0xffffffff && spi[2] == 7000);
}

/* An SA of every row and size is valid, keys a suite, and reads back from its descriptor. */
static void check(struct sa *sa)
{
	struct suite_keys keys;
	struct suite *suite;
	struct sa back;
	size_t n, column;
	char *text = NULL;
	FILE *to = open_memstream(&text, &n);

	cr_expect(sa_has_keys(sa));
	sa_suite_keys(sa, &keys);
	suite = suite_new(&keys, &e);
	cr_expect_not_null(suite, "%s", e.text);
	suite_free(suite);
	desc_write(to, sa, true);
	fclose(to);
	cr_assert_eq(desc_parse(&back, &arena, text, n - 1, &column, &e), DESC_SA, "%s: %s", text, e.text);
	cr_expect(sa_same_keys(sa, &back));
	cr_expect(back.esn == sa->esn && back.spi == sa->spi);
	free(text);
	sa_clear(&back);
}

static void one(const char *word, enum sa_proto proto)
{
	struct sa sa;

	start("03", word, proto);
	sa_init(&sa);
	sa.proto = proto;
	cr_assert_eq(make_sa(&sa, &m, &e), 0, "%s: %s", word, e.text);
	check(&sa);
	sa_clear(&sa);
}

Test(make, every_row)
{
	char word[PROPOSAL_MAX];

	for (size_t i = 0; alg_encr_row(i) != NULL; i++) {
		const struct alg_encr *a = alg_encr_row(i);

		for (size_t k = 0; k == 0 || a->size[k].bits != 0; k++) {
			snprintf(word, sizeof word, "%s%s%.0u-%s", a->name, a->size[k].bits != 0 ? "-" : "",
			    a->size[k].bits, alg_encr_is_aead(a) ? "esn" : "sha256-esn");
			one(word, SA_ESP);
		}
	}
	for (size_t i = 0; alg_integ_row(i) != NULL; i++)
		if (alg_integ_row(i)->kind != INTEG_KIND_NONE && alg_integ_row(i)->kind != INTEG_KIND_GMAC)
			one(alg_integ_row(i)->name, SA_AH);
	arena_clear(&arena);
}

static void ends(struct sa *sa)
{
	sa_init(sa);
	addr_parse(&sa->src, "192.0.2.1", 9, &e);
	addr_parse(&sa->dst, "192.0.2.2", 9, &e);
	sa->mode = SA_TUNNEL;
}

Test(make, pair)
{
	struct sa sa, back;

	start("04", "aes256-sha256-esn", SA_ESP);
	ends(&sa);
	sa_init(&back);
	sa.ts = calloc(1, sizeof *sa.ts);
	sa.nts = 1;
	sa.label = strdup("a label");
	sa.insecure = strdup("test");
	cr_assert_eq(ts_parse(sa.ts, "10.1.0.0/16[udp/53]=2.0.0.1-2.0.0.9", &e), 0);
	cr_assert_eq(sa_encap_parse(&sa.encap, "udp:4500:5000", &e), 0);
	cr_assert_eq(make_pair(&sa, &back, &m, &e), 0);
	check(&sa);
	check(&back);
	cr_expect(addr_eq(&sa.src, &back.dst) && addr_eq(&sa.dst, &back.src));
	cr_expect(sa.dir == SA_OUT && back.dir == SA_IN && sa.spi != back.spi);
	cr_expect(!secret_eq(&sa.encr_key, &back.encr_key) && !secret_eq(&sa.integ_key, &back.integ_key));
	cr_expect(back.encap.sport == 5000 && back.encap.dport == 4500);
	cr_expect(back.nts == 1 && back.ts[0].dport.first == 53 && back.ts[0].dport_set);
	cr_expect(!back.ts[0].sport_set && back.ts[0].src[0].last.b[3] == 9);
	cr_expect(back.esn == SA_YES && back.mode == SA_TUNNEL);
	cr_expect_str_eq(sa.peer, back.id);
	cr_expect_str_eq(back.peer, sa.id);
	cr_expect_str_eq(back.label, "a label");
	cr_expect_str_eq(back.insecure, "test");
	sa_clear(&sa);
	sa_clear(&back);
	ends(&sa);
	m.id = "gw";
	cr_assert_eq(make_pair(&sa, &back, &m, &e), 0);
	cr_expect_str_eq(sa.id, "gw-out");
	cr_expect_str_eq(back.id, "gw-in");
	sa_clear(&sa);
	sa_clear(&back);
	arena_clear(&arena);
}

/* With one seed, SPIs and the cipher's key stay when something else is chosen; the two directions, the
 * two keys of an SA and another seed have nothing in common. */
Test(make, draws_are_apart)
{
	struct sa a, b, back;

	start("05", "aes256-sha256", SA_ESP);
	ends(&a);
	sa_init(&back);
	cr_assert_eq(make_pair(&a, &back, &m, &e), 0);
	cr_expect_neq(memcmp(a.encr_key.p, a.integ_key.p, 32), 0);
	cr_expect_neq(memcmp(a.encr_key.p, back.encr_key.p, 32), 0);
	sa_clear(&back);
	start("05", "aes256-sha512-esn", SA_ESP);
	ends(&b);
	cr_assert_eq(make_sa(&b, &m, &e), 0);
	cr_expect_eq(a.spi, b.spi);
	cr_expect(secret_eq(&a.encr_key, &b.encr_key));
	sa_clear(&b);
	start("0500", "aes256-sha256", SA_ESP);
	ends(&b);
	cr_assert_eq(make_sa(&b, &m, &e), 0);
	cr_expect(a.spi != b.spi && !secret_eq(&a.encr_key, &b.encr_key));
	sa_clear(&a);
	sa_clear(&b);
	arena_clear(&arena);
}

Test(make, encap_words)
{
	static const struct { const char *text; int type; unsigned sport, dport; } rows[] = {
		{ "udp", SA_ENCAP_UDP, 4500, 4500 }, { "tcp", SA_ENCAP_TCP, 4500, 4500 },
		{ "udp:1:65535", SA_ENCAP_UDP, 1, 65535 }, { "tcp:4500:10000", SA_ENCAP_TCP, 4500, 10000 },
		{ "sctp", -1, 0, 0 }, { "udp:", -1, 0, 0 }, { "udp:1", -1, 0, 0 }, { "udp:0:1", -1, 0, 0 },
		{ "udp:1:65536", -1, 0, 0 }, { "udpx", -1, 0, 0 }, { "", -1, 0, 0 }, { "udp:1:2:3", -1, 0, 0 },
	};
	struct sa_encap encap;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int rc = sa_encap_parse(&encap, rows[i].text, &e);

		cr_assert_eq(rc < 0, rows[i].type < 0, "%s", rows[i].text);
		if (rc == 0)
			cr_expect(encap.type == (enum sa_encap_type)rows[i].type &&
			    encap.sport == rows[i].sport && encap.dport == rows[i].dport);
	}
}
