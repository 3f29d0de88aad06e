/*
 * select_key.h - the keys of select.h: their values in an SA, and what may stand
 * behind the operator.  For select*.c only.
 */
#ifndef SA_SELECT_KEY_H
#define SA_SELECT_KEY_H

#include "base/names.h"
#include "sa/sa.h"

enum select_type { SEL_NUMBER, SEL_TIME, SEL_TEXT, SEL_WORD, SEL_BOOL, SEL_ADDR, SEL_RANGES, SEL_ENCR, SEL_INTEG };

/* A key's value in one SA. */
struct select_value {
	uint64_t n;			/* numbers, words' ids, 0 and 1 */
	int64_t time;
	const char *text;
	struct addr addr;
	const struct selector *ts;	/* SEL_RANGES: nts of them */
	size_t nts;
	bool dst;			/* which side of ts */
	const struct alg_encr *encr;
	const struct alg_integ *integ;
	unsigned bits;
};

struct select_key {
	const char *name;
	enum select_type type;
	/* false: not known */
	bool (*get)(const struct sa *sa, size_t at, struct select_value *v);
	size_t at;			/* in struct sa, for getters that serve several rows */
	const struct name *names;	/* SEL_WORD: ends with NULL */
};

extern const struct select_key select_keys[];
extern const size_t select_nkeys;

#endif
