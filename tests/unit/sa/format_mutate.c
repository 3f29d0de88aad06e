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

enum { ROUNDS = 3000, CUT = 14 };

static uint64_t state;
static bool log_rules;

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

/* Text has room for twice its length. */
static void repeat_line(char *text, size_t *n, size_t at)
{
	size_t from = line_start(text, at), end = line_end(text, *n, at);

	memmove(text + end + (end - from), text + end, *n - end);
	memcpy(text + end, text + from, end - from);
	*n += end - from;
}

/* The first so many kinds of damage.  Nobody sees that more was lost than a short piece of a text that spells its
 * octets out, or that lines of one record and of the next were; a log numbers its lines. */
enum { TEXT = 6, RECORDS, LOG };

static const char *mutate(char *text, size_t *n, unsigned kinds)
{
	size_t at = draw(*n), from = line_start(text, at), end = line_end(text, *n, at);

	switch (draw(kinds)) {
	case 0:
		for (size_t i = draw(3) + 1; i > 0 && *n > 1; i--)
			drop(text, n, draw(*n), 1 + draw(2));
		return "bytes dropped";
	case 1:
		if (draw(2) == 0)
			drop(text, n, end - 1, 1);
		else
			text[end - 1] = ' ';
		return "lines joined";
	case 2:
		cut_key(text, n);
		return "key cut";
	case 3:
		drop(text, n, from, end - from);
		return "line lost";
	case 4:
		repeat_line(text, n, at);
		return "line twice";
	case 5:
		*n = at;
		return "end cut off";
	case 6:
		drop(text, n, at, 1 + draw(CUT));
		return "some bytes dropped";
	default:
		for (size_t i = draw(80); i > 0; i--)
			end = line_end(text, *n, end);
		drop(text, n, from, end - from);
		return "many lines lost";
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

/* A note of other words than all of the whole text's, whatever their places. */
static bool says_more(const struct loaded *whole, const struct loaded *l)
{
	for (const char *p = l->notes; *p != '\0'; p += strcspn(p, "\n") + 1) {
		const char *words = strstr(p, ": ");
		char text[512];

		snprintf(text, sizeof text, "%.*s", (int)strcspn(words, "\n"), words);
		if (strstr(whole->notes, text) == NULL)
			return true;
	}
	return count(l->notes, strlen(l->notes), '\n') > count(whole->notes, strlen(whole->notes), '\n');
}

static bool is_said(const struct loaded *whole, const struct loaded *l, const struct sa *sa, const char *key)
{
	/* of a log that lost lines it is said that several keys are possible, or what was passed over */
	if (log_rules && (sa->candidate != NULL || sa->guessed != NULL || l->notes[0] != '\0'))
		return true;
	return says_more(whole, l) || (sa->guessed != NULL && strstr(sa->guessed, key) != NULL);
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

static const struct { const char *name; unsigned kinds; } names[] = {
	{ "xfrm", RECORDS }, { "xfrm-s", RECORDS }, { "xfrm-add", RECORDS }, { "wireshark", TEXT },
	{ "tcpdump", RECORDS }, { "setkey", RECORDS }, { "setkey-dump", RECORDS }, { "openbsd", RECORDS },
	{ "vpp", RECORDS }, { "vpp-show", RECORDS }, { "scapy", TEXT }, { "ipdecap", RECORDS },
	{ "strongswan-rekey", LOG }, { "libreswan", LOG }, { "fortigate", RECORDS }, { "mikrotik", LOG },
	{ "cisco", LOG }, { "juniper", LOG }, { "paloalto", LOG },
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

	snprintf(path, sizeof path, "tests/sa/%s.txt", names[*row].name);
	text = load_file(path, &n);
	cr_assert_not_null(text);
	load(&whole, text, n, n);
	state = *row + 1;
	log_rules = names[*row].kinds == LOG;
	for (int round = 0; round < ROUNDS; round++) {
		char *copy = malloc(2 * n);
		size_t len = n;
		const char *what;
		struct loaded l;

		memcpy(copy, text, n);
		what = mutate(copy, &len, names[*row].kinds);
		load(&l, copy, len, len > 0 ? len : 1);
		refused += l.rc < 0;
		for (uint32_t i = 0; i < sad_count(l.sad); i++) {
			const struct sa *sa = &sad_at(l.sad, i)->sa;

			cr_expect(is_fine(&whole, &l, sa), "%s, round %d, %s: SA 0x%08x has another key\n%.*s", names[*row].name,
			    round, what, sa->spi, getenv("SHOW") != NULL ? (int)len : 0, copy);
		}
		free(copy);
		sad_free(l.sad);
	}
	/* what platforms show is passed over where it is damaged */
	cr_expect(*row > 11 || refused > ROUNDS / 50, "%s: only %zu of %d were refused", names[*row].name, refused,
	    ROUNDS);
	free(text);
	sad_free(whole.sad);
}
