#include <criterion/criterion.h>

#include "base/wr.h"
#include "packet/checksum.h"
#include "packet/frag.h"

struct made { uint8_t p[2048]; size_t n; struct ip_view v; };

/* An IPv4 fragment: n payload bytes that count on from offset. */
static void make4(struct made *m, uint16_t id, uint16_t offset, bool more, size_t n)
{
	memset(m, 0, sizeof *m);
	m->p[0] = 0x45;
	store_be16(m->p + 2, (uint16_t)(20 + n));
	store_be16(m->p + 4, id);
	store_be16(m->p + 6, (uint16_t)((more ? 0x2000 : 0) | offset / 8));
	m->p[8] = 64;
	m->p[9] = 50;
	m->p[12] = m->p[16] = 10;
	for (size_t i = 0; i < n; i++)
		m->p[20 + i] = (uint8_t)((offset + i) * 7);
	m->n = 20 + n;
	cr_assert_eq(ip_parse(&m->v, m->p, m->n), IP_OK);
}

static enum frag_result add(struct frags *f, const struct made *m, int64_t s, struct span *whole)
{
	struct frag_lost here = { .number = 1, .ns = s * INT64_C(1000000000) };
	uint64_t id;

	return frags_add(f, &m->v, m->p, m->n, &here, whole, &id);
}

static void expect_whole(struct span whole, size_t n)
{
	struct ip_view v;

	cr_assert_eq(whole.n, 20 + n);
	cr_assert_eq(ip_parse(&v, whole.p, whole.n), IP_OK);
	cr_expect_not(v.frag);
	cr_expect_eq(checksum(whole.p, 20), 0);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(whole.p[20 + i], (uint8_t)(i * 7), "%zu", i);
}

/* Every order of three fragments, with one repeated. */
Test(frag, any_order)
{
	static const int order[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
		{ 2, 1, 0 } };
	struct made m[3];
	struct span whole;
	struct err e;
	struct frags *f = frags_new(&e);

	make4(&m[0], 9, 0, true, 800);
	make4(&m[1], 9, 800, true, 400);
	make4(&m[2], 9, 1200, false, 55);
	for (int i = 0; i < 6; i++) {
		cr_expect_eq(add(f, &m[order[i][0]], 0, &whole), FRAG_HELD);
		cr_expect_eq(add(f, &m[order[i][0]], 0, &whole), FRAG_HELD, "a repetition");
		cr_expect_eq(add(f, &m[order[i][1]], 0, &whole), FRAG_HELD);
		cr_assert_eq(add(f, &m[order[i][2]], 0, &whole), FRAG_WHOLE, "order %d", i);
		expect_whole(whole, 1255);
	}
	frags_free(f);
}

Test(frag, overlap_spoils)
{
	struct made a, b;
	struct span whole;
	struct err e;
	struct frags *f = frags_new(&e);

	make4(&a, 9, 0, true, 800);
	make4(&b, 9, 792, false, 100);
	cr_expect_eq(add(f, &a, 0, &whole), FRAG_HELD);
	cr_expect_eq(add(f, &b, 0, &whole), FRAG_BAD);
	make4(&a, 9, 65528, false, 100);
	cr_expect_eq(add(f, &a, 0, &whole), FRAG_BAD, "beyond 65535");
	make4(&a, 9, 0, true, 801);
	cr_expect_eq(add(f, &a, 0, &whole), FRAG_BAD, "not in units of 8");
	frags_free(f);
}

Test(frag, bounded_and_timed)
{
	struct made m;
	struct span whole;
	struct frag_lost lost;
	struct err e;
	struct frags *f = frags_new(&e);
	int n = 0;

	for (uint16_t id = 0; id < FRAG_SLOTS + 10; id++) {
		make4(&m, id, 0, true, 8);
		cr_expect_eq(add(f, &m, 0, &whole), FRAG_HELD);
	}
	while (frags_expire(f, 0, &lost))
		n++;
	cr_expect_eq(n, 10, "the oldest are pushed out");
	n = 0;
	while (frags_expire(f, FRAG_TIMEOUT + 1, &lost))
		n++;
	cr_expect_eq(n, FRAG_SLOTS);
	frags_free(f);
}
