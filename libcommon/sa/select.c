#include "sa/select.h"

#include <stdlib.h>
#include <string.h>

#include "sa/select_test.h"

/* The expression in postfix order: a test's index, or what is done with the last one or two. */
enum { OP_AND = -1, OP_OR = -2, OP_NOT = -3 };

struct select {
	struct select_test *test;
	size_t ntests;
	int *op;
	size_t nops;
};

/* Each bracket and each "not" hold at most two open values and one being made. */
enum { STACK = 3 * SELECT_DEPTH + 3 };

struct parser {
	const char *text, *p;
	struct select *s;
	unsigned depth;
	struct err *e;
};

static const struct { const char *text; enum select_op op; } operators[] = {
	{ "!=", SEL_NE }, { "!~", SEL_HAS_NOT }, { "<=", SEL_LE }, { ">=", SEL_GE }, { "==", SEL_EQ },
	{ "=", SEL_EQ }, { "~", SEL_HAS }, { "<", SEL_LT }, { ">", SEL_GT },
};

/* The reason in e, with the place of at in front. */
static int blame(struct parser *p, const char *at)
{
	return err_in(p->e, "column %zu", (size_t)(at - p->text) + 1);
}

static void blanks(struct parser *p)
{
	p->p += strspn(p->p, " \t\r\n");
}

static size_t word_len(const char *p)
{
	return strcspn(p, " \t\r\n()!=~<>&|,\"'");
}

/* Takes the word or sign if it is next: "and" is not the start of "android". */
static bool take(struct parser *p, const char *word, const char *sign)
{
	size_t n = strlen(word);

	blanks(p);
	if (word_len(p->p) == n && strncmp(p->p, word, n) == 0 && n > 0) {
		p->p += n;
		return true;
	}
	n = strlen(sign);
	/* "!" in front of "=" or "~" is another sign */
	if (strncmp(p->p, sign, n) != 0 || (sign[0] == '!' && p->p[1] != '\0' && strchr("=~", p->p[1]) != NULL))
		return false;
	p->p += n;
	return true;
}

static int emit(struct parser *p, int op)
{
	int *grown = realloc(p->s->op, (p->s->nops + 1) * sizeof *grown);

	if (grown == NULL)
		return err_nomem(p->e);
	p->s->op = grown;
	p->s->op[p->s->nops++] = op;
	return 0;
}

static const struct select_key *find_key(struct parser *p, const char *name, size_t n)
{
	struct nearest near = { 0 };
	char word[64];

	for (size_t i = 0; i < select_nkeys; i++)
		if (strlen(select_keys[i].name) == n && memcmp(select_keys[i].name, name, n) == 0)
			return &select_keys[i];
	snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), name);
	for (size_t i = 0; i < select_nkeys; i++)
		nearest_offer(&near, word, select_keys[i].name);
	if (n == 0)
		err_set(p->e, "wanted a key, such as proto or dst");
	else if (nearest_name(&near, word) != NULL)
		err_set(p->e, "unknown key \"%s\", nearest is \"%s\"", word, nearest_name(&near, word));
	else
		err_set(p->e, "unknown key \"%s\"", word);
	return NULL;
}

/* A value: a word, or anything between quotes. */
static int parse_value(struct parser *p, struct select_test *t)
{
	const char *start, *close;
	size_t n;

	blanks(p);
	start = p->p;
	if (*p->p == '"' || *p->p == '\'') {
		if ((close = strchr(p->p + 1, *p->p)) == NULL) {
			err_set(p->e, "found no second quote");
			return blame(p, start);
		}
		n = (size_t)(close - start) - 1;
		p->p = close + 1;
		start++;
	} else {
		n = word_len(p->p);
		p->p += n;
		if (n == 0) {
			err_set(p->e, "wanted a value");
			return blame(p, start);
		}
	}
	return select_test_add(t, start, n, p->e) < 0 ? blame(p, start) : 0;
}

static int parse_values(struct parser *p, struct select_test *t)
{
	do {
		if (parse_value(p, t) < 0)
			return -1;
		blanks(p);
	} while (*p->p == ',' && p->p++ != NULL);
	return 0;
}

static int parse_test(struct parser *p)
{
	struct select_test *grown = realloc(p->s->test, (p->s->ntests + 1) * sizeof *grown), *t;
	size_t n;

	if (grown == NULL)
		return err_nomem(p->e);
	p->s->test = grown;
	t = &grown[p->s->ntests];
	*t = (struct select_test){ .op = SEL_KNOWN };
	blanks(p);
	n = word_len(p->p);
	if ((t->key = find_key(p, p->p, n)) == NULL)
		return blame(p, p->p);
	p->s->ntests++;
	p->p += n;
	blanks(p);
	for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
		if (strncmp(p->p, operators[i].text, strlen(operators[i].text)) == 0) {
			t->op = operators[i].op;
			p->p += strlen(operators[i].text);
			if (parse_values(p, t) < 0)
				return -1;
			break;
		}
	return emit(p, (int)p->s->ntests - 1);
}

static int parse_or(struct parser *p);

static int parse_not(struct parser *p)
{
	const char *at = p->p;
	bool negate = take(p, "not", "!");
	int rc;

	if (p->depth == SELECT_DEPTH) {
		err_set(p->e, "more than %d brackets and negations in each other", SELECT_DEPTH);
		return blame(p, at);
	}
	p->depth++;
	if (negate) {
		rc = parse_not(p);
	} else if (take(p, "", "(")) {
		at = p->p;
		rc = parse_or(p);
		if (rc == 0 && !take(p, "", ")")) {
			err_set(p->e, "this bracket is not closed");
			rc = blame(p, at - 1);
		}
	} else {
		rc = parse_test(p);
	}
	p->depth--;
	return rc == 0 && negate ? emit(p, OP_NOT) : rc;
}

static int parse_and(struct parser *p)
{
	if (parse_not(p) < 0)
		return -1;
	while (take(p, "and", "&&"))
		if (parse_not(p) < 0 || emit(p, OP_AND) < 0)
			return -1;
	return 0;
}

static int parse_or(struct parser *p)
{
	if (parse_and(p) < 0)
		return -1;
	while (take(p, "or", "||"))
		if (parse_and(p) < 0 || emit(p, OP_OR) < 0)
			return -1;
	return 0;
}

struct select *select_new(const char *text, struct err *e)
{
	struct parser p = { .text = text, .p = text, .e = e };
	int rc = -1;

	if (strlen(text) > SELECT_MAX) {
		err_set(e, "found more than %d characters", SELECT_MAX);
		return NULL;
	}
	if ((p.s = calloc(1, sizeof *p.s)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	if (parse_or(&p) == 0) {
		blanks(&p);
		if (*p.p == '\0')
			return p.s;
		err_set(e, "found \"%.20s\", wanted and, or, or the end", p.p);
		rc = blame(&p, p.p);
	}
	if (rc < 0)
		select_free(p.s);
	return NULL;
}

void select_free(struct select *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->ntests; i++)
		select_test_clear(&s->test[i]);
	free(s->test);
	free(s->op);
	free(s);
}

bool select_match(const struct select *s, const struct sa *sa)
{
	bool stack[STACK] = { false };
	size_t n = 0;

	for (size_t i = 0; i < s->nops; i++) {
		int op = s->op[i];

		if (op >= 0) {
			stack[n++] = select_test_match(&s->test[op], sa);
		} else if (op == OP_NOT) {
			stack[n - 1] = !stack[n - 1];
		} else {
			n--;
			stack[n - 1] = op == OP_AND ? stack[n - 1] && stack[n] : stack[n - 1] || stack[n];
		}
	}
	return stack[0];
}
