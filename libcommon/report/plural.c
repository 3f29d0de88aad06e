#include "report/plural.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const nouns[] = { "packets", "messages", "numbers", "fragments", "octets", "keepalives", "changes", "others", "times", "SAs" };
static const struct { const char *many, *one; } verbs[] = {
	{ "are", "is" }, { "were", "was" }, { "carry", "carries" }, { "verify", "verifies" }, { "fail", "fails" }, { "go", "goes" },
	{ "have", "has" }, { "come", "comes" }, { "hold", "holds" },
};

struct out { char *p; size_t n, cap; };

static void put(struct out *o, const char *p, size_t n)
{
	for (size_t i = 0; i < n && o->n + 1 < o->cap; i++)
		o->p[o->n++] = p[i];
}

static size_t word_of(const char *p)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]))
		n++;
	return n;
}

static bool is_word(const char *p, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(p, word, n) == 0;
}

/* Which noun it is, from 1; 0: none. */
static size_t noun_of(const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof nouns / sizeof nouns[0]; i++)
		if (is_word(p, n, nouns[i]))
			return i + 1;
	return 0;
}

/* "1", or "1 of 20", with a noun behind it: how long it is, with the noun; *noun: where that is. */
static size_t one_thing(const char *p, size_t *noun)
{
	size_t n = word_of(p), m;

	if (!is_word(p, n, "1") || p[n] != ' ')
		return 0;
	*noun = n + 1;
	if (strncmp(p + *noun, "of ", 3) == 0) {
		*noun += 3;
		m = word_of(p + *noun);
		if (m == 0 || strspn(p + *noun, "0123456789") != m || p[*noun + m] != ' ')
			return 0;
		*noun += m + 1;
	}
	m = word_of(p + *noun);
	return noun_of(p + *noun, m) != 0 ? *noun + m : 0;
}

static const char *verb_of(const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (is_word(p, n, verbs[i].many))
			return verbs[i].one;
	return NULL;
}

/* The words up to the verb, or the end of the clause, the verb for one; gives how many octets of p that took. */
static size_t put_clause(struct out *o, const char *p)
{
	size_t i = 0, n;
	const char *verb;

	while (p[i] != '\0' && strchr(":;\"", p[i]) == NULL) {
		if ((n = word_of(p + i)) == 0) {
			put(o, p + i++, 1);
			continue;
		}
		if ((verb = verb_of(p + i, n)) == NULL) {
			put(o, p + i, n);
			i += n;
			continue;
		}
		put(o, verb, strlen(verb));
		i += n;
		if (strncmp(p + i, ", and ", 6) != 0)
			break;
	}
	return i;
}

void plural_fix(char *text, size_t cap)
{
	char was[4096];
	struct out o = { text, 0, cap };
	size_t i = 0, n, noun;
	bool quoted = false;

	snprintf(was, sizeof was, "%s", text);
	while (was[i] != '\0') {
		quoted ^= was[i] == '"';
		if (quoted || (n = one_thing(was + i, &noun)) == 0) {
			n = quoted || word_of(was + i) == 0 ? 1 : word_of(was + i);
			if (was[i] == '.' && isdigit((unsigned char)was[i + 1]))
				n += word_of(was + i + 1);	/* "0.1" is no one */
			put(&o, was + i, n);
			i += n;
			continue;
		}
		/* "1 packet", but "1 of 20 packets" */
		put(&o, was + i, n - (noun == 2 || strncmp(was + i, "1 of 1 ", 7) == 0));
		i += n;
		if (strncmp(was + i - n + noun, "times", 5) != 0)
			i += put_clause(&o, was + i);
	}
	if (cap > 0)
		text[o.n] = '\0';
}
