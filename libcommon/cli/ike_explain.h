/*
 * ike_explain.h - explanations of refused negotiations behind the messages of a capture.
 */
#ifndef CLI_IKE_EXPLAIN_H
#define CLI_IKE_EXPLAIN_H

#include <stdio.h>

#include "ike/refusal.h"

struct ike_explain {
	FILE *to;			/* NULL: they are counted alone */
	bool json;			/* findings, a line each; else text below the message */
	struct refusals *seen;
	struct reasons rows;
	uint64_t refused;		/* errors among them */
};

int ike_explain_init(struct ike_explain *x, FILE *to, bool json, struct err *e);
int ike_explain_message(struct ike_explain *x, const struct follow_message *m, struct err *e);
int ike_explain_end(struct ike_explain *x, struct err *e);
void ike_explain_clear(struct ike_explain *x);

#endif
