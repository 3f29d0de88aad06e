/*
 * derive.h - the key schedules by hand: one JSON object with what is known, and what follows from
 * it.
 *
 * Members are those of a line of type ike (ipsec-sa(5)), all of them optional; those of vectors of
 * NIST's (gir, gir_new, gxy, auth, psk); and old, resumed, ke_i, ke_r and child: see
 * ipsec-keygen(1).  What follows is IKE's keys, a line of type ike; or, if a child's were asked
 * for, or nothing said how long the keys of IKE are, an event with what could be made.
 *
 * Secrets go into the caller's arena, which outlives this.  Errors name the member, and jdoc.column
 * is its place where it has one.
 */
#ifndef IKE_DERIVE_H
#define IKE_DERIVE_H

#include <stdio.h>

#include "base/json.h"
#include "ike/keymat.h"
#include "ike/keymat_v1.h"
#include "ike/keyring.h"

enum { DERIVE_SPIS = 2, DERIVE_LENGTH = 256 };

struct derive_child {
	bool asked, ah;
	struct keymat_want want;
	struct secret ni, nr, shared[IKE_KE_MAX];
	unsigned nshared;
	uint32_t spi[DERIVE_SPIS];	/* IKEv1 */
	size_t nspi;
};

struct derive {
	struct keyset set;		/* what is known, then what follows, too */
	bool vector;			/* results that are there are not to be believed */
	bool resumed;
	const struct alg_prf *old_prf;	/* NULL: no older IKE SA */
	struct secret old_sk_d;
	struct secret ke_i, ke_r, gir_new;
	enum keymat_v1_auth auth;
	struct derive_child child;

	/* What follows beside set. */
	bool raw;			/* dkm and so on were made, because encr is not known */
	/* as long as they were, or DERIVE_LENGTH */
	struct secret dkm, dkm_child, dkm_child_dh, skeyseed_rekey;
	struct keymat_pair pair;
	struct { struct secret encr, integ; } sa[DERIVE_SPIS];
};

int derive_read(struct derive *d, const struct jval *root, struct arena *arena, struct err *e);
/* The same of n bytes of text, which came from name; errors begin with "name:LINE:COLUMN". */
int derive_parse(struct derive *d, const char *name, const char *text, size_t n,
    struct arena *arena, struct err *e);
int derive_run(struct derive *d, struct arena *arena, struct err *e);
/* One line.  Write errors stay in to. */
int derive_write(FILE *to, const struct derive *d, struct err *e);

#endif
