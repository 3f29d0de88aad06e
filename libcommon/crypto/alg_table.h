/*
 * alg_table.h - the rows themselves, for alg.c alone.
 */
#ifndef CRYPTO_ALG_TABLE_H
#define CRYPTO_ALG_TABLE_H

#include "crypto/alg.h"

extern const struct alg_encr alg_encr_rows[];
extern const size_t alg_encr_count;
extern const struct alg_integ alg_integ_rows[];
extern const size_t alg_integ_count;

#endif
