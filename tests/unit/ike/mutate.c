/* Damaged text: it never crashes a reader, and never gives a wrong key without a word. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <ctype.h>
#include <stdlib.h>

#include "load.h"

enum { ROUNDS = 2500 };

static uint64_t state;

static size_t draw(size_t below)
{
	return draw_from(&state, below);
}

/* What happens to text on its way: returns the new length. */
static size_t mutate(char *p, size_t n)
{
	size_t at = draw(n), from = at, to = at;

	switch (draw(7)) {
	case 0:					/* a byte is lost */
		to = at + 1;
		break;
	case 1:					/* some bytes, of one line or two */
		to = at + 1 + draw(14);
		break;
	case 2:					/* two lines become one */
		from = line_end(p, n, at) - 1;
		to = from + 1;
		break;
	case 3:					/* a line is lost */
		from = line_start(p, at);
		to = line_end(p, n, at);
		break;
	case 4:					/* some lines are lost, but no record from its head to its end */
		from = to = line_start(p, at);
		for (size_t i = draw(12) + 1; i > 0 && to < n; i--)
			to = line_end(p, n, to);
		break;
	case 5:					/* a line becomes blank */
		for (size_t i = line_start(p, at); i < n && p[i] != '\n'; i++)
			p[i] = ' ';
		return n;
	default:				/* the end is cut off */
		return at;
	}
	to = to > n ? n : to;
	memmove(p + from, p + to, n - to);
	return n - (to - from);
}

static bool has(const struct keyset *set, const struct secret *key, size_t field)
{
	const struct secret *own = field < keys_nfields ? keys_secret(&set->k, &keys_fields[field]) : &set->k.shared[0];

	return secret_eq(own, key);
}

/* Nothing says how long these should be: a shorter one is seen by nobody before it is used.  Of an IV only the
 * beginning counts. */
static bool has_any_length(const struct keyset *set, size_t field)
{
	static const char *const names[] = { "ni", "nr", "private", "psk", "ppk", "iv" };

	if (field == keys_nfields)
		return set->k.nke == 0;
	for (size_t i = 0; field < keys_nfields && i < sizeof names / sizeof names[0]; i++)
		if (strcmp(keys_fields[field].name, names[i]) == 0)
			return true;
	return false;
}

/* The truth has an IKE SA with all these keys: none is altered, none of another one's.  One whose name is damaged,
 * too, is found by nobody. */
static bool is_true(const struct loaded *truth, const struct keyset *set)
{
	bool named = false;

	for (size_t i = 0; i < truth->ring.n; i++)
		named |= set->k.spi_i_known && set->k.spi_i == truth->ring.sets[i]->k.spi_i;
	for (size_t i = 0; i < truth->ring.n; i++) {
		const struct keyset *t = truth->ring.sets[i];
		size_t k = 0;

		if (named && t->k.spi_i_known && set->k.spi_i != t->k.spi_i)
			continue;
		for (; k <= keys_nfields; k++) {
			const struct secret *key = k < keys_nfields ? keys_secret(&set->k, &keys_fields[k])
			    : &set->k.shared[0];

			if (key->n > 0 && !has_any_length(set, k) && !has(t, key, k))
				break;
		}
		if (k > keys_nfields)
			return true;
	}
	return false;
}

static size_t notes(const struct loaded *l)
{
	size_t n = 0;

	for (const char *p = l->notes; *p != '\0'; p++)
		n += *p == '\n';
	return n;
}

static const char *const paths[] = {
	"tests/ike/native.txt", "tests/ike/wireshark.txt", "tests/ike/tcpdump.txt", "tests/ike/libreswan.txt",
	"tests/ike/fortigate.txt", "tests/ike/vpp.txt", "tests/ike/racoon.txt",
	"tests/ike/charon/rekey-ike-gcm/responder.log", "tests/ike/charon/rekey-ike-gcm/initiator.log",
	"tests/ike/charon/v1-aggressive-rsa/responder.log",
};
enum { NPATHS = sizeof paths / sizeof paths[0] };

ParameterizedTestParameters(keyfile_mutate, keys)
{
	static size_t row[NPATHS];

	for (size_t i = 0; i < NPATHS; i++)
		row[i] = i;
	return cr_make_param_array(size_t, row, NPATHS);
}

ParameterizedTest(size_t *row, keyfile_mutate, keys)
{
	struct loaded truth;
	size_t n, told = 0;
	char *text = load_file(paths[*row], &n), *copy;
	/* a rewritten name may make it another IKE SA's: those are told by the ICV */
	int rounds = n > 10000 ? ROUNDS / 5 : ROUNDS;

	cr_assert_not_null(text);
	load(&truth, text, n, n);
	cr_assert_eq(truth.rc, 0, "%s", truth.e.text);
	copy = malloc(n);
	state = 0x9e3779b97f4a7c15 + *row;
	for (int round = 0; round < rounds; round++) {
		struct loaded l;
		size_t len;

		memcpy(copy, text, n);
		len = mutate(copy, n);
		load(&l, copy, len, len > 0 ? len : 1);
		told += l.rc < 0 || notes(&l) > notes(&truth);
		/* what was refused or told is the reader's to judge */
		for (size_t i = 0; l.rc == 0 && notes(&l) <= notes(&truth) && i < l.ring.n; i++)
			cr_expect(is_true(&truth, l.ring.sets[i]), "%s, round %d: a set of line %llu has a wrong key\n%.*s",
			    paths[*row], round, (unsigned long long)l.ring.sets[i]->k.line,
			    getenv("SHOW") != NULL ? (int)len : 0, copy);
		unload(&l);
	}
	cr_expect(told > (size_t)rounds / 25, "%s: only %zu of %d were told", paths[*row], told, rounds);
	unload(&truth);
	free(copy);
	free(text);
}
