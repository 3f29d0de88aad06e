/*
 * child_sa.h - the descriptors of a child SA out of what was negotiated: what live sessions and followed captures
 * share (RFC 7296 2.17).
 *
 * forth is sent by who began the exchange, back by who answered.  Keys are slices of the caller's arena.
 */
#ifndef IKE_CHILD_SA_H
#define IKE_CHILD_SA_H

#include "ike/keymat.h"
#include "sa/sa.h"

/* Rows and key size of a transform (type, id, bits); a type that is of no use here is let be. */
void child_sa_transform(struct keymat_want *want, bool *esn, unsigned type, uint16_t id, unsigned bits);
/* Algorithms into a descriptor whose proto is set. */
void child_sa_algs(struct sa *sa, const struct keymat_want *want, bool esn);
/* Keys into both. */
int child_sa_keys(const struct keymat_child *k, const struct keymat_want *want, struct sa *forth, struct sa *back,
    struct arena *arena, struct err *e);
/* "esp-0badcafe-1" of each, number telling apart what came later with the same SPI, and each other's as peer. */
int child_sa_name(struct sa *a, struct sa *b, uint64_t number, struct err *e);
/* The IKE SA: "spi_i/spi_r". */
int child_sa_ike(struct sa *sa, uint64_t spi_i, uint64_t spi_r, struct err *e);
/* A copy of text in place of what was there. */
int child_sa_text(char **to, const char *text, struct err *e);

#endif
