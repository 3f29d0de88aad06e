/*
 * policy.h - what a gateway's policies say of its SAs (RFC 4301 4.4.1): the traffic
 * selectors that the SAs themselves do not carry.
 *
 * A policy names SAs by its templates: addresses, protocol, reqid.  It may be read
 * before or after them, from the same source or another; policies_apply() joins
 * what there is so far.
 */
#ifndef SA_POLICY_H
#define SA_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sa/sa.h"

enum policy_dir { POLICY_UNKNOWN, POLICY_IN, POLICY_OUT, POLICY_FWD };
enum { POLICY_TMPLS = 6 };

struct policy_tmpl {
	enum sa_proto proto;
	enum sa_mode mode;
	struct addr src, dst;		/* family 0: the packet's own */
	uint32_t reqid, spi;		/* 0: any */
	bool optional;			/* level use */
};

struct policy {
	struct selector ts;
	enum policy_dir dir;
	struct policy_tmpl tmpl[POLICY_TMPLS];	/* innermost first */
	size_t ntmpls;
	uint32_t if_id;			/* 0: none */
	uint64_t line;
	size_t index;			/* in the order of reading */
};

struct policies { struct policy *p; size_t n, cap, applied, applied_sas; bool sorted; };

struct sad;

/* A copy. */
int policies_add(struct policies *all, const struct policy *p, struct err *e);
void policies_clear(struct policies *all);
/* True if the template means this SA; dir: how the policy looks at it. */
bool policy_tmpl_match(const struct policy *p, const struct policy_tmpl *t, const struct sa *sa);
/* Gives every SA without selectors of its own those of the policies whose innermost template means it. */
int policies_apply(struct sad *sad, struct err *e);

#endif
