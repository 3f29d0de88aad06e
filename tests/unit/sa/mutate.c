/* Damaged text: it never crashes a reader, and never gives a wrong key without a word. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "load.h"

static uint64_t state;

static size_t draw(size_t below)
{
	return draw_from(&state, below);
}

/* What happens to text on its way: returns the new length. */
static size_t mutate(char *p, size_t n)
{
	size_t at = draw(n), from = at, to = at, end;

	switch (draw(8)) {
	case 0:					/* a byte is lost */
		to = at + 1;
		break;
	case 1:					/* two bytes in a row */
		to = at + 2;
		break;
	case 2:					/* some bytes */
		to = at + 1 + draw(24);
		break;
	case 3:					/* two lines become one */
		from = line_end(p, n, at) - 1;
		to = from + 1;
		break;
	case 4:					/* a line is lost */
		from = line_start(p, at);
		to = line_end(p, n, at);
		break;
	case 6:					/* many lines are lost */
		from = to = line_start(p, at);
		for (size_t i = draw(80) + 1; i > 0 && to < n; i--)
			to = line_end(p, n, to);
		break;
	case 5:					/* a line comes twice */
		from = line_start(p, at);
		end = line_end(p, n, at);
		memmove(p + end + (end - from), p + end, n - end);
		memcpy(p + end, p + from, end - from);
		return n + (end - from);
	default:				/* the end is cut off */
		return at;
	}
	to = to > n ? n : to;
	memmove(p + from, p + to, n - to);
	return n - (to - from);
}

static bool same(const struct secret *a, const struct secret *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n) == 0);
}

/* The truth knows this SA with these keys, or the SA has none. */
static bool is_true(const struct sad *truth, const struct sa *sa)
{
	bool met = false;

	for (uint32_t i = 0; i < sad_count(truth); i++) {
		const struct sa *t = &sad_at(truth, i)->sa;

		if (t->proto != sa->proto || t->spi != sa->spi)
			continue;
		met = true;
		if ((!sa->encr_key_known || same(&sa->encr_key, &t->encr_key)) &&
		    (!sa->integ_key_known || same(&sa->integ_key, &t->integ_key)))
			return true;
	}
	return !met;				/* the SPI itself was hit */
}

static void check(const char *name, const char *text, size_t n, int rounds)
{
	char *p = malloc(2 * n + 1);
	struct loaded truth;
	unsigned read = 0;

	load(&truth, text, n, n);
	cr_assert_eq(truth.rc, 0, "%s: %s", name, truth.e.text);
	cr_assert_gt(sad_count(truth.sad), 0, "%s", name);
	state = 0x9e3779b97f4a7c15;
	for (int i = 0; i < rounds; i++) {
		struct loaded l;
		size_t len;

		memcpy(p, text, n);
		len = mutate(p, n);
		if (draw(3) == 0 && len > 0 && len <= n)
			len = mutate(p, len);
		load(&l, p, len, 4096);
		for (uint32_t k = 0; k < sad_count(l.sad); k++) {
			const struct sa *sa = &sad_at(l.sad, k)->sa;

			read++;
			cr_expect(is_true(truth.sad, sa) || sa->candidate != NULL || sa->guessed != NULL ||
			    l.notes[0] != '\0', "%s, round %d: a wrong key for 0x%08x", name, i, sa->spi);
		}
		sad_free(l.sad);
	}
	cr_expect_gt(read, 0, "%s", name);
	sad_free(truth.sad);
	free(p);
}

Test(mutate, formats)
{
	static const char *const names[] = {
		"strongswan-rekey", "libreswan", "fortigate", "mikrotik", "cisco", "juniper", "paloalto",
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *rounds = getenv("ROUNDS");
		char path[128], *text;
		size_t n;

		snprintf(path, sizeof path, "tests/sa/%s.txt", names[i]);
		text = load_file(path, &n);
		cr_assert_not_null(text, "%s", path);
		check(names[i], text, n, rounds != NULL ? atoi(rounds) : 300);
		free(text);
	}
}
