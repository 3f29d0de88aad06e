/*
 * alg_table.h - the rows themselves and how their names compare, for alg.c and alg_ike.c alone.
 */
#ifndef CRYPTO_ALG_TABLE_H
#define CRYPTO_ALG_TABLE_H

#include "crypto/alg.h"

extern const struct alg_encr alg_encr_rows[];
extern const size_t alg_encr_count;
extern const struct alg_integ alg_integ_rows[];
extern const size_t alg_integ_count;
extern const struct alg_prf alg_prf_rows[];
extern const size_t alg_prf_count;
extern const struct alg_ke alg_ke_rows[];
extern const size_t alg_ke_count;

/* name is one of the blank-separated words of list, which may be NULL. */
bool alg_in_list(const char *list, const char *name);
/* name is IANA's, which may be NULL, or that without its prefix, dashes for underscores or not. */
bool alg_iana_eq(const char *iana, const char *name);

#endif
