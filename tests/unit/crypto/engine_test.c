/* The two engines against each other: what one seals is what the other seals, and opens there. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/secret.h"
#include "each.h"

enum { MOST = 2000, MANY = 300 };

struct pair { struct suite *ossl, *mb; const char *name; };

static struct pair pair_new(const struct each *c)
{
	struct suite_keys k = c->keys;
	struct pair p = { .name = c->name };
	struct err e;

	p.mb = suite_new(&k, &e);
	k.engine = NULL;
	p.ossl = suite_new(&k, &e);
	cr_assert(p.mb != NULL && p.ossl != NULL, "%s: %s", c->name, e.text);
	cr_assert_eq(suite_engine(p.mb), ENGINE_IPSEC_MB);
	cr_assert_eq(suite_engine(p.ossl), ENGINE_OPENSSL);
	cr_assert_eq(suite_icv_len(p.mb), suite_icv_len(p.ossl));
	cr_assert_eq(suite_iv_len(p.mb), suite_iv_len(p.ossl));
	cr_assert_eq(suite_block(p.mb), suite_block(p.ossl));
	return p;
}

static void pair_free(struct pair *p)
{
	suite_free(p->ossl);
	suite_free(p->mb);
}

/* n packets of all lengths and kinds at once, some damaged: both open the same, octet for octet. */
static void open_both(const struct pair *p, size_t n)
{
	struct suite_job *a = calloc(n, sizeof *a), *b = calloc(n, sizeof *b);
	struct packet *k = calloc(n, sizeof *k);
	uint8_t *out = calloc(2 * n, MOST), r[6];

	for (size_t i = 0; i < n; i++) {
		size_t block = suite_block(p->ossl), body = (i < 60 ? i : i * 37 % MOST) / block * block;
		struct suite_job j;

		random_bytes(r, sizeof r);
		k[i] = packet_new(p->ossl, body);
		packet_seal(r[0] & 1 ? p->ossl : p->mb, &k[i], r[1] & 1);
		j = packet_job(&k[i], out + 2 * i * MOST, r[1] & 1);
		j.no_verify = r[2] % 4 == 0;
		if (r[3] % 4 == 0)
			k[i].p[(r[4] << 8 | r[5]) % k[i].n] ^= (uint8_t)(1 << r[0] % 8);
		a[i] = b[i] = j;
		b[i].out += MOST;
	}
	suite_open_many(p->ossl, a, n);
	suite_open_many(p->mb, b, n);
	for (size_t i = 0; i < n; i++) {
		cr_expect_eq(a[i].result, b[i].result, "%s: %zu bytes: %d, %d", p->name, k[i].n_body, a[i].result,
		    b[i].result);
		cr_expect_eq(memcmp(a[i].out, b[i].out, MOST), 0, "%s: %zu bytes", p->name, k[i].n_body);
		packet_free(&k[i]);
	}
	free(out);
	free(k);
	free(b);
	free(a);
}

/* The same packets sealed by both. */
static void seal_both(const struct pair *p, size_t n)
{
	struct suite_job *a = calloc(n, sizeof *a), *b = calloc(n, sizeof *b);
	struct packet *k = calloc(2 * n, sizeof *k);

	for (size_t i = 0; i < n; i++) {
		size_t block = suite_block(p->ossl), body = (i < 60 ? i : i * 41 % MOST) / block * block;

		k[i] = packet_new(p->ossl, body);
		k[n + i] = packet_new(p->ossl, body);
		memcpy(k[n + i].p, k[i].p, k[i].n);
		a[i] = packet_job(&k[i], NULL, i & 1);
		b[i] = packet_job(&k[n + i], NULL, i & 1);
	}
	suite_seal_many(p->ossl, a, n);
	suite_seal_many(p->mb, b, n);
	for (size_t i = 0; i < n; i++) {
		cr_expect(a[i].result == SUITE_OK && b[i].result == SUITE_OK);
		cr_expect_eq(memcmp(k[i].p, k[n + i].p, k[i].n), 0, "%s: %zu bytes", p->name, k[i].n_body);
		packet_free(&k[i]);
		packet_free(&k[n + i]);
	}
	free(k);
	free(b);
	free(a);
}

Test(engine, do_the_same)
{
	static const unsigned bits[] = { 0, 32, 72 };
	struct each c = { .engine = engine_mb() };
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	while (c.engine != NULL && each_next(&c))
		for (size_t i = 0; i < (c.keys.integ != NULL && c.keys.integ->icv > 0 ? 3 : 1); i++) {
			struct pair p;

			c.keys.icv_bits = bits[i];
			p = pair_new(&c);
			for (size_t n = 1; n <= MANY; n *= 7)
				open_both(&p, n);
			open_both(&p, MANY);
			seal_both(&p, MANY);
			pair_free(&p);
		}
}

/* HMAC keys that are not as long as the registry says, and longer than a block of the digest. */
Test(engine, odd_keys)
{
	struct each c = { .engine = engine_mb() };
	static const size_t len[] = { 1, 63, 64, 65, 127, 128 };
	uint8_t key[128];
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	while (c.engine != NULL && each_next(&c))
		for (size_t i = 0; i < 6 && c.keys.encr->kind == ENCR_KIND_NULL &&
		    c.keys.integ->kind == INTEG_KIND_HMAC; i++) {
			struct pair p;

			random_bytes(key, sizeof key);
			c.keys.integ_key = (struct secret){ key, len[i] };
			p = pair_new(&c);
			seal_both(&p, 40);
			pair_free(&p);
		}
}

/* Packets of many SAs in one call, of suites that batch and such that do not. */
Test(engine, each)
{
	enum { PACKETS = 2000, BODY = 192, SUITES = 500 };
	static struct suite *suites[SUITES], *s[PACKETS];
	static struct suite_job j[PACKETS];
	static struct packet k[PACKETS];
	static uint8_t plain[PACKETS][BODY];
	struct err e = { 0 };
	struct engine *g = engine_new(ENGINE_AUTO, &e);
	struct each c = { 0 };
	size_t n = 0;

	cr_assert_eq(secret_init(&e), 0);
	cr_assert_not_null(g);
	while (each_next(&c))
		if (c.engine == NULL) {
			cr_assert_lt(n, SUITES);
			c.keys.engine = g;
			suites[n++] = suite_new(&c.keys, &e);
		}
	for (size_t i = 0; i < PACKETS; i++) {
		s[i] = suites[i * 7 % n];
		k[i] = packet_new(s[i], BODY);
		memcpy(plain[i], k[i].p + k[i].body, BODY);
		packet_seal(s[i], &k[i], i % 2);
		j[i] = packet_job(&k[i], k[i].p + k[i].body, i % 2);
		j[i].n -= i % 11 == 0 ? j[i].n - 3 : 0;
	}
	suite_open_each(s, j, PACKETS);
	for (size_t i = 0; i < PACKETS; i++) {
		cr_expect_eq(j[i].result, i % 11 == 0 ? SUITE_BAD_LENGTH : SUITE_OK, "%zu", i);
		cr_expect(i % 11 == 0 || memcmp(j[i].out, plain[i], BODY) == 0, "%zu", i);
		packet_free(&k[i]);
	}
	for (size_t i = 0; i < n; i++)
		suite_free(suites[i]);
	engine_free(g);
}

enum { PAGE = 4096, PAGES = 4 };

/* Pages with no memory behind them; the end of them. */
static uint8_t *fenced(void)
{
	uint8_t *p = mmap(NULL, (PAGES + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert_neq(p, MAP_FAILED);
	cr_assert_eq(mprotect(p + PAGES * PAGE, PAGE, PROT_NONE), 0);
	return p + PAGES * PAGE;
}

/* Nothing behind the packet or its plain text is touched, be it only to read: here that would be the end. */
Test(engine, the_end_is_the_end)
{
	static const unsigned bits[] = { 0, 32 };
	uint8_t *end = fenced(), *out_end = fenced();
	struct each c = { 0 };
	struct err e = { 0 };

	cr_assert_eq(secret_init(&e), 0);
	while (each_next(&c))
		for (size_t i = 0; i < (c.keys.integ != NULL && c.keys.integ->icv > 0 ? 2 : 1); i++) {
			struct suite *s;

			c.keys.icv_bits = bits[i];
			cr_assert_not_null(s = suite_new(&c.keys, &e));
			for (size_t n = 0; n < 200; n += suite_block(s))
				for (int esn = 0; esn < 2; esn++) {
					size_t all = 8 + suite_iv_len(s) + n + suite_icv_len(s);
					struct suite_job j = { .p = end - all, .n = all, .out = out_end - n, .head = 8,
						.esn = esn, .esn_high = 7 };

					suite_seal_many(s, &j, 1);
					cr_expect_eq(j.result, SUITE_OK, "%s: %zu bytes", c.name, n);
					suite_open_many(s, &j, 1);
					cr_expect_eq(j.result, SUITE_OK, "%s: %zu bytes", c.name, n);
				}
			suite_free(s);
		}
}

Test(engine, chosen)
{
	static const struct { const char *encr, *integ; size_t key; enum engine_kind mb; } rows[] = {
		{ "aes-gcm-16", NULL, 20, ENGINE_IPSEC_MB },
		{ "aes-gcm-16-iiv", NULL, 28, ENGINE_IPSEC_MB },
		{ "null-auth-aes-gmac", NULL, 36, ENGINE_IPSEC_MB },
		{ "aes-ccm-8", NULL, 19, ENGINE_IPSEC_MB },
		{ "aes-ccm-8", NULL, 27, ENGINE_OPENSSL },
		{ "chacha20-poly1305", NULL, 36, ENGINE_IPSEC_MB },
		{ "aes-cbc", "hmac-sha1-96", 16, ENGINE_IPSEC_MB },
		{ "aes-cbc", "hmac-ripemd160-96", 16, ENGINE_OPENSSL },
		{ "camellia-cbc", "hmac-sha1-96", 16, ENGINE_OPENSSL },
		{ "3des", "hmac-md5-96", 24, ENGINE_IPSEC_MB },
		{ "null", "aes-xcbc-96", 0, ENGINE_IPSEC_MB },
		{ "null", "none", 0, ENGINE_OPENSSL },
		{ "serpent", "hmac-sha1-96", 16, ENGINE_LIBGCRYPT },
	};
	struct engine *g = engine_mb();
	bool mb = g != NULL;
	char text[ENGINE_TEXT];
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct suite_keys k = { .encr = alg_encr_by_name(rows[i].encr, NULL), .encr_key.n = rows[i].key,
			.integ = rows[i].integ != NULL ? alg_integ_by_name(rows[i].integ) : NULL };
		enum engine_kind other = rows[i].mb == ENGINE_LIBGCRYPT ? ENGINE_LIBGCRYPT : ENGINE_OPENSSL;

		cr_expect_eq(engine_serving(ENGINE_OPENSSL, &k), other, "%s", rows[i].encr);
		cr_expect_eq(engine_serving(ENGINE_IPSEC_MB, &k), mb ? rows[i].mb : other, "%s", rows[i].encr);
	}
	cr_expect_eq(strncmp(engine_text(text), "openssl ", 8), 0);
	cr_expect_eq(strstr(text, "ipsec-mb") != NULL, true);
	cr_expect_eq(engine_check(ENGINE_AUTO, &e), 0);
	cr_expect_str_eq(engine_name(ENGINE_IPSEC_MB), "ipsec-mb");
	engine_free(g);
}
