/*
 * lint.h - what is wrong or weak about SAs, as facts: one row of the table in
 * report/advice.h puts each in words.
 *
 * Nothing is changed; hits point into the SAs and the registry.  Checks of keys
 * take time that depends on the keys: they are for whoever may read them anyway.
 */
#ifndef SA_LINT_H
#define SA_LINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sa/sad.h"

enum lint_id {
	/* keys: name is "encryption" or "integrity" */
	LINT_KEY_LENGTH,	/* found, wanted: bytes */
	LINT_ZERO_KEY,
	LINT_PATTERN_KEY,	/* found: after so many bytes it repeats, or 0: it counts up or down */
	LINT_DES_WEAK,
	LINT_3DES_SINGLE,	/* two neighbours of the three keys are one (RFC 2451 2.3) */
	LINT_TWO_USES,		/* one key for encryption and integrity */
	LINT_SAME_KEY_BOTH_WAYS,	/* other: the opposite direction */
	LINT_COUNTER_KEY_BOTH_WAYS,	/* the same in a counter mode */
	LINT_SAME_KEY,		/* other: an SA of another tunnel */
	LINT_COUNTER_SAME_KEY,
	LINT_SALT_REUSE,
	LINT_NO_KEY,
	LINT_GUESSED,
	LINT_CANDIDATES,	/* found: how many different keys there are for it */
	LINT_INSECURE,		/* name: seed or test */
	/* algorithms: name is theirs */
	LINT_NO_INTEG,		/* encrypted and not authenticated */
	LINT_NO_INTEG_AH,	/* the same with AH between the same ends */
	LINT_NOTHING,		/* neither encrypted nor authenticated */
	LINT_ENCR_MUST_NOT,
	LINT_ENCR_SHOULD_NOT,
	LINT_ENCR_NOT_MENTIONED,
	LINT_INTEG_MUST_NOT,
	LINT_INTEG_MUST_MINUS,
	LINT_INTEG_NOT_MENTIONED,
	LINT_ICV_SHORT,		/* found: bits */
	LINT_SHA256_96,
	/* numbers and windows */
	LINT_SPI_RESERVED,
	LINT_ESN_NO_WINDOW,
	LINT_NO_REPLAY_CHECK,
	LINT_SEQ_OVER,
	LINT_SEQ_NEAR,		/* found: how many are left */
	LINT_AH_NAT,		/* AH in UDP */
	/* lifetimes */
	LINT_EXPIRED,		/* name: what ended: time, bytes, packets */
	LINT_REKEY_DUE,
	LINT_VOLUME_OVER,	/* found, wanted: bytes under this key and how many there may be */
	LINT_VOLUME_LIMIT,	/* found: its limit, 0: none; wanted: what it should be at most */
	LINT_MANUAL_COUNTER,	/* no limit of any kind: a key set by hand, in a counter mode */
	LINT_NO_LIMIT,
	/* the set */
	LINT_ONE_WAY,
	LINT_NO_POLICY,		/* policies were read, and none means this SA */
	LINT_POLICY_NO_SA,	/* policy: no SA for one of its templates; sa is NULL */
	LINT_COUNT,
};

struct lint_hit {
	enum lint_id id;
	const struct sa *sa, *other;	/* other: NULL unless two are concerned */
	const struct policy *policy;	/* NULL unless it is about one */
	const char *name;
	uint64_t found, wanted;
};

struct lint { struct lint_hit *hit; size_t n, room; };	/* all zero: empty */

/* All that can be said of the set at this time (ns since 1970), in the order of the SAs. */
int lint_all(struct lint *l, const struct sad *sad, int64_t now, struct err *e);
/* The policies that were read beside the SAs. */
int lint_policies(struct lint *l, const struct sad *sad, const struct policies *policies, struct err *e);
/* One SA for itself; -1 only for want of memory. */
int lint_sa(struct lint *l, const struct sa *sa, int64_t now, struct err *e);
void lint_clear(struct lint *l);
const struct lint_hit *lint_has(const struct lint *l, enum lint_id id);	/* the first one, or NULL */

/* For lint*.c: adds a hit. */
int lint_add(struct lint *l, struct lint_hit hit, struct err *e);
int lint_keys(struct lint *l, const struct sa *sa, struct err *e);
int lint_shared_keys(struct lint *l, const struct sad *sad, const uint32_t *other, struct err *e);
int lint_life(struct lint *l, const struct sa *sa, int64_t now, struct err *e);

#endif
