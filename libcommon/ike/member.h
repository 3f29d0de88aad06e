/*
 * member.h - values of single members of JSON lines about IKE keys: ipsec-sa(5)'s lines of type
 * ike, and what `ipsec-keygen derive` reads.
 *
 * All give 0, or -1 with a reason that begins with the member's name, and its place in the jdoc.
 * Names of algorithms are of any dialect.  Secrets go into the arena.
 */
#ifndef IKE_MEMBER_H
#define IKE_MEMBER_H

#include "base/json.h"
#include "ike/keys.h"

/* A string; n may be NULL. */
int member_word(const struct jval *v, const char **text, size_t *n, struct err *e);
int member_addr(const struct jval *v, struct addr *a, struct err *e);
/* At least one octet. */
int member_hex(struct arena *arena, const struct jval *v, struct secret *s, struct err *e);
/* One secret or a list of them. */
int member_secrets(struct arena *arena, const struct jval *v, struct secret list[IKE_KE_MAX],
    unsigned *n, struct err *e);
/* The cipher, and the key size if its name says one; *bits is what was said before, or 0. */
int member_encr(const struct jval *v, const struct alg_encr **a, unsigned *bits, struct err *e);
int member_bits(const struct jval *v, unsigned *bits, struct err *e);
int member_integ(const struct jval *v, const struct alg_integ **a, struct err *e);
int member_prf(const struct jval *v, const struct alg_prf **a, struct err *e);
/* One key exchange method or a list of them. */
int member_ke(const struct jval *v, const struct alg_ke *list[IKE_KE_MAX], unsigned *n,
    struct err *e);

#endif
