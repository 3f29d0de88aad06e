/*
 * proposal.h - the algorithms of one ESP or AH SA in a word: "aes256gcm16-esn".
 *
 * A proposal is a list of names joined by dashes, as in strongSwan's
 * configuration: aes128-sha256, null-sha1-noesn, sha384 for AH.  Each name may be
 * of any dialect of the registry, dashes, blanks and brackets included
 * (aes-gcm-16-256, cbc(aes)-hmac(sha1)); the longest name that fits is taken.
 * Digits after a cipher that said no size are its key's bits: aes-gcm-16-256,
 * rfc4106(gcm(aes))-128.  A cipher without any gets its row's first size.
 *
 * Key exchange groups and PRFs belong to IKE: they are skipped and named.
 */
#ifndef SA_PROPOSAL_H
#define SA_PROPOSAL_H

#include <stdbool.h>

#include "base/err.h"
#include "crypto/alg.h"
#include "sa/sa.h"

enum { PROPOSAL_MAX = 256, PROPOSAL_SKIPPED = 64 };	/* characters */

struct proposal {
	const struct alg_encr *encr;	/* NULL: none was named */
	unsigned encr_bits;		/* of the key without its salt */
	bool bits_assumed;		/* several sizes, and none was named */
	const struct alg_integ *integ;	/* NULL: none was named */
	enum sa_tri esn;
	char skipped[PROPOSAL_SKIPPED];	/* the first word that belongs to IKE; "": none */
};

/* Any set of names, at most one of a kind. */
int proposal_parse(struct proposal *p, const char *text, struct err *e);
/* It is all that an SA of this protocol needs, and no more. */
int proposal_check(const struct proposal *p, enum sa_proto proto, struct err *e);
/* The proposal as it is written here: native names, every size said.  Returns out. */
char *proposal_format(char out[PROPOSAL_MAX], const struct proposal *p);

#endif
