#include <stdlib.h>
#include <string.h>

#include "crypto/keymake.h"
#include "sa/lint.h"
#include "sa/pair.h"

static const char encryption[] = "encryption", integrity[] = "integrity";

static bool is_zero(const struct secret *k)
{
	uint8_t all = 0;

	for (size_t i = 0; i < k->n; i++)
		all |= k->p[i];
	return all == 0;
}

/* The shortest period of the key that fits at least twice, or 0. */
static size_t period(const struct secret *k)
{
	for (size_t n = 1; n <= k->n / 2; n++)
		if (memcmp(k->p, k->p + n, k->n - n) == 0)
			return n;
	return 0;
}

/* Bytes that count: 00 01 02 ..., 10 20 30 ... */
static bool counts(const struct secret *k)
{
	uint8_t step = k->n > 1 ? (uint8_t)(k->p[1] - k->p[0]) : 0;

	for (size_t i = 1; i < k->n; i++)
		if ((uint8_t)(k->p[i] - k->p[i - 1]) != step)
			return false;
	return k->n > 2;
}

/* One key for itself; n: without its salt. */
static int check_pattern(struct lint *l, const struct sa *sa, const struct secret *key, const char *name,
    struct err *e)
{
	struct lint_hit hit = { .sa = sa, .name = name, .found = period(key) };

	if (key->n == 0)
		return 0;
	if (is_zero(key))
		hit.id = LINT_ZERO_KEY;
	else if (hit.found > 0 || counts(key))
		hit.id = LINT_PATTERN_KEY;
	else
		return 0;
	return lint_add(l, hit, e);
}

static int check_des(struct lint *l, const struct sa *sa, struct err *e)
{
	struct lint_hit hit = { .sa = sa, .name = sa->encr->name };
	const uint8_t *p = sa->encr_key.p;
	unsigned n = sa->encr->des_keys;

	if (sa->encr_key.n != (size_t)n * DES_KEY)
		return 0;
	for (unsigned i = 0; i < n && hit.found == 0; i++)
		hit.found = des_key_is_weak(p + (size_t)i * DES_KEY);
	hit.id = LINT_DES_WEAK;
	if (hit.found != 0 && lint_add(l, hit, e) < 0)
		return -1;
	hit.id = LINT_3DES_SINGLE;
	if (n == 3 && (des_key_same(p, p + DES_KEY) || des_key_same(p + DES_KEY, p + 2 * DES_KEY)))
		return lint_add(l, hit, e);
	return 0;
}

/* Readers refuse keys of a wrong length; what comes by another way must not pass as good. */
static int check_length(struct lint *l, const struct sa *sa, struct err *e)
{
	struct lint_hit hit = { .id = LINT_KEY_LENGTH, .sa = sa };
	struct err why;

	if (sa_check_encr_key(sa, &why) < 0) {
		hit.name = encryption;
		hit.found = sa->encr_key.n;
		hit.wanted = sa->encr->size[0].bits / 8u + sa->encr->salt;
		if (lint_add(l, hit, e) < 0)
			return -1;
	}
	if (sa_check_integ_key(sa, &why) < 0) {
		hit.name = integrity;
		hit.found = sa->integ_key.n;
		hit.wanted = sa->integ->key;
		return lint_add(l, hit, e);
	}
	return 0;
}

/* The key without its salt; empty if it is not there. */
static struct secret encr_key(const struct sa *sa)
{
	struct secret key = { 0 };

	if (sa->encr != NULL && sa->encr_key.n > sa->encr->salt)
		key = (struct secret){ sa->encr_key.p, sa->encr_key.n - sa->encr->salt };
	return key;
}

int lint_keys(struct lint *l, const struct sa *sa, struct err *e)
{
	struct secret encr = encr_key(sa);
	struct lint_hit both = { .id = LINT_TWO_USES, .sa = sa };
	size_t n = encr.n < sa->integ_key.n ? encr.n : sa->integ_key.n;

	if (check_length(l, sa, e) < 0 || check_pattern(l, sa, &encr, encryption, e) < 0 ||
	    check_pattern(l, sa, &sa->integ_key, integrity, e) < 0)
		return -1;
	if (encr.n > 0 && sa->encr->des_keys > 0 && check_des(l, sa, e) < 0)
		return -1;
	/* the shorter one is the beginning of the other */
	if (n >= DES_KEY && bytes_eq(encr.p, sa->integ_key.p, n) && !is_zero(&encr))
		return lint_add(l, both, e);
	return 0;
}

/* A key or a salt of one SA, for finding equal ones. */
struct used { const uint8_t *p; size_t n; uint32_t index; };

static int cmp_used(const void *va, const void *vb)
{
	const struct used *a = va, *b = vb;
	int c = a->n != b->n ? (a->n > b->n) - (a->n < b->n) : memcmp(a->p, b->p, a->n);

	return c != 0 ? c : (a->index > b->index) - (a->index < b->index);
}

static bool is_counter(const struct sa *sa)
{
	return sa->encr != NULL && sa->encr->salt > 0;
}

static bool same_salt(const struct sa *a, const struct sa *b)
{
	size_t n = a->encr->salt;

	return b->encr->salt == n &&
	    memcmp(a->encr_key.p + a->encr_key.n - n, b->encr_key.p + b->encr_key.n - n, n) == 0;
}

/*
 * Two SAs with one key.  Under a counter mode the same key and salt make the same key stream (RFC 4106
 * 2 wants different salts there); else it is only two tunnels that fall together.
 */
static int add_same_key(struct lint *l, const struct sa *a, const struct sa *b, bool pair,
    const char *name, struct err *e)
{
	struct lint_hit hit = { .sa = a, .other = b, .name = name };
	bool counter = name == encryption && is_counter(a) && is_counter(b) && same_salt(a, b);

	if (pair)
		hit.id = counter ? LINT_COUNTER_KEY_BOTH_WAYS : LINT_SAME_KEY_BOTH_WAYS;
	else
		hit.id = counter ? LINT_COUNTER_SAME_KEY : LINT_SAME_KEY;
	return lint_add(l, hit, e);
}

/* Neighbours in used that are equal: one hit for each after the first. */
static int find_same(struct lint *l, const struct sad *sad, const struct used *used, size_t n,
    const uint32_t *other, const char *name, struct err *e)
{
	for (size_t i = 1; i < n; i++) {
		uint32_t a = used[i - 1].index, b = used[i].index;

		if (used[i].n != used[i - 1].n || memcmp(used[i].p, used[i - 1].p, used[i].n) != 0)
			continue;
		/* candidates for one SA have the one or the other key in common */
		if (sad_at(sad, a)->group == sad_at(sad, b)->group)
			continue;
		if (add_same_key(l, &sad_at(sad, a)->sa, &sad_at(sad, b)->sa, other[a] == b, name, e) < 0)
			return -1;
	}
	return 0;
}

/* Equal salts under different keys.  Of many random ones some are equal by chance, so that with many
 * SAs it says nothing. */
static int find_salts(struct lint *l, const struct sad *sad, const struct used *used, size_t n, struct err *e)
{
	for (size_t i = 1; i < n; i++) {
		const struct sa *a = &sad_at(sad, used[i - 1].index)->sa, *b = &sad_at(sad, used[i].index)->sa;
		struct lint_hit hit = { .id = LINT_SALT_REUSE, .sa = a, .other = b };
		struct secret ka = encr_key(a), kb = encr_key(b);

		if (used[i].n != used[i - 1].n || memcmp(used[i].p, used[i - 1].p, used[i].n) != 0 ||
		    (uint64_t)n * n >> (8 * used[i].n - 4) != 0 || secret_eq(&ka, &kb))
			continue;
		if (lint_add(l, hit, e) < 0)
			return -1;
	}
	return 0;
}

int lint_shared_keys(struct lint *l, const struct sad *sad, const uint32_t *other, struct err *e)
{
	uint32_t count = (uint32_t)sad_count(sad);
	struct used *used = calloc(3ULL * count + 1, sizeof *used);
	struct used *integ, *salt;
	size_t n = 0, ni = 0, ns = 0;
	int rc;

	if (used == NULL)
		return err_nomem(e);
	integ = used + count;
	salt = integ + count;
	for (uint32_t i = 0; i < count; i++) {
		const struct sa *sa = &sad_at(sad, i)->sa;
		struct secret key = encr_key(sa);

		if (key.n > 0)
			used[n++] = (struct used){ key.p, key.n, i };
		if (key.n > 0 && sa->encr->salt > 0)
			salt[ns++] = (struct used){ key.p + key.n, sa->encr->salt, i };
		if (sa->integ_key.n > 0)
			integ[ni++] = (struct used){ sa->integ_key.p, sa->integ_key.n, i };
	}
	qsort(used, n, sizeof *used, cmp_used);
	qsort(integ, ni, sizeof *integ, cmp_used);
	qsort(salt, ns, sizeof *salt, cmp_used);
	rc = find_same(l, sad, used, n, other, encryption, e) < 0 ||
	    find_same(l, sad, integ, ni, other, integrity, e) < 0 ||
	    find_salts(l, sad, salt, ns, e) < 0 ? -1 : 0;
	free(used);
	return rc;
}
