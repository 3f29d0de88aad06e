#include <criterion/criterion.h>
#include <string.h>

#include "base/rd.h"
#include "base/secret.h"
#include "crypto/esn_solve.h"

enum { KEY_MAX = 128, LONGEST = 2000, ROOM = 2200, BOUND = 300 };

/* A suite with random keys, and what a caller would have.  The halves of searched suites are below
 * BOUND. */
struct side {
	struct suite_keys keys;
	struct suite *suite;
	struct esn_solver *solver;
	uint8_t encr_key[KEY_MAX], integ_key[KEY_MAX];
	uint8_t p[ROOM];
	size_t n;
	uint32_t high;
};

static void side_open(struct side *d, const struct alg_encr *encr, unsigned size,
    const struct alg_integ *integ, unsigned icv_bits)
{
	struct err e;

	memset(d, 0, sizeof *d);
	random_bytes(d->encr_key, sizeof d->encr_key);
	random_bytes(d->integ_key, sizeof d->integ_key);
	d->keys = (struct suite_keys){ .encr = encr, .integ = integ, .icv_bits = icv_bits,
		.encr_key = { d->encr_key, encr->size[size].bits / 8u + encr->salt },
		.integ_key = { d->integ_key, integ != NULL ? integ->key : 0 } };
	d->suite = suite_new(&d->keys, &e);
	cr_assert_not_null(d->suite, "%s: %s", encr->name, e.text);
	d->solver = esn_solver_new(&d->keys, &e);
	cr_assert_not_null(d->solver, "%s: %s", encr->name, e.text);
}

static void side_close(struct side *d)
{
	suite_free(d->suite);
	esn_solver_free(d->solver);
}

static void seal(struct side *d, size_t body)
{
	struct suite_job j = { .p = d->p, .head = 8, .esn = true };

	random_bytes(&d->high, sizeof d->high);
	if (!esn_solver_direct(d->solver))
		d->high %= BOUND;
	d->n = 8 + suite_iv_len(d->suite) + body + suite_icv_len(d->suite);
	random_bytes(d->p, d->n);
	j.n = d->n;
	j.esn_high = d->high;
	suite_seal_many(d->suite, &j, 1);
	cr_assert_eq(j.result, SUITE_OK, "%zu", body);
}

static bool opens(struct side *d, uint32_t high)
{
	uint8_t out[ROOM];
	struct suite_job j = { .p = d->p, .n = d->n, .out = out, .head = 8, .esn = true };

	j.esn_high = high;
	suite_open_many(d->suite, &j, 1);
	return j.result == SUITE_OK;
}

static struct esn_find range(void)
{
	return (struct esn_find){ .last = BOUND - 1, .budget = UINT64_MAX, .max = ESN_FOUND_MAX };
}

static int solve(struct side *d, struct esn_find *f)
{
	struct err e;
	int rc = esn_solve(d->solver, d->p, d->n, f, &e);

	cr_assert_geq(rc, 0, "%s", e.text);
	cr_assert(f->done);
	cr_assert_eq((unsigned)rc, f->found);
	return rc;
}

/* At least 12 octets of ICV, else a chance of 2^-32 for each wrong one. */
static void one_length(struct side *d, size_t body, const char *name)
{
	struct esn_find f = range();
	uint8_t bit;
	size_t at;

	seal(d, body);
	cr_assert_eq(solve(d, &f), 1, "%s: body of %zu", name, body);
	cr_assert_eq(f.high[0], d->high, "%s: body of %zu", name, body);

	random_bytes(&at, sizeof at);
	at %= d->n;
	bit = (uint8_t)(1 << at % 8);
	d->p[at] ^= bit;
	f = range();
	cr_assert_eq(solve(d, &f), 0, "%s: body of %zu, octet %zu damaged", name, body, at);
}

static void all_lengths(struct side *d, const char *name)
{
	size_t block = suite_block(d->suite), step = esn_solver_direct(d->solver) ? 1 : 29;

	for (size_t body = 0; body <= 130; body++)
		if (body % block == 0)
			one_length(d, body, name);
	for (size_t body = 131; body <= LONGEST; body += step)
		one_length(d, body / block * block, name);
	one_length(d, LONGEST / block * block, name);
}

static void wrong_key(struct side *d, const char *name)
{
	struct side other;
	struct esn_find f = range();

	side_open(&other, d->keys.encr, 0, d->keys.integ, d->keys.icv_bits);
	seal(d, 64);
	memcpy(other.p, d->p, d->n);
	other.n = d->n;
	cr_expect_eq(solve(&other, &f), 0, "%s", name);
	side_close(&other);
}

/* RFC 4106, 4309, 4543, 7634; each key size */
Test(esn_solve, aeads)
{
	const struct alg_encr *a;
	struct side d;

	for (size_t i = 0; (a = alg_encr_row(i)) != NULL; i++)
		for (unsigned k = 0; alg_encr_is_aead(a) && a->iv > 0 && a->size[k].bits != 0;
		     k++) {
			side_open(&d, a, k, NULL, 0);
			all_lengths(&d, a->name);
			wrong_key(&d, a->name);
			side_close(&d);
		}
}

/* RFC 4303 2.2.1: behind the body, here every place in a block */
Test(esn_solve, macs)
{
	static const char *const ciphers[] = { "null", "aes-cbc", "aes-ctr" };
	const struct alg_integ *a;
	struct side d;

	for (size_t i = 0; (a = alg_integ_row(i)) != NULL; i++)
		for (size_t c = 0; a->kind != INTEG_KIND_NONE && a->kind != INTEG_KIND_GMAC && c < 3; c++) {
			side_open(&d, alg_encr_by_name(ciphers[c], NULL), 0, a, 0);
			cr_expect_not(esn_solver_direct(d.solver));
			all_lengths(&d, a->name);
			wrong_key(&d, a->name);
			side_close(&d);
		}
}

Test(esn_solve, which_are_direct)
{
	static const struct {
		const char *name;
		bool direct;
	} rows[] = {
		{ "aes-gcm-8", true }, { "aes-gcm-12", true }, { "aes-gcm-16", true },
		{ "null-auth-aes-gmac", true }, { "chacha20-poly1305", true },
		{ "aes-ccm-8", false }, { "aes-ccm-12", false }, { "aes-ccm-16", true },
	};
	struct side d;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		side_open(&d, alg_encr_by_name(rows[i].name, NULL), 0, NULL, 0);
		cr_expect_eq(esn_solver_direct(d.solver), rows[i].direct, "%s", rows[i].name);
		cr_expect_eq(
		    esn_solver_try_cost(d.solver, 1400) == 0, rows[i].direct, "%s", rows[i].name);
		side_close(&d);
	}
}

/* An ICV of 8 bits lets about one half in 256 through: all of them are found, in order, the sent
 * one too. */
Test(esn_solve, short_icv_has_several)
{
	struct esn_find f = { .last = BOUND * 16, .budget = UINT64_MAX, .max = ESN_FOUND_MAX };
	struct side d;

	side_open(&d, alg_encr_by_name("null", NULL), 0, alg_integ_by_name("hmac-sha2-256-128"), 8);
	seal(&d, 64);
	cr_assert_eq(solve(&d, &f), ESN_FOUND_MAX);
	for (unsigned i = 0; i < f.found; i++) {
		cr_expect(opens(&d, f.high[i]));
		cr_expect(i == 0 || f.high[i] > f.high[i - 1]);
	}
	side_close(&d);
}

/* No registered ICV is as short: 24 equations for 32 unknowns, so 256 halves, of which some come. */
Test(esn_solve, fewer_equations_than_unknowns)
{
	struct alg_encr row = *alg_encr_by_name("aes-gcm-16", NULL);
	struct esn_find f;
	struct side d;

	row.icv = 3;
	side_open(&d, &row, 0, NULL, 0);
	for (int round = 0; round < 20; round++) {
		seal(&d, 64);
		f = range();
		cr_assert_eq(solve(&d, &f), ESN_FOUND_MAX);
		for (unsigned i = 0; i < f.found; i++) {
			cr_expect(opens(&d, f.high[i]));
			cr_expect(i == 0 || f.high[i] != f.high[i - 1]);
		}
	}
	side_close(&d);
}

/* The range is left and entered again wherever the budget ends; what is spent is bounded by it. */
Test(esn_solve, resumes)
{
	struct esn_find f = { .first = 10, .last = 2000, .max = 1 };
	struct side d;
	struct err e;
	unsigned calls = 0;

	side_open(&d, alg_encr_by_name("null", NULL), 0, alg_integ_by_name("hmac-sha1-96"), 0);
	do
		seal(&d, 100);
	while (d.high < 10);
	for (; !f.done && calls < 1000; calls++) {
		f.budget = 100;
		cr_assert_geq(esn_solve(d.solver, d.p, d.n, &f, &e), 0);
		cr_assert_leq(f.budget, 100);
	}
	cr_assert_eq(f.found, 1);
	cr_expect_eq(f.high[0], d.high);
	cr_expect_eq(calls, (d.high - 10) / 9 + 1, "9 tries of 3 blocks fit: %u calls for %u",
	    calls, d.high);

	f = (struct esn_find){ .last = BOUND, .budget = 5 };
	cr_expect_eq(esn_solve(d.solver, d.p, d.n, &f, &e), 0);
	cr_expect_not(f.done, "too little for anything");
	cr_expect_eq(f.at, 0);
	side_close(&d);
}

Test(esn_solve, hints_come_first)
{
	uint32_t hints[] = { 0xffffffff, 0 };
	struct esn_find f = {
		.hints = hints, .n_hints = 2, .last = BOUND, .budget = UINT64_MAX, .max = 4
	};
	struct side d;

	side_open(&d, alg_encr_by_name("aes-ccm-8", NULL), 0, NULL, 0);
	seal(&d, 100);
	hints[1] = d.high;
	cr_expect_eq(solve(&d, &f), 1, "found twice, told once");
	cr_expect_eq(f.high[0], d.high);
	f = (struct esn_find){
		.hints = hints, .n_hints = 2, .first = 1, .last = 0, .budget = UINT64_MAX
	};
	cr_expect_eq(solve(&d, &f), 1, "an empty range");
	hints[1]++;
	f = (struct esn_find){ .hints = hints, .n_hints = 2, .budget = UINT64_MAX };
	f.first = 0xfffffff0;
	f.last = 0xffffffff;
	cr_expect_eq(solve(&d, &f), 0, "the end of all ranges");
	cr_expect_eq(f.at, 2 + 16);
	side_close(&d);
}

/* RFC 8750: sealed with the number as IV, which is then cut out.  It is no part of the AAD. */
Test(esn_solve, implicit_iv)
{
	static const char *const names[] = { "aes-gcm-8", "aes-gcm-12", "aes-gcm-16",
		"chacha20-poly1305" };
	struct alg_encr row;
	struct esn_solver *solver;
	struct suite_job j;
	struct esn_find f;
	struct side d;
	struct err e;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		side_open(&d, alg_encr_by_name(names[i], NULL), 0, NULL, 0);
		row = *d.keys.encr;
		row.iv = 0;
		d.keys.encr = &row;
		solver = esn_solver_new(&d.keys, &e);
		cr_assert_not_null(solver);
		cr_expect_not(esn_solver_direct(solver));
		for (size_t body = 0; body < 200; body += 13) {
			j = (struct suite_job){
				.p = d.p, .n = 16 + body + row.icv, .head = 8, .esn = true
			};
			random_bytes(d.p, j.n);
			j.esn_high = d.p[4] % BOUND;
			memcpy(d.p + 8, "\0\0\0", 3);
			d.p[11] = (uint8_t)j.esn_high;
			memcpy(d.p + 12, d.p + 4, 4);
			suite_seal_many(d.suite, &j, 1);
			memmove(d.p + 8, d.p + 16, j.n - 16);
			f = range();
			cr_assert_eq(
			    esn_solve(solver, d.p, j.n - 8, &f, &e), 1, "%s: %zu", names[i], body);
			cr_expect_eq(f.high[0], j.esn_high);
			d.p[0] ^= 1;
			f = range();
			cr_expect_eq(
			    esn_solve(solver, d.p, j.n - 8, &f, &e), 0, "%s: %zu", names[i], body);
		}
		esn_solver_free(solver);
		side_close(&d);
	}
}

/* A row that no way knows is opened with each half. */
Test(esn_solve, other_aead)
{
	struct alg_encr row = *alg_encr_by_name("aes-gcm-16", NULL);
	struct side d;

	row.size[0].evp = "ARIA-128-GCM";
	side_open(&d, &row, 0, NULL, 0);
	cr_expect_not(esn_solver_direct(d.solver));
	all_lengths(&d, "ARIA");
	side_close(&d);
}

/* Shorter than any packet, and cut blocks. */
Test(esn_solve, no_packet)
{
	struct side d;

	side_open(&d, alg_encr_by_name("aes-gcm-16", NULL), 0, NULL, 0);
	for (d.n = 0; d.n < 32; d.n++) {
		struct esn_find f = range();

		cr_expect_eq(solve(&d, &f), 0);
	}
	side_close(&d);
	side_open(&d, alg_encr_by_name("aes-cbc", NULL), 0, alg_integ_by_name("hmac-sha1-96"), 0);
	seal(&d, 64);
	d.n--;
	struct esn_find f = range();
	cr_expect_eq(solve(&d, &f), 0);
	cr_expect_eq(f.at, 0, "nothing is tried");
	side_close(&d);
}

Test(esn_solve, without_integrity)
{
	uint8_t key[32] = { 0 };
	struct suite_keys k = { .encr = alg_encr_by_name("aes-cbc", NULL),
		.encr_key = { key, 16 } };
	struct err e;

	cr_expect_null(esn_solver_new(&k, &e));
	cr_expect_str_eq(e.text, "an SA without integrity says nothing about its sequence numbers");
	k.icv_bits = 96;
	cr_expect_null(esn_solver_new(&k, &e), "an ICV of unknown make");
	k.encr_key.n = 15;
	cr_expect_null(esn_solver_new(&k, &e));
	esn_solver_free(NULL);
}

/* draft-mcgrew-gcm-test-01 section 4: the packet with the high half 0x87654321 */
Test(esn_solve, mcgrew_1)
{
	static const char packet[] =
	    "00004321000000004956ed7e3b244cfefecf537e729d5b07dc30df528dd22b768d1b98736696"
	    "a6fd348509fa13ceac34cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce61"
	    "bc17d768fd9732"
	    "459018148f6cbe722fd04796562dfdb4";
	static const char key[] = "4c80cdefbb5d10da906ac73c3613a6342e443b68";
	struct esn_find f = { .budget = 1000 };
	struct suite_keys k = { .encr = alg_encr_by_name("aes-gcm-16", NULL) };
	struct arena arena = { 0 };
	struct secret p;
	struct esn_solver *s;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	cr_assert_eq(secret_hex(&arena, &k.encr_key, key, strlen(key), &e), 0);
	cr_assert_eq(secret_hex(&arena, &p, packet, strlen(packet), &e), 0);
	cr_assert_not_null(s = esn_solver_new(&k, &e));
	cr_expect_eq(esn_solve(s, p.p, p.n, &f, &e), 1);
	cr_expect_eq(f.high[0], 0x87654321);
	esn_solver_free(s);
	arena_clear(&arena);
}
