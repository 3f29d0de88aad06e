/* compare_priv.h - the parts of a comparison. */
#ifndef IKE_COMPARE_PRIV_H
#define IKE_COMPARE_PRIV_H

#include "ike/compare.h"

struct comparing {
	struct compared *out;
	const struct conf *conf[2];
	const struct conf_conn *conn[2];
	const char *const *names;
};

/* Identities, methods, pre-shared keys. */
void compare_auth(struct comparing *c);
void compare_children(struct comparing *c);

#endif
