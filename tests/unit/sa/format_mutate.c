#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <ctype.h>
#include <stdlib.h>

#include "load.h"

/*
 * Damaged text never gives a wrong key in silence: what an SA has is what the whole text had for it, or is noted, or
 * the text is refused.  What no reader can see is left out: ciphers that take a key of any length, and a key cut to
 * another size of its cipher (16 digits and more).
 */

enum { ROUNDS = 1500, CUT = 14 };

static uint64_t state;

static size_t draw(size_t n)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return n > 0 ? (size_t)(state >> 33) % n : 0;
}

static void drop(char *text, size_t *n, size_t at, size_t len)
{
	len = len < *n - at ? len : *n - at;
	memmove(text + at, text + at + len, *n - at - len);
	*n -= len;
}

/* Where the k-th character c is. */
static size_t find(const char *text, size_t n, char c, size_t k)
{
	size_t i = 0;

	for (; i < n; i++)
		if (text[i] == c && k-- == 0)
			break;
	return i;
}

static size_t count(const char *text, size_t n, char c)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += text[i] == c;
	return k;
}

/* Takes digits off a long run of them. */
static void cut_key(char *text, size_t *n)
{
	size_t at = draw(*n), run = 0;

	for (; at < *n && run < 24; at++)
		run = isxdigit((unsigned char)text[at]) ? run + 1 : 0;
	if (at < *n)
		drop(text, n, at - 1 - draw(20), 1 + draw(CUT));
}

static const char *mutate(char *text, size_t *n)
{
	size_t line;

	switch (draw(4)) {
	case 0:
		for (size_t i = draw(3) + 1; i > 0 && *n > 1; i--)
			drop(text, n, draw(*n), 1);
		return "bytes dropped";
	case 1:
		line = find(text, *n, '\n', draw(count(text, *n, '\n')));
		if (draw(2) == 0)
			drop(text, n, line, 1);
		else if (line < *n)
			text[line] = ' ';
		return "lines joined";
	case 2:
		cut_key(text, n);
		return "key cut";
	default:
		line = find(text, *n, '\n', draw(count(text, *n, '\n')));
		drop(text, n, line, find(text + line + 1, *n - line - 1, '\n', 0) + 1);
		return "line lost";
	}
}

static bool one_of(const struct loaded *l, const struct sa *sa, bool encr)
{
	bool same = false, found = false;

	for (uint32_t i = 0; i < sad_count(l->sad); i++) {
		const struct sa *from = &sad_at(l->sad, i)->sa;
		const struct secret *had = encr ? &from->encr_key : &from->integ_key;
		const struct secret *has = encr ? &sa->encr_key : &sa->integ_key;
		bool own = from->spi == sa->spi && from->proto == sa->proto;

		/* an SA whose name is damaged, too, has at least a key of the text */
		found |= own;
		same |= secret_eq(had, has) && own;
	}
	for (uint32_t i = 0; !found && i < sad_count(l->sad); i++)
		same |= secret_eq(encr ? &sad_at(l->sad, i)->sa.encr_key : &sad_at(l->sad, i)->sa.integ_key,
		    encr ? &sa->encr_key : &sa->integ_key);
	return same;
}

/* How many notes there are, whatever their places. */
static size_t notes(const struct loaded *l)
{
	return count(l->notes, strlen(l->notes), '\n');
}

static bool is_said(const struct loaded *whole, const struct loaded *l, const struct sa *sa, const char *key)
{
	return notes(l) > notes(whole) || (sa->guessed != NULL && strstr(sa->guessed, key) != NULL);
}

static bool is_fine(const struct loaded *whole, const struct loaded *l, const struct sa *sa)
{
	if (sa->encr_key_known && sa->encr != NULL && sa->encr->min_bits == 0 && sa->encr_key.n > 0 &&
	    !one_of(whole, sa, true))
		return is_said(whole, l, sa, "encr_key");
	if (sa->integ_key_known && sa->integ != NULL && sa->integ_key.n > 0 && !one_of(whole, sa, false))
		return is_said(whole, l, sa, "integ_key");
	return true;
}

static const char *const names[] = {
	"xfrm", "xfrm-s", "xfrm-add", "wireshark", "tcpdump", "setkey", "setkey-dump", "openbsd", "vpp", "vpp-show",
	"scapy", "ipdecap",
};

ParameterizedTestParameters(format_mutate, keys)
{
	static size_t row[sizeof names / sizeof names[0]];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		row[i] = i;
	return cr_make_param_array(size_t, row, sizeof names / sizeof names[0]);
}

ParameterizedTest(size_t *row, format_mutate, keys)
{
	struct loaded whole;
	char path[64], *text;
	size_t n, refused = 0;

	snprintf(path, sizeof path, "tests/sa/%s.txt", names[*row]);
	text = load_file(path, &n);
	cr_assert_not_null(text);
	load(&whole, text, n, n);
	state = *row + 1;
	for (int round = 0; round < ROUNDS; round++) {
		char *copy = malloc(n);
		size_t len = n;
		const char *what;
		struct loaded l;

		memcpy(copy, text, n);
		what = mutate(copy, &len);
		load(&l, copy, len, len > 0 ? len : 1);
		refused += l.rc < 0;
		for (uint32_t i = 0; i < sad_count(l.sad); i++)
			cr_expect(is_fine(&whole, &l, &sad_at(l.sad, i)->sa), "%s, round %d, %s: SA 0x%08x has another key\n%.*s",
			    names[*row], round, what, sad_at(l.sad, i)->sa.spi, getenv("SHOW") != NULL ? (int)len : 0, copy);
		free(copy);
		sad_free(l.sad);
	}
	cr_expect(refused > ROUNDS / 50, "%s: only %zu of %d were refused", names[*row], refused, ROUNDS);
	free(text);
	sad_free(whole.sad);
}
