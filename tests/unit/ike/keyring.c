#include <criterion/criterion.h>

#include "load.h"

static struct keyset *add(struct keyring *r, int version, uint64_t i, uint64_t spi_r)
{
	struct err e;
	struct keyset *s = keyring_add(r, &e);

	s->k.version = version;
	s->k.spi_i_known = i != 0;
	s->k.spi_i = i;
	s->k.spi_r_known = spi_r != 0;
	s->k.spi_r = spi_r;
	return s;
}

/* All that keyring_next() gives, as indices. */
static const char *found(struct keyring *r, int version, uint64_t i, uint64_t spi_r)
{
	static char text[256];
	size_t n = 0;

	text[0] = '\0';
	for (struct keyset *s = NULL; (s = keyring_next(r, version, i, spi_r, s)) != NULL;)
		for (size_t k = 0; k < r->n; k++)
			if (r->sets[k] == s)
				n += (size_t)snprintf(text + n, sizeof text - n, "%zu ", k);
	return text;
}

Test(keyring, lookups)
{
	struct keyring r = { 0 };

	cr_expect_str_eq(found(&r, 2, 1, 2), "");
	add(&r, 2, 0, 0);			/* 0: nothing said */
	add(&r, 2, 1, 2);			/* 1 */
	add(&r, 1, 1, 0);			/* 2: a cookie */
	add(&r, 2, 1, 3);			/* 3 */
	add(&r, 0, 1, 2);			/* 4 */
	add(&r, 1, 0, 0);			/* 5 */
	cr_expect_str_eq(found(&r, 2, 1, 2), "1 4 0 ");
	cr_expect_str_eq(found(&r, 2, 1, 0), "1 3 4 0 ");
	cr_expect_str_eq(found(&r, 1, 1, 9), "2 5 ");
	cr_expect_str_eq(found(&r, 0, 1, 2), "1 2 4 0 5 ");
	cr_expect_str_eq(found(&r, 2, 7, 7), "0 ");
	/* names that come later */
	r.sets[0]->k.spi_i_known = true;
	r.sets[0]->k.spi_i = 7;
	keyring_touch(&r);
	cr_expect_str_eq(found(&r, 2, 7, 7), "0 ");
	cr_expect_str_eq(found(&r, 2, 8, 7), "");
	for (uint64_t k = 0; k < 5000; k++)
		add(&r, 2, 1000 + k, 5);
	cr_expect_str_eq(found(&r, 2, 1000 + 4321, 5), "4327 ");
	keyring_clear(&r);
}

static void count_note(void *arg, const struct keyset *one, const struct keyset *other)
{
	(void)one;
	*(uint64_t *)arg = other->k.spi_i;
}

static void put(struct keyring *r, struct secret *s, const char *hex)
{
	struct err e;

	cr_assert_eq(secret_hex(&r->arena, s, hex, strlen(hex), &e), 0);
}

Test(keyring, merge)
{
	struct keyring r = { 0 };
	uint64_t noted = 0;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	put(&r, &add(&r, 2, 1, 2)->k.sk_ei, "aa");
	put(&r, &add(&r, 2, 1, 2)->k.sk_er, "bb");
	put(&r, &add(&r, 2, 1, 2)->k.sk_er, "cc");	/* contradicts */
	put(&r, &add(&r, 2, 0, 0)->k.sk_d, "dd");
	put(&r, &add(&r, 2, 0, 0)->k.sk_d, "dd");	/* nobody says that it is the same IKE SA */
	put(&r, &add(&r, 2, 1, 2)->k.sk_er, "cc");
	cr_expect_eq(keyring_merge(&r, 0, count_note, &noted), 1);
	cr_expect_eq(noted, 1);
	cr_assert_eq(r.n, 4);
	cr_expect_eq(r.sets[0]->k.sk_ei.p[0], 0xaa);
	cr_expect_eq(r.sets[0]->k.sk_er.p[0], 0xbb);
	cr_expect_eq(r.sets[1]->k.sk_er.p[0], 0xcc);
	cr_expect_str_eq(found(&r, 2, 1, 2), "0 1 2 3 ");
	keyring_clear(&r);
}
