/*
 * select_test.h - one comparison of select.h: parsed once, asked of many SAs.
 * For select*.c only.
 */
#ifndef SA_SELECT_TEST_H
#define SA_SELECT_TEST_H

#include "base/err.h"
#include "sa/select_key.h"

enum select_op { SEL_KNOWN, SEL_EQ, SEL_NE, SEL_HAS, SEL_HAS_NOT, SEL_LT, SEL_LE, SEL_GT, SEL_GE };

/* What stood behind the operator: one of the values with commas between them. */
struct select_want {
	uint64_t first, last;		/* numbers; a word's or a truth's twice */
	int64_t time;
	char *text;			/* as it was written; heap */
	struct addr_range range;
	const struct alg_encr *encr;
	const struct alg_integ *integ;
	unsigned bits;			/* that the name said; 0: none */
};

struct select_test {
	const struct select_key *key;
	enum select_op op;
	struct select_want *want;
	size_t n;
};

/* One more value for a test whose key and op are set. */
int select_test_add(struct select_test *t, const char *p, size_t n, struct err *e);
void select_test_clear(struct select_test *t);
bool select_test_match(const struct select_test *t, const struct sa *sa);

#endif
