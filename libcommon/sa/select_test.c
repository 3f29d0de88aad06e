#include "sa/select_test.h"

#include <stdlib.h>
#include <string.h>

/* "7", "0x100-0x1ff" */
static int parse_number(struct select_want *w, const char *p, size_t n, struct err *e)
{
	const char *dash = memchr(p, '-', n);
	size_t first = dash != NULL ? (size_t)(dash - p) : n;

	if (uint_parse(&w->first, p, first, 0, UINT64_MAX, e) < 0)
		return -1;
	w->last = w->first;
	if (dash != NULL && uint_parse(&w->last, dash + 1, n - first - 1, w->first, UINT64_MAX, e) < 0)
		return -1;
	return 0;
}

static int parse_word(struct select_want *w, const struct name *names, struct err *e)
{
	struct nearest near = { 0 };

	for (const struct name *i = names; i->name != NULL; i++) {
		nearest_offer(&near, w->text, i->name);
		if (name_eq(i->name, w->text)) {
			w->first = w->last = i->id;
			return 0;
		}
	}
	if (nearest_name(&near, w->text) != NULL)
		return err_set(e, "found \"%.60s\", nearest is \"%s\"", w->text, nearest_name(&near, w->text));
	return err_set(e, "found \"%.60s\", wanted one such as \"%s\"", w->text, names[0].name);
}

static int parse_bool(struct select_want *w, struct err *e)
{
	static const struct name truths[] = {
		{ 1, "true" }, { 0, "false" }, { 1, "yes" }, { 0, "no" }, { 0, NULL },
	};

	return parse_word(w, truths, e);
}

static int unknown_alg(const char *name, const char *near, struct err *e)
{
	if (near != NULL)
		return err_set(e, "unknown algorithm \"%.60s\", nearest is \"%s\"", name, near);
	return err_set(e, "unknown algorithm \"%.60s\"", name);
}

static int parse_alg(struct select_want *w, enum select_type type, struct err *e)
{
	if (type == SEL_ENCR)
		w->encr = alg_encr_by_name(w->text, &w->bits);
	else
		w->integ = alg_integ_by_name(w->text);
	if (w->encr != NULL || w->integ != NULL)
		return 0;
	return unknown_alg(w->text, type == SEL_ENCR ? alg_encr_nearest(w->text) : alg_integ_nearest(w->text), e);
}

static bool is_order(enum select_op op)
{
	return op >= SEL_LT;
}

static bool is_substring(enum select_op op)
{
	return op == SEL_HAS || op == SEL_HAS_NOT;
}

static int parse_want(struct select_want *w, const struct select_test *t, struct err *e)
{
	const char *p = w->text;
	size_t n = strlen(p);

	if (is_substring(t->op)) {
		if (t->key->type != SEL_TEXT && t->key->type != SEL_WORD && t->key->type != SEL_ENCR &&
		    t->key->type != SEL_INTEG)
			return err_set(e, "%s is no text: found \"~\", wanted = or another", t->key->name);
		return 0;
	}
	if (is_order(t->op) && t->key->type != SEL_NUMBER && t->key->type != SEL_TIME)
		return err_set(e, "%s is no number and no time: found \"<\" or \">\", wanted = or another",
		    t->key->name);
	switch (t->key->type) {
	case SEL_NUMBER: return parse_number(w, p, n, e);
	case SEL_TIME: return time_parse(&w->time, p, n, e);
	case SEL_WORD: return parse_word(w, t->key->names, e);
	case SEL_BOOL: return parse_bool(w, e);
	case SEL_ADDR:
	case SEL_RANGES: return addr_range_parse(&w->range, p, n, e);
	case SEL_ENCR:
	case SEL_INTEG: return parse_alg(w, t->key->type, e);
	default: return 0;
	}
}

int select_test_add(struct select_test *t, const char *p, size_t n, struct err *e)
{
	struct select_want *grown = realloc(t->want, (t->n + 1) * sizeof *grown);

	if (grown == NULL)
		return err_nomem(e);
	t->want = grown;
	t->want[t->n] = (struct select_want){ .text = strndup(p, n) };
	if (t->want[t->n].text == NULL)
		return err_nomem(e);
	return parse_want(&t->want[t->n++], t, e);
}

void select_test_clear(struct select_test *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->want[i].text);
	free(t->want);
	*t = (struct select_test){ 0 };
}

/* Part of text, in any case. */
static bool has(const char *text, const char *part)
{
	size_t n = strlen(part);

	for (; text != NULL && *text != '\0'; text++) {
		size_t i = 0;

		while (i < n && ascii_lower(text[i]) == ascii_lower(part[i]))
			i++;
		if (i == n)
			return true;
	}
	return n == 0 && text != NULL;
}

static bool overlaps(const struct addr_range *a, const struct addr_range *b)
{
	return a->first.family == b->first.family && addr_cmp(&a->first, &b->last) <= 0 &&
	    addr_cmp(&b->first, &a->last) <= 0;
}

/* Traffic of this side may come from, or go to, the range. */
static bool ts_fits(const struct select_value *v, const struct addr_range *r)
{
	for (size_t i = 0; i < v->nts; i++) {
		const struct selector *s = &v->ts[i];
		const struct addr_range *of = v->dst ? s->dst : s->src;
		unsigned n = v->dst ? s->ndst : s->nsrc;

		if (n == 0)
			return true;
		for (unsigned k = 0; k < n; k++)
			if (overlaps(&of[k], r))
				return true;
	}
	return false;
}

static bool equal(const struct select_key *key, const struct select_value *v, const struct select_want *w)
{
	const struct addr_range one = { v->addr, v->addr };

	switch (key->type) {
	case SEL_TIME: return v->time == w->time;
	case SEL_TEXT: return strcmp(v->text, w->text) == 0;
	case SEL_ADDR: return overlaps(&one, &w->range);
	case SEL_RANGES: return ts_fits(v, &w->range);
	case SEL_ENCR: return v->encr == w->encr && (w->bits == 0 || v->bits == 0 || v->bits == w->bits);
	case SEL_INTEG: return v->integ == w->integ;
	default: return v->n >= w->first && v->n <= w->last;
	}
}

static bool contains(const struct select_key *key, const struct select_value *v, const char *part)
{
	switch (key->type) {
	case SEL_WORD:
		for (const struct name *i = key->names; i->name != NULL; i++)
			if (i->id == v->n)
				return has(i->name, part);
		return false;
	case SEL_ENCR: return has(v->encr->name, part) || has(v->encr->iana, part) || has(v->encr->xfrm, part);
	case SEL_INTEG: return has(v->integ->name, part) || has(v->integ->iana, part) || has(v->integ->xfrm, part);
	default: return has(v->text, part);
	}
}

/* -1, 0, 1; a range of numbers is taken by the end that is asked for. */
static int order(const struct select_test *t, const struct select_value *v, const struct select_want *w)
{
	uint64_t n = t->op == SEL_LT || t->op == SEL_GE ? w->first : w->last;

	if (t->key->type == SEL_TIME)
		return (v->time > w->time) - (v->time < w->time);
	return (v->n > n) - (v->n < n);
}

static bool fits(const struct select_test *t, const struct select_value *v, const struct select_want *w)
{
	switch (t->op) {
	case SEL_HAS:
	case SEL_HAS_NOT: return contains(t->key, v, w->text);
	case SEL_LT: return order(t, v, w) < 0;
	case SEL_LE: return order(t, v, w) <= 0;
	case SEL_GT: return order(t, v, w) > 0;
	case SEL_GE: return order(t, v, w) >= 0;
	default: return equal(t->key, v, w);
	}
}

bool select_test_match(const struct select_test *t, const struct sa *sa)
{
	struct select_value v = { 0 };
	bool any = false;

	if (!t->key->get(sa, t->key->at, &v))
		return t->op == SEL_NE || t->op == SEL_HAS_NOT;
	if (t->op == SEL_KNOWN)
		return true;
	for (size_t i = 0; i < t->n && !any; i++)
		any = fits(t, &v, &t->want[i]);
	return t->op == SEL_NE || t->op == SEL_HAS_NOT ? !any : any;
}
