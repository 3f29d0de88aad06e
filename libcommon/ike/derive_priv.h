/*
 * derive_priv.h - the values of single members; for ike/derive*.c alone.
 *
 * All give 0, or -1 with a reason that begins with the member's name, and its place in the jdoc.
 */
#ifndef IKE_DERIVE_PRIV_H
#define IKE_DERIVE_PRIV_H

#include "ike/derive.h"

/* A string; n may be NULL. */
int derive_word(const struct jval *v, const char **text, size_t *n, struct err *e);
/* "unknown name", and the nearest one, which may be NULL.  Always -1. */
int derive_unknown(const struct jval *v, const char *word, const char *nearest, struct err *e);
int derive_hex(struct arena *arena, const struct jval *v, struct secret *s, struct err *e);
/* One secret or a list of them. */
int derive_secrets(struct arena *arena, const struct jval *v, struct secret list[IKE_KE_MAX], unsigned *n,
    struct err *e);
/* The cipher, and the key size if its name says one; *bits is what was said before, or 0. */
int derive_encr(const struct jval *v, const struct alg_encr **a, unsigned *bits, struct err *e);
int derive_bits(const struct jval *v, unsigned *bits, struct err *e);
int derive_integ(const struct jval *v, const struct alg_integ **a, struct err *e);
int derive_prf(const struct jval *v, const struct alg_prf **a, struct err *e);

#endif
